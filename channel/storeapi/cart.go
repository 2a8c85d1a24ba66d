package storeapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/giftcard"
	"korzo/value/money"
)

var errNotSignedIn = fault.New(fault.Unauthorized, "storeapi.sign_in", "sign in first and send the session's token as Customer-Token")

// cartBody is a cart as the API promises it.
type cartBody struct {
	ID          string         `json:"id"`
	Version     int64          `json:"version"`
	Status      string         `json:"status" doc:"open, locked while it is being paid, ordered, or merged into another"`
	Market      string         `json:"market"`
	Currency    string         `json:"currency"`
	TaxIncluded bool           `json:"tax_included"`
	Lines       []cartLineBody `json:"lines"`
	Codes       []codeBody     `json:"codes"`
	GiftCards   []giftCardBody `json:"gift_cards,omitempty" doc:"That are to pay for it; what each pays, the checkout tells"`
	Collect     string         `json:"collect,omitempty" doc:"The place where it would be collected, an id of GET /store/v1/pickup-points"`
	Totals      totalsBody     `json:"totals"`
	Problems    []problemBody  `json:"problems" doc:"What keeps the cart from being bought, with its remedy"`
	Order       string         `json:"order,omitempty"`
}

type cartLineBody struct {
	ID        string      `json:"id"`
	SKU       string      `json:"sku"`
	Title     string      `json:"title"`
	Slug      string      `json:"slug"`
	Image     string      `json:"image,omitempty"`
	Quantity  int64       `json:"quantity"`
	UnitPrice amountBody  `json:"unit_price"`
	Prior     *amountBody `json:"prior_price,omitempty" doc:"With the price of a sale: the lowest of the thirty days before, of a unit, which the law asks to show"`
	Discount  amountBody  `json:"discount"`
	Total     amountBody  `json:"total"`
	Gifts     []giftBody  `json:"gifts,omitempty" doc:"Of a gift card: for whom its units are, the first unit first; the rest comes to the buyer"`
}

type codeBody struct {
	Code    string `json:"code"`
	Applied bool   `json:"applied"`
	Reason  string `json:"reason,omitempty" doc:"Why not: unknown, ended, exhausted, cart_total …; docs/promotions.md lists them all"`
}

type problemBody struct {
	Code      string `json:"code"`
	Line      string `json:"line,omitempty"`
	Content   string `json:"content"`
	Available *int64 `json:"available,omitempty"`
}

func cartOf(v cart.View) cartBody {
	b := cartBody{
		ID: string(v.Cart.ID), Version: v.Cart.Version, Status: string(v.Cart.State), Market: v.Cart.Market,
		Currency: string(v.Cart.Currency), TaxIncluded: v.Quote.TaxIncluded, Order: v.Cart.Order, Collect: v.Cart.Collect,
		Lines: []cartLineBody{}, Codes: []codeBody{}, Problems: []problemBody{}, Totals: totalsOf(v.Quote),
	}
	lines, priced := v.Priced(), map[string]int{}
	for i, l := range lines {
		priced[l.ID] = i
	}
	zero := amountOf(money.Of(0, v.Cart.Currency))
	for _, l := range v.Cart.Lines {
		item := v.Items[l.Variant]
		line := cartLineBody{ID: string(l.ID), SKU: item.SKU, Title: item.Title, Slug: item.Slug, Image: item.Image.Blob,
			Quantity: l.Quantity, UnitPrice: zero, Discount: zero, Total: zero}
		if i, ok := priced[string(l.ID)]; ok {
			p := lines[i]
			line.UnitPrice, line.Discount, line.Total = amountOf(p.UnitPrice), amountOf(p.Discount), amountOf(p.Total)
		}
		if prior, ok := v.Priors[l.ID]; ok {
			before := amountOf(prior)
			line.Prior = &before
		}
		b.Lines = append(b.Lines, line)
	}
	for _, c := range v.Codes {
		b.Codes = append(b.Codes, codeBody{c.Code, c.Applied, c.Reason})
	}
	for _, p := range v.Problems {
		b.Problems = append(b.Problems, problemOf(p, v.Cart.Locale))
	}
	return b
}

func problemOf(p cart.Problem, locale string) problemBody {
	b := problemBody{Code: p.Code, Line: string(p.Line), Content: checkout.SayProblem(locale, p)}
	if p.Code == cart.ProblemShort {
		b.Available = &p.Available
	}
	return b
}

