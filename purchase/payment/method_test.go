package payment_test

import (
	"strings"
	"testing"

	"korzo/purchase/payment"
)

func TestACardNumberIsNoInstrumentHoweverItIsWrapped(t *testing.T) {
	for text, want := range map[string]bool{
		"sandbox:approve": true, "pm_1OqX2b2eZvKYlo2C": true, "tok_" + strings.Repeat("4242", 10): true, "x": true,
		"4242424242424242": false, "4242-4242-4242-4242": false, "card:4242424242424242": false, "card:378282246310005;cvc": false,
		"": false, "two words": false, "café": false, strings.Repeat("a", 201): false,
	} {
		if got := payment.ValidInstrument(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
