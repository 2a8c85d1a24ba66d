package gatewaytest

import (
	"testing"

	"korzo/purchase/payment"
)

// keeps asks a Saver to keep what can pay, twice under one wish, pays with what
// came of it, and has it forgotten.
func keeps(t *testing.T, b *bench) {
	g, ok := b.Gateway.(payment.Saver)
	if !ok || b.Act != nil { // on a page of its own nothing is known that could be kept
		return
	}
	wish := payment.SaveRequest{Reference: "sav_1", Customer: "cus_1", Instrument: b.Approve, ReturnURL: "http://127.0.0.1/back"}
	first, err := g.Save(t.Context(), wish)
	again, err2 := g.Save(t.Context(), wish)
	if err != nil || err2 != nil || first.Status != payment.StatusAuthorized || first.Reference != wish.Reference || again != first {
		t.Fatalf("kept: %+v, %v; again %+v, %v", first, err, again, err2)
	}
	if !payment.ValidInstrument(first.Instrument) || first.Instrument == b.Approve {
		t.Fatalf("what is kept is paid with %q", first.Instrument)
	}
	if reader, ok := b.Gateway.(payment.Reader); ok {
		if _, usable := reader.Read(first.Instrument); !usable {
			t.Error("the gateway does not know its own kept token")
		}
	}
	for _, reference := range []string{"att_1", "att_2"} { // it may be paid with more than once
		if r := b.try(t, reference, first.Instrument, false); r.Status != payment.StatusAuthorized {
			t.Errorf("%s with what is kept: %+v", reference, r)
		}
	}
	if now, err := g.Recall(t.Context(), wish.Reference, first.Instrument); err != nil || now.Status != payment.StatusAuthorized || now.Instrument != first.Instrument || now.Expires != first.Expires {
		t.Errorf("known of what is kept: %+v, %v; it was kept as %+v", now, err, first)
	}
	for range 2 {
		if err := g.Forget(t.Context(), first.Instrument); err != nil {
			t.Fatalf("forget: %v", err)
		}
	}
	if now, err := g.Recall(t.Context(), wish.Reference, first.Instrument); err != nil || now.Status != payment.StatusVoided {
		t.Errorf("known of what was forgotten: %+v, %v", now, err)
	}
	if r, err := b.Gateway.Authorize(t.Context(), b.write("att_3", first.Instrument, false)); err == nil && r.Status != payment.StatusDeclined {
		t.Errorf("what was forgotten pays: %+v", r)
	}
	if err := g.Forget(t.Context(), b.Approve); err != nil {
		t.Errorf("forgetting what was never kept: %v", err)
	}
}

// keepsNone asks a Saver to keep what cannot pay.
func keepsNone(t *testing.T, b *bench) {
	g, ok := b.Gateway.(payment.Saver)
	if !ok || b.Act != nil { // on a page of its own nothing is known that could be kept
		return
	}
	r, err := g.Save(t.Context(), payment.SaveRequest{Reference: "sav_1", Customer: "cus_1", Instrument: b.Decline, ReturnURL: "http://127.0.0.1/back"})
	if err != nil || r.Status != payment.StatusDeclined || r.Instrument != "" || r.DeclineCode == "" {
		t.Errorf("declined: %+v, %v", r, err)
	}
	if b.Challenge == "" {
		return
	}
	r, err = g.Save(t.Context(), payment.SaveRequest{Reference: "sav_2", Customer: "cus_1", Instrument: b.Challenge, ReturnURL: "http://127.0.0.1/back"})
	if err != nil || r.Status != payment.StatusActionRequired || r.ActionURL == "" || r.Instrument != "" {
		t.Errorf("asked for proof: %+v, %v", r, err)
	}
}
