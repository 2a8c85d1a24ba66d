package admin

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/promotion"
	"korzo/ui"

	"github.com/a-h/templ"
)

var (
	errWhen   = fault.New(fault.Invalid, "admin.when", "write a day and a time, such as 2030-06-30 23:59, or leave it empty for never")
	errWhole  = fault.New(fault.Invalid, "admin.whole", "write a whole number, such as 10")
	errBegins = fault.New(fault.Invalid, "admin.begins", "it was never started: start it on its page, where its terms are seen")
)

// promotionList describes the list of promotions.
func (a *Admin) promotionList() list[promotion.Promotion] {
	return list[promotion.Promotion]{
		name: "promotions", path: Prefix + "/promotions", read: "promotions.read",
		columns: promotionColumns(), filters: promotionFilters(), tabs: "state", changes: promotionChanges(),
		page:  promotionPage,
		key:   func(p promotion.Promotion) string { return string(p.ID) },
		label: func(p promotion.Promotion) string { return p.Name },
		none:  "admin.promotion.none",
		first: func(v *visit) (string, string) {
			if v.can("promotions.write") {
				return Prefix + "/promotions/new", "admin.promotion.new"
			}
			return "", ""
		},
		head: func(v *visit) templ.Component { return v.newPromotionButton() },
	}
}

func promotionColumns() []column[promotion.Promotion] {
	text := func(name, title string, extra, number, sorts bool, get func(v *visit, p promotion.Promotion) string) column[promotion.Promotion] {
		return column[promotion.Promotion]{name: name, title: title, extra: extra, number: number, sorts: sorts, cell: plainCell(get), text: get}
	}
	return []column[promotion.Promotion]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, p promotion.Promotion) templ.Component { return v.promotionCell(p) },
			text: func(_ *visit, p promotion.Promotion) string { return p.Name }},
		{name: "code", title: "admin.field.code", cell: func(v *visit, p promotion.Promotion) templ.Component { return v.promotionCode(p) },
			text: func(_ *visit, p promotion.Promotion) string { return p.Code }},
		text("benefit", "admin.col.benefit", false, true, false, func(v *visit, p promotion.Promotion) string { return v.benefit(&p.Draft) }),
		text("used", "admin.col.used", false, true, true, func(v *visit, p promotion.Promotion) string {
			if p.UsageLimit > 0 {
				return v.T("admin.promotion.used_of", "Used", v.Number(p.Used), "Limit", v.Number(p.UsageLimit))
			}
			return v.Number(p.Used)
		}),
		text("spent", "admin.promotion.spent", true, true, false, func(v *visit, p promotion.Promotion) string {
			if p.Budget.Currency == "" {
				return ""
			}
			spent := p.Budget
			spent.Minor = p.Spent
			return v.T("admin.promotion.used_of", "Used", v.Money(spent), "Limit", v.Money(p.Budget))
		}),
		text("time", "admin.col.time", false, false, false, func(v *visit, p promotion.Promotion) string { return v.window(p) }),
		text("market", "admin.field.market", true, false, false, func(_ *visit, p promotion.Promotion) string { return p.Market }),
		text("priority", "admin.field.priority", true, true, true, func(_ *visit, p promotion.Promotion) string { return strconv.FormatInt(p.Priority, 10) }),
		{name: "status", title: "admin.col.status", cell: func(v *visit, p promotion.Promotion) templ.Component { return v.badge(string(p.State)) },
			text: func(_ *visit, p promotion.Promotion) string { return string(p.State) }},
		text("created", "admin.col.created", true, false, true, func(v *visit, p promotion.Promotion) string { return v.time(p.CreatedAt) }),
	}
}

func promotionFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.promotion.search", kind: "search"},
		{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("state", "admin.all", promotionStates...), nil
		}},
		{name: "applies", label: "admin.promotion.how", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("how", "admin.all", string(promotion.HowCode), string(promotion.HowAutomatic)), nil
		}},
		{name: "kind", label: "admin.promotion.kind", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("benefit", "admin.all", benefitKinds...), nil
		}},
		{name: "market", label: "admin.field.market", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := market.All(v.ctx(), tx)
			return v.marketOptions(all, "admin.all"), err
		}},
	}
}

var promotionSorts = map[string]promotion.Sort{"name": promotion.SortName, "-name": promotion.SortNameLast, "used": promotion.SortUsed, "-used": promotion.SortUsedLast,
	"priority": promotion.SortPriority, "-priority": promotion.SortPriorityLast, "-created": promotion.SortNewest}

func promotionPage(v *visit, tx *db.Tx, at listing.State, limit int) ([]promotion.Promotion, string, error) {
	page, next, err := promotion.List(v.ctx(), tx, promotion.Filter{Query: at.Filter("q"), State: promotion.State(at.Filter("state")), How: promotion.How(at.Filter("applies")),
		Kind: at.Filter("kind"), Market: at.Filter("market"), Sort: promotionSorts[at.Sort], After: promotion.ID(at.After), Limit: limit})
	return page, string(next), err
}

