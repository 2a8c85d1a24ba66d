package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"korzo/backoffice/listing"
	"korzo/platform/db"
	"korzo/purchase/promotion"
	"korzo/ui"

	"github.com/a-h/templ"
)

// issued is a code in the list, with what its promotion is called.
type issued struct {
	promotion.Issued
	Name string
}

// codesOf is the list of one promotion's codes.
func codesOf(id promotion.ID) string {
	return Prefix + "/codes?promotion=" + url.QueryEscape(string(id))
}

// codeList describes the list of codes, of one promotion or of all.
func (a *Admin) codeList() list[issued] {
	return list[issued]{
		name: "codes", path: Prefix + "/codes", read: "promotions.read",
		columns: codeColumns(), filters: codeFilters(), tabs: "left", changes: codeChanges(),
		page:  codePage,
		key:   func(c issued) string { return c.Code },
		label: func(c issued) string { return c.Code },
		none:  "admin.promotion.codes_none",
		first: func(v *visit) (string, string) {
			return Prefix + "/promotions?applies=code", "admin.section.promotions"
		},
		head: func(v *visit) templ.Component { return v.codesHead() },
	}
}

func codeColumns() []column[issued] {
	text := func(name, title string, extra, number bool, get func(v *visit, c issued) string) column[issued] {
		return column[issued]{name: name, title: title, extra: extra, number: number, cell: plainCell(get), text: get}
	}
	code := text("code", "admin.field.code", false, false, func(_ *visit, c issued) string { return c.Code })
	code.fixed = true
	return []column[issued]{code,
		{name: "promotion", title: "admin.col.promotion", cell: func(v *visit, c issued) templ.Component { return v.codePromotion(c) },
			text: func(_ *visit, c issued) string { return c.Name }},
		text("used", "admin.col.used", false, true, func(v *visit, c issued) string {
			if c.UsageLimit == 0 {
				return "–" // not counted
			}
			return v.Number(c.Used)
		}),
		text("limit", "admin.promotion.code_limit", false, true, func(v *visit, c issued) string {
			if c.UsageLimit == 0 {
				return v.T("admin.change.no_limit")
			}
			return v.Number(c.UsageLimit)
		}),
		text("created", "admin.col.created", true, false, func(v *visit, c issued) string { return v.time(c.CreatedAt) }),
	}
}

// maxChoices is how many promotions the filter of the codes offers.
const maxChoices = 100

func codeFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.promotion.code_search", kind: "search"},
		{name: "promotion", label: "admin.col.promotion", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			page, _, err := promotion.List(v.ctx(), tx, promotion.Filter{How: promotion.HowCode, Sort: promotion.SortNewest, Limit: maxChoices})
			all := []ui.Option{{Label: v.T("admin.all")}}
			known := v.query("promotion") == ""
			for _, p := range page {
				all = append(all, ui.Option{Value: string(p.ID), Label: p.Name})
				known = known || string(p.ID) == v.query("promotion")
			}
			if !known && err == nil { // an older one
				p, err := promotion.Find(v.ctx(), tx, promotion.ID(v.query("promotion")))
				if errors.Is(err, promotion.ErrNotFound) {
					return all, nil
				}
				return append(all, ui.Option{Value: string(p.ID), Label: p.Name}), err
			}
			return all, err
		}},
		{name: "left", label: "admin.promotion.left", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("left", "admin.all", string(promotion.LeftOpen), string(promotion.LeftSpent)), nil
		}},
	}
}

func codePage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []issued, next string, err error) {
	page, next, err := promotion.Codes(v.ctx(), tx, promotion.CodeFilter{Promotion: promotion.ID(at.Filter("promotion")), Query: at.Filter("q"),
		Left: promotion.Left(at.Filter("left")), After: at.After, Limit: limit})
	names := map[promotion.ID]string{}
	for _, c := range page {
		name, ok := names[c.Promotion]
		if !ok {
			p, err := promotion.Find(v.ctx(), tx, c.Promotion)
			if err != nil {
				return nil, "", err
			}
			name, names[c.Promotion] = p.Name, p.Name
		}
		rows = append(rows, issued{c, name})
	}
	return rows, next, err
}

// codeChanges are the changes of many codes at once.
func codeChanges() []listChange {
	return []listChange{
		{verb: limitVerb, action: "promotions.write", label: "admin.change.code_limit", settings: []changeSetting{limitSetting}, tell: telling(tellLimit)},
		{verb: removeVerb, action: "promotions.write", label: "admin.change.code_remove", tell: telling(tellCode)},
	}
}

var limitVerb = listing.Verb{Name: "codes.limit",
	Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
		c, err := promotion.FindIssued(ctx, tx, subject)
		if err != nil {
			return o, err
		}
		limit, err := wholeOf[int64]("limit")(ctx, tx, s)
		if o = (listing.Outcome{Title: c.Code, Old: keep(c.UsageLimit), New: keep(limit)}); err != nil || limit == c.UsageLimit {
			return o, err
		}
		return o, promotion.LimitCode(ctx, tx, c.Code, limit)
	},
	Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
		c, err := promotion.FindIssued(ctx, tx, subject)
		if err != nil {
			return err
		}
		if c.UsageLimit != said[int64](o.New) {
			return listing.ErrMoved
		}
		return promotion.LimitCode(ctx, tx, c.Code, said[int64](o.Old))
	}}

// goneCode is a code that was taken back, as it was.
type goneCode struct {
	Promotion promotion.ID `json:"promotion"`
	Limit     int64        `json:"limit"`
}

func tellCode(v *visit, state json.RawMessage) string {
	if c := said[*goneCode](state); c != nil {
		return v.T("admin.change.code_there")
	}
	return v.T("admin.change.code_gone")
}

var removeVerb = listing.Verb{Name: "codes.remove",
	Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
		c, err := promotion.FindIssued(ctx, tx, subject)
		if err != nil {
			return o, err
		}
		return listing.Outcome{Title: c.Code, Old: keep(goneCode{c.Promotion, c.UsageLimit}), New: keep(nil)}, promotion.RemoveCode(ctx, tx, c.Code)
	},
	Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
		was := said[goneCode](o.Old)
		err := promotion.AddCodes(ctx, tx, was.Promotion, []string{subject}, was.Limit)
		if errors.Is(err, promotion.ErrCodeTaken) {
			return listing.ErrMoved
		}
		return err
	}}
