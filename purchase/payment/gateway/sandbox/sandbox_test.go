package sandbox_test

import (
	"fmt"
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
	exercise(t, sandbox.Open, bank.Config{}, func(_ *testing.T, reference string) (http.Header, []byte) {
		body := []byte(`{"id":"ntc_1","reference":"` + reference + `","kind":"payment.authorized"}`)
		at := strconv.FormatInt(time.Now().Unix(), 10)
		return http.Header{"Sandbox-Signature": {"t=" + at + ",v1=" + bank.Sign("s3cret", at, body)}}, body
	})
}

func TestTheSecondSandboxIsAGateway(t *testing.T) {
	exercise(t, sandbox.OpenSecond, bank.Config{Second: true}, func(_ *testing.T, reference string) (http.Header, []byte) {
		body := []byte(`{"events":[{"uid":"ntc_1","merchant_ref":"` + reference + `","stage":"HELD"}]}`)
		at := time.Now().UnixMilli()
		return http.Header{"Bank-Time": {strconv.FormatInt(at, 10)}, "Bank-Seal": {bank.SecondSeal("s3cret", at, body)}}, body
	})
}

// exercise runs the suite on both databases.
func exercise(t *testing.T, open func(*url.URL) (payment.Gateway, error), c bank.Config, notice func(*testing.T, string) (http.Header, []byte)) {
	t.Helper()
	c.Secret, c.LateAfter, c.Silence = "s3cret", 50*time.Millisecond, time.Second
	dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
		d.Now = time.Now
		proven := proof(t, d, !c.Second, money.Of(10_000, "EUR"))
		gatewaytest.Exercise(t, func(t *testing.T) gatewaytest.Bench {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `DELETE FROM bank_payments`)
				if err == nil {
					_, err = tx.Exec(t.Context(), `DELETE FROM bank_changes`)
				}
				return err
			})
			g := opened(t, open, serve(t, d, c))
			return gatewaytest.Bench{Gateway: g, Kind: "card", Amount: money.Of(10_000, "EUR"),
				Approve: "sandbox:approve", Decline: "sandbox:decline", Silent: "sandbox:timeout_after", Never: "sandbox:timeout_before",
				Garbage: "sandbox:garbage", Late: "sandbox:late", Challenge: "sandbox:challenge", Secrets: []string{"s3cret"}, Notice: notice,
				Gone: opened(t, open, "http://127.0.0.1:1"), Soft: "sandbox:soft_decline", Proof: proven}
		})
	})
}

// Both banks take the codes that phones show, on both databases.
func TestTheSandboxesTakeTheCodeOfAPhone(t *testing.T) {
	for name, second := range map[string]bool{"the first bank": false, "the second bank": true} {
		t.Run(name, func(t *testing.T) {
			open := sandbox.Open
			if second {
				open = sandbox.OpenSecond
			}
			dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
				d.Now = time.Now
				gatewaytest.ExerciseCodes(t, func(t *testing.T) gatewaytest.CodeBench {
					change := func(statement string) {
						dbtest.Write(t, d, func(tx *db.Tx) error {
							_, err := tx.Exec(t.Context(), statement)
							return err
						})
					}
					change(`DELETE FROM bank_payments`)
					change(`DELETE FROM bank_changes`)
					at := serve(t, d, bank.Config{Secret: "s3cret", Second: second, LateAfter: 50 * time.Millisecond, Silence: time.Second})
					return gatewaytest.CodeBench{
						Bench: gatewaytest.Bench{Gateway: opened(t, open, at), Kind: "phone_code", Amount: money.Of(10_000, "EUR"), Approve: bank.Approve,
							Decline: bank.Insufficient, Silent: bank.TimeoutAfter, Never: bank.TimeoutBefore, Late: bank.Late, Secrets: []string{"s3cret"}},
						Asks: bank.AskPhone,
						Show: func(t *testing.T, does string) string {
							return pressedAt(t, at+"/phone", url.Values{"most": {"100.00"}, "currency": {"EUR"}, "does": {does}}).Path[len("/phone/"):]
						},
						Say: func(t *testing.T, code string, yes bool) {
							pressedAt(t, at+"/phone/"+code, url.Values{"answer": {map[bool]string{true: "yes", false: "no"}[yes]}})
						},
						Stale: func(*testing.T) { change(`UPDATE bank_codes SET expires_at = 1`) },
					}
				})
			})
		})
	}
}