type giftCardBody struct {
	ID      string     `json:"id"`
	Last4   string     `json:"last4"`
	Balance amountBody `json:"balance"`
	Usable  bool       `json:"usable" doc:"False once it is blocked or has expired"`
}

type cartOutput struct {
	ETag string `header:"ETag"`
	Body cartBody
}

// lineRequest is what a client sends to buy. It holds no price.
type lineRequest struct {
	SKU      string `json:"sku" maxLength:"64" example:"MUG-RED"`
	Quantity int64  `json:"quantity" example:"2" doc:"1 to 9,999"`

	Gifts []giftBody `json:"gifts,omitempty" maxItems:"100" doc:"Of a gift card: for whom the added units are"`
}

type createCartInput struct {
	Body struct {
		Market string        `json:"market,omitempty" example:"DE"`
		Locale string        `json:"locale,omitempty" maxLength:"20" example:"de"`
		Lines  []lineRequest `json:"lines,omitempty" maxItems:"200"`
	}
}

func (a *API) createCart(ctx context.Context, in *createCartInput) (*cartOutput, error) {
	who := from(ctx)
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		m, err := who.market(ctx, tx, in.Body.Market)
		if err != nil {
			return cart.Cart{}, err
		}
		lines, err := linesOf(ctx, tx, in.Body.Lines)
		if err != nil {
			return cart.Cart{}, err
		}
		c, err := cart.Create(ctx, tx, cart.Draft{Market: m, Channel: who.key.Channel, Locale: in.Body.Locale,
			Customer: who.Customer, Lines: lines})
		if err != nil {
			return c, err
		}
		return c, a.addGifts(ctx, tx, c, lines, in.Body.Lines)
	})
}

// linesOf finds the variants of SKUs, in one statement.
func linesOf(ctx context.Context, tx *db.Tx, in []lineRequest) ([]cart.Line, error) {
	skus := make([]string, len(in))
	for i, l := range in {
		skus[i] = l.SKU
	}
	found, err := catalog.VariantIDs(ctx, tx, skus)
	if err != nil {
		return nil, err
	}
	lines := make([]cart.Line, len(in))
	for i, l := range in {
		v, ok := found[l.SKU]
		if !ok {
			return nil, catalog.ErrSKUNotFound.With("no product with SKU \"" + l.SKU + "\" is sold here; look it up at GET /store/v1/products")
		}
		lines[i] = cart.Line{Variant: v, Quantity: l.Quantity}
	}
	return lines, nil
}

// change runs a verb on a cart and answers the cart as it is then.
func (a *API) change(ctx context.Context, verb func(tx *db.Tx) (cart.Cart, error)) (*cartOutput, error) {
	var out *cartOutput
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := verb(tx)
		if err != nil {
			return err
		}
		v, err := cart.Show(ctx, tx, c, cart.Options{Caller: from(ctx).Caller})
		if err != nil {
			return err
		}
		out = outputOf(v)
		return a.giftsOf(ctx, tx, v, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func outputOf(v cart.View) *cartOutput {
	return &cartOutput{ETag: etag(v.Cart.Version), Body: cartOf(v)}
}

// CartInput names a cart in the path.
type CartInput struct {
	ID      cart.ID `path:"id"`
	IfMatch string  `header:"If-Match" doc:"The cart's version; when it has moved on, nothing is changed"`
}

func (a *API) showCart(ctx context.Context, in *CartInput) (out *cartOutput, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := cart.Load(ctx, tx, in.ID, cart.Options{Caller: from(ctx).Caller})
		if err != nil {
			return err
		}
		out = outputOf(v)
		return a.giftsOf(ctx, tx, v, out)
	})
	return out, err
}

// changer is the caller with the version of the cart it has seen.
func changer(ctx context.Context, ifMatch string) (who cart.Caller, err error) {
	who = from(ctx).Caller
	who.Version, err = versionOf(ifMatch)
	return who, err
}

type addLineInput struct {
	CartInput
	Body lineRequest
}

func (a *API) addLine(ctx context.Context, in *addLineInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		lines, err := linesOf(ctx, tx, []lineRequest{in.Body})
		if err != nil {
			return cart.Cart{}, err
		}
		c, err := cart.AddLine(ctx, tx, in.ID, who, lines[0].Variant, lines[0].Quantity)
		if err != nil {
			return c, err
		}
		return c, a.addGifts(ctx, tx, c, lines, []lineRequest{in.Body})
	})
}

