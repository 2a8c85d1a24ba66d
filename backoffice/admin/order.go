package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/sourcing"
	"korzo/engagement/message"
	"korzo/fulfilment/shipment"
	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/amend"
	"korzo/purchase/document"
	"korzo/purchase/flow"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax/vatid"
)

// orderStates are the filters of the list, in the order of a life.
var orderStates = []string{string(order.StatePlaced), string(order.StateOnHold), string(order.StateCompleted), string(order.StateCanceled)}

func marketsByID(ctx context.Context, tx *db.Tx) (map[string]market.Market, error) {
	all, err := market.All(ctx, tx)
	byID := make(map[string]market.Market, len(all))
	for _, m := range all {
		byID[m.ID] = m
	}
	return byID, err
}

// purchase is all that the page of an order shows.
type purchase struct {
	order.Order
	Market    market.Market
	FlowName  string
	Zone      *time.Location
	Contact   profile.Contact // zero when erased
	Erased    bool
	Paid      paid
	Mails     []message.Sent
	Entries   []audit.Recorded
	Names     map[string]string
	Documents []document.Document
	VATCheck  *vatid.Check // nil when no office was asked

	Fulfilments []shipment.Fulfilment
	Sourced     []sourcing.Decision
	Places      map[string]string // names of locations
}

// paid is a payment with its attempts and refunds; zero for an order that cost nothing.
type paid struct {
	payment.Payment
	Attempts []payment.Attempt
	Refunds  []payment.Movement
	Signals  signals
	Ordered  bool   // its order gives it back
	Number   string // of its order; "" before there is one
	form     *form  // of a refund that was refused
}

// refundForm is the refund form as it was typed, or of all that is left.
func (v *visit) refundForm(p paid) *form {
	f := p.form
	if f == nil {
		f = v.form()
		f.setAmount("amount", p.Refundable())
		f.set("reason", "")
		f.set("key", newKey())
	}
	return f
}

// captureForm is the form that takes a part, as it was typed, or of all that is left.
func (v *visit) captureForm(p paid) *form {
	f := p.form
	if f == nil || !f.has("capture") {
		f = v.newForm()
		f.setAmount("capture", p.left())
		f.set("key", newKey())
	}
	return f
}

// heldUntil is when a gateway lets go of what it holds, "" for never.
func (v *visit) heldUntil(p paid) string {
	m, ok := paymethod.Find(p.Method)
	if !ok || m.Capture.Life == 0 || !p.held() || len(p.Attempts) == 0 {
		return ""
	}
	return v.time(p.Attempts[len(p.Attempts)-1].CreatedAt.Add(m.Capture.Life))
}

// findPaid loads a payment with all that its page shows.
func findPaid(ctx context.Context, tx *db.Tx, id payment.ID) (p paid, err error) {
	if p.Payment, p.Attempts, err = payment.Find(ctx, tx, id); err != nil {
		return p, err
	}
	movements, err := payment.Movements(ctx, tx, id)
	p.Refunds = payment.Refunds(movements)
	if err == nil {
		err = amend.Direct(ctx, tx, p.Payment)
	}
	if p.Ordered = errors.Is(err, amend.ErrOrdered); p.Ordered {
		err = nil
	}
	return p, err
}

// held is whether something could still be taken.
func (p paid) held() bool { return p.left().Minor > 0 }

func (a *Admin) loadOrder(v *visit, id order.ID) (o purchase, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error { return a.readOrder(v, tx, id, &o) })
	return o, err
}

