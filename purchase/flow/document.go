package flow

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/i18n"
)

// Layout is how the steps of a checkout are spread over pages. The requirements
// are the same in all.
type Layout string

// The layouts. A door shows the nearest one it can: one_click is one_page for
// whoever has nothing saved, and a page of the shop shows headless as one_page.
const (
	OnePage   Layout = "one_page"
	ThreePage Layout = "three_page"
	OneClick  Layout = "one_click" // a saved address and way to pay: one tap
	Embedded  Layout = "embedded"  // one page in somebody else's
	Headless  Layout = "headless"  // drawn by the merchant's own program
)

var layouts = []Layout{OnePage, ThreePage, OneClick, Embedded, Headless}

// The steps of a checkout. Payment is always the last, because the sum on its
// button must not change any more.
const (
	StepContact  = "contact"
	StepDelivery = "delivery"
	StepPayment  = "payment"
)

// standardSteps are those of a document that says nothing of them.
var standardSteps = []string{StepContact, StepDelivery, StepPayment}

// Pickup is how collecting at a shop stands beside delivery. Empty: in the
// order of the methods.
type Pickup string

// What a flow may say of pick-up.
const (
	PickupFirst Pickup = "first"
	PickupOnly  Pickup = "only"
	PickupNone  Pickup = "none"
)

var pickups = []Pickup{"", PickupFirst, PickupOnly, PickupNone}

// Ask is whether a field is asked for. Empty: as every shop does.
type Ask string

// What a flow may say of a field.
const (
	AskNot      Ask = "hidden"
	AskMay      Ask = "optional"
	AskRequired Ask = "required"
)

var asks = []Ask{"", AskNot, AskMay, AskRequired}

// Asks says which fields are asked for beside the e-mail address.
type Asks struct {
	Address Ask `json:"shipping_address,omitempty"` // required unless hidden, where nothing is shipped
	Billing Ask `json:"billing_address,omitempty"`  // optional unless hidden
	Phone   Ask `json:"phone,omitempty"`            // asked where the way to pay needs it, unless optional or required
	Company Ask `json:"company,omitempty"`          // not asked unless optional or required
}

// Theme is how the checkout looks. Empty: as the shop.
type Theme struct {
	Accent string `json:"accent,omitempty"` // the colour of buttons, "#1a5fb4"
}

// maxHoldMinutes is a day: longer would keep stock from those who would pay now.
const maxHoldMinutes = 24 * 60

// standardHold is how long stock is held when the document does not say.
const standardHold = 15 * time.Minute

// From when stock is held.
const (
	HoldAtPayment = "payment" // also for "": while somebody pays
	HoldAtContact = "contact" // from when they have said who they are
	HoldAtStart   = "start"   // from when the checkout begins
)

var holdFroms = []string{"", HoldAtPayment, HoldAtContact, HoldAtStart}

// Document is what a merchant decides about a checkout. Its JSON is stored:
// fields are added, never renamed. SchemaJSON describes it.
type Document struct {
	Name        string              `json:"name"`
	Trigger     string              `json:"trigger,omitempty"`      // a rule over Facts; empty: everyone
	Priority    int64               `json:"priority,omitempty"`     // higher is asked first
	Layout      Layout              `json:"layout"`                 // one of the layouts above
	Steps       []string            `json:"steps,omitempty"`        // in the order asked, payment last; empty: contact, delivery, payment
	Asks        Asks                `json:"asks,omitzero"`          // which fields
	Shipping    []string            `json:"shipping,omitempty"`     // ids of shipping methods offered; empty: all of the market
	Pickup      Pickup              `json:"pickup,omitempty"`       // how collecting at a shop stands beside them
	Payments    map[string][]string `json:"payments"`               // by market: ids of payment methods, in the order shown; none: the merchant's own there
	Route       []string            `json:"route,omitempty"`        // gateways asked, in order; empty: the shop's order
	Routes      map[string][]string `json:"routes,omitempty"`       // by market: gateways asked there, instead of Route
	Carriers    []string            `json:"carriers,omitempty"`     // who carries its parcels, the first asked first; empty: whom staff choose
	Tax         string              `json:"tax,omitempty"`          // who knows the tax: one of tax.Providers; empty: the market's
	HoldMinutes int64               `json:"hold_minutes,omitempty"` // how long stock is held; 0: 15
	HoldFrom    string              `json:"hold_from,omitempty"`    // from when stock is held, once a checkout and never longer than that; empty: from payment
	Theme       Theme               `json:"theme,omitzero"`
	UndoSeconds int64               `json:"undo_seconds,omitempty"` // how long a tap of one click may be undone; 0: 10
	Embed       Embed               `json:"embed,omitzero"`         // where it may stand in somebody else's page
	Widgets     []Widget            `json:"widgets,omitempty"`      // in the order shown within their places
}

