package sandbox_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"testing"
	"time"

	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/gateway/sandbox"
	"korzo/value/money"
)

func TestAWalletTellsWhoBuysAndPaysWithoutAskingAgain(t *testing.T) {
	for name, second := range map[string]bool{"the first bank": false, "the second bank": true} {
		t.Run(name, func(t *testing.T) {
			open := sandbox.Open
			if second {
				open = sandbox.OpenSecond
			}
			d := dbtest.SQLite(t, []fs.FS{bank.Schema})
			d.Now = time.Now
			g := opened(t, open, serve(t, d, bank.Config{Secret: "s3cret", Second: second})).(payment.Inviting)
			page, err := g.Invite(t.Context(), payment.Invitation{Reference: "ours", Kind: "wallet", Amount: money.Of(1290, "EUR"), Countries: []string{"DE", "AT"}, ReturnURL: "http://127.0.0.1/back"})
			if err != nil {
				t.Fatal(err)
			}
			yes := pressed(t, page, url.Values{"answer": {"yes"}, "person": {"1"}})
			told, err := g.Shared(t.Context(), "ours", yes)
			if err != nil || told.Email != "ada@example.com" || told.Address.Country != "AT" || len(told.Address.Check()) > 0 {
				t.Fatalf("%+v, %v", told, err)
			}
			if abroad := pressed(t, page, url.Values{"answer": {"yes"}, "person": {"2"}}); abroad != nil {
				if told, err := g.Shared(t.Context(), "ours", abroad); err != nil || !told.Address.IsZero() {
					t.Errorf("an address in no country of the shop's: %+v, %v", told, err)
				}
			}
			forged := url.Values{"wallet": {yes.Get("wallet") + "x"}}
			for name, c := range map[string]struct {
				reference string
				came      url.Values
			}{"another's": {"theirs", yes}, "forged": {"ours", forged}, "refused": {"ours", pressed(t, page, url.Values{"answer": {"no"}})}, "the page itself": {"ours", url.Values{"wallet": {page[len(page)-80:]}}}} {
				if told, err := g.Shared(t.Context(), c.reference, c.came); !errors.Is(err, payment.ErrNotShared) {
					t.Errorf("%s: %+v, %v", name, told, err)
				}
			}
			if r, err := g.Authorize(t.Context(), payment.Request{Reference: "att_wallet", Amount: money.Of(1780, "EUR"), Kind: "wallet", Instrument: told.Instrument}); err != nil || r.Status != payment.StatusAuthorized {
				t.Errorf("%+v, %v", r, err)
			}
			if _, err := opened(t, open, "http://127.0.0.1:1").(payment.Inviting).Invite(t.Context(), payment.Invitation{Reference: "ours"}); err == nil {
				t.Error("nobody is there, and a page is given")
			}
		})
	}
}

// pressed is what a shopper comes back with from a wallet's page.
func pressed(t *testing.T, page string, in url.Values) url.Values {
	t.Helper()
	return pressedAt(t, page, in).Query()
}

// pressedAt is where a page of the bank's leads whoever presses there.
func pressedAt(t *testing.T, page string, in url.Values) *url.URL {
	t.Helper()
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := stay.PostForm(page, in)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	back, err := w.Location()
	if err != nil {
		t.Fatalf("%d: %v", w.StatusCode, err)
	}
	return back
}