// promotionChanges are the changes of many promotions at once. None ends one:
// that cannot be given back.
func promotionChanges() []listChange {
	state := telling(func(v *visit, state json.RawMessage) string { return v.word("state", said[string](state)) })
	return []listChange{
		{verb: pauseVerb("promotions.pause", promotion.StatePaused), action: "promotions.write", label: "admin.promotion.to_paused", tell: state},
		{verb: pauseVerb("promotions.resume", promotion.StateActive), action: "promotions.write", label: "admin.change.resume", tell: state},
		{verb: promotionVerb("promotions.ends", func(d *promotion.Draft) *time.Time { return &d.Ends }, endOf), action: "promotions.write", label: "admin.change.ends",
			settings: []changeSetting{endSetting}, tell: telling(tellMoment)},
		{verb: promotionVerb("promotions.priority", func(d *promotion.Draft) *int64 { return &d.Priority }, wholeOf[int64]("priority")), action: "promotions.write", label: "admin.change.priority",
			settings: []changeSetting{prioritySetting}, tell: telling(tellWhole)},
		{verb: promotionVerb("promotions.limit", func(d *promotion.Draft) *int64 { return &d.UsageLimit }, wholeOf[int64]("limit")), action: "promotions.write", label: "admin.change.limit",
			settings: []changeSetting{limitSetting}, tell: telling(tellLimit)},
	}
}

var (
	endSetting      = changeSetting{name: "ends", label: "admin.field.ends", hint: "admin.change.ends_hint", kind: "datetime-local", free: true}
	prioritySetting = changeSetting{name: "priority", label: "admin.field.priority", hint: "admin.promotion.priority_hint", mode: "numeric"}
	limitSetting    = changeSetting{name: "limit", label: "admin.field.usage_limit", hint: "admin.hint.usage_limit", mode: "numeric", free: true}
)

func tellMoment(v *visit, state json.RawMessage) string {
	if t := said[time.Time](state); !t.IsZero() {
		return v.time(t)
	}
	return v.T("admin.change.never")
}

func tellWhole(v *visit, state json.RawMessage) string { return v.Number(said[int64](state)) }

func tellLimit(v *visit, state json.RawMessage) string {
	if n := said[int64](state); n > 0 {
		return v.Number(n)
	}
	return v.T("admin.change.no_limit")
}

// endOf reads the end that a change gives, by the shop's clock; nothing is never.
func endOf(ctx context.Context, tx *db.Tx, s listing.Settings) (time.Time, error) {
	if s["ends"] == "" {
		return time.Time{}, nil
	}
	all, err := market.All(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	zone := time.UTC
	if len(all) > 0 {
		zone = zoneOf(all[0])
	}
	t, err := time.ParseInLocation(timeForm, s["ends"], zone)
	if err != nil {
		return time.Time{}, errWhen
	}
	return t.UTC(), nil
}

// wholeOf reads a whole number that a change gives; nothing is 0.
func wholeOf[N int | int64](name string) func(context.Context, *db.Tx, listing.Settings) (N, error) {
	return func(_ context.Context, _ *db.Tx, s listing.Settings) (N, error) {
		if s[name] == "" {
			return 0, nil
		}
		n, err := strconv.ParseInt(s[name], 10, 64)
		if err != nil {
			return 0, errWhole
		}
		return N(n), nil
	}
}

// pauseVerb pauses promotions or lets the paused go on; each gives back the other.
func pauseVerb(name string, to promotion.State) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, _ listing.Settings) (o listing.Outcome, err error) {
			p, err := promotion.Find(ctx, tx, promotion.ID(subject))
			if err != nil {
				return o, err
			}
			if o = (listing.Outcome{Title: p.Name, Old: keep(p.State), New: keep(to)}); p.State == promotion.StateDraft {
				return o, errBegins
			}
			return o, promotion.SetState(ctx, tx, p.ID, to)
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			p, err := promotion.Find(ctx, tx, promotion.ID(subject))
			if err != nil {
				return err
			}
			if p.State != said[promotion.State](o.New) {
				return listing.ErrMoved
			}
			return promotion.SetState(ctx, tx, p.ID, said[promotion.State](o.Old))
		}}
}

// promotionVerb gives one part of a promotion another value, and gives it back
// where nobody has changed that part since.
func promotionVerb[T any](name string, part func(*promotion.Draft) *T, read func(context.Context, *db.Tx, listing.Settings) (T, error)) listing.Verb {
	return listing.Verb{Name: name,
		Do: func(ctx context.Context, tx *db.Tx, subject string, s listing.Settings) (o listing.Outcome, err error) {
			p, err := promotion.Find(ctx, tx, promotion.ID(subject))
			if err != nil {
				return o, err
			}
			o.Title, o.Old = p.Name, keep(part(&p.Draft))
			if *part(&p.Draft), err = read(ctx, tx, s); err != nil {
				return o, err
			}
			if o.New = keep(part(&p.Draft)); string(o.New) != string(o.Old) {
				_, err = promotion.Update(ctx, tx, p.ID, p.Draft)
			}
			return o, err
		},
		Undo: func(ctx context.Context, tx *db.Tx, subject string, o listing.Outcome) error {
			p, err := promotion.Find(ctx, tx, promotion.ID(subject))
			if err != nil {
				return err
			}
			if string(keep(part(&p.Draft))) != string(o.New) {
				return listing.ErrMoved
			}
			*part(&p.Draft) = said[T](o.Old)
			_, err = promotion.Update(ctx, tx, p.ID, p.Draft)
			return err
		}}
}
