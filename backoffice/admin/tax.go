package admin

import (
	"net/http"
	"strings"

	"korzo/platform/db"
	"korzo/purchase/tax"
)

// taxPages are the pages of what is due where, and of who is exempt.
func (a *Admin) taxPages() []page {
	pages := append(listPages(a, a.rateList()), listPages(a, a.exemptionList())...)
	return append(pages,
		page{"POST /admin/tax", "settings.write", "tax", a.changeRates},
		page{"POST /admin/tax/exemptions", "settings.write", "tax", a.exempt})
}

// changeRates takes rates from a table, or those of the European Union. Both may
// be sent twice.
func (a *Admin) changeRates(v *visit) error {
	f := v.form()
	what := f.get("do")
	entries, bad, err := v.ratesOf(f, what)
	if len(bad) > 0 {
		return showList(a, v, a.rateList(), shownList{Note: v.rateForm(f, bad)}, http.StatusUnprocessableEntity)
	}
	if err == nil {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			if what == "european" {
				if _, err := tax.SaveEuropean(v.ctx(), tx); err != nil {
					return err
				}
			} else if err := tax.SaveRates(v.ctx(), tx, entries); err != nil {
				return err
			}
			return v.record(tx, "tax."+what, "tax")
		})
	}
	if err == nil {
		return v.done(Prefix+"/tax", "tax_"+what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return showList(a, v, a.rateList(), shownList{Note: v.rateForm(f, nil)}, status)
}

// ratesOf are the rates of a table that was sent.
func (v *visit) ratesOf(f *form, what string) ([]tax.Entry, []tax.BadRow, error) {
	switch what {
	case "import":
		return tax.ReadCSV(strings.NewReader(f.get("csv")))
	case "european":
		return nil, nil, nil
	}
	return nil, nil, errForm
}

// exempt says that a buyer pays no tax. It may be sent twice.
func (a *Admin) exempt(v *visit) error {
	f := v.form()
	e := tax.Exemption{Holder: f.get("holder"), Country: f.get("country"), Certificate: f.get("certificate"), Reason: f.get("reason"),
		From: f.day("starts_on"), To: f.day("ends_on")}
	status := http.StatusUnprocessableEntity
	if f.ok() {
		err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			if err := tax.SaveExemption(v.ctx(), tx, e); err != nil {
				return err
			}
			return v.record(tx, "tax.exempt", "tax")
		})
		if err == nil {
			return v.done(Prefix+"/tax/exemptions", "tax_exempt")
		}
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	return showList(a, v, a.exemptionList(), shownList{Note: v.exemptionForm(f)}, status)
}
