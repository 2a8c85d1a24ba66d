package admin

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/transfer"
	"korzo/platform/db"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
	"korzo/ui"
	"korzo/value/money"
)

const maxWords = 20 // of a column that says the kind of a row

func wordName(i int) string { return "words[" + strconv.Itoa(i) + "]" }

// askStatement keeps a table of which nobody knows which column is what, and
// returns the page that asks; "" where nothing is to be asked.
func (a *Admin) askStatement(v *visit, f *form, u settlement.Upload) (at string, err error) {
	if !settlement.Mapped(u.Format) {
		return "", nil
	}
	asks, err := a.Settle.Asks(v.ctx(), u)
	if err != nil || !asks && !f.has("ask") {
		return "", err
	}
	if _, err := u.Text.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	name, err := a.Desk.Receive(v.ctx(), transfer.FormatCSV, u.Text)
	q := url.Values{"file": {name}, "name": {u.Name}, "source": {u.Source}, "format": {u.Format}}
	return Prefix + "/settlements/new?" + q.Encode(), err
}

// foreign is a table of which somebody says which column is what.
type foreign struct {
	settlement.Preview
	Upload settlement.Upload
	File   string
	Good   bool // it can be read as it is said
}

func (a *Admin) newStatement(v *visit) error {
	f := v.newForm()
	for _, name := range []string{"file", "name", "source", "format"} {
		f.set(name, v.query(name))
	}
	return a.answerMapping(v, f)
}

// mapStatement shows what a mapping makes of a table, or reads it so.
func (a *Admin) mapStatement(v *visit) error { return a.answerMapping(v, v.form()) }

func (a *Admin) answerMapping(v *visit, f *form) error {
	at, err := a.Desk.Received(f.get("file"))
	if err != nil {
		return err
	}
	file, err := os.Open(at)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	u := settlement.Upload{Source: f.get("source"), Format: f.get("format"), Name: f.get("name"), Text: file, Actor: v.staff.Subject, Mapping: f.statementMapping()}
	if f.get("how") == "read" && f.ok() {
		read, again, err := a.Settle.Read(v.ctx(), u)
		if err == nil {
			return errors.Join(a.Desk.Forget(f.get("file")), a.statementRead(v, read, again))
		}
		if _, err = v.refused(err); err != nil {
			return err
		}
	}
	n := foreign{Upload: u, File: f.get("file")}
	status := http.StatusOK
	n.Preview, err = a.Settle.Preview(v.ctx(), u)
	if n.Good = err == nil && f.ok(); err != nil {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	switch {
	case f.get("how") == "":
		f.fillMapping(n)
		status, v.refusal = http.StatusOK, "" // nobody has said anything yet
	case u.Mapping.IsZero():
		v.refusal = v.T("admin.unfit.unset", "Field", v.word("mapping_field", "amount"))
		status, n.Good = http.StatusUnprocessableEntity, false
	case !f.ok():
		status = http.StatusUnprocessableEntity
	}
	return v.show(status, v.mappingPage(n, f))
}

// statementRead leads to a statement that was read.
func (a *Admin) statementRead(v *visit, read settlement.File, again bool) error {
	done := "statement_again"
	if !again {
		done = "statement_read"
		if err := a.DB.Write(v.ctx(), func(tx *db.Tx) error { return v.record(tx, "settlement.read", string(read.ID)) }); err != nil {
			return err
		}
	}
	return v.done(Prefix+"/settlements/"+string(read.ID), done)
}

// statementMapping reads which column somebody says is what.
func (f *form) statementMapping() (m statement.Mapping) {
	for i := range maxMapped {
		name := columnName(i)
		from := f.values.Get(name + ".from")
		if from == "" {
			break
		}
		at := m.Column(f.get(name + ".to"))
		switch {
		case at == nil:
		case *at != "":
			f.wrong(name+".to", f.l.T("admin.mapping.twice", "Column", *at))
		default:
			*at = from
		}
	}
	for i := range maxWords {
		if word, kind := f.get(wordName(i)+".from"), f.get(wordName(i)+".to"); word != "" && kind != "" {
			if m.Kinds == nil {
				m.Kinds = map[string]statement.Kind{}
			}
			m.Kinds[word] = statement.Kind(kind)
		}
	}
	m.In = money.Currency(strings.ToUpper(f.get("currency_of_all")))
	m.Minor, m.Comma = f.get("decimal_mark") == "minor", f.get("decimal_mark") == ","
	m.MonthFirst = f.get("date_form") == "month"
	return m
}

// fillMapping writes what is remembered or guessed into the form.
func (f *form) fillMapping(n foreign) {
	for i, name := range n.Table.Columns {
		for _, field := range statement.Fields {
			if *n.Mapping.Column(field) == name {
				f.set(columnName(i)+".to", field)
			}
		}
	}
	for i, word := range n.Table.Words {
		f.set(wordName(i)+".to", string(n.Mapping.Kinds[word]))
	}
	f.set("currency_of_all", string(n.Mapping.In))
	switch {
	case n.Mapping.Minor:
		f.set("decimal_mark", "minor")
	case n.Mapping.Comma:
		f.set("decimal_mark", ",")
	}
	if n.Mapping.MonthFirst {
		f.set("date_form", "month")
	}
}

// unfit says in the reader's language what is wrong with what was said of a table.
func (v *visit) unfit(u *statement.Unfit) string {
	field := u.Field
	if field != "" {
		field = v.word("mapping_field", field)
	}
	if u.Column == "" && (u.Reason == statement.ReasonEmpty || u.Reason == statement.ReasonTwice) {
		return v.T("admin.unfit."+string(u.Reason)+"_here", "Line", u.Line, "Field", field, "Value", shortened(u.Value, 40))
	}
	return v.T("admin.unfit."+string(u.Reason), "Line", u.Line, "Field", field, "Column", shortened(u.Column, 60), "Value", shortened(u.Value, 40))
}

// fieldOptions are what a column may be, what is needed with a star.
func (v *visit) fieldOptions(format string) []ui.Option {
	all := []ui.Option{{Label: v.T("admin.import.not_taken")}}
	for _, field := range statement.Fields {
		if format == statement.Remittance && (field == "kind" || field == "gateway_id") {
			continue
		}
		label := v.word("mapping_field", field)
		if slices.Contains(statement.Needs(format), field) {
			label += " *"
		}
		all = append(all, ui.Option{Value: field, Label: label})
	}
	return all
}

func (v *visit) kindOptions(word string) []ui.Option {
	var all []ui.Option
	if slices.Contains(statement.Kinds, statement.Kind(strings.ToLower(word))) {
		all = []ui.Option{{Label: v.word("settled", strings.ToLower(word))}} // it is our own word
	} else {
		all = []ui.Option{{Label: v.T("admin.mapping.unsaid")}}
	}
	for _, k := range statement.Kinds {
		all = append(all, ui.Option{Value: string(k), Label: v.word("settled", string(k))})
	}
	return all
}

// samples are the first things that stand in a column.
func (n foreign) samples(column int) string {
	var all []string
	for _, row := range n.Table.Rows {
		if text := shortened(row[column], 24); text != "" && len(all) < 3 {
			all = append(all, text)
		}
	}
	return strings.Join(all, " · ")
}
