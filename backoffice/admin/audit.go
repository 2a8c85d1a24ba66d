package admin

import (
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// deed is an entry of the audit with the names, by id, of who did it and what it speaks of.
type deed struct {
	audit.Recorded
	Names map[string]string
}

// chain is the state of the record itself: how long it is, and, when somebody
// asked, whether it is as it was recorded.
type chain struct {
	Last    int64
	Hash    string
	Checked bool
	Broken  int64 // the first entry that is not as it was recorded; 0 for none
}

// moved is what a deed changed: a detail with what was before and after.
type moved struct{ Name, Before, After string }

func (a *Admin) auditPages() []page {
	return append(listPages(a, a.auditList()), page{"GET /admin/audit/verify", "audit.read", "audit", a.verifyAudit})
}

// auditList describes the record of who did what to what.
func (a *Admin) auditList() list[deed] {
	return list[deed]{
		name: "audit", path: Prefix + "/audit", read: "audit.read",
		columns: auditColumns(), filters: auditFilters(), page: auditPage,
		key:   func(d deed) string { return strconv.FormatInt(d.Seq, 10) },
		label: func(d deed) string { return strconv.FormatInt(d.Seq, 10) },
		none:  "admin.audit.none",
		note:  a.auditNote,
	}
}

func auditColumns() []column[deed] {
	return []column[deed]{
		{name: "seq", title: "admin.col.seq", fixed: true, number: true, cell: plainCell(func(v *visit, d deed) string { return v.Number(d.Seq) }),
			text: func(_ *visit, d deed) string { return strconv.FormatInt(d.Seq, 10) }},
		{name: "when", title: "admin.col.when", cell: func(v *visit, d deed) templ.Component { return v.moment(d.At) },
			text: func(_ *visit, d deed) string { return stamp(d.At) }},
		{name: "who", title: "admin.col.who", cell: func(v *visit, d deed) templ.Component { return v.deedWho(d) },
			text: func(_ *visit, d deed) string { return d.Actor }},
		{name: "what", title: "admin.col.what", cell: func(v *visit, d deed) templ.Component { return v.deedWhat(d) },
			text: func(_ *visit, d deed) string { return d.Action }},
		{name: "subject", title: "admin.col.subject", cell: func(v *visit, d deed) templ.Component { return v.deedSubject(d) },
			text: func(v *visit, d deed) string { return v.called(d) }},
		{name: "subject_id", title: "admin.audit.subject_id", extra: true, cell: func(v *visit, d deed) templ.Component { return v.idCell(d.Subject) },
			text: func(_ *visit, d deed) string { return d.Subject }},
		{name: "detail", title: "admin.audit.changed", cell: func(v *visit, d deed) templ.Component { return v.deedDetail(d) },
			text: func(_ *visit, d deed) string { return strings.Join(details(d.Detail), "; ") }},
	}
}

func auditFilters() []listFilter {
	return []listFilter{
		{name: "subject", label: "admin.audit.by_subject", kind: "search"},
		{name: "actor", label: "admin.col.who", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := auth.ListStaff(v.ctx(), tx)
			options := []ui.Option{{Label: v.T("admin.all")}}
			for _, s := range all {
				options = append(options, ui.Option{Value: string(s.ID), Label: s.Name})
			}
			return options, err
		}},
		{name: "action", label: "admin.audit.action"},
		{name: "from", label: "admin.field.from", kind: "date"},
		{name: "until", label: "admin.field.until", kind: "date"},
	}
}

func auditPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []deed, next string, err error) {
	before, _ := strconv.ParseInt(at.After, 10, 64) // what is no number is the first page
	f := audit.Filter{Actor: at.Filter("actor"), Action: at.Filter("action"), Subject: at.Filter("subject"), Before: max(0, before), Limit: limit}
	f.From, f.Until = v.days(at)
	all, err := audit.List(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	if len(all) == limit {
		next = strconv.FormatInt(all[limit-1].Seq, 10)
	}
	names, err := deedNames(v, tx, all)
	for _, e := range all {
		rows = append(rows, deed{e, names})
	}
	return rows, next, err
}

// auditNote says how long the record is and offers to check it.
func (a *Admin) auditNote(v *visit) templ.Component {
	var c chain
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return readChain(v, tx, &c) })
	if err != nil {
		return templ.NopComponent
	}
	return v.chainNote(c)
}

func readChain(v *visit, tx *db.Tx, c *chain) error {
	last, hash, err := audit.Head(v.ctx(), tx)
	if c.Last = last; len(hash) >= 6 {
		c.Hash = strings.ToUpper(hex.EncodeToString(hash[:6]))
	}
	return err
}

// verifyAudit walks the whole chain.
func (a *Admin) verifyAudit(v *visit) error {
	c := chain{Checked: true}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if err := readChain(v, tx, &c); err != nil {
			return err
		}
		c.Broken, err = audit.Verify(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.chainPage(c))
}

// details are what an entry says besides, in one order.
func details(all map[string]string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != "" {
			lines = append(lines, name+": "+all[name])
		}
	}
	return lines
}

// deed says in words what was done, be it to many at once or taken back.
func (v *visit) deed(action string) string {
	verb, undone := strings.CutSuffix(action, ".undo")
	text := v.word("action", verb)
	if label, ok := v.bulk[verb]; ok {
		text = v.T("admin.audit.many", "What", v.T(label))
	}
	if undone {
		return v.T("admin.audit.undone", "What", text)
	}
	return text
}

// number is a count as an address has it.
func (v *visit) number(n int64) string { return strconv.FormatInt(n, 10) }