// LineInput names a line of a cart in the path.
type LineInput struct {
	CartInput
	Line cart.LineID `path:"line"`
}

type collectInput struct {
	CartInput
	Body struct {
		Place string `json:"place" maxLength:"64" doc:"An id of GET /store/v1/pickup-points, of a store; empty to have everything sent"`
	}
}

func (a *API) collectCart(ctx context.Context, in *collectInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) { return cart.CollectAt(ctx, tx, in.ID, who, in.Body.Place) })
}

type setLineInput struct {
	LineInput
	Body struct {
		Quantity int64 `json:"quantity" doc:"1 to 9,999; to remove the line, DELETE it"`
	}
}

func (a *API) setLine(ctx context.Context, in *setLineInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		return cart.SetQuantity(ctx, tx, in.ID, who, in.Line, in.Body.Quantity)
	})
}

func (a *API) removeLine(ctx context.Context, in *LineInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		return cart.RemoveLine(ctx, tx, in.ID, who, in.Line)
	})
}

type addCodeInput struct {
	CartInput
	Body struct {
		Code string `json:"code" example:"SPRING"`
	}
}

func (a *API) addCode(ctx context.Context, in *addCodeInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		return cart.AddCode(ctx, tx, in.ID, who, in.Body.Code)
	})
}

type codeInput struct {
	CartInput
	Code string `path:"code"`
}

func (a *API) removeCode(ctx context.Context, in *codeInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		return cart.RemoveCode(ctx, tx, in.ID, who, in.Code)
	})
}

type addGiftCardInput struct {
	CartInput
	Body struct {
		Code string `json:"code" maxLength:"100" example:"7K2M-…"`
	}
}

// addGiftCard puts a gift card on a cart. Codes are counted by address.
func (a *API) addGiftCard(ctx context.Context, in *addGiftCardInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err == nil {
		err = a.Checkout.AddGiftCard(ctx, in.ID, who, in.Body.Code, from(ctx).ip)
	}
	if err != nil {
		return nil, err
	}
	return a.showCart(ctx, &CartInput{ID: in.ID})
}

type giftCardInput struct {
	CartInput
	Card giftcard.ID `path:"card"`
}

func (a *API) removeGiftCard(ctx context.Context, in *giftCardInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err == nil {
		err = a.Checkout.RemoveGiftCard(ctx, in.ID, who, in.Card)
	}
	if err != nil {
		return nil, err
	}
	return a.showCart(ctx, &CartInput{ID: in.ID})
}

// giftCardsOf adds a cart's gift cards to its body, where it has some.
func giftCardsOf(ctx context.Context, tx *db.Tx, v cart.View, out *cartOutput) error {
	if v.Cart.GiftCards == 0 {
		return nil
	}
	cards, err := giftcard.Applied(ctx, tx, string(v.Cart.ID))
	for _, c := range cards {
		out.Body.GiftCards = append(out.Body.GiftCards, giftCardBody{string(c.ID), c.Last4, amountOf(c.Balance), c.Usable(tx.Now)})
	}
	return err
}

type linkOutput struct {
	Body struct {
		URL     string `json:"url"`
		Expires string `json:"expires_at" format:"date-time"`
	}
}

func (a *API) resumeLink(ctx context.Context, in *CartInput) (*linkOutput, error) {
	out := new(linkOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := cart.Find(ctx, tx, in.ID, from(ctx).Caller)
		if err != nil {
			return err
		}
		until := tx.Now.Add(cart.ResumeLife)
		out.Body.URL = a.BaseURL + "/cart/resume/" + cart.ResumeToken(a.Keeper, c.ID, until)
		out.Body.Expires = rfc3339(until)
		return nil
	})
	return out, err
}

// claimCart gives a guest's cart to the customer who has signed in; her own
// open cart takes its lines.
func (a *API) claimCart(ctx context.Context, in *CartInput) (*cartOutput, error) {
	who := from(ctx)
	if who.Customer == "" {
		return nil, errNotSignedIn
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		return cart.Merge(ctx, tx, in.ID, who.Customer)
	})
}
