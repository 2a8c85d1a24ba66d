package admin

import (
	"net/http"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/purchase/tax"
)

// taxView is all that the page of taxes shows.
type taxView struct {
	rates      []tax.Entry
	exemptions []tax.Exemption
	bad        []tax.BadRow
	next       string
}

func (a *Admin) showTax(v *visit) error { return a.answerTax(v, http.StatusOK, v.form(), nil) }

func (a *Admin) answerTax(v *visit, status int, f *form, bad []tax.BadRow) error {
	t := taxView{bad: bad}
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // what is no number is the first page
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if t.rates, err = tax.List(v.ctx(), tx, tax.Filter{Country: v.query("country"), After: max(after, 0), Limit: pageSize}); err != nil {
			return err
		}
		t.exemptions, err = tax.Exemptions(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	if n := len(t.rates); n == pageSize {
		t.next = strconv.FormatInt(t.rates[n-1].Seq, 10)
	}
	return v.show(status, v.taxPage(t, f))
}

// changeTax does what one of the page's forms asks. All may be sent twice.
func (a *Admin) changeTax(v *visit) error {
	f := v.form()
	what := f.get("do")
	var entries []tax.Entry
	if what == "import" {
		var bad []tax.BadRow
		var err error
		if entries, bad, err = tax.ReadCSV(strings.NewReader(f.get("csv"))); err != nil {
			status, err := v.refused(err)
			if err != nil {
				return err
			}
			return a.answerTax(v, status, f, nil)
		}
		if len(bad) > 0 {
			return a.answerTax(v, http.StatusUnprocessableEntity, f, bad)
		}
	}
	exemption := tax.Exemption{Holder: f.get("holder"), Country: f.get("country"), Certificate: f.get("certificate"), Reason: f.get("reason"),
		From: f.day("starts_on"), To: f.day("ends_on")}
	if !f.ok() {
		return a.answerTax(v, http.StatusUnprocessableEntity, f, nil)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := v.stepTax(tx, what, f, entries, exemption); err != nil {
			return err
		}
		return v.record(tx, "tax."+what, "tax")
	})
	if err == nil {
		return v.done(Prefix+"/tax", "tax_"+what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerTax(v, status, f, nil)
}

func (v *visit) stepTax(tx *db.Tx, what string, f *form, entries []tax.Entry, e tax.Exemption) error {
	switch what {
	case "import":
		return tax.SaveRates(v.ctx(), tx, entries)
	case "european":
		_, err := tax.SaveEuropean(v.ctx(), tx)
		return err
	case "exempt":
		return tax.SaveExemption(v.ctx(), tx, e)
	case "exempt_end":
		return tax.RemoveExemption(v.ctx(), tx, e.Holder, e.Country, f.get("region"))
	case "remove":
		return tax.RemoveRate(v.ctx(), tx, f.whole("seq"))
	}
	return errForm
}
