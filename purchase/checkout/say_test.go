package checkout_test

import (
	"strings"
	"testing"

	"korzo/purchase/checkout"
)

func TestCustomsAreToldInTheReadersWords(t *testing.T) {
	for locale, want := range map[string][]string{"en": {"Switzerland", "duty"}, "de": {"Schweiz", "Zoll"}, "hu": {"Svájc", "vámhivatal"}} {
		text := checkout.SayDuty(locale, "CH")
		for _, word := range want {
			if !strings.Contains(text, word) {
				t.Errorf("%s: %q does not say %q", locale, text, word)
			}
		}
		if text := checkout.SayDuty(locale, ""); text != "" {
			t.Errorf("%s: no border is crossed, and it says %q", locale, text)
		}
	}
}