// proof is what a cardholder gave at one of the banks for a payment of so much.
func proof(t *testing.T, d *db.DB, second bool, of money.Amount) (given payment.Authentication) {
	t.Helper()
	open := sandbox.Open
	if second {
		open = sandbox.OpenSecond
	}
	g := opened(t, open, serve(t, d, bank.Config{Secret: "s3cret", Second: second}))
	r, err := g.Authorize(t.Context(), payment.Request{Reference: "att_first", Amount: of, Kind: "card", Instrument: "sandbox:soft_decline",
		ReturnURL: "http://127.0.0.1/back", Proof: payment.Proof{Challenge: true}})
	if err != nil || r.Status != payment.StatusActionRequired {
		t.Fatalf("%+v, %v", r, err)
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w, err := stay.PostForm(r.ActionURL, url.Values{"answer": {"yes"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	if r, err = g.Lookup(t.Context(), "att_first"); err != nil || r.Status != payment.StatusAuthorized || r.Proof == (payment.Authentication{}) {
		t.Fatalf("%+v, %v", r, err)
	}
	return r.Proof
}

// A proof is of the sum that its cardholder agreed to, and of no other.
func TestProofOfOneSumIsNoneOfAnother(t *testing.T) {
	for name, second := range map[string]bool{"the first bank": false, "the second bank": true} {
		t.Run(name, func(t *testing.T) {
			open := sandbox.Open
			if second {
				open = sandbox.OpenSecond
			}
			dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
				d.Now = time.Now
				given := proof(t, d, !second, money.Of(10_000, "EUR"))
				g := opened(t, open, serve(t, d, bank.Config{Secret: "s3cret", Second: second}))
				for reference, c := range map[string]struct {
					of   money.Amount
					want payment.Status
				}{
					"att_same":     {money.Of(10_000, "EUR"), payment.StatusAuthorized},
					"att_more":     {money.Of(90_000, "EUR"), payment.StatusDeclined},
					"att_currency": {money.Of(10_000, "USD"), payment.StatusDeclined},
				} {
					r, err := g.Authorize(t.Context(), payment.Request{Reference: reference, Amount: c.of, Kind: "card", Instrument: "sandbox:soft_decline", Proof: payment.Proof{Given: given}})
					if err != nil || r.Status != c.want {
						t.Errorf("%s: %+v, %v; want %s", reference, r, err, c.want)
					}
				}
			})
		})
	}
}

// serve opens a bank behind HTTP for as long as the test lives.
func serve(t *testing.T, d *db.DB, c bank.Config) string {
	t.Helper()
	var server *httptest.Server
	b := bank.New(d, func() string { return server.URL }, c)
	server = httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	go b.Run(t.Context())
	return server.URL
}

// opened is a gateway to the bank at an address.
func opened(t *testing.T, open func(*url.URL) (payment.Gateway, error), at string) payment.Gateway {
	t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	g, err := open(&url.URL{Scheme: "sandbox", Host: u.Host, User: url.UserPassword("demo", "s3cret")})
	if err != nil {
		t.Fatal(err)
	}
	return g
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

// A card that its bank asks proof for is kept with that proof. Then it pays
// while its cardholder is away, which no other card of theirs does, and only at
// the bank that kept it.
func TestAKeptCardPaysWhileItsCardholderIsAway(t *testing.T) {
	for name, second := range map[string]bool{"the first bank": false, "the second bank": true} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
				d.Now = time.Now
				open, other := sandbox.Open, sandbox.OpenSecond
				if second {
					open, other = other, open
				}
				at := serve(t, d, bank.Config{Secret: "s3cret", Second: second, ChallengeAfter: time.Millisecond})
				g := opened(t, open, at).(payment.Saver)
				wish := payment.SaveRequest{Reference: "sav_1", Instrument: "sandbox:challenge"}
				saved, err := g.Save(t.Context(), wish)
				if err != nil || saved.Status != payment.StatusActionRequired {
					t.Fatalf("%+v, %v", saved, err)
				}
				for range 200 {
					if saved, err = g.Save(t.Context(), wish); err != nil || saved.Status != payment.StatusActionRequired {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				away := payment.Proof{Exemption: payment.ExemptAgreed}
				for _, c := range []struct {
					reference, instrument string
					proof                 payment.Proof
					want                  payment.Status
				}{
					{"att_1", saved.Instrument, away, payment.StatusAuthorized},
					{"att_2", "sandbox:challenge", away, payment.StatusDeclined},
					{"att_3", saved.Instrument, payment.Proof{}, payment.StatusActionRequired},
				} {
					r, err := g.Authorize(t.Context(), payment.Request{Reference: c.reference, Amount: money.Of(500, "EUR"), Kind: "card",
						Instrument: c.instrument, Proof: c.proof, ReturnURL: "http://127.0.0.1/back"})
					if err != nil || r.Status != c.want {
						t.Errorf("%s with %s: %+v, %v; want %s", c.reference, c.instrument, r, err, c.want)
					}
				}
				if _, usable := opened(t, other, at).(payment.Reader).Read(saved.Instrument); usable {
					t.Error("the other bank would be asked to pay with what it never kept")
				}
			})
		})
	}
}

