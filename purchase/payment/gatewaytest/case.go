package gatewaytest

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"korzo/purchase/payment"
	"korzo/value/money"
)

func complete(t *testing.T, b *bench) {
	traits := b.Gateway.Traits()
	if b.Approve == "" || b.Decline == "" {
		t.Error("the bench cannot approve and decline")
	}
	if !traits.Offline && b.Silent == "" && b.Break == nil {
		t.Error("the bench cannot be silent, and behind the gateway is a machine")
	}
	if _, informed := b.Gateway.(payment.Informed); traits.Offline && !informed {
		t.Error("an offline gateway has no book but ours, and is not Informed")
	}
	if traits.KeyWindow <= 0 || traits.Timeout <= 0 || len(traits.Kinds) == 0 || b.Gateway.Name() == "" {
		t.Errorf("traits: %+v", traits)
	}
}

func approves(t *testing.T, b *bench) {
	r := b.authorize(t, false)
	if r.Status != payment.StatusAuthorized || r.Amount != b.Amount || r.Reference != "att_1" || r.Captured.Minor != 0 || r.GatewayID == "" || r.Account == "" {
		t.Errorf("authorized: %+v", r)
	}
	if got := b.look(t, "att_1"); got != r {
		t.Errorf("the book says %+v, the answer was %+v", got, r)
	}
}

func repeats(t *testing.T, b *bench) {
	first := b.try(t, "att_1", b.Approve, false)
	if again := b.try(t, "att_1", b.Approve, false); again != first {
		t.Errorf("again: %+v, first: %+v", again, first)
	}
}

func takes(t *testing.T, b *bench) {
	r := b.authorize(t, true)
	if b.Gateway.Traits().Offline && r.Status == payment.StatusAuthorized && r.Captured.Minor == 0 {
		return // a promise: no request can make money arrive
	}
	if r.Status != payment.StatusCaptured || r.Amount != b.Amount || r.Captured != b.Amount {
		t.Errorf("taken at once: %+v", r)
	}
}

func declines(t *testing.T, b *bench) {
	if b.DeclineAmount.Minor != 0 {
		b.Amount = b.DeclineAmount
	}
	r := b.try(t, "att_1", b.Decline, false)
	if r.Status == payment.StatusActionRequired && b.Act != nil {
		b.Act(t, r)
		r = b.look(t, "att_1")
	}
	if r.Status != payment.StatusDeclined || r.DeclineCode == "" || r.Captured.Minor != 0 || r.Reference != "att_1" {
		t.Errorf("declined: %+v", r)
	}
	if b.Act != nil {
		return
	}
	if again := b.try(t, "att_1", b.Decline, false); again.Status != payment.StatusDeclined {
		t.Errorf("declined again: %+v", again)
	}
}

func silent(t *testing.T, b *bench) {
	if b.Silent == "" {
		return
	}
	hushed(t, b, b.Silent)
	if r := b.look(t, "att_1"); r.Status != payment.StatusAuthorized || r.Amount != b.Amount {
		t.Errorf("the book says %+v", r)
	}
}

func garbage(t *testing.T, b *bench) {
	if b.Garbage == "" {
		return
	}
	hushed(t, b, b.Garbage)
	if r := b.look(t, "att_1"); r.Status != payment.StatusAuthorized || r.Amount != b.Amount {
		t.Errorf("the book says %+v", r)
	}
}

func never(t *testing.T, b *bench) {
	if b.Never == "" {
		return
	}
	hushed(t, b, b.Never)
	if r := b.look(t, "att_1"); r.Status != payment.StatusNone {
		t.Errorf("the book says %+v of what never arrived", r)
	}
	b.void(t, "att_1")
	r, err := b.Gateway.Authorize(t.Context(), b.book["att_1"].Request)
	if err == nil && r.Status != payment.StatusVoided && r.Status != payment.StatusDeclined {
		t.Errorf("a forbidden reference was taken: %+v", r)
	}
	if r := b.look(t, "att_1"); r.Status == payment.StatusAuthorized || r.Status == payment.StatusCaptured {
		t.Errorf("a forbidden reference moved money: %+v", r)
	}
}

func late(t *testing.T, b *bench) {
	if b.Late == "" {
		return
	}
	if r := b.try(t, "att_1", b.Late, false); r.Status != payment.StatusPending {
		t.Fatalf("late: %+v", r)
	}
	b.until(t, "att_1", payment.StatusAuthorized)
}

