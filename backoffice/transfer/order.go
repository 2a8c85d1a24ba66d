package transfer

import (
	"time"

	"korzo/purchase/order"
	"korzo/value/address"
)

// orderRecord is an order as a file has it. Amounts are in Currency.
type orderRecord struct {
	ID, Number, Cart, State, HoldReason           string
	PlacedAt                                      time.Time
	Market, Channel, Entity, Locale               string
	Customer, CustomerRef                         string
	Name, Email, Phone                            string
	Company, VATID, TaxReason                     string
	ShipTo, BillTo                                address.Address
	Flow, Arm                                     string
	FlowVersion                                   int64
	Currency                                      string
	TaxIncluded                                   *bool
	Subtotal, Discount, ShippingPrice, Tax, Total string
	Source                                        string
	IsTest                                        bool
	Extras                                        []order.Extra
	Words                                         map[string]string
	Groups                                        []groupRecord
	Returns                                       []returnRecord
	Lines                                         []lineRecord
}

// orderFields are those of orders, in the order of an export.
var orderFields = []field[orderRecord]{
	{column{name: "id", keep: true}, func(o *orderRecord) any { return &o.ID }},
	{column{name: "number", keep: true}, func(o *orderRecord) any { return &o.Number }},
	{column{name: "cart", keep: true}, func(o *orderRecord) any { return &o.Cart }},
	{column{name: "placed_at", keep: true}, func(o *orderRecord) any { return timeOf(&o.PlacedAt) }},
	{column{name: "state", keep: true}, func(o *orderRecord) any { return &o.State }},
	{column{name: "hold_reason", keep: true}, func(o *orderRecord) any { return &o.HoldReason }},
	{column{name: "market", keep: true}, func(o *orderRecord) any { return &o.Market }},
	{column{name: "channel", keep: true}, func(o *orderRecord) any { return &o.Channel }},
	{column{name: "entity", keep: true}, func(o *orderRecord) any { return &o.Entity }},
	{column{name: "locale", keep: true}, func(o *orderRecord) any { return &o.Locale }},
	{column{name: "customer", keep: true}, func(o *orderRecord) any { return &o.Customer }},
	{column{name: "customer_ref", keep: true, readOnly: true}, func(o *orderRecord) any { return &o.CustomerRef }},
	{column{name: "name", keep: true}, func(o *orderRecord) any { return &o.Name }},
	{column{name: "email", keep: true}, func(o *orderRecord) any { return &o.Email }},
	{column{name: "phone", keep: true}, func(o *orderRecord) any { return &o.Phone }},
	{column{name: "company", keep: true}, func(o *orderRecord) any { return &o.Company }},
	{column{name: "vat_id", keep: true}, func(o *orderRecord) any { return &o.VATID }},
	{column{name: "shipping", form: asJSON, keep: true}, func(o *orderRecord) any { return &o.ShipTo }},
	{column{name: "billing", form: asJSON, keep: true}, func(o *orderRecord) any { return &o.BillTo }},
	{column{name: "flow", keep: true}, func(o *orderRecord) any { return &o.Flow }},
	{column{name: "flow_version", form: asNumber, keep: true}, func(o *orderRecord) any { return &o.FlowVersion }},
	{column{name: "arm", keep: true}, func(o *orderRecord) any { return &o.Arm }},
	{column{name: "currency", keep: true}, func(o *orderRecord) any { return &o.Currency }},
	{column{name: "tax_included", form: asTruth, keep: true}, func(o *orderRecord) any { return &o.TaxIncluded }},
	{column{name: "tax_reason", keep: true}, func(o *orderRecord) any { return &o.TaxReason }},
	{column{name: "subtotal", keep: true}, func(o *orderRecord) any { return &o.Subtotal }},
	{column{name: "discount", keep: true}, func(o *orderRecord) any { return &o.Discount }},
	{column{name: "shipping_price", keep: true}, func(o *orderRecord) any { return &o.ShippingPrice }},
	{column{name: "tax", keep: true}, func(o *orderRecord) any { return &o.Tax }},
	{column{name: "total", keep: true}, func(o *orderRecord) any { return &o.Total }},
	{column{name: "source", keep: true}, func(o *orderRecord) any { return &o.Source }},
	{column{name: "is_test", form: asTruth, keep: true}, func(o *orderRecord) any { return &o.IsTest }},
	{column{name: "extras", form: asJSON, keep: true}, func(o *orderRecord) any { return &o.Extras }},
	{column{name: "words", form: asMap, keep: true}, func(o *orderRecord) any { return &o.Words }},
	{column{name: "groups", form: asJSON, keep: true}, func(o *orderRecord) any { return &o.Groups }},
	{column{name: "returns", form: asJSON, keep: true}, func(o *orderRecord) any { return &o.Returns }},
}

