package card_test

import (
	"strings"
	"testing"

	"korzo/value/card"

	"pgregory.net/rapid"
)

func TestWhatIsACardNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"4111111111111111":                             true, // Visa
		"4111 1111 1111 1111":                          true,
		"4111-1111-1111-1111":                          true,
		"4111.1111.1111.1111":                          true,
		"4111\u00a01111\u00a01111\u00a01111":           true,
		"please charge 4111 1111 1111 1111, thank you": true,
		"order 12345 4111 1111 1111 1111":              true, // other digits before it
		"4111 1111 1111 1111 12/30 123":                true, // and after it
		"5555555555554444":                             true, // Mastercard
		"2223003122003222":                             true, // Mastercard's newer range
		"378282246310005":                              true, // American Express
		"3782 822463 10005":                            true,
		"6011111111111117":                             true, // Discover
		"30569309025904":                               true, // Diners Club
		"3530111333300000":                             true, // JCB
		"6200000000000005":                             true, // UnionPay
		"9792030394440796":                             true, // Troy
		"(4111111111111111)":                           true,
		"name4111111111111111name":                     true,
		"":                                             false,
		"4111111111111112":                             false, // Luhn
		"1111111111111117":                             false, // nobody's first digits
		"411111111111111":                              false, // Visa with fifteen digits
		"41111111111111110000":                         false, // part of a longer run
		"4006381333931":                                false, // a barcode (EAN-13)
		"+49 170 1234567":                              false,
		"DE89370400440532013000":                       false, // an IBAN
		"4111  1111  1111  1111":                       false, // two signs part: a table's columns
		"2030-01-02 12:00:00 10115 Berlin":             false,
	} {
		if got := card.Has(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestAMaskLeavesFourDigitsAndEverythingElse(t *testing.T) {
	for text, want := range map[string]string{
		"pay 4111 1111 1111 1111 now":          "pay **** **** **** 1111 now",
		"378282246310005 and 5555555555554444": "***********0005 and ************4444",
		"nothing 4006381333931 here":           "nothing 4006381333931 here",
	} {
		if got := card.Mask(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// However a number is wrapped, it is found, and masking leaves none.
func TestANumberIsFoundHoweverItIsWrapped(t *testing.T) {
	numbers := []string{"4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "3530111333300000"}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.SampledFrom(numbers).Draw(t, "number")
		sign := rapid.SampledFrom([]string{"", " ", "-", "."}).Draw(t, "sign")
		size := rapid.IntRange(2, 6).Draw(t, "group")
		var groups []string
		for at := 0; at < len(number); at += size {
			groups = append(groups, number[at:min(at+size, len(number))])
		}
		words := rapid.StringMatching(`[a-zA-ZäöüÄ ,!?:;/()]{0,20}[a-zA-Z,!]`)
		text := words.Draw(t, "before") + strings.Join(groups, sign) + strings.TrimLeft(words.Draw(t, "after"), " ")
		if !card.Has(text) {
			t.Fatalf("not found in %q", text)
		}
		masked := card.Mask(text)
		if card.Has(masked) || len(masked) != len(text) {
			t.Fatalf("%q masks as %q", text, masked)
		}
	})
}

// Masking ends, keeps the length, changes digits only and leaves no number.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"4111 1111 1111 1111", "4111-1111.1111 1111 378282246310005", "\u00a04111\u00a0", "", "9999999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		masked := card.Mask(text)
		if len(masked) != len(text) || card.Has(masked) {
			t.Fatalf("%q masks as %q", text, masked)
		}
		for i := range len(text) {
			if text[i] != masked[i] && (text[i] < '0' || text[i] > '9') {
				t.Fatalf("%q masks as %q", text, masked)
			}
		}
	})
}
