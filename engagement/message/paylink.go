package message

import "encoding/json"

// KindPaymentLink brings somebody a link to pay by; its Data is a PaymentLink.
const KindPaymentLink Kind = "payment.link"

// PaymentLink is what the mail with a link to pay by says. Amount and time are
// formatted for the reader already.
type PaymentLink struct {
	Shop   string `json:"shop"`
	Amount string `json:"amount"`
	Text   string `json:"text"`  // what it is for
	Until  string `json:"until"` // when it can be paid no more

	// What follows is the reader's own. It comes from the Lookup and is not stored.
	Name string `json:"-"`
	URL  string `json:"-"`
}

var paymentLinkForm = mustForm("payment_link", func(data []byte, to Addressee) (any, error) {
	var l PaymentLink
	err := json.Unmarshal(data, &l)
	l.Name, l.URL = to.Name, to.Link
	return l, err
}, func(data any) bool { _, ok := data.(PaymentLink); return ok })
