package adminapi

import (
	"cmp"
	"context"
	"time"

	"korzo/customer/profile"
	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
)

// payLinkBody is a link to pay by. Its address opens it: keep it from others.
type payLinkBody struct {
	ID        string     `json:"id"`
	Status    string     `json:"status" enum:"open,paying,paid,expired,canceled"`
	Market    string     `json:"market"`
	Order     string     `json:"order,omitempty" doc:"Whose rest it pays"`
	Text      string     `json:"text" doc:"What it is for, as the payer reads it"`
	Amount    amountBody `json:"amount"`
	URL       string     `json:"url" doc:"Who has it may pay"`
	Payment   string     `json:"payment,omitempty" doc:"Of the last try"`
	ExpiresAt string     `json:"expires_at" format:"date-time"`
	CreatedAt string     `json:"created_at" format:"date-time"`
	PaidAt    string     `json:"paid_at,omitempty" format:"date-time"`
}

func (a *API) payLinkOf(l paylink.Link, now time.Time) payLinkBody {
	return payLinkBody{ID: string(l.ID), Status: l.Status(now), Market: l.Market, Order: string(l.Order), Text: l.Text, Amount: amountOf(l.Amount),
		URL: a.Links.URL(l.ID), Payment: string(l.Payment), ExpiresAt: rfc3339(l.ExpiresAt), CreatedAt: rfc3339(l.CreatedAt), PaidAt: rfc3339(l.PaidAt)}
}

type payLinkOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         payLinkBody
}

type listPayLinksInput struct {
	PageInput
	Status string `query:"status" enum:"open,paying,paid,expired,canceled"`
}

func (a *API) listPayLinks(ctx context.Context, in *listPayLinksInput) (*list[payLinkBody], error) {
	if err := in.behind("lnk"); err != nil {
		return nil, err
	}
	var bodies []payLinkBody
	next, err := reading(ctx, a, func(tx *db.Tx) (paylink.ID, error) {
		page, after, err := paylink.List(ctx, tx, in.Status, paylink.ID(in.After), in.Limit)
		for _, l := range page {
			bodies = append(bodies, a.payLinkOf(l, tx.Now))
		}
		return after, err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

type makePayLinkInput struct {
	Body struct {
		Order     string      `json:"order,omitempty" doc:"Whose rest is to be paid"`
		Checkout  string      `json:"checkout,omitempty" doc:"Of a cart that lacks nothing but its payment: prices and stock are held until the link ends, in a week at most"`
		Market    string      `json:"market,omitempty" example:"DE" doc:"Of an amount by itself"`
		Amount    *amountBody `json:"amount,omitempty" doc:"Left out for an order, all that it lacks"`
		Text      string      `json:"text,omitempty" maxLength:"300" doc:"What it is for; an order's number when left out"`
		Email     string      `json:"email,omitempty" maxLength:"254" doc:"Who gets it by mail; for an order its buyer, when send is set"`
		Name      string      `json:"name,omitempty" maxLength:"200"`
		Locale    string      `json:"locale,omitempty" maxLength:"20"`
		Phone     string      `json:"phone,omitempty" maxLength:"40" example:"+49 30 123456" doc:"Who gets it as a text; for an order its buyer, when send_sms is set"`
		Send      bool        `json:"send,omitempty" doc:"Mail it"`
		SMS       bool        `json:"send_sms,omitempty" doc:"Send it as a text"`
		ExpiresAt *time.Time  `json:"expires_at,omitempty" doc:"In three days when left out, in ninety at most"`
	}
}

// makePayLink makes a link for what an order lacks, or for an amount by itself.
func (a *API) makePayLink(ctx context.Context, in *makePayLinkInput) (*payLinkOutput, error) {
	b := in.Body
	d := paylink.Draft{Market: b.Market, Order: order.ID(b.Order), Text: b.Text, Locale: b.Locale, Mail: b.Send, SMS: b.SMS, Actor: string(from(ctx).ID), Checkout: checkout.ID(b.Checkout)}
	if b.Amount != nil {
		d.Amount = b.Amount.money()
	}
	if b.ExpiresAt != nil {
		d.ExpiresAt = *b.ExpiresAt
	}
	out := &payLinkOutput{CacheControl: "private, no-store"}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if d.Order == "" && d.Checkout == "" {
			m, err := market.Find(ctx, tx, d.Market)
			if err != nil {
				return err
			}
			d.Currency = m.Currency
		}
		if err := a.savePayer(ctx, tx, in, &d); err != nil {
			return err
		}
		l, err := a.Links.Make(ctx, tx, d)
		if err != nil {
			return err
		}
		out.Body = a.payLinkOf(l, tx.Now)
		return audit.Record(ctx, tx, audit.Entry{Actor: d.Actor, Action: "paylink.made", Subject: string(l.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// savePayer keeps who gets a link, where the request names somebody.
func (a *API) savePayer(ctx context.Context, tx *db.Tx, in *makePayLinkInput, d *paylink.Draft) error {
	to := profile.Contact{Name: in.Body.Name, Email: in.Body.Email}
	if to.Email != "" {
		if ok, _ := profile.CheckEmail(to.Email); !ok {
			return profile.ErrEmail
		}
	}
	if in.Body.Phone != "" && d.Market != "" {
		number, err := paylink.Number(ctx, tx, in.Body.Phone, d.Market)
		if err != nil {
			return err
		}
		to.Phone = number
	}
	if to.Phone = cmp.Or(to.Phone, in.Body.Phone); to.Email == "" && to.Phone == "" {
		return nil
	}
	id, err := profile.SaveContact(ctx, tx, a.Keeper, to)
	d.Contact = string(id)
	return err
}

type payLinkInput struct {
	ID paylink.ID `path:"id"`
}

func (a *API) showPayLink(ctx context.Context, in *payLinkInput) (*payLinkOutput, error) {
	body, err := reading(ctx, a, func(tx *db.Tx) (payLinkBody, error) {
		l, err := paylink.Find(ctx, tx, in.ID)
		return a.payLinkOf(l, tx.Now), err
	})
	if err != nil {
		return nil, err
	}
	return &payLinkOutput{"private, no-store", body}, nil
}

func (a *API) cancelPayLink(ctx context.Context, in *payLinkInput) (*payLinkOutput, error) {
	out := &payLinkOutput{CacheControl: "private, no-store"}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := a.Links.Cancel(ctx, tx, in.ID); err != nil {
			return err
		}
		l, err := paylink.Find(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out.Body = a.payLinkOf(l, tx.Now)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "paylink.canceled", Subject: string(l.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
