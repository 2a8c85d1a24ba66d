package tax

import (
	"fmt"
	"regexp"
	"strings"

	"korzo/platform/fault"
)

// ErrVATID reports a VAT id that cannot be one; its text says how one looks.
var ErrVATID = fault.New(fault.Invalid, "tax.vat_id", "this cannot be a VAT id: write it with the two letters of its country, such as DE136695976")

// vatShape is how the VAT ids of a country look after its two letters, and
// whether the check digits are right where their rule is public.
type vatShape struct {
	form  *regexp.Regexp
	check func(digits string) bool
}

func shape(form string, check func(string) bool) vatShape {
	return vatShape{regexp.MustCompile(`^(?:` + form + `)$`), check}
}

// vatShapes by the letters an id begins with: Greece writes EL.
var vatShapes = map[string]vatShape{
	"AT": shape(`U[0-9]{8}`, checkAT), "BE": shape(`[01][0-9]{9}`, func(s string) bool { return 97-number(s[:8])%97 == number(s[8:]) }),
	"BG": shape(`[0-9]{9,10}`, nil), "CY": shape(`[0-9]{8}[A-Z]`, nil), "CZ": shape(`[0-9]{8,10}`, nil),
	"DE": shape(`[1-9][0-9]{8}`, checkDE), "DK": shape(`[1-9][0-9]{7}`, weighted(11, 2, 7, 6, 5, 4, 3, 2, 1)),
	"EE": shape(`10[0-9]{7}`, weighted(10, 3, 7, 1, 3, 7, 1, 3, 7, 1)), "EL": shape(`[0-9]{9}`, checkEL),
	"ES": shape(`[A-Z0-9][0-9]{7}[A-Z0-9]`, nil), "FI": shape(`[0-9]{8}`, weighted(11, 7, 9, 10, 5, 8, 4, 2, 1)),
	"FR": shape(`[A-HJ-NP-Z0-9]{2}[0-9]{9}`, checkFR), "HR": shape(`[0-9]{11}`, checkMod1110),
	"HU": shape(`[0-9]{8}`, weighted(10, 9, 7, 3, 1, 9, 7, 3, 1)), "IE": shape(`[0-9][A-Z0-9+*][0-9]{5}[A-W][A-I]?`, nil),
	"IT": shape(`[0-9]{11}`, luhn), "LT": shape(`[0-9]{9}|[0-9]{12}`, nil),
	"LU": shape(`[0-9]{8}`, func(s string) bool { return number(s[:6])%89 == number(s[6:]) }),
	"LV": shape(`[0-9]{11}`, nil), "MT": shape(`[0-9]{8}`, weighted(37, 3, 4, 6, 7, 8, 9, 10, 1)),
	"NL": shape(`[0-9]{9}B[0-9]{2}`, checkNL), "PL": shape(`[0-9]{10}`, checkPL),
	"PT": shape(`[1-9][0-9]{8}`, checkPT), "RO": shape(`[1-9][0-9]{1,9}`, nil),
	"SE": shape(`[0-9]{10}[0-9]{2}`, func(s string) bool { return luhn(s[:10]) }),
	"SI": shape(`[1-9][0-9]{7}`, checkSI), "SK": shape(`[1-9][0-9]{9}`, func(s string) bool { return number(s)%11 == 0 }),
}

// CheckVATID folds a VAT id as it is kept and says which country gave it. It
// checks the form, and the check digits where their rule is public; whether the
// id was given to anybody only the tax office knows. It returns ErrVATID.
func CheckVATID(text string) (id, country string, err error) {
	id = strings.NewReplacer(" ", "", ".", "", "-", "", "/", "").Replace(strings.ToUpper(strings.TrimSpace(text)))
	if len(id) < 4 {
		return "", "", ErrVATID
	}
	s, known := vatShapes[id[:2]]
	if !known {
		return "", "", ErrVATID.With(fmt.Sprintf("%q is no country of the European Union: begin with its two letters, such as DE, and EL for Greece", id[:2]))
	}
	switch rest := id[2:]; {
	case !s.form.MatchString(rest):
		return "", "", ErrVATID.With("a VAT id of " + id[:2] + " looks otherwise: count its digits")
	case s.check != nil && !s.check(rest):
		return "", "", ErrVATID.With("the digits of this VAT id do not belong together: look for one that was mistyped")
	}
	if country = id[:2]; country == "EL" {
		country = "GR"
	}
	return id, country, nil
}

// InEU reports whether a country is a member state of the European Union.
func InEU(country string) bool {
	if country == "GR" {
		country = "EL"
	}
	_, ok := vatShapes[country]
	return ok && country != ""
}

func number(digits string) (n int64) {
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	return n
}

func sumOf(digits string, weights ...int64) (sum int64) {
	for i, w := range weights {
		sum += w * int64(digits[i]-'0')
	}
	return sum
}

// weighted is the rule that the digits times weights make up a multiple.
func weighted(of int64, weights ...int64) func(string) bool {
	return func(s string) bool { return sumOf(s, weights...)%of == 0 }
}

// crossed is the sum of the digits of a sum of the decimals, as Luhn takes it.
func crossed(n int64) int64 { return n/10 + n%10 }

func luhn(s string) bool {
	var sum int64
	for i := range len(s) {
		d := int64(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d = crossed(2 * d)
		}
		sum += d
	}
	return sum%10 == 0
}

// checkMod1110 is ISO 7064 MOD 11,10.
func checkMod1110(s string) bool {
	p := int64(10)
	for i := range len(s) - 1 {
		sum := (int64(s[i]-'0') + p) % 10
		if sum == 0 {
			sum = 10
		}
		p = 2 * sum % 11
	}
	return (11-p)%10 == number(s[len(s)-1:])
}

func checkDE(s string) bool { return checkMod1110(s) }

func checkAT(s string) bool {
	s = s[1:]
	sum := int64(0)
	for i := range 7 {
		d := int64(s[i] - '0')
		if i%2 == 1 {
			d = crossed(2 * d)
		}
		sum += d
	}
	return (10-(sum+4)%10)%10 == number(s[7:])
}

func checkEL(s string) bool {
	return sumOf(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == number(s[8:])
}

// checkFR knows the keys of two digits; those with letters have no public rule.
func checkFR(s string) bool {
	if s[0] > '9' || s[1] > '9' {
		return true
	}
	return (12+3*(number(s[2:])%97))%97 == number(s[:2])
}

// checkNL knows both rules: of legal persons, and of sole traders since 2020.
func checkNL(s string) bool {
	if sumOf(s, 9, 8, 7, 6, 5, 4, 3, 2)%11 == number(s[8:9]) {
		return true
	}
	rest := int64(2321) % 97 // "NL" as numbers: 23, 21
	for i := range len(s) {
		if s[i] == 'B' {
			rest = (rest*100 + 11) % 97
		} else {
			rest = (rest*10 + int64(s[i]-'0')) % 97
		}
	}
	return rest == 1
}

func checkPL(s string) bool { return sumOf(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == number(s[9:]) }

func checkPT(s string) bool {
	check := 11 - sumOf(s, 9, 8, 7, 6, 5, 4, 3, 2)%11
	if check > 9 {
		check = 0
	}
	return check == number(s[8:])
}

func checkSI(s string) bool {
	check := 11 - sumOf(s, 8, 7, 6, 5, 4, 3, 2)%11
	if check == 10 {
		check = 0
	}
	return check == number(s[7:])
}
