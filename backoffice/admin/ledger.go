package admin

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/ledger"
	"korzo/value/money"
)

// book is the check of the ledger, and the entries of one account when asked.
type book struct {
	ledger.Report
	Account string
	Entries []ledger.Posted
}

func (a *Admin) showLedger(v *visit) error {
	b := book{Account: v.query("account")}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if b.Report, err = ledger.Check(v.ctx(), tx); err != nil || b.Account == "" {
			return err
		}
		b.Entries, err = ledger.Entries(v.ctx(), tx, b.Account, nil, 100)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.ledgerPage(b))
}

// commodity is a sum of a currency or of points, for the reader.
func (v *visit) commodity(n int64, commodity string) string {
	return v.Money(money.Of(n, money.Currency(commodity)))
}

// chain is a page of the audit; Checked says that it was verified just now.
type chain struct {
	Page    []audit.Recorded
	Next    int64
	Checked bool
	Broken  int64 // the first entry that is not as it was recorded; 0 for none
	Last    int64
	Names   map[string]string
}

func (a *Admin) showAudit(v *visit) error {
	var c chain
	before, _ := strconv.ParseInt(v.query("before"), 10, 64) // what is no number is the first page
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		c.Page, err = audit.List(v.ctx(), tx, audit.Filter{Actor: v.query("actor"), Action: v.query("action"), Subject: v.query("subject"),
			Before: max(0, before), Limit: pageSize})
		if err != nil {
			return err
		}
		if len(c.Page) == pageSize {
			c.Next = c.Page[pageSize-1].Seq
		}
		if c.Last, _, err = audit.Head(v.ctx(), tx); err != nil {
			return err
		}
		if c.Checked = v.query("verify") != ""; c.Checked {
			if c.Broken, err = audit.Verify(v.ctx(), tx); err != nil {
				return err
			}
		}
		c.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.auditPage(c))
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
