package admin

import (
	"slices"
	"strconv"

	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// queryList describes the list of what shoppers look for, the most asked first.
func (a *Admin) queryList() list[search.Tally] {
	number := func(name, title string, extra bool, get func(search.Tally) int64) column[search.Tally] {
		return column[search.Tally]{name: name, title: title, number: true, extra: extra, sorts: true, cell: plainCell(func(v *visit, t search.Tally) string { return v.Number(get(t)) }),
			text: func(_ *visit, t search.Tally) string { return strconv.FormatInt(get(t), 10) }}
	}
	zero := number("zero", "admin.search.zero", false, func(t search.Tally) int64 { return t.Zero })
	zero.cell = func(v *visit, t search.Tally) templ.Component { return v.zeroCell(t) }
	columns := []column[search.Tally]{
		{name: "query", title: "admin.search.query", fixed: true, sorts: true, cell: func(v *visit, t search.Tally) templ.Component { return v.queryCell(t) },
			text: func(_ *visit, t search.Tally) string { return t.Query }},
		{name: "market", title: "admin.field.market", sorts: true, cell: plainCell(func(v *visit, t search.Tally) string { return v.market(t.Market) }),
			text: func(_ *visit, t search.Tally) string { return t.Market }},
		plainColumn("language", "admin.field.locale", func(v *visit, t search.Tally) string { return v.languageName(t.Language) }),
		number("searches", "admin.search.searches", false, func(t search.Tally) int64 { return t.Searches }), zero,
		number("results", "admin.search.results", false, func(t search.Tally) int64 { return t.Results }),
		number("clicks", "admin.search.clicks", true, func(t search.Tally) int64 { return t.Clicks }),
		{name: "share", title: "admin.search.click_share", number: true, sorts: true, cell: plainCell(func(v *visit, t search.Tally) string { return v.Percent(shareOf(t.Clicks, t.Searches)) }),
			text: func(_ *visit, t search.Tally) string {
				return strconv.FormatInt(shareOf(t.Clicks, t.Searches)/10_000, 10)
			}},
		{name: "mend", title: "admin.search.rules", cell: func(v *visit, t search.Tally) templ.Component { return v.mendCell(t) }},
	}
	return list[search.Tally]{
		name: "search", path: Prefix + "/search", read: "catalog.read", lead: "admin.search.lead",
		columns: columns, tabs: "show",
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"},
			{name: "show", label: "admin.search.found", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return []ui.Option{{Label: v.T("admin.all")}, {Value: "zero", Label: v.T("admin.search.zero")}}, nil
			}}, {name: "days", label: "admin.search.days", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.dayOptions(), nil }},
			marketFilter, {name: "language", label: "admin.field.locale", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.languageOptions(), nil }}},
		page: whole[search.Tally]{all: func(v *visit, tx *db.Tx) ([]search.Tally, error) {
			return search.Tallies(v.ctx(), tx, v.searchSpan(), false, mostQueries)
		}, keep: map[string]func(*visit, search.Tally, string) bool{
			"show":     func(_ *visit, t search.Tally, _ string) bool { return t.Zero > 0 },
			"market":   func(_ *visit, t search.Tally, id string) bool { return t.Market == id },
			"language": func(_ *visit, t search.Tally, tag string) bool { return t.Language == tag },
		}}.page(columns),
		key:   func(t search.Tally) string { return t.Market + "/" + t.Language + "/" + t.Query },
		label: func(t search.Tally) string { return t.Query },
		none:  "admin.search.none",
		note:  a.queriesNote,
	}
}

// mostQueries is how many queries are told apart.
const mostQueries = 5000

// searchSpan is how many days are looked back over.
func (v *visit) searchSpan() int {
	if n, err := strconv.Atoi(v.query("days")); err == nil && slices.Contains(searchDays, v.query("days")) {
		return n
	}
	return 30
}

// queriesNote is what all that was looked for came to.
func (a *Admin) queriesNote(v *visit) templ.Component {
	var sum search.Tally
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err := search.Tallies(v.ctx(), tx, v.searchSpan(), false, mostQueries)
		for _, t := range all {
			sum.Searches, sum.Zero, sum.Clicks = sum.Searches+t.Searches, sum.Zero+t.Zero, sum.Clicks+min(t.Clicks, t.Searches)
		}
		return err
	})
	if err != nil {
		return templ.NopComponent
	}
	return v.queriesNote(sum)
}
