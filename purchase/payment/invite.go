package payment

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"korzo/platform/fault"
	"korzo/purchase/payment/paymethod"
	"korzo/value/address"
	"korzo/value/money"
)

// ErrNotShared says that a wallet told nothing: its owner refused, or came back
// with what was told to somebody else.
var ErrNotShared = fault.New(fault.Declined, "payment.not_shared", "the wallet shared nothing; open it again, or fill in the form")

// Invitation asks a wallet who buys, before anything is paid.
type Invitation struct {
	Reference string // ours: whose the answer is
	Kind      string // of the method
	Amount    money.Amount
	Countries []string // the address is to be in one of them; none: no address is asked for
	ReturnURL string   // where the shopper comes back to
}

// Shared is what a wallet tells of its owner. What it does not tell is empty.
type Shared struct {
	Instrument string // to pay with: the owner need not be asked again
	Email      string
	Address    address.Address // with name and telephone number
}

// Inviting is a Gateway with wallets that tell who buys and where it goes, so
// that a shopper need not type it. Nothing is held and nothing taken by that.
type Inviting interface {
	Gateway

	// Shares reports whether wallets of a kind of method do. It does no call.
	Shares(kind string) bool

	// Invite returns the page on which the shopper opens their wallet.
	Invite(ctx context.Context, i Invitation) (page string, err error)

	// Shared tells what the shopper agreed to share, from what they came back
	// with. It is ErrNotShared for nothing, and for the answer to another reference.
	Shared(ctx context.Context, reference string, came url.Values) (Shared, error)
}

// Inviter is the first gateway of a route whose wallets of a method tell who
// buys; "" for none. An empty route is the shop's own order.
func (p *Payments) Inviter(m paymethod.Method, route []string) string {
	if len(route) == 0 {
		route = p.order
	}
	i := slices.IndexFunc(route, func(name string) bool {
		g, ok := p.gateways[name].(Inviting)
		return ok && slices.Contains(g.Traits().Kinds, m.Kind) && g.Shares(m.Kind)
	})
	if i < 0 {
		return ""
	}
	return route[i]
}

// Invite opens a wallet at a gateway. It is a call: outside any transaction. It
// returns ErrGateway when the gateway has none.
func (p *Payments) Invite(ctx context.Context, gateway string, i Invitation) (string, error) {
	g, ok := p.gateways[gateway].(Inviting)
	if !ok {
		return "", fmt.Errorf("open a wallet at %q: %w", gateway, ErrGateway)
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	return g.Invite(call, i)
}

// Shared asks a gateway what a wallet told. It is a call: outside any transaction.
// It returns ErrGateway when the gateway has none.
func (p *Payments) Shared(ctx context.Context, gateway, reference string, came url.Values) (Shared, error) {
	g, ok := p.gateways[gateway].(Inviting)
	if !ok {
		return Shared{}, fmt.Errorf("read a wallet at %q: %w", gateway, ErrGateway)
	}
	call, stop := context.WithTimeout(ctx, g.Traits().Timeout)
	defer stop()
	return g.Shared(call, reference, came)
}
