package address

import "strings"

// calling are the codes under which countries are called, and whether a number
// there begins with a 0 that callers from abroad leave out.
var calling = map[string]struct {
	code  string
	trunk bool
}{
	"AT": {"43", true}, "AU": {"61", true}, "BE": {"32", true}, "BG": {"359", true}, "CA": {"1", false}, "CH": {"41", true}, "CZ": {"420", false}, "DE": {"49", true},
	"DK": {"45", false}, "EE": {"372", false}, "ES": {"34", false}, "FI": {"358", true}, "FR": {"33", true}, "GB": {"44", true}, "GR": {"30", false}, "HR": {"385", true}, "HU": {"36", false},
	"IE": {"353", true}, "IT": {"39", false}, "JP": {"81", true}, "LT": {"370", true}, "LU": {"352", false}, "LV": {"371", false}, "NL": {"31", true}, "NO": {"47", false},
	"NZ": {"64", true}, "PL": {"48", false}, "PT": {"351", false}, "RO": {"40", true}, "RS": {"381", true}, "SE": {"46", true}, "SI": {"386", true}, "SK": {"421", true},
	"TR": {"90", true}, "UA": {"380", true}, "US": {"1", false},
}

// Dial returns a telephone number as E.164 has it, "+4930123456", from what
// people type in a country: "030 / 123 456", "0049 30 …", "(30) 123456". It
// returns "" for what cannot be one, or whose country it does not know.
func Dial(typed, country string) string {
	var b strings.Builder
	for i, r := range strings.TrimSpace(typed) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case !strings.ContainsRune(" -/().\u00a0", r):
			return ""
		}
	}
	digits := b.String()
	switch {
	case strings.HasPrefix(digits, "+"):
		digits = digits[1:]
	case strings.HasPrefix(digits, "00"):
		digits = digits[2:]
	default:
		c, known := calling[country]
		if !known {
			return ""
		}
		if country == "HU" {
			digits = strings.TrimPrefix(digits, "06")
		}
		if c.trunk {
			digits = strings.TrimPrefix(digits, "0")
		}
		digits = c.code + digits
	}
	if len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return ""
	}
	return "+" + digits
}
