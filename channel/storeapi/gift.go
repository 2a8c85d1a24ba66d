package storeapi

import (
	"context"

	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/giftcard"
	"korzo/value/calendar"
)

// giftBody is for whom one gift card is that is being bought.
type giftBody struct {
	ID      string `json:"id,omitempty" readOnly:"true"`
	Name    string `json:"name,omitempty" maxLength:"100" doc:"The recipient's, as the card says it"`
	Email   string `json:"email,omitempty" maxLength:"254" doc:"Where the card is mailed to; to the buyer, to be printed, when left out"`
	From    string `json:"from,omitempty" maxLength:"100"`
	Message string `json:"message,omitempty" maxLength:"500"`
	SendOn  string `json:"send_on,omitempty" format:"date" example:"2030-12-24" doc:"In the morning of which day, today to a year from now; as soon as it is paid when left out"`
}

func (b giftBody) gift() (g giftcard.Gift, err error) {
	g = giftcard.Gift{Name: b.Name, Email: b.Email, From: b.From, Text: b.Message}
	if b.SendOn != "" {
		if g.On, err = calendar.Parse(b.SendOn); err != nil {
			err = giftcard.ErrDay
		}
	}
	return g, err
}

func giftOf(g giftcard.Gift) giftBody {
	b := giftBody{ID: string(g.ID), Name: g.Name, Email: g.Email, From: g.From, Message: g.Text}
	if !g.On.IsZero() {
		b.SendOn = g.On.String()
	}
	return b
}

func giftsFrom(in []giftBody) ([]giftcard.Gift, error) {
	all := make([]giftcard.Gift, len(in))
	for i, b := range in {
		var err error
		if all[i], err = b.gift(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// addGifts writes for whom the units are that were just put into a cart. No
// statement where none of them is said to be for anybody.
func (a *API) addGifts(ctx context.Context, tx *db.Tx, into cart.Cart, lines []cart.Line, in []lineRequest) error {
	for i, asked := range in {
		if len(asked.Gifts) == 0 {
			continue
		}
		gifts, err := giftsFrom(asked.Gifts)
		if err == nil {
			err = checkout.PutGifts(ctx, tx, a.Keeper, into, lines[i].Variant, into.Units(lines[i].Variant)-asked.Quantity, gifts)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type setGiftsInput struct {
	LineInput
	Body struct {
		Gifts []giftBody `json:"gifts" maxItems:"100" doc:"All there are, the first unit's first; what is left out is no more"`
	}
}

// setGifts says anew for whom a line's gift cards are.
func (a *API) setGifts(ctx context.Context, in *setGiftsInput) (*cartOutput, error) {
	who, err := changer(ctx, in.IfMatch)
	if err != nil {
		return nil, err
	}
	gifts, err := giftsFrom(in.Body.Gifts)
	if err != nil {
		return nil, err
	}
	return a.change(ctx, func(tx *db.Tx) (cart.Cart, error) {
		return cart.Note(ctx, tx, in.ID, who, func(c cart.Cart) error {
			for _, l := range c.Lines {
				if l.ID == in.Line {
					return checkout.PutGifts(ctx, tx, a.Keeper, c, l.Variant, 0, gifts)
				}
			}
			return cart.ErrNoLine
		})
	})
}

// giftsOf adds to a cart's answer the gift cards that are to pay for it, and for
// whom those are that it buys.
func (a *API) giftsOf(ctx context.Context, tx *db.Tx, v cart.View, out *cartOutput) error {
	if err := giftCardsOf(ctx, tx, v, out); err != nil {
		return err
	}
	gifts, err := checkout.Gifts(ctx, tx, a.Keeper, v)
	for i, l := range v.Cart.Lines {
		all := gifts[string(l.Variant)]
		for _, g := range all[:min(int64(len(all)), l.Quantity)] {
			out.Body.Lines[i].Gifts = append(out.Body.Lines[i].Gifts, giftOf(g))
		}
	}
	return err
}
