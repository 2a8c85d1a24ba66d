package adminapi

import (
	"context"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/amend"
	"korzo/purchase/order"
	"korzo/value/money"
)

// amendmentBody is an amendment as the API promises it.
type amendmentBody struct {
	ID        string          `json:"id,omitempty"`
	Order     string          `json:"order"`
	Kind      string          `json:"kind" doc:"cancel, refund or edit"`
	Status    string          `json:"status" doc:"preview; proposed: a second person must approve; awaiting: an edit waits until its link is paid; approved: money is moving; done, failed, declined"`
	Lines     []amendLineBody `json:"lines"`
	Goods     amountBody      `json:"goods"`
	Shipping  amountBody      `json:"shipping"`
	Goodwill  amountBody      `json:"goodwill" doc:"For no line of the order"`
	Total     amountBody      `json:"total"`
	ToCards   amountBody      `json:"to_gift_cards"`
	ToPoints  amountBody      `json:"to_points" doc:"What the points that go back paid"`
	ToCredit  amountBody      `json:"to_store_credit"`
	ToPayment amountBody      `json:"to_payment"`
	Waived    amountBody      `json:"waived" doc:"Was but promised, and is not asked for any more"`
	Added     []amendAddBody  `json:"added,omitempty" doc:"By an edit, at what it costs now"`
	Delivery  *amountBody     `json:"delivery,omitempty" doc:"That the delivery costs more by an edit"`
	Adds      *amountBody     `json:"adds,omitempty" doc:"All that an edit adds, with tax; total pays of it what it reaches"`
	ToPay     *amountBody     `json:"to_pay,omitempty" doc:"And this is the rest, which the buyer pays"`
	Link      string          `json:"link,omitempty" doc:"Where it is paid"`
	Promises  []movedBody     `json:"promises,omitempty" doc:"Of an edit that sends the order elsewhere, in its preview: when it arrives there. Once it is made, the order's delivery groups say so"`
	Restock   bool            `json:"restock"`
	Reason    string          `json:"reason,omitempty"`
	Actor     string          `json:"actor,omitempty"`
	Approver  string          `json:"approver,omitempty"`
	Failure   string          `json:"failure,omitempty"`
	Payee     *payeeBody      `json:"payee,omitempty" doc:"Whose account somebody transfers it to, in the order's list of amendments"`
	Refusal   *refusalBody    `json:"refusal,omitempty" doc:"In a preview: why the payment's part would not go back, by a rule of its scheme, and what to do instead"`
	At        string          `json:"at,omitempty" format:"date-time"`
}

type refusalBody struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type amendLineBody struct {
	Line   string      `json:"line"`
	Units  int64       `json:"units" minimum:"0"`
	Amount *amountBody `json:"amount,omitempty" readOnly:"true"`
}

func amendmentOf(a amend.Amendment) amendmentBody {
	b := amendmentBody{ID: string(a.ID), Order: string(a.Order), Kind: string(a.Kind), Status: string(a.State), Lines: []amendLineBody{}, Goods: amountOf(a.Goods),
		Shipping: amountOf(a.Shipping), Goodwill: amountOf(a.Goodwill), Total: amountOf(a.Total()), ToCards: amountOf(a.ToCards), ToPoints: amountOf(a.ToPoints), ToCredit: amountOf(a.ToCredit), ToPayment: amountOf(a.ToPayment), Waived: amountOf(money.Of(a.Waived.Minor, a.Goods.Currency)),
		Restock: a.Restock, Reason: a.Reason, Actor: a.Actor, Approver: a.Approver, Failure: a.Failure, At: rfc3339(a.CreatedAt)}
	b.edited(a)
	if a.Refused != nil {
		b.Refusal = &refusalBody{fault.CodeOf(a.Refused), fault.TextOf(a.Refused)}
	}
	for _, l := range a.Lines {
		amount := amountOf(l.Amount)
		b.Lines = append(b.Lines, amendLineBody{string(l.Line), l.Units, &amount})
	}
	if b.ID == "" {
		b.Status = "preview"
	}
	return b
}

