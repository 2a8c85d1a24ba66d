package admin

import (
	"slices"
	"strings"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/dispute"
	"korzo/purchase/giftcard"
	"korzo/purchase/paylink"
	"korzo/purchase/settlement"
	"korzo/ui"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// moneyLists are the pages of the lists about money that are not payments.
func (a *Admin) moneyLists() []page {
	return slices.Concat(listPages(a, a.disputeList()), listPages(a, a.giftCardList()), listPages(a, a.payLinkList()), listPages(a, a.statementList()), listPages(a, a.toldList()), listPages(a, a.entryList()))
}

// statusFilter narrows by a state whose words are a set.
func statusFilter(set string, states []string) listFilter {
	return listFilter{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.words(set, "admin.all", states...), nil }}
}

// stateOf is the state that a list is narrowed to; "" for what is none of them.
func stateOf(at listing.State, states []string) string {
	if s := at.Filter("status"); slices.Contains(states, s) {
		return s
	}
	return ""
}

// disputeList describes the list of disputes.
func (a *Admin) disputeList() list[dispute.Dispute] {
	type row = dispute.Dispute
	return list[row]{
		name: "disputes", path: Prefix + "/disputes", read: "orders.read", lead: "admin.dispute.lead", tabs: "status", none: "admin.dispute.none",
		columns: []column[row]{
			{name: "opened", title: "admin.dispute.opened", fixed: true, cell: func(v *visit, d row) templ.Component { return v.disputeCell(d) },
				text: func(_ *visit, d row) string { return stamp(d.OpenedAt) }},
			{name: "status", title: "admin.col.status", cell: func(v *visit, d row) templ.Component { return v.disputeBadge(d) },
				text: func(_ *visit, d row) string { return string(d.State) }},
			textColumn("reason", "admin.field.reason", false, func(v *visit, d row) string { return v.word("disputed", d.Reason) }),
			textColumn("due", "admin.dispute.due", false, func(v *visit, d row) string { return v.due(d) }),
			textColumn("gateway", "admin.field.gateway", true, func(_ *visit, d row) string { return d.Gateway }),
			sumColumn("amount", "admin.col.amount", false, func(d row) money.Amount { return d.Amount }),
			textColumn("currency", "admin.customer.currency", true, func(_ *visit, d row) string { return string(d.Amount.Currency) }),
		},
		filters: []listFilter{statusFilter("dispute", dispute.States)},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) ([]row, string, error) {
			page, next, err := dispute.List(v.ctx(), tx, dispute.State(stateOf(at, dispute.States)), dispute.ID(at.After), limit)
			return page, string(next), err
		},
		key: func(d row) string { return string(d.ID) }, label: func(d row) string { return string(d.ID) },
	}
}

// giftCardStates are the states that the list can be narrowed to.
var giftCardStates = []string{"active", "blocked", "expired", "cancelled"}

// giftCardList describes the list of gift cards.
func (a *Admin) giftCardList() list[giftcard.Card] {
	type row = giftcard.Card
	return list[row]{
		name: "gift_cards", path: Prefix + "/gift-cards", read: "giftcards.read", lead: "admin.gift_card.lead", tabs: "status", none: "admin.gift_card.none", changes: giftCardChanges(),
		columns: []column[row]{
			{name: "card", title: "admin.gift_card.card", fixed: true, cell: func(v *visit, c row) templ.Component { return v.giftCardCell(c) },
				text: func(_ *visit, c row) string { return c.Last4 }},
			{name: "status", title: "admin.col.status", cell: func(v *visit, c row) templ.Component { return v.giftCardBadge(c) },
				text: func(_ *visit, c row) string { return string(c.State) }},
			timeColumn("made", "admin.gift_card.made", false, func(c row) time.Time { return c.CreatedAt }),
			{name: "market", title: "admin.col.market", extra: true, cell: plainCell(func(v *visit, c row) string { return v.market(c.Market) }),
				text: func(_ *visit, c row) string { return c.Market }},
			sumColumn("initial", "admin.gift_card.initial", false, func(c row) money.Amount { return c.Initial }),
			textColumn("currency", "admin.customer.currency", true, func(_ *visit, c row) string { return string(c.Initial.Currency) }),
		},
		filters: []listFilter{{name: "last4", label: "admin.gift_card.last4", kind: "search"}, statusFilter("giftstate", giftCardStates)},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) ([]row, string, error) {
			page, next, err := giftcard.List(v.ctx(), tx, giftcard.Filter{State: giftcard.State(stateOf(at, giftCardStates)), Last4: strings.ToUpper(at.Filter("last4")),
				After: giftcard.ID(at.After), Limit: limit})
			return page, string(next), err
		},
		key: func(c row) string { return string(c.ID) }, label: func(c row) string { return c.Last4 },
		note: func(v *visit) templ.Component { return a.giftCardNote(v, v.newForm()) },
	}
}