func (a *Admin) readOrder(v *visit, tx *db.Tx, id order.ID, o *purchase) (err error) {
	ctx := v.ctx()
	if o.Order, err = order.Find(ctx, tx, id); err != nil {
		return err
	}
	if o.Market, err = market.Find(ctx, tx, o.Order.Market); err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	o.Zone = zoneOf(o.Market)
	if o.FlowName, err = flowName(ctx, tx, o.Order); err != nil {
		return err
	}
	o.Contact, err = profile.FindContact(ctx, tx, a.Keeper, profile.ContactID(o.Order.Contact))
	o.Erased = errors.Is(err, profile.ErrErased)
	if err != nil && !o.Erased && !errors.Is(err, profile.ErrNoContact) {
		return err
	}
	if o.Payment != "" {
		if o.Paid, err = findPaid(ctx, tx, payment.ID(o.Payment)); err != nil {
			return err
		}
	}
	if o.Documents, err = document.OfOrder(ctx, tx, string(o.ID)); err != nil {
		return err
	}
	if o.VATCheck, err = vatCheck(ctx, tx, o.Order); err != nil {
		return err
	}
	if o.Fulfilments, err = shipment.OfOrder(ctx, tx, o.ID); err != nil {
		return err
	}
	if o.Sourced, err = sourcing.Decisions(ctx, tx, string(o.ID)); err != nil {
		return err
	}
	if o.Places, err = placeNames(v, tx); err != nil {
		return err
	}
	if v.can("messages.read") {
		if o.Mails, err = message.List(ctx, tx, message.Filter{Contact: o.Order.Contact, Limit: 20}); err != nil {
			return err
		}
	}
	if v.can("audit.read") {
		o.Entries, err = audited(ctx, tx, string(o.ID), o.Payment)
		if err != nil {
			return err
		}
	}
	o.Names, err = names(ctx, tx)
	return err
}

// flowName is what people call the flow that was pinned; its id when it is gone.
func flowName(ctx context.Context, tx *db.Tx, o order.Order) (string, error) {
	version, err := flow.Find(ctx, tx, flow.ID(o.Flow), o.FlowVersion)
	if errors.Is(err, flow.ErrNotFound) {
		return o.Flow, nil
	}
	return version.Document.Name, err
}

// audited is what staff did to any of the subjects, newest first.
func audited(ctx context.Context, tx *db.Tx, subjects ...string) (all []audit.Recorded, err error) {
	for _, subject := range subjects {
		if subject == "" {
			continue
		}
		some, err := audit.List(ctx, tx, audit.Filter{Subject: subject, Limit: 20})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b audit.Recorded) int { return int(b.Seq - a.Seq) })
	return all, nil
}

// names are those of staff and of API keys, by id, for whoever did something.
func names(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	staff, err := auth.ListStaff(ctx, tx)
	if err != nil {
		return nil, err
	}
	keys, err := auth.ListKeys(ctx, tx)
	byID := make(map[string]string, len(staff)+len(keys))
	for _, s := range staff {
		byID[string(s.ID)] = s.Name
	}
	for _, k := range keys {
		byID[string(k.ID)] = k.Name
	}
	return byID, err
}

func (a *Admin) showOrder(v *visit) error {
	return a.answerOrder(v, http.StatusOK)
}

func (a *Admin) answerOrder(v *visit, status int) error {
	o, err := a.loadOrder(v, order.ID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	return v.show(status, v.orderPage(o))
}

// releaseOrder lets an order that was on hold go on.
func (a *Admin) releaseOrder(v *visit) error {
	id := order.ID(v.r.PathValue("id"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := order.Move(v.ctx(), tx, id, order.StatePlaced, ""); err != nil {
			return err
		}
		return v.record(tx, "order.release", string(id))
	})
	if err == nil {
		return v.done(Prefix+"/orders/"+string(id), "order_released")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerOrder(v, status)
}

// findPayment finds a payment by its own id or by that of an attempt.
func (a *Admin) findPayment(v *visit) (p paid, err error) {
	id := v.r.PathValue("id")
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		if strings.HasPrefix(id, "att_") {
			t, err := payment.FindAttempt(v.ctx(), tx, payment.AttemptID(id))
			if err != nil {
				return err
			}
			id = string(t.Payment)
		}
		if p, err = findPaid(v.ctx(), tx, payment.ID(id)); err != nil {
			return err
		}
		numbers, err := order.NumbersOf(v.ctx(), tx, []order.ID{order.ID(p.Order)})
		if p.Number = numbers[order.ID(p.Order)]; err == nil {
			p.Signals, err = readSignals(v, tx, p)
		}
		return err
	})
	return p, err
}

func (a *Admin) showPayment(v *visit) error {
	return a.answerPayment(v, http.StatusOK)
}

