package giftcard_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/purchase/giftcard"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, ledger.Schema, exception.Schema, market.Schema, profile.Schema, giftcard.Schema}

var keeper = func() *seal.Keeper {
	k, err := seal.Open(make([]byte, seal.KeySize))
	if err != nil {
		panic(err)
	}
	return k
}()

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

var clerk = giftcard.By{Actor: "stf_1", Reason: "as asked"}

func open(t testing.TB, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_one", Name: "One GmbH"}); err != nil {
			return err
		}
		for id, c := range map[string]money.Currency{"DE": "EUR", "HU": "HUF"} {
			m := market.Market{ID: id, Name: id, Currency: c, Countries: []string{id}, Country: id, Locale: "de-DE", Zone: "Europe/Berlin", Entity: "ent_one"}
			if err := market.Save(t.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

var issues atomic.Int64

// draft is a card of the German market that staff give away.
func draft(minor int64) giftcard.Draft {
	return giftcard.Draft{Market: "DE", Amount: eur(minor), Source: giftcard.SourceStaff, By: clerk, Key: fmt.Sprint("issue ", issues.Add(1))}
}

func issue(t testing.TB, d *db.DB, want giftcard.Draft) (c giftcard.Issued) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		c, err = giftcard.Issue(t.Context(), tx, keeper, want)
		return err
	})
	return c
}

// expect runs fn in a transaction and wants an error, or nil.
func expect(t testing.TB, d *db.DB, what string, want error, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), fn); !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func find(t testing.TB, d *db.DB, id giftcard.ID) (c giftcard.Card) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		c, err = giftcard.Find(t.Context(), tx, id)
		return err
	})
	return c
}

func has(t testing.TB, d *db.DB, id giftcard.ID, balance, held int64, state giftcard.State) {
	t.Helper()
	if c := find(t, d, id); c.Balance != eur(balance) || c.Held != eur(held) || c.State != state {
		t.Errorf("%s has %v and %v held, %s; want %d and %d, %s", id, c.Balance, c.Held, c.State, balance, held, state)
	}
}

// booked asserts an account's balance, and that all books are true.
func booked(t testing.TB, d *db.DB, account string, want int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		n, err := ledger.Balance(t.Context(), tx, account, "EUR")
		if n != want {
			t.Errorf("%s has %d, want %d", account, n, want)
		}
		return err
	})
	sound(t, d)
}

// sound asserts that the ledger and the cards agree, and that the shop's own
// books sum to zero without the holders' side.
func sound(t testing.TB, d *db.DB) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		r, err := ledger.Check(t.Context(), tx)
		if err != nil || !r.Balanced {
			t.Errorf("ledger: %+v, %v", r, err)
		}
		wrong, err := giftcard.Verify(t.Context(), tx)
		if len(wrong) > 0 {
			t.Errorf("gift cards: %q", wrong)
		}
		return err
	})
}

func TestACardIsIssuedOnceUnderItsKey(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		first := draft(50_00)
		first.Source, first.Ref = giftcard.SourcePurchase, "ord_1"
		c := issue(t, d, first)
		if again := issue(t, d, first); again.ID != c.ID || again.Code != "" || again.Balance != eur(50_00) {
			t.Errorf("issued again: %+v, want %s and no code", again, c.ID)
		}
		if c.Last4 != c.Code[len(c.Code)-4:] || len(c.Code) != 20 || !c.Expires.IsZero() {
			t.Errorf("got %+v, code %s", c.Card, c.Code)
		}
		other := first
		other.Amount = eur(60_00)
		expect(t, d, "another amount under the key", giftcard.ErrKeyReused, func(tx *db.Tx) error {
			_, err := giftcard.Issue(t.Context(), tx, keeper, other)
			return err
		})
		has(t, d, c.ID, 50_00, 0, giftcard.StateActive)
		booked(t, d, giftcard.Sold, 50_00)
		booked(t, d, giftcard.Liability, -50_00)
	})
}

