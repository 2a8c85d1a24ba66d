package admin

import (
	"strings"

	"korzo/backoffice/listing"
	"korzo/fulfilment/shipment"
	"korzo/offer/content"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/flow"
	"korzo/purchase/giftcard"
	"korzo/purchase/paylink"
	"korzo/purchase/promotion"
)

// finder looks for a kind of thing.
type finder func(v *visit, tx *db.Tx, q string) (hits, error)

// sought is how the rows of a list are found from anywhere.
type sought[T any] struct {
	filter string                        // of the list that a word goes into; "" looks through its first page
	words  func(v *visit, row T) string  // that a word must be in, where there is no such filter
	label  func(v *visit, row T) string  // nil: as the list calls it
	note   func(v *visit, row T) string  // nil: none
	path   func(row T) string            // nil: the row's own page
	fits   func(q string) (string, bool) // what goes into the filter, and whether q may be such a thing at all; nil: all may
}

// lookedThrough is how many rows of a list without a search are looked through.
const lookedThrough = 100

// in finds in a list what whoever may open the list is looking for.
func in[T any](l list[T], s sought[T]) finder {
	return func(v *visit, tx *db.Tx, q string) (h hits, err error) {
		h.Kind = l.name
		if q == "" || !v.can(l.read) {
			return h, nil
		}
		if s.fits != nil {
			var may bool
			if q, may = s.fits(q); !may {
				return h, nil
			}
		}
		at, limit := listing.State{Filters: map[string]string{}}, lookedThrough
		if s.filter != "" {
			at.Filters[s.filter], limit = q, mostHits
		}
		rows, _, err := l.page(v, tx, at, limit)
		if fault.KindOf(err) == fault.Invalid { // words that this list's search does not take
			return h, nil
		}
		for _, row := range rows {
			if s.filter == "" && !holds(s.words(v, row), q) || len(h.Hits) == mostHits {
				continue
			}
			found := hit{Label: l.label(row), Path: l.path + "/" + l.key(row)}
			if s.label != nil {
				found.Label = s.label(v, row)
			}
			if s.note != nil {
				found.Note = s.note(v, row)
			}
			if s.path != nil {
				found.Path = s.path(row)
			}
			h.Hits = append(h.Hits, found)
		}
		return h, err
	}
}

// moreFinders are those of what is not looked for every day.
func (a *Admin) moreFinders() []finder {
	return []finder{
		findCategories,
		in(a.promotionList(), sought[promotion.Promotion]{filter: "q"}),
		in(a.codeList(), sought[issued]{filter: "q", note: func(_ *visit, c issued) string { return c.Name },
			path: func(c issued) string { return Prefix + "/promotions/" + string(c.Promotion) }}),
		in(a.parcelList(), sought[shipment.Sending]{filter: "number", label: func(_ *visit, s shipment.Sending) string { return s.Number },
			note: func(v *visit, s shipment.Sending) string { return v.T("admin.order.title", "Number", s.OrderNumber) },
			path: func(s shipment.Sending) string { return Prefix + "/fulfilments/" + string(s.Fulfilment) }}),
		in(a.paymentList(), sought[paidRow]{filter: "q", label: func(v *visit, p paidRow) string {
			return v.word("method", p.Method) + " · " + v.time(p.CreatedAt)
		},
			note: func(v *visit, p paidRow) string { return v.Money(p.Amount) }}),
		in(a.payLinkList(), sought[paylink.Link]{words: func(v *visit, l paylink.Link) string { return l.Text + "\n" + string(l.ID) + "\n" + v.Money(l.Amount) },
			note: func(v *visit, l paylink.Link) string { return v.Money(l.Amount) }}),
		in(a.giftCardList(), sought[giftcard.Card]{filter: "last4", fits: fourLast, label: func(_ *visit, c giftcard.Card) string { return "•••• " + c.Last4 },
			note: func(v *visit, c giftcard.Card) string { return v.Money(c.Initial) }}),
		in(a.exceptionList(), sought[trouble]{words: func(v *visit, t trouble) string { return t.Kind + "\n" + t.Ref + "\n" + t.Text },
			label: func(_ *visit, t trouble) string { return t.Text }, note: func(_ *visit, t trouble) string { return t.Ref }}),
		findFlows,
		in(a.experimentList(), sought[experimentRow]{filter: "q"}),
		in(a.contentList(), sought[content.Page]{filter: "q"}),
		in(a.staffList(), sought[member]{filter: "q", note: func(_ *visit, m member) string { return m.Email }}),
	}
}

// fourLast are the last four letters of a gift card, as people read them off.
func fourLast(q string) (string, bool) {
	q = strings.TrimLeft(q, "•*. ")
	return q, len(q) == 4
}

func findFlows(v *visit, tx *db.Tx, q string) (h hits, err error) {
	h.Kind = "flows"
	if q == "" || !v.can("flows.read") {
		return h, nil
	}
	all, err := flow.List(v.ctx(), tx, "", lookedThrough)
	for _, f := range all {
		if holds(f.Name, q) && len(h.Hits) < mostHits {
			h.Hits = append(h.Hits, hit{f.Name, "", Prefix + "/flows/" + string(f.ID)})
		}
	}
	return h, err
}

func findCategories(v *visit, tx *db.Tx, q string) (h hits, err error) {
	h.Kind = "categories"
	if q == "" || !v.can("catalog.read") {
		return h, nil
	}
	tree, err := taxonomy.Load(v.ctx(), tx)
	if err != nil {
		return h, err
	}
	for c := range tree.Below("") {
		if holds(c.Title+"\n"+c.Slug, q) && len(h.Hits) < mostHits {
			h.Hits = append(h.Hits, hit{c.Title, c.Slug, Prefix + "/categories/" + string(c.ID)})
		}
	}
	return h, nil
}
