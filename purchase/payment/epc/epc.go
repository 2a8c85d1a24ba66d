// Package epc writes transfers as banking apps read them from a QR code: the
// European Payments Council's GiroCode, with IBANs (ISO 13616) and creditor
// references (ISO 11649). It is pure.
//
// Never true: a code that says another sum than was put into it; an IBAN with
// wrong check digits taken for one.
package epc

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"korzo/platform/fault"
	"korzo/value/money"
)

var errCode = fault.New(fault.Invalid, "manual.epc", "a GiroCode needs euros between 0.01 and 999,999,999.99, a holder, a valid IBAN, and at most 140 characters of text")

// Transfer is what a GiroCode says.
type Transfer struct {
	Holder, IBAN, BIC string
	Amount            money.Amount // in EUR
	Reference         string       // an ISO 11649 creditor reference, or free text of at most 140 characters
}

// Code is the text of a GiroCode: the QR code of the European Payments Council's
// guideline EPC069-12, version 002, in UTF-8. The code is to be drawn with
// error correction M.
func Code(t Transfer) (string, error) {
	if t.Amount.Currency != "EUR" || t.Amount.Minor < 1 || t.Amount.Minor > 999_999_999_99 ||
		!ValidHolder(t.Holder) || !line(t.Reference, 140) || !ValidIBAN(t.IBAN) || !ValidBIC(t.BIC) {
		return "", errCode
	}
	structured, free := "", t.Reference
	if ValidReference(t.Reference) {
		structured, free = t.Reference, ""
	}
	lines := []string{"BCD", "002", "1", "SCT", t.BIC, t.Holder, t.IBAN, "EUR" + t.Amount.Decimal(), "", structured, free}
	text := strings.TrimRight(strings.Join(lines, "\n"), "\n")
	if len(text) > 331 {
		return "", errCode
	}
	return text, nil
}

// Reference is an attempt's id as a creditor reference: RF, two check digits,
// and the last 21 letters and digits of the id, whose first ones are its time.
func Reference(attempt string) string {
	_, body, found := strings.Cut(attempt, "_")
	if !found {
		body = attempt
	}
	var kept []byte
	for _, r := range strings.ToUpper(body) {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			kept = append(kept, byte(r))
		}
	}
	kept = kept[max(0, len(kept)-21):]
	check := 98 - mod97(string(kept)+"RF00")
	return "RF" + string([]byte{byte('0' + check/10), byte('0' + check%10)}) + string(kept)
}

// ValidReference reports whether text is an ISO 11649 creditor reference,
// without spaces.
func ValidReference(text string) bool {
	return len(text) >= 5 && len(text) <= 25 && text[:2] == "RF" && mod97(text[4:]+text[:4]) == 1
}

// ValidIBAN reports whether text is an IBAN (ISO 13616) without spaces: its
// shape and check digits, not whether the account exists.
func ValidIBAN(text string) bool {
	return len(text) >= 15 && len(text) <= 34 && letters(text[:2]) && mod97(text[4:]+text[:4]) == 1
}

// ValidBIC reports whether text can be a BIC, or is empty: since 2016 an IBAN is enough within the area.
func ValidBIC(text string) bool {
	return text == "" || (len(text) == 8 || len(text) == 11) && letters(text[:6]) && mod97(text[6:]) >= 0
}

// ValidHolder reports whether text can be an account's holder.
func ValidHolder(text string) bool { return text != "" && line(text, 70) }

// Compact is an IBAN as people write it, without its spaces and in capitals.
func Compact(text string) string { return strings.ToUpper(strings.Join(strings.Fields(text), "")) }

func letters(text string) bool {
	for i := range len(text) {
		if text[i] < 'A' || text[i] > 'Z' {
			return false
		}
	}
	return true
}

// mod97 is the remainder of ISO 7064, letters counting as 10 to 35; -1 when
// text has anything but capital letters and digits.
func mod97(text string) int {
	rest := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}

// line reports whether text is one line of at most so many characters.
func line(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, unicode.IsControl)
}
