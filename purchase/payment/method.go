package payment

import (
	"fmt"
	"slices"
	"strings"

	"korzo/platform/fault"
	"korzo/purchase/payment/paymethod"
	"korzo/value/card"
)

// Choose returns the first gateway of route that takes the method, or
// ErrGateway: then the flow offers what its route cannot do. An empty route is
// the shop's own order.
func (p *Payments) Choose(m paymethod.Method, route []string) (string, error) {
	if len(route) == 0 {
		route = p.order
	}
	for _, name := range route {
		if g, ok := p.gateways[name]; ok && slices.Contains(g.Traits().Kinds, m.Kind) {
			return name, nil
		}
	}
	return "", fmt.Errorf("no gateway of %v takes %s: %w", route, m.ID, ErrGateway)
}

// ErrCardNumber refuses a text with a card number in it. It never repeats it.
var ErrCardNumber = fault.New(fault.Invalid, "payment.card_number", "this looks like a card number; never send one here: pay in the gateway's own fields, and leave it out of the text")

// NoCardNumber is ErrCardNumber when one of the texts that people write freely
// holds a card number. Fields with a check of their own, such as barcodes, are
// not given to it.
func NoCardNumber(texts ...string) error {
	if slices.ContainsFunc(texts, card.Has) {
		return ErrCardNumber
	}
	return nil
}

// ValidInstrument reports whether text can be a gateway's token: 1 to 200
// visible ASCII characters, and nothing that looks like a card number, which
// must never reach us.
func ValidInstrument(text string) bool {
	if text == "" || len(text) > 200 {
		return false
	}
	for _, r := range text {
		if r < '!' || r > '~' {
			return false
		}
	}
	return !cardNumber(text) && !card.Has(text)
}

// Code is what somebody's phone shows, as a scanner or a person typed it: 6 to
// 128 letters and digits without the spaces; "" for what can be none. Codes are
// long rows of digits, so only what begins as cards do is taken for a card's.
func Code(typed string) string {
	code := strings.Join(strings.Fields(typed), "")
	if len(code) < 6 || len(code) > 128 || card.Has(code) || strings.ContainsFunc(code, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("-_.:", r)
	}) {
		return ""
	}
	return code
}

// cardNumber reports whether text holds a run of 13 to 19 digits, dashes aside,
// that passes the Luhn check and begins as cards do (ISO/IEC 7812-1). A longer
// run is no card number: tokens may be long.
func cardNumber(text string) bool {
	run := make([]byte, 0, len(text))
	for i := range len(text) + 1 {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run = append(run, text[i]-'0')
			continue
		}
		if i < len(text) && text[i] == '-' {
			continue
		}
		if luhn(run) {
			return true
		}
		run = run[:0]
	}
	return false
}

func luhn(digits []byte) bool {
	if len(digits) < 13 || len(digits) > 19 || digits[0] < 2 || digits[0] > 6 {
		return false
	}
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}
