package admin

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/platform/db"
	"korzo/purchase/tax"

	"github.com/a-h/templ"
)

// rateList describes the list of tax rates, as they were written.
func (a *Admin) rateList() list[tax.Entry] {
	return list[tax.Entry]{
		name: "tax", path: Prefix + "/tax", read: "settings.read", lead: "admin.tax.lead", none: "admin.tax.none", changes: rateChanges(),
		columns: []column[tax.Entry]{
			{name: "place", title: "admin.col.place", fixed: true, cell: plainCell(func(_ *visit, e tax.Entry) string { return placeOf(e) }),
				text: func(_ *visit, e tax.Entry) string { return placeOf(e) }},
			textColumn("name", "admin.field.name", false, func(_ *visit, e tax.Entry) string { return e.Name }),
			{name: "class", title: "admin.field.tax_class", cell: plainCell(func(v *visit, e tax.Entry) string { return v.word("tax_class", e.Class) }),
				text: func(_ *visit, e tax.Entry) string { return e.Class }},
			{name: "percent", title: "admin.field.percent", number: true, cell: plainCell(func(v *visit, e tax.Entry) string { return v.Percent(e.PPM) }),
				text: func(_ *visit, e tax.Entry) string { return strconv.FormatFloat(float64(e.PPM)/10_000, 'f', -1, 64) }},
			textColumn("time", "admin.col.time", false, func(v *visit, e tax.Entry) string { return v.since(e.From, e.To) }),
		},
		filters: []listFilter{{name: "country", label: "admin.tax.country", kind: "search"}},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) (rows []tax.Entry, next string, err error) {
			after, _ := strconv.ParseInt(at.After, 10, 64) // what is no number is the first page
			rows, err = tax.List(v.ctx(), tx, tax.Filter{Country: at.Filter("country"), After: max(after, 0), Limit: limit})
			if len(rows) == limit {
				next = strconv.FormatInt(rows[limit-1].Seq, 10)
			}
			return rows, next, err
		},
		key:   func(e tax.Entry) string { return strconv.FormatInt(e.Seq, 10) },
		label: func(e tax.Entry) string { return strings.TrimSpace(placeOf(e) + " " + e.Class) },
		head:  func(v *visit) templ.Component { return v.taxHead() },
		note:  func(v *visit) templ.Component { return v.rateForm(v.newForm(), nil) },
	}
}

// rateChanges are the changes of many rates at once.
func rateChanges() []listChange {
	return []listChange{{action: "settings.write", label: "admin.tax.remove",
		tell: telling(func(v *visit, state json.RawMessage) string { return v.stands(state) }),
		verb: listing.Verb{Name: "tax.remove",
			Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
				seq, _ := strconv.ParseInt(subject, 10, 64) // what is no number is none's
				e, err := tax.FindRate(ctx, tx, seq)
				if err != nil {
					return o, err
				}
				o = listing.Outcome{Title: strings.TrimSpace(placeOf(e) + " " + e.Name), Old: keep(e), New: keep(nil)}
				return o, tax.RemoveRate(ctx, tx, seq)
			},
			Undo: func(ctx context.Context, tx *db.Tx, _ string, o listing.Outcome) error {
				return tax.SaveRate(ctx, tx, said[tax.Entry](o.Old))
			}}}}
}

// stands says whether something is there.
func (v *visit) stands(state json.RawMessage) string {
	if string(state) == "null" {
		return v.T("admin.change.gone")
	}
	return v.T("admin.change.there")
}

// exemptionList describes the list of buyers who are exempt from tax.
func (a *Admin) exemptionList() list[tax.Exemption] {
	columns := []column[tax.Exemption]{
		{name: "holder", title: "admin.field.holder", fixed: true, sorts: true, cell: plainCell(func(_ *visit, e tax.Exemption) string { return e.Holder }),
			text: func(_ *visit, e tax.Exemption) string { return e.Holder }},
		plainColumn("certificate", "admin.field.certificate", func(_ *visit, e tax.Exemption) string { return e.Certificate }),
		plainColumn("reason", "admin.field.reason", func(_ *visit, e tax.Exemption) string { return e.Reason }),
		plainColumn("place", "admin.col.place", func(_ *visit, e tax.Exemption) string { return strings.TrimSpace(e.Country + " " + e.Region) }),
		textColumn("time", "admin.col.time", false, func(v *visit, e tax.Exemption) string { return v.since(e.From, e.To) }),
	}
	return list[tax.Exemption]{
		name: "tax_exemptions", in: "tax", path: Prefix + "/tax/exemptions", read: "settings.read", lead: "admin.tax.exemptions_lead", none: "admin.tax.no_exemptions",
		columns: columns, changes: exemptionChanges(),
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}},
		page:    whole[tax.Exemption]{all: func(v *visit, tx *db.Tx) ([]tax.Exemption, error) { return tax.Exemptions(v.ctx(), tx) }}.page(columns),
		key:     exemptionKey, label: func(e tax.Exemption) string { return e.Holder },
		note: func(v *visit) templ.Component { return v.exemptionForm(v.newForm()) },
	}
}

// exemptionKey names an exemption: who is exempt, and where.
func exemptionKey(e tax.Exemption) string { return e.Country + "/" + e.Region + "/" + e.Holder }

// exemptionChanges are the changes of many exemptions at once.
func exemptionChanges() []listChange {
	return []listChange{{action: "settings.write", label: "admin.tax.exempt_end",
		tell: telling(func(v *visit, state json.RawMessage) string { return v.stands(state) }),
		verb: listing.Verb{Name: "tax_exemptions.end",
			Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
				all, err := tax.Exemptions(ctx, tx)
				for _, e := range all {
					if exemptionKey(e) == subject {
						o = listing.Outcome{Title: e.Holder, Old: keep(e), New: keep(nil)}
						return o, tax.RemoveExemption(ctx, tx, e.Holder, e.Country, e.Region)
					}
				}
				return listing.Outcome{Title: subject, Old: keep(nil), New: keep(nil)}, err
			},
			Undo: func(ctx context.Context, tx *db.Tx, _ string, o listing.Outcome) error {
				return tax.SaveExemption(ctx, tx, said[tax.Exemption](o.Old))
			}}}}
}
