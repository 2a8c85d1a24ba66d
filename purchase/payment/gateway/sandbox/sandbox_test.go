package sandbox_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/gateway/sandbox"
	"korzo/purchase/payment/gatewaytest"
	"korzo/value/money"
)

func TestTheSandboxIsAGateway(t *testing.T) {
	dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
		d.Now = time.Now
		gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM bank_payments`)
				if err == nil {
					_, err = tx.Exec(t.Context(), `DELETE FROM bank_changes`)
				}
				return err
			})
			var server *httptest.Server
			b := bank.New(d, func() string { return server.URL }, bank.Config{Secret: "s3cret", LateAfter: 50 * time.Millisecond, Silence: time.Second})
			server = httptest.NewServer(b.Handler())
			t.Cleanup(server.Close)
			go b.Run(t.Context())
			u, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			g, err := sandbox.Open(&url.URL{Scheme: "sandbox", Host: u.Host, User: url.UserPassword("demo", "s3cret")})
			if err != nil {
				t.Fatal(err)
			}
			return gatewaytest.Bench{Gateway: g, Kind: "card", Amount: money.Of(10_000, "EUR"),
				Approve: "sandbox:approve", Decline: "sandbox:decline", Silent: "sandbox:timeout_after", Never: "sandbox:timeout_before",
				Late: "sandbox:late", Challenge: "sandbox:challenge", Notice: notice}
		})
	})
}

func notice(_ *testing.T, reference string) (http.Header, []byte) {
	body := []byte(`{"id":"ntc_1","reference":"` + reference + `","kind":"payment.authorized"}`)
	at := strconv.FormatInt(time.Now().Unix(), 10)
	return http.Header{"Sandbox-Signature": {"t=" + at + ",v1=" + bank.Sign("s3cret", at, body)}}, body
}

func TestABankThatIsGoneIsAKnownFailure(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	u, _ := url.Parse(server.URL)
	server.Close()
	g, err := sandbox.Open(&url.URL{Scheme: "sandbox", Host: u.Host, User: url.UserPassword("demo", "s3cret")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Authorize(t.Context(), payment.Request{Reference: "att_1", Amount: money.Of(1, "EUR"), Instrument: "sandbox:approve"})
	if err == nil || payment.IsSilence(err) {
		t.Errorf("%v, want a failure that is known to have moved nothing", err)
	}
}
