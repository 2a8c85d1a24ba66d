package adminapi

import (
	"fmt"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/value/address"
	"korzo/value/money"

	"github.com/danielgtaylor/huma/v2"
)

// amountBody is money as the API promises it.
type amountBody struct {
	Amount   int64  `json:"amount" doc:"Minor units of the currency"`
	Currency string `json:"currency" doc:"ISO 4217" minLength:"3" maxLength:"3"`
}

func amountOf(a money.Amount) amountBody { return amountBody{a.Minor, string(a.Currency)} }

func (b amountBody) money() money.Amount { return money.Of(b.Amount, money.Currency(b.Currency)) }

type addressBody struct {
	Name       string `json:"name,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Region     string `json:"region,omitempty"`
	Country    string `json:"country,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

func addressOf(a address.Address) *addressBody {
	if a == (address.Address{}) {
		return nil
	}
	return &addressBody{a.Name, a.Line1, a.Line2, a.City, a.PostalCode, a.Region, a.Country, a.Phone}
}

func (b addressBody) address() address.Address {
	return address.Address{Name: b.Name, Line1: b.Line1, Line2: b.Line2, City: b.City, PostalCode: b.PostalCode, Region: b.Region,
		Country: b.Country, Phone: b.Phone}
}

// pageBody tells how to go on in a list.
type pageBody struct {
	Next    string `json:"next" doc:"Give it as ?after= to get the next page; empty on the last"`
	HasMore bool   `json:"has_more"`
}

func pageOf(next string) pageBody { return pageBody{next, next != ""} }

// list is a page of T.
type list[T any] struct {
	Body struct {
		Data []T      `json:"data"`
		Page pageBody `json:"page"`
	}
}

func listOf[T any](data []T, next string) *list[T] {
	l := new(list[T])
	l.Body.Data, l.Body.Page = data, pageOf(next)
	if data == nil {
		l.Body.Data = []T{}
	}
	return l
}

// PageInput asks for a page of a list.
type PageInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	After string `query:"after" maxLength:"100"`
}

// behind refuses an After that is no id with this prefix: a list whose pages
// follow each other by id would answer it with a page that was never next.
func (p PageInput) behind(prefix string) error {
	if p.After == "" || strings.HasPrefix(p.After, prefix+"_") {
		return nil
	}
	return errAfter
}

var errPercent = fault.New(fault.Invalid, "adminapi.percent", "percent is a number from 0 to 100 with at most four decimals, such as 12.5")

// percent is a percentage in parts per million, written as a JSON number.
type percent int64

// Schema tells the API's documentation what a percent looks like.
func (percent) Schema(huma.Registry) *huma.Schema {
	low, high := 0.0, 100.0
	return &huma.Schema{Type: huma.TypeNumber, Minimum: &low, Maximum: &high, Description: "At most four decimals", Examples: []any{12.5}}
}

// UnmarshalJSON reads the digits as they are written; no float is made of them.
func (p *percent) UnmarshalJSON(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	if len(part) > 4 || len(whole) == 0 || len(whole) > 3 {
		return errPercent
	}
	var n int64
	for _, r := range whole + part + strings.Repeat("0", 4-len(part)) {
		if r < '0' || r > '9' {
			return errPercent
		}
		n = n*10 + int64(r-'0')
	}
	if n > 1_000_000 {
		return errPercent
	}
	*p = percent(n)
	return nil
}

// String is the percentage as people write it.
func (p percent) String() string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", p/10_000, p%10_000), "0"), ".")
}

// MarshalJSON writes it as it is read.
func (p percent) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
