package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/customer/segment"
	"korzo/customer/visitor"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/rule"
	"korzo/purchase/buyer"

	"github.com/a-h/templ"
)

func segmentPath(id segment.ID) string { return Prefix + "/segments/" + string(id) }

// triedOn is how many customers a rule is tried on: the newest.
const triedOn = 200

// segmentPages are those of the rules by which customers belong together.
func (a *Admin) segmentPages() []page {
	return append(listPages(a, a.segmentList()), []page{
		{"GET /admin/segments/new", "customers.write", "segments", a.newSegment},
		{"POST /admin/segments/new", "customers.write", "segments", a.saveSegment},
		{"GET /admin/segments/{segment}", "customers.read", "segments", a.showSegment},
		{"POST /admin/segments/{segment}", "customers.write", "segments", a.saveSegment},
		{"POST /admin/segments/{segment}/delete", "customers.write", "segments", a.deleteSegment},
	}...)
}

func (a *Admin) segmentList() list[segment.Segment] {
	columns := []column[segment.Segment]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, s segment.Segment) templ.Component { return v.segmentCell(s) },
			text: func(_ *visit, s segment.Segment) string { return s.Name }},
		{name: "rule", title: "admin.segment.rule", cell: func(v *visit, s segment.Segment) templ.Component { return v.takes(s.Rule, 0) },
			text: func(_ *visit, s segment.Segment) string { return s.Rule }},
		textColumn("id", "admin.segment.id", true, func(_ *visit, s segment.Segment) string { return string(s.ID) }),
	}
	return list[segment.Segment]{
		name: "segments", path: Prefix + "/segments", read: "customers.read", lead: "admin.segment.lead", columns: columns,
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}},
		page:    whole[segment.Segment]{all: func(v *visit, tx *db.Tx) ([]segment.Segment, error) { return segment.All(v.ctx(), tx) }}.page(columns),
		key:     func(s segment.Segment) string { return string(s.ID) },
		label:   func(s segment.Segment) string { return s.Name },
		none:    "admin.segment.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("customers.write", Prefix+"/segments/new"), "admin.segment.new"
		},
		head: func(v *visit) templ.Component { return v.segmentsHead() },
	}
}

// segmentTrial is whom a rule would take, of the newest customers.
type segmentTrial struct {
	Of    int // customers that it was tried on
	Taken []profile.Customer
}

// segmentFacts are those that a segment may ask for.
func segmentFacts() (all []rule.Fact) {
	for _, f := range visitor.Facts() {
		if strings.HasPrefix(f.Name, "customer.") && f.Name != "customer.segments" && f.Name != "customer.known" {
			all = append(all, f)
		}
	}
	return all
}

func (a *Admin) newSegment(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	return v.show(http.StatusOK, v.segmentPage(segment.Segment{}, f, nil))
}

func (a *Admin) showSegment(v *visit) error {
	had, err := a.segmentOf(v)
	if err != nil {
		return err
	}
	f := v.newForm()
	f.set("name", had.Name)
	f.set("rule", had.Rule)
	f.set("version", strconv.FormatInt(had.Version, 10))
	return a.answerTrial(v, http.StatusOK, had, f, had.Draft)
}

// answerTrial shows whom a rule would take, or with a status what is wrong with it.
func (a *Admin) answerTrial(v *visit, status int, had segment.Segment, f *form, d segment.Draft) error {
	trial, err := a.trySegment(v, d)
	if errors.Is(err, segment.ErrInvalid) {
		v.blameFields(f, err)
		return v.show(status, v.segmentPage(had, f, nil))
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.segmentPage(had, f, trial))
}

// segmentOf is the segment of the address; the zero Segment where it is new.
func (a *Admin) segmentOf(v *visit) (s segment.Segment, err error) {
	id := segment.ID(v.r.PathValue("segment"))
	if id == "" {
		return s, nil
	}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		s, err = segment.Find(v.ctx(), tx, id)
		return err
	})
	return s, err
}

// trySegment finds out who of the newest customers would be in a segment. It
// returns segment.ErrInvalid for a rule that cannot be tried. Sums are in the
// currency of each one's market.
func (a *Admin) trySegment(v *visit, d segment.Draft) (*segmentTrial, error) {
	if err := d.CheckRule(); err != nil {
		return nil, err
	}
	t := new(segmentTrial)
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		page, _, err := profile.Newest(v.ctx(), tx, a.Keeper, profile.Filter{Limit: triedOn})
		if err != nil {
			return err
		}
		markets, err := market.All(v.ctx(), tx)
		if err != nil {
			return err
		}
		for _, c := range page {
			at := slices.IndexFunc(markets, func(m market.Market) bool { return m.ID == c.Market })
			b, err := buyer.All(v.ctx(), tx, string(c.ID), markets[max(at, 0)].Currency)
			if err != nil {
				return err
			}
			t.Of++
			if is, err := d.Fulfils(b, tx.Now); is && err == nil {
				t.Taken = append(t.Taken, c)
			}
		}
		return nil
	})
	return t, err
}

// togethers are the customer groups, and the segments as if they were some: whom
// a price list or a promotion may be for.
func (v *visit) togethers(tx *db.Tx) ([]group.Group, error) {
	groups, err := group.List(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	all, err := segment.All(v.ctx(), tx)
	for _, s := range all {
		groups = append(groups, group.Group{ID: group.ID(s.ID), Name: v.T("admin.segment.as_group", "Name", s.Name)})
	}
	return groups, err
}

// segmentsOf are the segments that a customer fulfils now, in the currency of
// their market.
func segmentsOf(ctx context.Context, tx *db.Tx, c client) (in []segment.Segment, err error) {
	m, err := market.Find(ctx, tx, c.Market)
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return nil, err
	}
	b, err := buyer.All(ctx, tx, string(c.ID), m.Currency)
	if err != nil {
		return nil, err
	}
	all, err := segment.All(ctx, tx)
	return slices.DeleteFunc(all, func(s segment.Segment) bool { return !slices.Contains(b.Segments, string(s.ID)) }), err
}

// saveSegment makes a segment or changes it, or only says whom it would take.
func (a *Admin) saveSegment(v *visit) error {
	had, err := a.segmentOf(v)
	if err != nil {
		return err
	}
	f := v.form()
	d := segment.Draft{Name: f.get("name"), Rule: f.get("rule")}
	if f.get("do") == "try" {
		return a.answerTrial(v, http.StatusUnprocessableEntity, had, f, d)
	}
	id, status, err := a.put(v, f, "segment.save", func(tx *db.Tx) (string, error) {
		if had.ID == "" {
			id, err := segment.Create(v.ctx(), tx, d)
			return string(id), err
		}
		return string(had.ID), segment.Change(v.ctx(), tx, had.ID, f.whole("version"), d)
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return v.show(status, v.segmentPage(had, f, nil))
	}
	return v.done(segmentPath(segment.ID(id)), "segment_saved")
}

func (a *Admin) deleteSegment(v *visit) error {
	id := segment.ID(v.r.PathValue("segment"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := segment.Delete(v.ctx(), tx, id); err != nil {
			return err
		}
		return v.record(tx, "segment.delete", string(id))
	})
	if err != nil {
		return err
	}
	return v.done(Prefix+"/segments", "segment_deleted")
}