// Widget is an optional part of the checkout: which, where, for whom, how.
type Widget struct {
	Kind     string          `json:"kind"`               // one of widget.Kinds
	ID       string          `json:"id,omitempty"`       // tells two of a kind apart; empty: the kind
	Place    string          `json:"place,omitempty"`    // one of the kind's places; empty: its usual one
	When     string          `json:"when,omitempty"`     // a rule over Facts; empty: always
	Settings json.RawMessage `json:"settings,omitempty"` // as the kind's schema says
}

// Name is what the widget is called within its flow: its id, or its kind.
func (w Widget) Name() string {
	if w.ID != "" {
		return w.ID
	}
	return w.Kind
}

// Embed says in whose pages the checkout may stand.
type Embed struct {
	Origins []string `json:"origins,omitempty"` // "https://partner.example"; none: nowhere
}

// maxUndoSeconds is as long as a shopper looks at the page.
const maxUndoSeconds = 120

// Undo is how long a tap of one click may be undone.
func (d Document) Undo() time.Duration {
	if d.UndoSeconds == 0 {
		return 10 * time.Second
	}
	return time.Duration(d.UndoSeconds) * time.Second
}

// SchemaJSON is the JSON Schema (2020-12) of a Document.
//
//go:embed document.schema.json
var SchemaJSON []byte

// HoldsBefore reports whether stock is held before the payment, of somebody who
// has said who they are, or has not.
func (d Document) HoldsBefore(known bool) bool {
	return d.HoldFrom == HoldAtStart || d.HoldFrom == HoldAtContact && known
}

// Hold is how long stock is held.
func (d Document) Hold() time.Duration {
	if d.HoldMinutes == 0 {
		return standardHold
	}
	return time.Duration(d.HoldMinutes) * time.Minute
}

// PaymentMethods returns the payment methods of a market, in the order shown.
func (d Document) PaymentMethods(market string) []string { return d.Payments[market] }

// Gateways returns the gateways asked in a market, in order; none: the shop's order.
func (d Document) Gateways(market string) []string {
	if own := d.Routes[market]; len(own) > 0 {
		return own
	}
	return d.Route
}

// StepOrder returns the steps in the order asked. Do not change it.
func (d Document) StepOrder() []string {
	if len(d.Steps) == 0 {
		return standardSteps
	}
	return d.Steps
}

// file is a document outside the shop.
type file struct {
	Format   string          `json:"format"`
	Document json.RawMessage `json:"document"`
}

// fileFormat names files that Export writes.
const fileFormat = "korzo.flow/1"

// Export writes a document as a file that Import reads, in this shop or another.
func Export(d Document) ([]byte, error) {
	document, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("export flow: %w", err)
	}
	return json.MarshalIndent(file{fileFormat, document}, "", "  ")
}

// Import reads what Export wrote, or a bare document. It returns ErrInvalid
// naming the field at fault; whether it can be published in this shop is for
// Check to say.
func Import(data []byte) (Document, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return Document{}, unreadable(err)
	}
	if f.Format != "" && f.Format != fileFormat {
		return Document{}, wrong("format", "format", "Format", strconv.Quote(f.Format), "Wanted", strconv.Quote(fileFormat))
	}
	if f.Format == "" {
		f.Document = data
	}
	return Parse(f.Document)
}

// Parse reads a document and refuses what it does not know with ErrInvalid,
// naming the field: a misspelt field must not be lost in silence.
func Parse(data []byte) (Document, error) {
	var d Document
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Document{}, unreadable(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Document{}, wrong("", "goes_on")
	}
	return d, nil
}

// unreadable says in words what a JSON reader found.
func unreadable(err error) error {
	if bad, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && bad.Field != "" {
		return wrong(bad.Field, "type", "Wanted", wordsFor(bad.Type.Kind().String()), "Got", wordsFor(bad.Value))
	}
	if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
		return wrong("", "no_json", "At", int(bad.Offset))
	}
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return wrong(strings.Trim(name, `"`), "field_unknown", "Fields", fields)
	}
	return wrong("", "no_flow")
}

// fields are the names of a document's fields, as the schema has them.
var fields = func() []string {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(SchemaJSON, &s); err != nil {
		panic("flow: document.schema.json: " + err.Error())
	}
	return sorted(s.Properties)
}()

// kindWords are the kinds of values as people know them (flow.kind.text).
var kindWords = map[string]string{"string": "text", "int64": "whole", "number": "number", "slice": "list", "array": "list",
	"map": "object", "struct": "object", "object": "object", "bool": "bool"}

func wordsFor(kind string) i18n.Say {
	if word, ok := kindWords[kind]; ok {
		return i18n.Saying("flow.kind." + word)
	}
	return i18n.Saying("flow.problem.verbatim", "Text", kind)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
