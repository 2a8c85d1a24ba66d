package checkout

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/cart"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/giftcard"
)

// errDeaf reports a widget that failed while it was spoken to.
var errDeaf = fault.New(fault.Unavailable, "widget.failed", "this does not work at the moment and was not kept; the purchase goes on without it")

// heard is what a widget makes of what was said to it.
type heard struct {
	kept widget.Answers
	do   widget.Act
	err  error
	said bool // false: it failed
}

// hear has widgets hear what a patch says to them: what they keep is added to
// the patch, what they ask for is done. What they refuse is a message and keeps
// nothing else from being said. It costs nothing when nothing is said to any.
func (c *Checkout) hear(ctx context.Context, id ID, caller cart.Caller, p *Patch) (messages []Message, err error) {
	if len(p.Widgets) == 0 {
		return nil, nil
	}
	v, err := c.Find(ctx, id, caller)
	if err != nil || v.State != StateOpen {
		return nil, err // update says why
	}
	spoken := slices.DeleteFunc(slices.Clone(v.fittings), func(f flow.Fitting) bool { _, ok := p.Widgets[f.Name]; return !ok })
	scene := v.scene()
	p.heard = map[string]widget.Answers{}
	answers := ask(c, spoken, toHear.of(v.Session.Visitor), func(f flow.Fitting) (heard, error) {
		said, err := bounded(f.Kind, p.Widgets[f.Name])
		if err != nil {
			return heard{err: err, said: true}, nil
		}
		kept, do, err := f.Hear(said, scene)
		if err != nil && !errors.Is(err, widget.ErrAnswer) {
			return heard{}, err // the widget's own trouble is not the shopper's
		}
		return heard{kept, do, err, true}, nil
	})
	for i, f := range spoken {
		err := answers[i].err
		if !answers[i].said {
			err = errDeaf
		}
		if err == nil {
			p.heard[f.Name] = apart(f.Kind, answers[i].kept)
			err = c.act(ctx, v, caller, p, answers[i].do)
		}
		if err == nil {
			continue
		}
		if kind := fault.KindOf(err); kind == fault.Internal || errors.Is(err, cart.ErrLocked) {
			return nil, err
		}
		messages = append(messages, Message{Type: "error", Code: fault.CodeOf(err), Path: "$.widgets." + f.Name, Severity: "requires_buyer_input", Content: fault.TextOf(err)})
	}
	return messages, nil
}

// bounded refuses answers that are too long; those the kind does not know are
// not said.
func bounded(k widget.Kind, said widget.Answers) (widget.Answers, error) {
	known := widget.Answers{}
	for _, a := range k.Answers {
		limit := a.Max
		if limit == 0 {
			limit = 100
		}
		text, ok := said[a.Name]
		if ok && (utf8.RuneCountInString(text) > limit || !utf8.ValidString(text)) {
			return nil, widget.ErrAnswer.With("this is too long: shorten it")
		}
		if ok {
			known[a.Name] = text
		}
	}
	return known, nil
}

// apart marks the shopper's own words among what is kept.
func apart(k widget.Kind, kept widget.Answers) widget.Answers {
	all := widget.Answers{}
	private := k.Private()
	for name, text := range kept {
		if slices.Contains(private, name) {
			name = privately + name
		}
		all[name] = text
	}
	return all
}

// act does what an answer asks for. What concerns the session goes into the
// patch, where the shopper did not say otherwise in the same breath.
func (c *Checkout) act(ctx context.Context, v View, caller cart.Caller, p *Patch, do widget.Act) error {
	id := v.Session.Cart
	if do.Credit != nil && p.Credit == nil {
		p.Credit = do.Credit
	}
	if do.Points != nil && p.Points == nil {
		p.Points = do.Points
	}
	if do.Option != "" && p.Option == nil && p.Groups == nil {
		p.Option = &do.Option
		if do.Point != "" {
			p.Point = &do.Point
		}
	}
	if do.Method != "" {
		p.Method = &do.Method
	}
	if do.AddCode != "" && giftcard.IsCode(do.AddCode) {
		if err := c.AddGiftCard(ctx, id, caller, do.AddCode, p.IP); err != nil {
			return err
		}
		do.AddCode = ""
	}
	if do.RemoveGiftCard != "" {
		if err := c.RemoveGiftCard(ctx, id, caller, giftcard.ID(do.RemoveGiftCard)); err != nil {
			return err
		}
	}
	if do.AddCode == "" && do.RemoveCode == "" && do.AddVariant == "" && do.RemoveVariant == "" {
		return nil
	}
	return c.DB.Write(ctx, func(tx *db.Tx) error { return alter(ctx, tx, v, caller, do) })
}

// alter changes the cart as a widget asks.
func alter(ctx context.Context, tx *db.Tx, v View, caller cart.Caller, do widget.Act) (err error) {
	id := v.Session.Cart
	if do.AddCode != "" {
		_, err = cart.AddCode(ctx, tx, id, caller, do.AddCode)
	}
	if do.RemoveCode != "" && err == nil {
		if _, err = cart.RemoveCode(ctx, tx, id, caller, do.RemoveCode); errors.Is(err, cart.ErrNoCode) {
			err = nil
		}
	}
	if do.AddVariant != "" && err == nil {
		_, err = cart.AddLine(ctx, tx, id, caller, catalog.VariantID(do.AddVariant), 1)
	}
	for _, l := range v.View.Cart.Lines {
		if do.RemoveVariant != "" && string(l.Variant) == do.RemoveVariant && len(v.View.Cart.Lines) > 1 && err == nil {
			_, err = cart.RemoveLine(ctx, tx, id, caller, l.ID)
		}
	}
	return err
}