func (a *Admin) answerPayment(v *visit, status int) error {
	p, err := a.findPayment(v)
	if err != nil {
		return err
	}
	return v.show(status, v.paymentPage(p))
}

// paymentTitle is what a payment is called: by the order that it is of.
func (v *visit) paymentTitle(p paid) string {
	if p.Number == "" {
		return v.T("admin.payment.title")
	}
	return v.T("admin.payment.of", "Number", p.Number)
}

// checkPayment asks the gateway's book about every attempt: a person comes
// through the same funnel as the webhook and the poller. That it was asked for
// is written first, because the call is outside any transaction.
func (a *Admin) checkPayment(v *visit) error {
	return a.actOnPayment(v, "payment.check", "payment_checked", func(p paid) error {
		for _, t := range slices.Backward(p.Attempts) {
			if _, err := a.Payments.Sync(v.ctx(), t.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *Admin) capturePayment(v *visit) error {
	f := v.form()
	p, err := a.findPayment(v)
	if err != nil {
		return err
	}
	amount, part := f.amount("capture", p.Amount.Currency)
	if !f.ok() {
		p.form = f
		return v.show(http.StatusUnprocessableEntity, v.paymentPage(p))
	}
	return a.actOnPayment(v, "payment.capture", "payment_captured", func(p paid) error {
		if !part {
			return a.Payments.CaptureRest(v.ctx(), p.ID)
		}
		return told(a.Payments.Capture(v.ctx(), p.ID, amount, f.get("key"), payment.By{Actor: v.staff.Subject, Reason: f.get("reason")}))
	})
}

// abandonPayment gives up what is undecided, such as an attempt whose figures
// are not ours: the gateway forbids it first, then the shopper may pay anew.
func (a *Admin) abandonPayment(v *visit) error {
	return a.actOnPayment(v, "payment.abandon", "payment_abandoned", func(p paid) error {
		for _, t := range p.Attempts {
			if _, err := a.Payments.Abandon(v.ctx(), t.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// voidPayment lets go of what is held and not taken.
func (a *Admin) voidPayment(v *visit) error {
	return a.actOnPayment(v, "payment.void", "payment_voided", func(p paid) error {
		m, err := a.Payments.Void(v.ctx(), p.ID, v.form().get("key"), payment.By{Actor: v.staff.Subject})
		return told(m, err)
	})
}

// refundPayment gives back part of what was taken. The form's key makes a form
// that is sent twice one refund.
func (a *Admin) refundPayment(v *visit) error {
	p, err := a.findPayment(v)
	if err != nil {
		return err
	}
	if p.Ordered {
		return amend.ErrOrdered
	}
	f := v.form()
	amount, given := f.amount("amount", p.Amount.Currency)
	if !given && f.ok() {
		f.wrong("amount", f.l.T("admin.problem.money", "Example", example(f.l, p.Amount.Currency)))
	}
	by := payment.By{Actor: v.staff.Subject, Reason: f.get("reason")}
	if by.Reason == "" {
		f.blame("reason", "admin.problem.reason")
	}
	if !f.ok() {
		p.form = f
		return v.show(http.StatusUnprocessableEntity, v.paymentPage(p))
	}
	return a.actOnPayment(v, "payment.refund", "payment_refunded", func(p paid) error {
		m, err := a.Payments.Refund(v.ctx(), p.ID, amount, f.get("key"), by)
		return told(m, err)
	})
}

// told makes an error of a movement that was not made, or not yet.
func told(m payment.Movement, err error) error {
	switch {
	case err != nil:
		return err
	case m.State == payment.MovementFailed:
		return payment.ErrNo
	case m.State.Open():
		return payment.ErrUnknown
	}
	return nil
}

func (a *Admin) actOnPayment(v *visit, action, what string, act func(paid) error) error {
	p, err := a.findPayment(v)
	if err != nil {
		return err
	}
	if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, action, string(p.ID)) }); err != nil {
		return err
	}
	back := Prefix + "/payments/" + string(p.ID)
	if o := v.r.PostForm.Get("order"); strings.HasPrefix(o, "ord_") {
		back = Prefix + "/orders/" + o
	}
	if err = act(p); err == nil {
		return v.done(local(back), what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerPayment(v, status)
}