func TestWhatIsNoCardIsNotIssued(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		old := draft(10_00)
		old.Source, old.Code = giftcard.SourceImport, "OLD-SHOP-0815"
		issue(t, d, old)
		for name, c := range map[string]struct {
			change func(d *giftcard.Draft)
			want   error
		}{
			"nothing on it":            {func(d *giftcard.Draft) { d.Amount = eur(0) }, giftcard.ErrAmount},
			"a debt":                   {func(d *giftcard.Draft) { d.Amount = eur(-1) }, giftcard.ErrAmount},
			"another currency":         {func(d *giftcard.Draft) { d.Amount = money.Of(100, "USD") }, giftcard.ErrAmount},
			"a part of a forint":       {func(d *giftcard.Draft) { d.Market, d.Amount = "HU", money.Of(150, "HUF") }, giftcard.ErrAmount},
			"no reason":                {func(d *giftcard.Draft) { d.By.Reason = " " }, giftcard.ErrReason},
			"no key":                   {func(d *giftcard.Draft) { d.Key = "" }, giftcard.ErrDraft},
			"an end that is now":       {func(d *giftcard.Draft) { d.Expires = dbtest.Noon }, giftcard.ErrDraft},
			"no source":                {func(d *giftcard.Draft) { d.Source = "" }, giftcard.ErrDraft},
			"a code of its own choice": {func(d *giftcard.Draft) { d.Code = "12345678" }, giftcard.ErrDraft},
			"no code to import":        {func(d *giftcard.Draft) { d.Source = giftcard.SourceImport }, giftcard.ErrDraft},
			"a code that is taken": {func(d *giftcard.Draft) {
				d.Source, d.Code = giftcard.SourceImport, "old shop o8I5"
			}, giftcard.ErrCodeTaken},
			"no such market": {func(d *giftcard.Draft) { d.Market = "XX" }, market.ErrNotFound},
		} {
			bad := draft(10_00)
			c.change(&bad)
			expect(t, d, name, c.want, func(tx *db.Tx) error {
				_, err := giftcard.Issue(t.Context(), tx, keeper, bad)
				return err
			})
		}
		booked(t, d, giftcard.Liability, -10_00)
		booked(t, d, giftcard.Opening, 10_00)
	})
}

func TestACardIsToppedUpOncePerKey(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(10_00))
		top := giftcard.Top{Card: c.ID, Amount: eur(5_00), Source: giftcard.SourcePurchase, Ref: "ord_2", By: clerk, Key: "top 1"}
		for range 2 {
			expect(t, d, "top up", nil, func(tx *db.Tx) error { return giftcard.TopUp(t.Context(), tx, top) })
		}
		has(t, d, c.ID, 15_00, 0, giftcard.StateActive)
		top.Amount = eur(6_00)
		expect(t, d, "another amount", giftcard.ErrKeyReused, func(tx *db.Tx) error { return giftcard.TopUp(t.Context(), tx, top) })
		top.Key = "top 2"
		expect(t, d, "block", nil, func(tx *db.Tx) error { return giftcard.Block(t.Context(), tx, c.ID, clerk) })
		expect(t, d, "a blocked card", giftcard.ErrUnusable, func(tx *db.Tx) error { return giftcard.TopUp(t.Context(), tx, top) })
		top.Card = "gft_none"
		expect(t, d, "no card", giftcard.ErrNotFound, func(tx *db.Tx) error { return giftcard.TopUp(t.Context(), tx, top) })
		has(t, d, c.ID, 15_00, 0, giftcard.StateBlocked)
		booked(t, d, giftcard.Sold, 5_00)
	})
}

func TestStatesAreMovedWithAReason(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(10_00))
		block := func(tx *db.Tx) error { return giftcard.Block(t.Context(), tx, c.ID, clerk) }
		unblock := func(tx *db.Tx) error { return giftcard.Unblock(t.Context(), tx, c.ID, clerk) }
		cancel := func(tx *db.Tx) error { _, err := giftcard.Cancel(t.Context(), tx, c.ID, clerk); return err }
		expect(t, d, "unblock an active card", giftcard.ErrState, unblock)
		expect(t, d, "block without a reason", giftcard.ErrReason, func(tx *db.Tx) error {
			return giftcard.Block(t.Context(), tx, c.ID, giftcard.By{Actor: "stf_1"})
		})
		expect(t, d, "block", nil, block)
		expect(t, d, "block again", giftcard.ErrState, block)
		expect(t, d, "pay with a blocked card", giftcard.ErrUnusable, holding("h", part(c, 1)))
		expect(t, d, "unblock", nil, unblock)
		expect(t, d, "hold", nil, holding("h", part(c, 4_00)))
		expect(t, d, "cancel while a payment is under way", giftcard.ErrHeld, cancel)
		expect(t, d, "claim", nil, claiming("h", "ord_1"))
		expect(t, d, "cancel", nil, cancel)
		expect(t, d, "cancel again", giftcard.ErrState, cancel)
		has(t, d, c.ID, 0, 0, giftcard.StateCancelled)
		booked(t, d, giftcard.Goodwill, 4_00)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			story, err := giftcard.Story(t.Context(), tx, c.ID)
			said := ""
			for _, m := range story {
				said += m.What + " "
			}
			if said != "issued blocked active cancelled " {
				t.Errorf("the story is %q", said)
			}
			return err
		})
	})
}

