package payment_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/ledger"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/gateway"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

// listed is a shop with a payment of every status, by status.
func listed(s *shop) map[string]payment.ID {
	all := map[string]payment.ID{
		"authorized": s.held("approve"), "paid": s.taken("approve"), "refunded": s.taken("approve"),
		"partially_refunded": s.taken("approve"), "partially_paid": s.held("approve"), "failed": s.tried("decline"), "open": s.tried("timeout_before"),
	}
	s.refund(all["refunded"], 100_00)
	s.refund(all["partially_refunded"], 30_00)
	if _, err := s.pay.Capture(s.Context(), all["partially_paid"], eur(40_00), "k", ada); err != nil {
		s.Fatal(err)
	}
	return all
}

func (s *shop) refund(id payment.ID, minor int64) {
	s.Helper()
	if _, err := s.pay.Refund(s.Context(), id, eur(minor), "k", ada); err != nil {
		s.Fatal(err)
	}
}

// tried is a payment whose first attempt came to something else than money.
func (s *shop) tried(instrument string) payment.ID {
	s.Helper()
	s.made++
	var a payment.Attempt
	dbtest.Write(s.T, s.d, func(tx *db.Tx) (err error) {
		a, err = s.pay.Open(s.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(s.made)}, Market: "HU", Channel: "till", Order: "ord_1",
			Amount: eur(55_00), Method: "transfer", Kind: "card", Gateway: "sandbox", Instrument: "sandbox:" + instrument})
		return err
	})
	if _, err := s.pay.Pay(s.Context(), a); err != nil {
		s.Fatal(err)
	}
	return a.Payment
}

func (s *shop) list(f payment.Filter) (ids []payment.ID) {
	s.Helper()
	for {
		var page []payment.Listed
		var next payment.ID
		dbtest.Read(s.T, s.d, func(tx *db.Tx) (err error) {
			page, next, err = payment.List(s.Context(), tx, f)
			return err
		})
		for _, p := range page {
			ids = append(ids, p.ID)
		}
		if next == "" {
			return ids
		}
		f.After = next
	}
}

func TestAListIsNarrowedByEveryFilterAndPagedWithoutALoss(t *testing.T) {
	each(t, func(s *shop) {
		all := listed(s)
		for _, status := range payment.Statuses {
			if diff := cmp.Diff([]payment.ID{all[status]}, s.list(payment.Filter{Status: status})); diff != "" {
				s.Errorf("%s: %s", status, diff)
			}
		}
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			page, _, err := payment.List(s.Context(), tx, payment.Filter{})
			for _, l := range page {
				if all[l.Status()] != l.ID {
					s.Errorf("%s is told as %s", l.ID, l.Status())
				}
			}
			return err
		})
		whole := s.list(payment.Filter{})
		if len(whole) != len(all) || !slices.IsSortedFunc(whole, func(a, b payment.ID) int { return strings.Compare(string(b), string(a)) }) {
			s.Errorf("%v", whole)
		}
		if diff := cmp.Diff(whole, s.list(payment.Filter{Limit: 2})); diff != "" {
			s.Errorf("by pages of two: %s", diff)
		}
		now := s.d.Now()
		for name, c := range map[string]struct {
			f    payment.Filter
			want int
		}{
			"method": {payment.Filter{Method: "transfer"}, 2}, "market": {payment.Filter{Market: "HU"}, 2}, "channel": {payment.Filter{Channel: "till"}, 2},
			"order": {payment.Filter{Order: "ord_1"}, 2}, "amount": {payment.Filter{Minor: 55_00}, 2}, "amount of a currency": {payment.Filter{Minor: 55_00, Currency: "EUR"}, 2}, "amount of another": {payment.Filter{Minor: 55_00, Currency: "JPY"}, 0}, "gateway": {payment.Filter{Gateway: "manual"}, 0},
			"gateway that all went through": {payment.Filter{Gateway: "sandbox"}, 7}, "text": {payment.Filter{Text: string(all["paid"])}, 1},
			"a text that is a wild card": {payment.Filter{Text: "%"}, 0}, "today": {payment.Filter{During: payment.Between{From: now.Add(-time.Hour), Until: now.Add(time.Hour)}}, 7},
			"yesterday": {payment.Filter{During: payment.Between{Until: now.Add(-time.Hour)}}, 0}, "tomorrow": {payment.Filter{During: payment.Between{From: now.Add(time.Hour)}}, 0},
			"several at once": {payment.Filter{Status: "failed", Market: "HU", Gateway: "sandbox"}, 1},
		} {
			if got := s.list(c.f); len(got) != c.want {
				s.Errorf("by %s: %d payments, want %d", name, len(got), c.want)
			}
		}
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			if _, _, err := payment.List(s.Context(), tx, payment.Filter{Status: "nice"}); !errors.Is(err, payment.ErrFilter) {
				s.Errorf("a status that is none: %v", err)
			}
			return nil
		})
	})
}

