package payment_test

import (
	"errors"
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

func TestATextWithACardNumberInItIsRefusedAndNotRepeated(t *testing.T) {
	err := payment.NoCardNumber("Torstraße 1", "leave it with card 4111 1111 1111 1111 please")
	if !errors.Is(err, payment.ErrCardNumber) || strings.Contains(err.Error(), "1111") {
		t.Error(err)
	}
	if err := payment.NoCardNumber("Torstraße 1", "10119", "+49 170 1234567", "4006381333931"); err != nil {
		t.Error(err)
	}
}
