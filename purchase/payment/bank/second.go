package bank

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/value/money"
)

// What sets the second bank apart from the first. A reference is repeated
// without harm for ten minutes only, then it is refused; what is not taken with
// the first capture is let go; notices come late and twice; refusals are numbers
// as card schemes number them (ISO 8583, field 39); amounts are decimal texts.
const (
	secondWindow = 10 * time.Minute
	secondDelay  = time.Second
)

var errHeader = fault.New(fault.Invalid, "bank.idempotency", "send the merchant's reference as Idempotency-Key too")

// Charge is a payment in the second bank's tongue.
type Charge struct {
	MerchantRef string `json:"merchant_ref"`
	UID         string `json:"uid"`
	Merchant    string `json:"merchant"`
	Sum         string `json:"sum"`
	Taken       string `json:"taken"`
	Returned    string `json:"returned"`
	Currency    string `json:"currency"`
	Stage       string `json:"stage"`
	Code        string `json:"response_code,omitempty"`
	Next        string `json:"next,omitempty"`
	SCA         SCA    `json:"sca,omitzero"`
	Source      string `json:"source,omitempty"` // what a card that is kept is paid with
}

// SCA is a Proof in the second bank's tongue.
type SCA struct {
	Protocol string `json:"protocol"`
	Outcome  string `json:"outcome"`
	ECI      string `json:"eci"`
	CAVV     string `json:"cavv"`
	DS       string `json:"ds_trans_id"`
}

// SecondStages are the second bank's words for states.
var SecondStages = map[string]string{"pending": "WAITING", "action_required": "CARDHOLDER", "authorized": "HELD", "captured": "TAKEN", "declined": "REFUSED", "voided": "RELEASED"}

// SecondCodes are the second bank's numbers for refusals.
var SecondCodes = map[string]string{"card_declined": "05", Insufficient: "51", Expired: "54", Code: "N7", Lost: "43", Fraud: "59", Limit: "61",
	TryAgain: "91", stepUp: "1A", "authentication_failed": "82", unsupported: "57", "cancelled": "17", CodeStale: "12", CodeUsed: "94"}

// SecondExemptions are the second bank's words for exemptions.
var SecondExemptions = map[string]string{exemptLow: "LVP", exemptRisk: "TRA", exemptTrusted: "WLST", exemptCompany: "SCP"}

// exempted is an exemption by the second bank's word for it; "" for none.
func exempted(word string) string {
	for name, its := range SecondExemptions {
		if its == word {
			return name
		}
	}
	return word
}

func chargeOf(p Payment) Charge {
	text := func(minor int64) string { return money.Of(minor, money.Currency(p.Currency)).Decimal() }
	if p.Currency == "" { // forbidden before it was heard of
		text = func(int64) string { return "0" }
	}
	return Charge{p.Reference, p.ID, p.Account, text(p.Amount), text(p.Captured), text(p.Refunded), p.Currency, SecondStages[p.State],
		SecondCodes[p.DeclineCode], p.ActionURL, SCA{p.Proof.Version, p.Proof.Status, p.Proof.ECI, p.Proof.Cryptogram, p.Proof.Transaction}, p.Kept}
}

// secondRoutes is the second bank's API.
func (b *Bank) secondRoutes(mux *http.ServeMux) {
	mux.Handle("POST /api/charges", b.bearer(b.takeCharge))
	mux.Handle("GET /api/charges", b.bearer(b.findCharge))
	mux.Handle("POST /api/charges/{reference}/settlements", b.bearer(b.changeCharge("capture")))
	mux.Handle("POST /api/charges/{reference}/reversals", b.bearer(b.changeCharge("refund")))
	mux.Handle("DELETE /api/charges/{reference}", b.bearer(b.releaseCharge))
	mux.Handle("DELETE /api/sources", b.bearer(b.serveForget))
}

// bearer lets in who knows the account's secret.
func (b *Bank) bearer(h web.Handler) http.Handler {
	return web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(given), []byte(b.config.Account+"."+b.config.Secret)) != 1 {
			return errSecret
		}
		return h(w, r)
	})
}