func TestFiguresAreSumsOfAllAttempts(t *testing.T) {
	each(t, func(s *shop) {
		all := listed(s)
		dbtest.Write(s.T, s.d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(s.Context(), tx, all["paid"])
			if err != nil {
				return err
			}
			for range 2 { // the second tells nothing new
				if err := payment.LearnFee(s.Context(), tx, attempts[0], "row 1", eur(1_45)); err != nil {
					return err
				}
			}
			return nil
		})
		dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
			got, err := payment.Figures(s.Context(), tx, "market", payment.Between{})
			want := []payment.Figure{
				{By: "DE", Currency: "EUR", Attempts: 5, Approved: 5, Captured: eur(340_00), Refunded: eur(130_00), Cost: eur(1_45), Known: 1, Priced: eur(100_00), SavedSum: eur(0)},
				{By: "HU", Currency: "EUR", Attempts: 2, Declined: 1, Open: 1, Captured: eur(0), Refunded: eur(0), Cost: eur(0), Priced: eur(0), SavedSum: eur(0)},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				s.Error(diff)
			}
			if _, ok := got[1].CostPPM(); ok {
				s.Error("nothing was taken in HU, and yet it has a rate of cost")
			}
			if rate, ok := got[0].ApprovedPPM(); rate != money.Million || !ok {
				s.Errorf("%d approved of a million", rate)
			}
			return err
		})
	})
}

// What was approved at a second gateway after the first had failed is what the
// fallback saved.
func TestFallbackSavingsAreCountedOnce(t *testing.T) {
	schemas := []fs.FS{event.Schema, ledger.Schema, exception.Schema, payment.Schema}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &shop{T: t, d: d}
		book := dbtest.SQLite(t, []fs.FS{bank.Schema})
		var server *httptest.Server
		s.bank = bank.New(book, func() string { return server.URL }, bank.Config{Secret: "s"})
		server = httptest.NewServer(s.bank.Handler())
		t.Cleanup(server.Close)
		gateways, err := gateway.Open("sandbox://demo:s@" + strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		s.open([]payment.Gateway{gateways[0], other{gateways[0]}})
		id := s.tried("decline")
		dbtest.Clock(d).Advance(time.Second)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(t.Context(), tx, id)
			if err == nil {
				_, err = s.pay.Again(t.Context(), tx, attempts[0], payment.Anew{Gateway: "other"})
			}
			return err
		})
		s.pay.Wait()
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := payment.Figures(t.Context(), tx, "gateway", payment.Between{})
			for _, f := range got {
				if f.Saved != map[string]int64{"other": 1}[f.By] {
					t.Errorf("%+v", f)
				}
			}
			signals, err2 := payment.Signals(t.Context(), tx, id)
			var kinds []string
			for _, x := range signals {
				kinds = append(kinds, x.Kind)
			}
			if diff := cmp.Diff([]string{"asked", "declined", "asked", "authorized"}, kinds); diff != "" {
				t.Errorf("signals: %s", diff)
			}
			return errors.Join(err, err2)
		})
	})
}

// telling is a bank whose tokens tell nothing of the card, and whose answers do.
type telling struct{ other }

func (telling) Read(string) (payment.Card, bool) { return payment.Card{}, true }

func (g telling) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	told, err := g.other.Authorize(ctx, r)
	told.Card = payment.Card{Brand: "amex", Country: "FR", Last: "0005"}
	return told, err
}

// The card is kept with its attempt: as the token tells it, and as the gateway
// tells it once it knows better.
func TestAnAttemptKeepsWhatTokenAndGatewayTellOfTheCard(t *testing.T) {
	schemas := []fs.FS{event.Schema, ledger.Schema, exception.Schema, payment.Schema}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := &shop{T: t, d: d}
		book := dbtest.SQLite(t, []fs.FS{bank.Schema})
		var server *httptest.Server
		s.bank = bank.New(book, func() string { return server.URL }, bank.Config{Secret: "s"})
		server = httptest.NewServer(s.bank.Handler())
		t.Cleanup(server.Close)
		gateways, err := gateway.Open("sandbox://demo:s@" + strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		s.open([]payment.Gateway{gateways[0], telling{other{gateways[0]}}})
		id := s.tried("card.400000.9995.once")
		dbtest.Clock(d).Advance(time.Second)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(t.Context(), tx, id)
			if err == nil {
				_, err = s.pay.Again(t.Context(), tx, attempts[0], payment.Anew{Gateway: "other"})
			}
			return err
		})
		s.pay.Wait()
		var kept []payment.Card
		dbtest.Read(t, d, func(tx *db.Tx) error {
			_, attempts, err := payment.Find(t.Context(), tx, id)
			for _, a := range attempts {
				kept = append(kept, a.Card)
			}
			return err
		})
		want := []payment.Card{{Brand: "visa", Country: "US", Last: "9995"}, {Brand: "amex", Country: "FR", Last: "0005"}}
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Error(diff)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			got, err := payment.Figures(t.Context(), tx, "brand", payment.Between{})
			if len(got) != 2 || got[0].By != "amex" || got[0].Approved != 1 || got[0].Saved != 1 || got[1].By != "visa" || got[1].Declined != 1 {
				t.Errorf("by brand: %+v", got)
			}
			return err
		})
	})
}

// other is the same bank under another name, whose customers are approved.
type other struct{ payment.Gateway }

func (other) Name() string { return "other" }

func (o other) Authorize(ctx context.Context, r payment.Request) (payment.Result, error) {
	r.Instrument = "sandbox:approve"
	return o.Gateway.Authorize(ctx, r)
}