// until looks at what decides after a while until it has.
func (b *bench) until(t *testing.T, reference string, want payment.Status) payment.Result {
	t.Helper()
	for range 100 {
		if r := b.look(t, reference); r.Status == want {
			return r
		}
		time.Sleep(20 * time.Millisecond) // the machine's own clock decides
	}
	t.Fatalf("%s was never %s", reference, want)
	return payment.Result{}
}

func challenge(t *testing.T, b *bench) {
	if b.Challenge == "" {
		return
	}
	r := b.try(t, "att_1", b.Challenge, false)
	if r.Status != payment.StatusActionRequired || r.ActionURL == "" && r.Prompt == "" || r.Captured.Minor != 0 {
		t.Errorf("challenge: %+v", r)
	}
	if got := b.look(t, "att_1"); got.Status != payment.StatusActionRequired || got.Captured.Minor != 0 {
		t.Errorf("looking answered for the shopper: %+v", got)
	}
}

// carried shows the gateway proof that another one was given. One that takes
// none does what it does without.
func carried(t *testing.T, b *bench) {
	given := payment.Proof{Given: b.Proof}
	with := func(reference, instrument string, p payment.Proof) payment.Result {
		request := b.write(reference, instrument, false)
		request.Proof = p
		r, err := b.Gateway.Authorize(t.Context(), request)
		if err != nil {
			t.Fatalf("authorize %s: %v", reference, err)
		}
		return b.learn(reference, r)
	}
	if !b.Gateway.Traits().Proofs {
		given.Given = payment.Authentication{Version: "2.2.0", Status: "Y", ECI: "05", Cryptogram: "AAECAwQFBgcICQoLDA0ODxAREhM=", Transaction: "3a1d4f7e-0000-4000-8000-000000000001"}
		if plain, shown := with("att_1", b.Approve, payment.Proof{}), with("att_2", b.Approve, given); plain.Status != shown.Status {
			t.Errorf("it says it takes no proof, and answers %s with it and %s without", shown.Status, plain.Status)
		}
		return
	}
	if b.Act != nil { // on a page of its own the gateway asks by itself
		return
	}
	if b.Soft == "" || b.Proof == (payment.Authentication{}) {
		t.Fatal("the gateway takes proof, and the bench has none to show")
	}
	if r := with("att_1", b.Soft, payment.Proof{}); r.Status != payment.StatusDeclined || r.DeclineCode != payment.DeclineStepUp {
		t.Errorf("without proof: %+v, want a no that asks for it", r)
	}
	if r := with("att_2", b.Soft, given); r.Status != payment.StatusAuthorized || r.Amount != b.Amount || r.ActionURL != "" {
		t.Errorf("with proof: %+v, want it held and nobody asked", r)
	}
	forged := given
	forged.Given.Cryptogram = "AAECAwQFBgcICQoLDA0ODxAREhM="
	if r := with("att_3", b.Soft, forged); r.Status == payment.StatusAuthorized || r.Captured.Minor != 0 {
		t.Errorf("with forged proof: %+v", r)
	}
	if b.Challenge != "" {
		if r := with("att_4", b.Challenge, given); r.Status != payment.StatusAuthorized {
			t.Errorf("who would be asked, and has proven it before: %+v", r)
		}
	}
}

func captures(t *testing.T, b *bench) {
	b.authorize(t, false)
	for range 2 {
		b.capture(t, "cap_1", b.Amount, b.Amount)
	}
	r, err := b.change(t, b.Gateway.Capture, "cap_2", money.Of(1, b.Amount.Currency))
	if err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("captured more than was held: %+v", r)
	}
	if got := b.look(t, "att_1").Captured; got != b.Amount {
		t.Errorf("captured %v of %v", got, b.Amount)
	}
}

func parts(t *testing.T, b *bench) {
	b.authorize(t, false)
	for range 2 {
		b.capture(t, "cap_1", b.share(4), b.share(4))
	}
	r, err := b.change(t, b.Gateway.Capture, "cap_2", b.share(7))
	if err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("captured 110 %% of what was held: %+v", r)
	}
	want := b.share(4)
	if b.Gateway.Traits().Parts {
		want = b.Amount
		b.capture(t, "cap_3", b.share(6), want)
	}
	if got := b.look(t, "att_1").Captured; got != want {
		t.Errorf("captured %v, want %v", got, want)
	}
}

