package admin

import (
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/purchase/settlement"
	"korzo/ui"
	"korzo/value/money"

	"github.com/a-h/templ"
)

// entryList describes the entries of one account of the ledger, newest first.
func (a *Admin) entryList() list[ledger.Posted] {
	type row = ledger.Posted
	return list[row]{
		name: "entries", in: "ledger", path: Prefix + "/ledger/entries", read: "ledger.read", lead: "admin.ledger.lead", none: "admin.ledger.account_hint",
		columns: []column[row]{
			{name: "when", title: "admin.col.when", fixed: true, cell: func(v *visit, e row) templ.Component { return v.moment(e.At) },
				text: func(_ *visit, e row) string { return stamp(e.At) }},
			textColumn("cause", "admin.col.cause", false, func(v *visit, e row) string { return v.word("posting", e.Kind) }),
			{name: "ref", title: "admin.field.ref", cell: func(v *visit, e row) templ.Component { return v.entryRef(e) }, text: func(_ *visit, e row) string { return e.Ref }},
			textColumn("transaction", "admin.field.id", true, func(_ *visit, e row) string { return e.Transaction }),
			sumColumn("amount", "admin.col.amount", false, func(e row) money.Amount { return e.Amount }),
			textColumn("currency", "admin.customer.currency", true, func(_ *visit, e row) string { return string(e.Amount.Currency) }),
		},
		filters: []listFilter{{name: "account", label: "admin.ledger.account_hint", kind: "search"}},
		page:    postedPage,
		key:     entryKey, label: func(e row) string { return e.Ref },
	}
}

// entryKey is where an entry stands: its transaction, and its line there.
func entryKey(e ledger.Posted) string { return e.Transaction + "/" + strconv.FormatInt(e.Line, 10) }

func postedPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []ledger.Posted, next string, err error) {
	if at.Filter("account") == "" {
		return nil, "", nil
	}
	var before *ledger.Posted
	if transaction, line, ok := strings.Cut(at.After, "/"); ok {
		n, _ := strconv.ParseInt(line, 10, 64) // what is no number is before the first line
		before = &ledger.Posted{Transaction: transaction, Line: n}
	}
	rows, err = ledger.Entries(v.ctx(), tx, at.Filter("account"), before, limit)
	if len(rows) == limit {
		next = entryKey(rows[limit-1])
	}
	return rows, next, err
}

// toldRow is a row of a statement in the list.
type toldRow = settlement.Row

// toldList describes the rows of one statement: the one asked for, or the newest.
func (a *Admin) toldList() list[toldRow] {
	return list[toldRow]{
		name: "settlement_rows", in: "settlements", path: Prefix + "/settlements/rows", read: "ledger.read", none: "admin.settlement.no_rows",
		columns: []column[toldRow]{
			{name: "when", title: "admin.col.when", fixed: true, cell: func(v *visit, r toldRow) templ.Component { return v.toldCell(r) },
				text: func(_ *visit, r toldRow) string { return stamp(r.At) }},
			textColumn("id", "admin.field.id", true, func(_ *visit, r toldRow) string { return r.ID }),
			textColumn("kind", "admin.settlement.kind", false, func(v *visit, r toldRow) string { return v.word("settled", string(r.Kind)) }),
			{name: "payment", title: "admin.payment.title", cell: func(v *visit, r toldRow) templ.Component { return v.toldPayment(r) },
				text: func(_ *visit, r toldRow) string { return r.Reference }},
			textColumn("verdict", "admin.settlement.verdict", false, func(v *visit, r toldRow) string { return v.verdictName(r.Verdict) }),
			sumColumn("amount", "admin.col.amount", false, func(r toldRow) money.Amount { return r.Gross }),
			sumColumn("cost", "admin.payments.cost", false, func(r toldRow) money.Amount { return r.Fee }),
			textColumn("currency", "admin.customer.currency", true, func(_ *visit, r toldRow) string { return string(r.Gross.Currency) }),
		},
		filters: []listFilter{{name: "statement", label: "admin.settlement.file", options: statementOptions},
			{name: "verdict", label: "admin.settlement.verdict", options: verdictOptions}},
		page: toldPage,
		key:  func(r toldRow) string { return strconv.Itoa(r.Line) }, label: func(r toldRow) string { return r.ID },
		note: a.toldNote,
	}
}

// statementOptions are the newest statements.
func statementOptions(v *visit, tx *db.Tx) (all []ui.Option, err error) {
	all = []ui.Option{{Label: v.T("admin.settlement.newest")}}
	files, _, err := settlement.List(v.ctx(), tx, "", 100)
	for _, f := range files {
		all = append(all, ui.Option{Value: string(f.ID), Label: f.Name + ", " + v.time(f.ReadAt)})
	}
	return all, err
}

func verdictOptions(v *visit, _ *db.Tx) ([]ui.Option, error) {
	all := []ui.Option{{Label: v.T("admin.all")}}
	for _, verdict := range settlement.Verdicts {
		all = append(all, ui.Option{Value: string(verdict), Label: v.verdictName(verdict)})
	}
	return all, nil
}

// statementAsked is the statement whose rows are shown; "" while there is none.
func statementAsked(v *visit, tx *db.Tx, at listing.State) (settlement.ID, error) {
	if id := at.Filter("statement"); id != "" {
		return settlement.ID(id), nil
	}
	newest, _, err := settlement.List(v.ctx(), tx, "", 1)
	if err != nil || len(newest) == 0 {
		return "", err
	}
	return newest[0].ID, nil
}

func toldPage(v *visit, tx *db.Tx, at listing.State, limit int) (rows []toldRow, next string, err error) {
	id, err := statementAsked(v, tx, at)
	if err != nil || id == "" {
		return nil, "", err
	}
	rows, err = settlement.Rows(v.ctx(), tx, id, settlement.Verdict(at.Filter("verdict")), int(lineOf(at.After)), limit)
	if len(rows) == limit {
		next = lineText(rows[limit-1].Line)
	}
	return rows, next, err
}

// toldNote says of which statement the rows are, with the way to it.
func (a *Admin) toldNote(v *visit) templ.Component {
	var f settlement.File
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		id, err := statementAsked(v, tx, listing.State{Filters: map[string]string{"statement": v.query("statement")}})
		if err == nil && id != "" {
			f, err = settlement.Find(v.ctx(), tx, id)
		}
		return err
	})
	if err != nil || f.ID == "" {
		return templ.NopComponent // the page says why by itself
	}
	return v.toldOf(f)
}
