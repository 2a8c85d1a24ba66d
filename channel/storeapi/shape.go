package storeapi

import (
	"korzo/purchase/quote"
	"korzo/value/address"
	"korzo/value/money"
)

// amountBody is money as the API promises it.
type amountBody struct {
	Amount   int64  `json:"amount" doc:"Minor units of the currency" example:"12900"`
	Currency string `json:"currency" doc:"ISO 4217" example:"EUR" minLength:"3" maxLength:"3"`
}

func amountOf(a money.Amount) amountBody { return amountBody{a.Minor, string(a.Currency)} }

func (b amountBody) money() money.Amount { return money.Of(b.Amount, money.Currency(b.Currency)) }

// totalsBody is what a cart, checkout or order costs: total = subtotal −
// discount + shipping (+ tax unless the prices include it).
type totalsBody struct {
	Subtotal amountBody `json:"subtotal"`
	Discount amountBody `json:"discount"`
	Shipping amountBody `json:"shipping"`
	Tax      amountBody `json:"tax"`
	Total    amountBody `json:"total"`
}

func totalsOf(q quote.Quote) totalsBody {
	return totalsBody{amountOf(q.Subtotal), amountOf(q.Discount), amountOf(q.ShippingTotal), amountOf(q.Tax), amountOf(q.Total)}
}

// addressBody is a postal address. What a country needs is told in messages,
// never refused: half an address is kept.
type addressBody struct {
	Name       string `json:"name,omitempty" maxLength:"400"`
	Line1      string `json:"line1,omitempty" maxLength:"400"`
	Line2      string `json:"line2,omitempty" maxLength:"400"`
	City       string `json:"city,omitempty" maxLength:"400"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"400"`
	Region     string `json:"region,omitempty" maxLength:"400"`
	Country    string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2" example:"DE"`
	Phone      string `json:"phone,omitempty" maxLength:"400"`
}

func addressOf(a address.Address) *addressBody {
	if a == (address.Address{}) {
		return nil
	}
	return &addressBody{a.Name, a.Line1, a.Line2, a.City, a.PostalCode, a.Region, a.Country, a.Phone}
}

func (b *addressBody) address() *address.Address {
	if b == nil {
		return nil
	}
	return &address.Address{Name: b.Name, Line1: b.Line1, Line2: b.Line2, City: b.City, PostalCode: b.PostalCode,
		Region: b.Region, Country: b.Country, Phone: b.Phone}
}

// pageBody tells how to go on in a list.
type pageBody struct {
	Next    string `json:"next" doc:"Give it as ?after= to get the next page; empty on the last"`
	HasMore bool   `json:"has_more"`
}