// giftCardNote is the form for another card.
func (a *Admin) giftCardNote(v *visit, f *form) templ.Component {
	return v.giftCardForm(giftCards{Markets: a.marketsFor(v), form: f})
}

// marketsFor are the markets that a form offers; none when they cannot be read:
// the page says why by itself.
func (a *Admin) marketsFor(v *visit) (all []market.Market) {
	_ = a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		all, err = market.All(v.ctx(), tx)
		return err
	})
	return all
}

// payLinkList describes the list of links to pay by.
func (a *Admin) payLinkList() list[paylink.Link] {
	type row = paylink.Link
	return list[row]{
		name: "pay_links", path: Prefix + "/pay-links", read: "orders.read", lead: "admin.pay_link.lead", tabs: "status", none: "admin.pay_link.none",
		columns: []column[row]{
			{name: "text", title: "admin.pay_link.text", fixed: true, cell: func(v *visit, l row) templ.Component { return v.payLinkCell(l) },
				text: func(_ *visit, l row) string { return l.Text }},
			{name: "status", title: "admin.col.status", cell: func(v *visit, l row) templ.Component { return v.linkBadge(l) },
				text: func(v *visit, l row) string { return l.Status(v.now) }},
			timeColumn("until", "admin.pay_link.until", false, func(l row) time.Time { return l.ExpiresAt }),
			timeColumn("created", "admin.col.created", true, func(l row) time.Time { return l.CreatedAt }),
			sumColumn("amount", "admin.col.amount", false, func(l row) money.Amount { return l.Amount }),
			textColumn("currency", "admin.customer.currency", true, func(_ *visit, l row) string { return string(l.Amount.Currency) }),
		},
		filters: []listFilter{statusFilter("linkstate", paylink.States)},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) ([]row, string, error) {
			page, next, err := paylink.List(v.ctx(), tx, stateOf(at, paylink.States), paylink.ID(at.After), limit)
			return page, string(next), err
		},
		key: func(l row) string { return string(l.ID) }, label: func(l row) string { return l.Text },
		head: func(v *visit) templ.Component { return v.payLinkHead() },
		note: func(v *visit) templ.Component {
			f := v.newForm()
			f.set("order", v.query("order"))
			return a.payLinkNote(v, f)
		},
	}
}

// payLinkNote is the form for another link.
func (a *Admin) payLinkNote(v *visit, f *form) templ.Component {
	return v.payLinkForm(payLinks{Markets: a.marketsFor(v), form: f})
}

// uploaded is a statement in the list, with the names of staff.
type uploaded struct {
	settlement.File
	names map[string]string
}

// statementList describes the list of statements.
func (a *Admin) statementList() list[uploaded] {
	type row = uploaded
	return list[row]{
		name: "settlements", path: Prefix + "/settlements", read: "ledger.read", lead: "admin.settlement.lead", none: "admin.settlement.none",
		columns: []column[row]{
			{name: "file", title: "admin.settlement.file", fixed: true, cell: func(v *visit, f row) templ.Component { return v.statementCell(f) },
				text: func(_ *visit, f row) string { return f.Name }},
			{name: "source", title: "admin.field.source", cell: func(v *visit, f row) templ.Component { return v.statementSource(f.File) },
				text: func(_ *visit, f row) string { return f.Source }},
			textColumn("span", "admin.settlement.span", false, func(v *visit, f row) string { return v.span(f.File) }),
			{name: "status", title: "admin.col.status", cell: func(v *visit, f row) templ.Component { return v.badge(f.State) },
				text: func(_ *visit, f row) string { return f.State }},
			{name: "rows", title: "admin.settlement.rows", number: true, cell: func(v *visit, f row) templ.Component { return v.statementCount(f.File) },
				text: func(v *visit, f row) string { return v.Number(f.Rows) }},
		},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) (rows []row, _ string, err error) {
			page, next, err := settlement.List(v.ctx(), tx, settlement.ID(at.After), limit)
			if err != nil {
				return nil, "", err
			}
			staff, err := names(v.ctx(), tx)
			for _, f := range page {
				rows = append(rows, row{f, staff})
			}
			return rows, string(next), err
		},
		key: func(f row) string { return string(f.ID) }, label: func(f row) string { return f.Name },
		note: func(v *visit) templ.Component { return a.statementNote(v, v.newForm()) },
	}
}

// statementNote is the form for another statement.
func (a *Admin) statementNote(v *visit, f *form) templ.Component {
	return v.statementForm(statements{Sources: append(a.Payments.Names(), settlement.Bank), form: f})
}
