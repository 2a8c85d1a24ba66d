package checkout

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/vault"
	"korzo/value/address"
)

// ErrPreview reports a link to a preview that is not ours, or too old.
var ErrPreview = fault.New(fault.NotFound, "checkout.preview", "this preview has ended: open it again from the flow's page")

// Preview is a checkout one looks at before anybody can have it: a flow's
// document as it is being written, with a basket, as somebody one pretends to be.
// It is no session: nothing of it is kept and nothing can be bought.
type Preview struct {
	Document flow.Document `json:"document"`
	Flow     flow.ID       `json:"flow,omitempty"` // whose document it is; empty: a new flow's
	Market   string        `json:"market"`
	Channel  string        `json:"channel"`
	Locale   string        `json:"locale,omitempty"` // empty: the market's
	As       flow.Visit    `json:"as,omitzero"`      // what triggers and conditions of widgets are told of who one pretends to be
	Lines    []PreviewLine `json:"lines"`
	Said     bool          `json:"said,omitempty"` // as somebody who has given a contact and an address
	Until    time.Time     `json:"until"`          // when its link ends
}

// Looked is what a preview shows.
type Looked struct {
	View
	Fate []flow.Verdict // what each flow would say to that visit, were the document published; empty for a trigger that cannot be used
}

// PreviewLine is some units of a variant.
type PreviewLine struct {
	Variant  string `json:"variant"`
	Quantity int64  `json:"quantity"`
}

// previewPurpose is what a link's token is for.
const previewPurpose = "checkout.preview"

// maxPreview bounds what a link carries, unpacked.
const maxPreview = 256 << 10

// Link is what ReadPreview reads, for an address. Only who has the shop's key
// can make one.
func (p Preview) Link(k *seal.Keeper) (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("link to a preview: %w", err)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", fmt.Errorf("link to a preview: %w", err)
	}
	body := base64.RawURLEncoding.EncodeToString(packed.Bytes())
	return body + "." + k.Token(previewPurpose, body), nil
}

// ReadPreview reads a link; ErrPreview for one that is not ours or has ended.
func ReadPreview(k *seal.Keeper, link string, now time.Time) (p Preview, err error) {
	body, token, _ := strings.Cut(link, ".")
	if !k.CheckToken(previewPurpose, body, token) {
		return p, ErrPreview
	}
	packed, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return p, ErrPreview
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxPreview))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil || now.After(p.Until) {
		return p, ErrPreview
	}
	return p, nil
}

// errUndone ends the transaction of a preview.
var errUndone = errors.New("a preview is undone")

// Look returns the checkout that a preview shows: a real session on a real cart,
// made and undone in one transaction, the first delivery and payment chosen.
func (c *Checkout) Look(ctx context.Context, p Preview) (l Looked, err error) {
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		if l, err = c.look(ctx, tx, p); err != nil {
			return err
		}
		return errUndone
	})
	if errors.Is(err, errUndone) {
		c.dress(ctx, &l.View)
		return l, nil
	}
	return l, fmt.Errorf("preview a checkout: %w", err)
}

func (c *Checkout) look(ctx context.Context, tx *db.Tx, p Preview) (l Looked, err error) {
	draft, err := flow.Save(ctx, tx, "", p.Document)
	if err != nil {
		return l, err
	}
	d := cart.Draft{Market: p.Market, Channel: p.Channel, Locale: p.Locale}
	for _, line := range p.Lines {
		d.Lines = append(d.Lines, cart.Line{Variant: catalog.VariantID(line.Variant), Quantity: line.Quantity})
	}
	made, err := cart.Create(ctx, tx, d)
	if err != nil {
		return l, err
	}
	s := Session{ID: id.New[ID]("chk", tx.Now), Cart: made.ID, Market: made.Market, Channel: made.Channel, Locale: made.Locale,
		Flow: draft.Flow, Version: draft.Version, State: StateOpen, Revision: 1, CreatedAt: tx.Now}
	loaded, err := cart.Load(ctx, tx, made.ID, cart.Options{})
	if err != nil {
		return l, err
	}
	visit, err := visited(ctx, tx, p.As, loaded)
	if err != nil {
		return l, err
	}
	visit.Customer, visit.Place = p.As.Customer, p.As.Place // whoever looks is nobody's customer
	if l.Fate, err = flow.ExplainWith(ctx, tx, p.Flow, p.Document, visit); err != nil && !errors.Is(err, flow.ErrInvalid) {
		return l, err
	}
	if s.Seen, err = c.seen(ctx, tx, s, p.Document, visit); err != nil {
		return l, err
	}
	if err := insertSession(ctx, tx, s); err != nil {
		return l, err
	}
	v, err := c.view(ctx, tx, s, cart.Caller{})
	if err != nil {
		return l, err
	}
	l.View, err = c.update(ctx, tx, s.ID, cart.Caller{}, v.begin(p.Said))
	l.keepCard(p)
	return l, err
}

// keepCard lets a customer one pretends to be have a card kept, where one tap
// may pay with it.
func (v *View) keepCard(p Preview) {
	i := slices.IndexFunc(v.Methods, func(o paymethod.Offer) bool { return o.Flow == paymethod.Fields })
	if p.Document.Layout != flow.OneClick || !p.As.Customer.Known || i < 0 {
		return
	}
	v.Requirements = slices.DeleteFunc(v.Requirements, func(need string) bool { return need == NeedPayment })
	v.SavedCards = []vault.Card{{ID: "card_preview", Method: v.Methods[i].ID, Brand: "visa", Last: "4242"}}
	v.Session.Customer, v.Session.Saved, v.Method = "cus_preview", v.SavedCards[0].ID, v.Methods[i].ID
	v.OneClick = v.mayTap()
}

// begin is what a shopper would leave as it is; said adds an address of the
// market, as somebody would have typed it.
func (v View) begin(said bool) (p Patch) {
	if len(v.Options) > 0 {
		p.Option = &v.Options[0].ID
	}
	if len(v.Methods) > 0 {
		p.Method = &v.Methods[0].ID
	}
	if said {
		p.Email, p.Shipping = new("ada@example.com"), new(sampleAddress(v.market.Country))
	}
	return p
}

// sampleAddress is one that passes for an address of a country.
func sampleAddress(country string) address.Address {
	a := address.Address{Name: "Ada Lovelace", Line1: "Rosenweg 1", City: "Berlin", PostalCode: "10115", Country: country, Phone: "+49 30 1234567"}
	switch country {
	case "HU":
		a.Line1, a.City, a.PostalCode, a.Phone = "Rózsa utca 1.", "Budapest", "1077", "+36 1 234 5678"
	case "AT":
		a.City, a.PostalCode, a.Phone = "Wien", "1010", "+43 1 234567"
	case "SE":
		a.Line1, a.City, a.PostalCode, a.Phone = "Storgatan 1", "Stockholm", "111 22", "+46 8 123 456"
	case "US":
		a.Line1, a.City, a.Region, a.PostalCode, a.Phone = "1 Main Street", "New York", "NY", "10001", "+1 212 555 0100"
	}
	return a
}
