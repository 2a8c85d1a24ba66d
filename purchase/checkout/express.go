package checkout

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"korzo/customer/visitor"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
)

// walletPurpose is what a session's reference at a wallet is for.
const walletPurpose = "checkout.wallet"

// Wallets are those that a shopper may press before any checkout has begun, in
// the order of the flow they would be given: it has an express area, the market,
// the sum and the device allow them, and a gateway has them tell who buys. loaded is what
// would be bought; nothing is written, and no experiment counts them.
func (c *Checkout) Wallets(ctx context.Context, tx *db.Tx, visit flow.Visit, loaded cart.View) ([]paymethod.Method, error) {
	if len(loaded.Problems) > 0 || loaded.Quote.Total.Minor <= 0 {
		return nil, nil
	}
	visit, err := visited(ctx, tx, visit, loaded)
	if err != nil {
		return nil, err
	}
	choice, err := flow.Choose(ctx, tx, visit)
	if errors.Is(err, flow.ErrNone) {
		return nil, nil
	}
	if err == nil {
		choice, _, err = flow.Preview(ctx, tx, choice, visit)
	}
	if err != nil {
		return nil, err
	}
	m, err := market.Find(ctx, tx, loaded.Cart.Market)
	if err != nil {
		return nil, err
	}
	s := Session{Market: loaded.Cart.Market, Flow: choice.Flow, Version: choice.Version}
	v := View{Session: s, View: loaded, Flow: choice.Document, market: m, now: tx.Now, Due: loaded.Quote.Total}
	offered, err := c.payable(ctx, tx, v)
	if err != nil {
		return nil, err
	}
	return c.expressArea(ctx, tx, v, visit, offered)
}

// expressArea are the wallets of a flow's express area that tell who buys.
func (c *Checkout) expressArea(ctx context.Context, tx *db.Tx, v View, visit visitor.Visit, offered []paymethod.Offer) (all []paymethod.Method, err error) {
	fittings, err := c.Fittings(ctx, tx, v.Session.Flow, v.Session.Version)
	if err != nil {
		return nil, err
	}
	scene := widget.Scene{Market: v.Session.Market, Currency: v.Due.Currency, Due: v.Due}
	for _, o := range offered {
		scene.Methods = append(scene.Methods, o.ID)
	}
	for _, f := range fittings {
		if f.Kind.Name != walletKind || f.Place != widget.PlaceTop || !f.Stands(visit.Tell(f.Asks())) {
			continue
		}
		data, err := f.Look(ctx, nil, nil, scene)
		if err != nil {
			return nil, err
		}
		if shown, ok := data.(widget.WalletData); ok {
			for _, id := range shown.Methods {
				if m, ok := paymethod.Find(id); ok && m.AtHome(visit.Device.OS) && c.inviter(v, m) != "" {
					all = append(all, m)
				}
			}
		}
	}
	return all, nil
}

// walletKind is the widget that is a flow's express area.
const walletKind = "wallet"

// inviter is the gateway that opens a wallet for a checkout; "" for none.
func (c *Checkout) inviter(v View, m paymethod.Method) string {
	return c.Payments().Inviter(m, v.Flow.Gateways(v.Session.Market))
}

// Expresses reports whether a wallet of this checkout's express area tells who buys.
func (c *Checkout) Expresses(v View, method string) bool {
	m, ok := paymethod.Find(method)
	return ok && c.inviter(v, m) != "" && slices.ContainsFunc(v.Widgets, func(w Widget) bool {
		data, ok := w.Data.(widget.WalletData)
		return ok && w.Place == widget.PlaceTop && slices.Contains(data.Methods, method)
	})
}

// OpenWallet returns the page on which a shopper opens a wallet of the express
// area. The shopper comes back to back, and Shared reads what they brought. It
// fails with ErrMethod, ErrPaying, ErrPlaced, or as the gateway does.
func (c *Checkout) OpenWallet(ctx context.Context, id ID, caller cart.Caller, method, back string) (page string, err error) {
	v, err := c.Find(ctx, id, caller)
	if err != nil {
		return "", err
	}
	switch {
	case v.State == StatePaying:
		return "", ErrPaying
	case v.State != StateOpen:
		return "", ErrPlaced
	case !c.Expresses(v, method), len(v.Problems) > 0:
		return "", ErrMethod
	}
	m, _ := paymethod.Find(method)
	i := payment.Invitation{Reference: c.atWallet(id), Kind: m.Kind, Amount: v.Due, ReturnURL: back}
	if !v.Electronic() {
		i.Countries = v.market.Countries
	}
	page, err = c.Payments().Invite(ctx, c.inviter(v, m), i)
	if err != nil {
		return "", fmt.Errorf("open a wallet for checkout %s: %w", id, err)
	}
	return page, nil
}

// atWallet is what a session is called at wallets: what one of them tells is
// told to this session only, and does not open it.
func (c *Checkout) atWallet(id ID) string { return c.Keeper.Token(walletPurpose, string(id)) }

// Shared takes over what a wallet tells of who buys, from what the shopper came
// back with, and has the wallet pay. What it does not tell is asked for as
// usual; a customer keeps the e-mail address of their account. It fails with
// payment.ErrNotShared, ErrMethod, or as Update and the gateway do.
func (c *Checkout) Shared(ctx context.Context, id ID, caller cart.Caller, method string, came url.Values) (View, error) {
	v, err := c.Find(ctx, id, caller)
	if err != nil {
		return View{}, err
	}
	m, ok := paymethod.Find(method)
	if !ok || !c.Expresses(v, method) {
		return View{}, ErrMethod
	}
	told, err := c.Payments().Shared(ctx, c.inviter(v, m), c.atWallet(id), came)
	if err != nil {
		return View{}, fmt.Errorf("read a wallet for checkout %s: %w", id, err)
	}
	p := Patch{Method: &m.ID, Token: &told.Instrument}
	if told.Email != "" && (v.Session.Customer == "" || v.Contact.Email == "") {
		p.Email = &told.Email
	}
	if !told.Address.IsZero() {
		p.Shipping = &told.Address
	}
	return c.Update(ctx, id, caller, p)
}

// Unshared says in a checkout that its wallet told nothing.
func (v View) Unshared() View {
	v.Messages = append(v.Messages, told(v.Session.Locale, []Message{{Type: "info", Code: "wallet_not_shared", Path: "$.payment", Severity: "recoverable",
		Content: payment.ErrNotShared.Error()}})...)
	return v
}

// Express reports whether a wallet has told who buys and pays without asking
// them again, so that there is little left to ask.
func (v View) Express() bool {
	m, ok := v.method()
	return ok && m.Flow != paymethod.Fields && v.Instrument != "" && v.Failure == nil
}