// What a rule asks the issuer to pass without proof is granted or refused; what
// is refused goes through once its cardholder has been asked.
func TestAnExemptionIsGrantedOrMustBeProven(t *testing.T) {
	for name, second := range map[string]bool{"the first bank": false, "the second bank": true} {
		t.Run(name, func(t *testing.T) {
			open := sandbox.Open
			if second {
				open = sandbox.OpenSecond
			}
			dbtest.Each(t, []fs.FS{bank.Schema}, func(t *testing.T, d *db.DB) {
				d.Now = time.Now
				g := opened(t, open, serve(t, d, bank.Config{Secret: "s3cret", Second: second}))
				kept, err := g.(payment.Saver).Save(t.Context(), payment.SaveRequest{Reference: "sav_1", Instrument: "sandbox:approve"})
				if err != nil || kept.Instrument == "" {
					t.Fatalf("%+v, %v", kept, err)
				}
				for i, c := range []struct {
					instrument, exemption string
					of                    money.Amount
					granted               bool
				}{
					{"sandbox:challenge", payment.ExemptLow, money.Of(30_00, "EUR"), true},
					{"sandbox:challenge", payment.ExemptLow, money.Of(30_01, "EUR"), false},
					{"sandbox:approve", payment.ExemptLow, money.Of(30_01, "EUR"), false},
					{"sandbox:challenge", payment.ExemptRisk, money.Of(480_00, "EUR"), true},
					{"sandbox:challenge", payment.ExemptRisk, money.Of(480_01, "EUR"), false},
					{"sandbox:challenge", payment.ExemptRisk, money.Of(100, "CHF"), false},
					{kept.Instrument, payment.ExemptTrusted, money.Of(900_00, "EUR"), true},
					{"sandbox:challenge", payment.ExemptTrusted, money.Of(1_00, "EUR"), false},
					{"sandbox:card.378282.0005.n", payment.ExemptCompany, money.Of(900_00, "EUR"), true},
					{"sandbox:challenge", payment.ExemptCompany, money.Of(1_00, "EUR"), false},
					{"sandbox:soft_decline", payment.ExemptLow, money.Of(1_00, "EUR"), false},
				} {
					ask := payment.Request{Reference: fmt.Sprintf("att_%d", i), Amount: c.of, Kind: "card", Instrument: c.instrument, ReturnURL: "http://127.0.0.1/back",
						Proof: payment.Proof{Exemption: c.exemption}}
					r, err := g.Authorize(t.Context(), ask)
					if c.granted {
						if err != nil || r.Status != payment.StatusAuthorized {
							t.Errorf("%+v: %+v, %v; want it granted", c, r, err)
						}
						continue
					}
					if err != nil || r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineStepUp {
						t.Errorf("%+v: %+v, %v; want a soft decline", c, r, err)
					}
					ask.Reference, ask.Proof = ask.Reference+"_again", payment.Proof{Challenge: true}
					if r, err = g.Authorize(t.Context(), ask); err != nil || r.Status != payment.StatusActionRequired {
						t.Errorf("%+v, asked for proof: %+v, %v", c, r, err)
					}
				}
			})
		})
	}
}