func (b *Bank) takeCharge(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		MerchantRef string `json:"merchant_ref"`
		Sum         string `json:"sum"`
		Currency    string `json:"currency"`
		Method      string `json:"method"`
		Source      string `json:"source"`
		Back        string `json:"back"`
		Mode        string `json:"mode"`
		Paid        string `json:"paid"`
		Absent      bool   `json:"cardholder_absent"`
		Payer       struct {
			Born string `json:"birth_date"`
		} `json:"payer"`
		SCA struct {
			Ask    bool   `json:"ask"`
			Exempt string `json:"exempt"`
			Given  SCA    `json:"given"`
		} `json:"sca"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.MerchantRef == "" {
		return errAmount
	}
	if r.Header.Get("Idempotency-Key") != in.MerchantRef {
		return errHeader
	}
	var sum money.Amount
	if in.Method != keepKind {
		var err error
		if sum, err = money.Parse(in.Sum, money.Currency(in.Currency)); err != nil || sum.Minor <= 0 {
			return errAmount
		}
	}
	given := in.SCA.Given
	o := order{Reference: in.MerchantRef, Amount: sum.Minor, Currency: in.Currency, Kind: in.Method, Instrument: in.Source,
		ReturnURL: in.Back, Capture: in.Mode == "take", Challenge: in.SCA.Ask,
		Proof: Proof{given.Protocol, given.Outcome, given.ECI, given.CAVV, given.DS}, Paid: in.Paid, OffSession: in.Absent, Exemption: exempted(in.SCA.Exempt), Born: in.Payer.Born}
	p, err := b.take(r.Context(), o)
	if err != nil {
		return err
	}
	switch b.outcome(r.Context(), o) {
	case TimeoutAfter:
		return b.silence(r.Context())
	case ErrorAfter:
		w.WriteHeader(http.StatusBadGateway)
		return nil
	case Garbage:
		_, err := w.Write([]byte(`{"charge":{"stage":`))
		return err
	}
	return answerCharge(w, p)
}

func answerCharge(w http.ResponseWriter, p Payment) error {
	return answer(w, map[string]Charge{"charge": chargeOf(p)})
}

// findCharge answers 200 with nothing where the first bank says 404.
func (b *Bank) findCharge(w http.ResponseWriter, r *http.Request) error {
	p, err := b.find(r.Context(), r.FormValue("merchant_ref"))
	if fault.CodeOf(err) == fault.CodeOf(errNotFound) {
		return answer(w, map[string]any{"charge": nil})
	}
	if err != nil {
		return err
	}
	return answerCharge(w, p)
}

func (b *Bank) changeCharge(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Sum string `json:"sum"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return errAmount
		}
		reference, key := r.PathValue("reference"), r.Header.Get("Idempotency-Key")
		p, err := b.find(r.Context(), reference)
		if err != nil {
			return err
		}
		sum, err := money.Parse(in.Sum, money.Currency(p.Currency))
		if err != nil || sum.Minor <= 0 || key == "" {
			return errAmount
		}
		name := strings.TrimPrefix(p.instrument, prefix)
		if kind == "refund" && name == RefundDecline {
			return errRefund
		}
		if p, err = b.change(r.Context(), kind, reference, key, sum.Minor); err == nil && kind == "capture" {
			err = b.letGo(r.Context(), reference)
		}
		if err != nil {
			return err
		}
		if kind == "refund" && name == RefundSilent {
			return b.silence(r.Context())
		}
		return answerCharge(w, p)
	}
}

// letGo frees what the first capture did not take.
func (b *Bank) letGo(ctx context.Context, reference string) error {
	return b.db.Write(ctx, func(tx *db.Tx) error {
		_, err := voidHeld(ctx, tx, reference)
		return err
	})
}

func (b *Bank) releaseCharge(w http.ResponseWriter, r *http.Request) error {
	p, err := b.void(r.Context(), r.PathValue("reference"))
	if err != nil {
		return err
	}
	return answerCharge(w, p)
}

// secondNotice is a notice in the second bank's form: a list, of one.
func secondNotice(n notice, at time.Time) []byte {
	_, stage, _ := strings.Cut(n.Kind, ".")
	if word, ok := SecondStages[stage]; ok {
		stage = word
	}
	return fmt.Appendf(nil, `{"events":[{"uid":%q,"merchant_ref":%q,"stage":%q,"at":%q}]}`, n.ID, n.Reference, stage, at.UTC().Format(time.RFC3339))
}

// SecondSeal is the second bank's signature of a notice sent at a Unix time in
// milliseconds: over the time and the body's hash, in base64.
func SecondSeal(secret string, at int64, body []byte) string {
	hash := sha256.Sum256(body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(at, 10) + ":" + hex.EncodeToString(hash[:])))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
