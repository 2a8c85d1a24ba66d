package address_test

import (
	"testing"

	"korzo/value/address"
)

func TestNumbersAreDialledAsPeopleTypeThem(t *testing.T) {
	for _, c := range []struct{ typed, country, want string }{
		{"030 / 123 456", "DE", "+4930123456"},
		{"+49 (30) 123456", "US", "+4930123456"},
		{"0049 30-123456", "HU", "+4930123456"},
		{"06 20 123 4567", "HU", "+36201234567"},
		{"20 123 4567", "HU", "+36201234567"},
		{"(415) 555-2671", "US", "+14155552671"},
		{"06 1234 5678", "IT", "+390612345678"}, // Italians keep their 0
		{"070-123 45 67", "SE", "+46701234567"},
		{"030 123", "XX", ""},
		{"call me", "DE", ""},
		{"12", "DE", ""},
		{"+0123456789", "DE", ""},
		{"+1234567890123456", "DE", ""},
		{"", "DE", ""},
	} {
		if got := address.Dial(c.typed, c.country); got != c.want {
			t.Errorf("%q in %s: %q, want %q", c.typed, c.country, got, c.want)
		}
	}
}