type amendInput struct {
	ID   order.ID `path:"id"`
	Key  string   `header:"Idempotency-Key" maxLength:"255" doc:"Required unless preview is set: the same key amends once"`
	Body struct {
		Kind     string          `json:"kind" enum:"cancel,refund"`
		Lines    []amendLineBody `json:"lines,omitempty" maxItems:"500"`
		Shipping *amountBody     `json:"shipping,omitempty"`
		Goodwill *amountBody     `json:"goodwill,omitempty" doc:"Give this back for no line of the order"`
		Restock  bool            `json:"restock,omitempty" doc:"The units are fit to be sold again"`
		Reason   string          `json:"reason,omitempty" maxLength:"500"`
		Payee    *payeeBody      `json:"payee,omitempty" doc:"Whose account money is transferred to that was paid in cash at the door; kept under the buyer's key"`
		Preview  bool            `json:"preview,omitempty" doc:"Compute only: write and move nothing"`
	}
}

func (in *amendInput) request(actor string) amend.Request {
	r := amend.Request{Order: in.ID, Kind: amend.Kind(in.Body.Kind), Restock: in.Body.Restock, Reason: in.Body.Reason, Actor: actor}
	if in.Key != "" {
		r.Key = actor + ":" + in.Key
	}
	for _, l := range in.Body.Lines {
		r.Lines = append(r.Lines, amend.Line{Line: order.LineID(l.Line), Units: l.Units})
	}
	if to := in.Body.Payee; to != nil {
		r.Payee = amend.Payee{Holder: to.Holder, IBAN: to.IBAN}
	}
	if s := in.Body.Shipping; s != nil {
		r.Shipping = s.money()
	}
	if g := in.Body.Goodwill; g != nil {
		r.Goodwill = g.money()
	}
	return r
}

// payeeBody is whose account money is transferred to.
type payeeBody struct {
	Holder string `json:"holder" maxLength:"70"`
	IBAN   string `json:"iban" maxLength:"42" example:"DE89370400440532013000"`
}

type amendmentOutput struct{ Body amendmentBody }

// amendOrder gives money back for lines, shipping or out of goodwill, or cancels
// an order.
func (a *API) amendOrder(ctx context.Context, in *amendInput) (*amendmentOutput, error) {
	actor := string(from(ctx).ID)
	if in.Body.Preview {
		p, err := a.Amend.Preview(ctx, in.request(actor))
		if err != nil {
			return nil, err
		}
		return &amendmentOutput{amendmentOf(p)}, nil
	}
	return a.amended(ctx, "amend."+in.Body.Kind, func() (amend.Amendment, error) { return a.Amend.Propose(ctx, in.request(actor)) })
}

// amended does what changes money and writes down who did it.
func (a *API) amended(ctx context.Context, action string, do func() (amend.Amendment, error)) (*amendmentOutput, error) {
	m, err := do()
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(m.Order), Detail: map[string]string{"amendment": string(m.ID)}})
	})
	if err != nil {
		return nil, err
	}
	return &amendmentOutput{amendmentOf(m)}, nil
}

func (a *API) listAmendments(ctx context.Context, in *orderInput) (*list[amendmentBody], error) {
	var bodies []amendmentBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := order.Head(ctx, tx, in.ID); err != nil {
			return err
		}
		all, err := amend.List(ctx, tx, in.ID)
		for _, m := range all {
			b := amendmentOf(m)
			to, err := a.Amend.PayeeOf(ctx, tx, m)
			if err != nil {
				return err
			}
			if to.IBAN != "" {
				b.Payee = &payeeBody{to.Holder, to.IBAN}
			}
			bodies = append(bodies, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type amendmentInput struct {
	ID amend.ID `path:"id"`
}

func (a *API) approveAmendment(ctx context.Context, in *amendmentInput) (*amendmentOutput, error) {
	return a.amended(ctx, "amend.approve", func() (amend.Amendment, error) { return a.Amend.Approve(ctx, in.ID, string(from(ctx).ID)) })
}

func (a *API) declineAmendment(ctx context.Context, in *amendmentInput) (*amendmentOutput, error) {
	return a.amended(ctx, "amend.decline", func() (amend.Amendment, error) { return a.Amend.Decline(ctx, in.ID, string(from(ctx).ID)) })
}