type groupRecord struct {
	ID          string      `json:"id"`
	Kind        string      `json:"kind"`
	Method      string      `json:"method"`
	Name        string      `json:"name"`
	Location    string      `json:"location"`
	Price       string      `json:"price"`
	Discount    string      `json:"discount"`
	Tax         string      `json:"tax"`
	Taxes       []taxRecord `json:"taxes"`
	PromiseFrom string      `json:"promise_from"`
	PromiseTo   string      `json:"promise_to"`
}

type taxRecord struct {
	Name    string `json:"name"`
	Country string `json:"country"`
	Region  string `json:"region"`
	PPM     int64  `json:"ppm"`
	Base    string `json:"base"`
	Amount  string `json:"amount"`
}

type shareRecord struct {
	Promotion string `json:"promotion"`
	Code      string `json:"code"`
	Amount    string `json:"amount"`
}

// returnRecord is a return of an imported order; Line counts its lines from 1.
type returnRecord struct {
	Ref      string    `json:"ref"`
	Position int64     `json:"position"`
	Line     int       `json:"line"`
	Quantity int64     `json:"quantity"`
	Amount   string    `json:"amount"`
	At       time.Time `json:"at"`
}

// lineRecord is a line of an order. A quantity below 0 is of a row that gives
// something back.
type lineRecord struct {
	row                                      int64
	ID, Group, Parent, Kind                  string
	Product, Variant, SKU, Title, Image      string
	Seller                                   string
	Properties                               map[string]string
	Quantity, Scale                          int64
	UnitPrice, UnitCost, CostCurrency        string
	TaxClass, Subtotal, Discount, Tax, Total string
	Shares                                   []shareRecord
	Taxes                                    []taxRecord
	Shipped                                  *int64
	Returned                                 int64
	Refunded                                 string
}

// lineFields are those of the lines of orders.
var lineFields = []field[lineRecord]{
	{column{name: "line_id", part: true, keep: true}, func(l *lineRecord) any { return &l.ID }},
	{column{name: "group", part: true, keep: true}, func(l *lineRecord) any { return &l.Group }},
	{column{name: "parent", part: true, keep: true}, func(l *lineRecord) any { return &l.Parent }},
	{column{name: "line_kind", part: true, keep: true}, func(l *lineRecord) any { return &l.Kind }},
	{column{name: "product", part: true, keep: true}, func(l *lineRecord) any { return &l.Product }},
	{column{name: "variant", part: true, keep: true}, func(l *lineRecord) any { return &l.Variant }},
	{column{name: "sku", part: true, keep: true}, func(l *lineRecord) any { return &l.SKU }},
	{column{name: "title", part: true, keep: true}, func(l *lineRecord) any { return &l.Title }},
	{column{name: "image", part: true, keep: true}, func(l *lineRecord) any { return &l.Image }},
	{column{name: "seller", part: true, keep: true}, func(l *lineRecord) any { return &l.Seller }},
	{column{name: "properties", form: asMap, part: true}, func(l *lineRecord) any { return &l.Properties }},
	{column{name: "quantity", form: asNumber, part: true, keep: true}, func(l *lineRecord) any { return &l.Quantity }},
	{column{name: "scale", form: asNumber, part: true, keep: true}, func(l *lineRecord) any { return &l.Scale }},
	{column{name: "unit_price", part: true, keep: true}, func(l *lineRecord) any { return &l.UnitPrice }},
	{column{name: "unit_cost", part: true, keep: true}, func(l *lineRecord) any { return &l.UnitCost }},
	{column{name: "unit_cost_currency", part: true, keep: true}, func(l *lineRecord) any { return &l.CostCurrency }},
	{column{name: "line_tax_class", part: true, keep: true}, func(l *lineRecord) any { return &l.TaxClass }},
	{column{name: "line_subtotal", part: true, keep: true}, func(l *lineRecord) any { return &l.Subtotal }},
	{column{name: "line_discount", part: true, keep: true}, func(l *lineRecord) any { return &l.Discount }},
	{column{name: "line_tax", part: true, keep: true}, func(l *lineRecord) any { return &l.Tax }},
	{column{name: "line_total", part: true, keep: true}, func(l *lineRecord) any { return &l.Total }},
	{column{name: "shares", form: asJSON, part: true, keep: true}, func(l *lineRecord) any { return &l.Shares }},
	{column{name: "taxes", form: asJSON, part: true, keep: true}, func(l *lineRecord) any { return &l.Taxes }},
	{column{name: "shipped", form: asNumber, part: true, keep: true}, func(l *lineRecord) any { return &l.Shipped }},
	{column{name: "returned", form: asNumber, part: true, keep: true}, func(l *lineRecord) any { return &l.Returned }},
	{column{name: "refunded", part: true, keep: true}, func(l *lineRecord) any { return &l.Refunded }},
}
