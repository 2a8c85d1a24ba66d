package amend

import (
	"context"
	"fmt"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/epc"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// ErrPayee reports an account that nothing can be transferred to.
var ErrPayee = fault.New(fault.Invalid, "amend.payee", "write the account as an IBAN such as DE89 3704 0044 0532 0130 00, with its holder's name: look for a digit that was mistyped")

// TroubleTransfer is the exception of money that somebody must transfer, because
// it cannot go back as it came.
const TroubleTransfer = "amend.transfer"

// Payee is whose account money is transferred to. The zero Payee is nobody's.
type Payee struct{ Holder, IBAN string }

// Valid reports whether something can be transferred there, or nothing was said.
func (p Payee) Valid() bool {
	return p == Payee{} || epc.ValidIBAN(epc.Compact(p.IBAN)) && epc.ValidHolder(p.Holder)
}

// ByTransfer reports whether what an order's payment gives back must be
// transferred: cash at the door cannot be sent back.
func ByTransfer(ctx context.Context, tx *db.Tx, o order.Order) (bool, error) {
	all, err := paymentsOf(ctx, tx, o)
	for _, p := range all {
		if m, ok := paymethod.Find(p.Method); ok && m.Refund.ByIBAN {
			return true, err
		}
	}
	return false, err
}

// keepPayee keeps the account under the buyer's key.
func (s *Amendments) keepPayee(ctx context.Context, tx *db.Tx, a *Amendment, to Payee) error {
	if to.IBAN == "" {
		return nil
	}
	o, err := order.Head(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	c, err := profile.FindContact(ctx, tx, s.Keeper, profile.ContactID(o.Contact))
	if err != nil {
		return err
	}
	id, err := profile.SaveContact(ctx, tx, s.Keeper, profile.Contact{Person: c.Person, Name: to.Holder, IBAN: epc.Compact(to.IBAN)})
	a.Payee = string(id)
	return err
}

// PayeeOf is whose account an amendment's money is transferred to; nobody's for
// one without, and once its buyer is erased.
func (s *Amendments) PayeeOf(ctx context.Context, tx *db.Tx, a Amendment) (Payee, error) {
	if a.Payee == "" {
		return Payee{}, nil
	}
	all, err := profile.Contacts(ctx, tx, s.Keeper, []profile.ContactID{profile.ContactID(a.Payee)})
	c := all[profile.ContactID(a.Payee)]
	return Payee{c.Name, c.IBAN}, err
}

// byTransfer has somebody transfer what was booked as given back and came as
// cash. The exception's end says that they did.
func byTransfer(ctx context.Context, tx *db.Tx, a Amendment) error {
	o, err := order.Head(ctx, tx, a.Order)
	if err != nil {
		return err
	}
	all, err := paymentsOf(ctx, tx, o)
	if err != nil {
		return err
	}
	sum := money.Of(0, a.Goods.Currency)
	for _, p := range all {
		if m, ok := paymethod.Find(p.Method); !ok || !m.Refund.ByIBAN {
			continue
		}
		moves, err := payment.Movements(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		for _, m := range payment.Refunds(moves) {
			if m.Key == string(a.ID) && m.State == payment.MovementDone {
				sum = sum.Plus(m.Amount)
			}
		}
	}
	if sum.IsZero() {
		return nil
	}
	where := "the account stands on the page of the order's refunds"
	if a.Payee == "" {
		where = "nobody has asked for the account yet: ask the buyer for an IBAN"
	}
	return exception.Raise(ctx, tx, exception.Problem{Kind: TroubleTransfer, Ref: string(a.ID),
		Text: fmt.Sprintf("transfer %v to the buyer of order %s, who paid in cash; %s, and resolve this when it is sent", sum, o.Number, where)})
}

// Transfer is how an amendment's money reaches its payee, as text of a QR code
// that banking apps read; "" where there is no code for the currency.
func (a Amendment) Transfer(to Payee, number string) string {
	text, err := epc.Code(epc.Transfer{Holder: to.Holder, IBAN: to.IBAN, Amount: a.ToPayment, Reference: number})
	if err != nil {
		return ""
	}
	return text
}