func refunds(t *testing.T, b *bench) {
	b.authorize(t, false)
	b.capture(t, "cap_1", b.Amount, b.Amount)
	for range 2 {
		r, err := b.change(t, b.Gateway.Refund, "ref_1", b.share(6))
		if err != nil || r.Refunded != b.share(6) || r.Captured != b.Amount {
			t.Fatalf("refund: %+v, %v", r, err)
		}
	}
	r, err := b.change(t, b.Gateway.Refund, "ref_2", b.share(6))
	if err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("refunded more than was taken: %+v", r)
	}
	if got := b.look(t, "att_1").Refunded; got != b.share(6) {
		t.Errorf("refunded %v, want %v", got, b.share(6))
	}
	if r, err := b.change(t, b.Gateway.Refund, "ref_3", b.share(4)); err != nil || r.Refunded != b.Amount {
		t.Errorf("the rest: %+v, %v", r, err)
	}
}

func lost(t *testing.T, b *bench) {
	if b.Break == nil {
		return
	}
	b.authorize(t, false)
	b.Break(t)
	if _, err := b.change(t, b.Gateway.Capture, "cap_1", b.Amount); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("a capture whose answer was lost: %v, want silence", err)
	}
	b.capture(t, "cap_1", b.Amount, b.Amount)
	b.Break(t)
	if _, err := b.change(t, b.Gateway.Refund, "ref_1", b.share(5)); !errors.Is(err, payment.ErrUnknown) {
		t.Errorf("a refund whose answer was lost: %v, want silence", err)
	}
	if r, err := b.change(t, b.Gateway.Refund, "ref_1", b.share(5)); err != nil || r.Refunded != b.share(5) {
		t.Errorf("refunded again: %+v, %v", r, err)
	}
	if r := b.look(t, "att_1"); r.Captured != b.Amount || r.Refunded != b.share(5) {
		t.Errorf("the book says %+v", r)
	}
}

func voids(t *testing.T, b *bench) {
	b.authorize(t, false)
	for range 2 {
		if r := b.void(t, "att_1"); r.Status != payment.StatusVoided {
			t.Fatalf("void: %+v", r)
		}
	}
	r, err := b.change(t, b.Gateway.Capture, "cap_1", b.Amount)
	if err == nil && r.Captured.Minor != 0 {
		t.Errorf("a voided hold was taken: %+v", r)
	}
	if r := b.look(t, "att_1"); r.Status != payment.StatusVoided && r.Status != payment.StatusNone {
		t.Errorf("a voided hold is claimed: %+v", r)
	}
}

func voidsTaken(t *testing.T, b *bench) {
	b.authorize(t, false)
	b.capture(t, "cap_1", b.Amount, b.Amount)
	r, err := payment.Void(t.Context(), b.Gateway, b.book["att_1"])
	if err == nil && (r.Status == payment.StatusVoided || r.Status == payment.StatusNone) {
		t.Errorf("taken money was voided: %+v", r)
	}
	if got := b.look(t, "att_1").Captured; got != b.Amount {
		t.Errorf("captured %v of %v", got, b.Amount)
	}
}

func gone(t *testing.T, b *bench) {
	if b.Gone == nil {
		return
	}
	r, err := b.Gone.Authorize(t.Context(), b.write("att_1", b.Approve, false))
	if err == nil || payment.IsSilence(err) {
		t.Fatalf("%+v, %v; want a failure that is known to have moved nothing", r, err)
	}
	b.quiet(t, err)
}

func notices(t *testing.T, b *bench) {
	if b.Notice == nil {
		if _, err := b.Gateway.VerifyWebhook(http.Header{}, []byte(`{"id":"1","reference":"att_1"}`)); !errors.Is(err, payment.ErrNotice) {
			t.Errorf("a gateway that sends no notices believed one: %v", err)
		}
		return
	}
	header, body := b.Notice(t, "att_1")
	n, err := b.Gateway.VerifyWebhook(header, body)
	if err != nil || n.Reference != "att_1" || n.ID == "" {
		t.Fatalf("a genuine notice: %+v, %v", n, err)
	}
	for name, forged := range map[string][]byte{"another body": append([]byte(" "), body...), "no body": nil} {
		if _, err := b.Gateway.VerifyWebhook(header, forged); !errors.Is(err, payment.ErrNotice) {
			t.Errorf("%s: %v, want ErrNotice", name, err)
		}
	}
	if _, err := b.Gateway.VerifyWebhook(http.Header{}, body); !errors.Is(err, payment.ErrNotice) {
		t.Errorf("unsigned: %v, want ErrNotice", err)
	}
}