func TestALostCodeIsReplaced(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(10_00))
		var code string
		expect(t, d, "recode", nil, func(tx *db.Tx) (err error) {
			code, err = giftcard.Recode(t.Context(), tx, keeper, c.ID, clerk)
			return err
		})
		if _, err := giftcard.Look(t.Context(), d, keeper, c.Code, "192.0.2.1"); !errors.Is(err, giftcard.ErrNotFound) {
			t.Errorf("the old code answers %v", err)
		}
		if got, err := giftcard.Look(t.Context(), d, keeper, code, "192.0.2.1"); err != nil || got.ID != c.ID || got.Balance != eur(10_00) {
			t.Errorf("the new code answers %+v, %v", got, err)
		}
	})
}

// A thief with the database and not the key finds four characters of a code,
// also while it waits to be mailed.
func TestNothingReadableOfACodeIsStored(t *testing.T) {
	url := dbtest.SQLiteURL(t, schemas)
	d := dbtest.Open(t, url)
	open(t, d)
	var codes []string
	for i := range 20 {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			c, err := giftcard.Issue(t.Context(), tx, keeper, draft(10_00))
			if err != nil {
				return err
			}
			codes = append(codes, c.Code)
			_, err = giftcard.Deliver(t.Context(), tx, keeper, giftcard.Delivery{Card: c.ID, Code: c.Code, Way: giftcard.WayMail,
				Email: fmt.Sprint("ada", i, "@example.com"), Name: "Ada Lovelace", From: "Charles Babbage", Text: "Happy birthday, countess"})
			return err
		})
	}
	path := strings.TrimPrefix(url, "sqlite:")
	var stored []byte
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, bytes.ToUpper(content)...)
	}
	if !bytes.Contains(stored, []byte("GIFTCARD.ISSUE")) {
		t.Fatal("the test looks at the wrong file")
	}
	for _, code := range codes {
		bare := strings.ReplaceAll(code, "-", "")
		for i := 0; i+9 <= len(bare); i++ { // fewer stand among random ids by chance
			if bytes.Contains(stored, []byte(bare[i:i+9])) {
				t.Errorf("the database holds %s of the code %s", bare[i:i+9], code)
			}
		}
	}
	for _, personal := range []string{"LOVELACE", "BABBAGE", "COUNTESS", "EXAMPLE.COM"} {
		if bytes.Contains(stored, []byte(personal)) {
			t.Errorf("the database holds %s", personal)
		}
	}
}

func TestMarketsSayHowLongCardsLive(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		forever := issue(t, d, draft(10_00))
		save := func(p giftcard.Policy) {
			t.Helper()
			p.Market = "DE"
			expect(t, d, "save policy", nil, func(tx *db.Tx) error {
				_, err := giftcard.SavePolicy(t.Context(), tx, p, "stf_1")
				return err
			})
		}
		save(giftcard.Policy{Months: 36, YearEnd: true, Least: 10_00, Most: 500_00})
		c := issue(t, d, draft(10_00))
		if want := time.Date(2033, 12, 31, 23, 0, 0, 0, time.UTC); !c.Expires.Equal(want) {
			t.Errorf("a card issued on 2 January 2030 ends %v, want %v", c.Expires, want)
		}
		small := draft(9_99)
		small.Source = giftcard.SourcePurchase
		expect(t, d, "a card under the least", giftcard.ErrAmount, func(tx *db.Tx) error {
			_, err := giftcard.Issue(t.Context(), tx, keeper, small)
			return err
		})
		save(giftcard.Policy{Months: 1})
		if e := find(t, d, c.ID).Expires; !e.Equal(c.Expires) || !find(t, d, forever.ID).Expires.IsZero() {
			t.Error("a new policy changed old cards")
		}
		for _, wrong := range []giftcard.Policy{{Months: -1}, {Least: 5, Most: 4}, {GraceDays: -1}} {
			wrong.Market = "DE"
			expect(t, d, "a wrong policy", giftcard.ErrPolicy, func(tx *db.Tx) error {
				_, err := giftcard.SavePolicy(t.Context(), tx, wrong, "stf_1")
				return err
			})
		}
	})
}

func TestGiftCardsBuyGiftCardsOnlyWhereAllowed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		payable := func(total, cards, want int64) {
			t.Helper()
			dbtest.Read(t, d, func(tx *db.Tx) error {
				got, err := giftcard.Payable(t.Context(), tx, "DE", eur(total), eur(cards))
				if got != eur(want) {
					t.Errorf("of %d with cards of %d gift cards pay %v, want %d", total, cards, got, want)
				}
				return err
			})
		}
		payable(80_00, 50_00, 30_00)
		payable(40_00, 50_00, 0) // a discount took more than the goods cost
		payable(80_00, 0, 80_00)
		expect(t, d, "allow it", nil, func(tx *db.Tx) error {
			_, err := giftcard.SavePolicy(t.Context(), tx, giftcard.Policy{Market: "DE", BuysCards: true}, "stf_1")
			return err
		})
		payable(80_00, 50_00, 80_00)
	})
}
