package admin

import (
	"math"
	"net/http"

	"korzo/insight/lifetime"
	"korzo/platform/db"
)

// valueTable is the page of what customers are expected to bring.
func (a *Admin) valueTable() []page {
	return []page{{"GET /admin/value", "reports.read", "value", a.showValue}}
}

// showValue shows what customers are expected to leave, and how what was
// expected half a year ago came true.
func (a *Admin) showValue(v *visit) error {
	var r lifetime.Report
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		r, err = lifetime.Last(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.valuePage(r))
}

// highest is the most orders of a tenth, expected or actual; at least 1.
func highest(s *lifetime.Score) float64 {
	most := 1.0
	for _, t := range s.Tenths {
		most = max(most, t.Orders.Expected, t.Orders.Actual)
	}
	return most
}

// scoreWord says in a word how well an expectation came true.
func scoreWord(t lifetime.Told) string {
	switch off := t.Off(); {
	case math.Abs(off) <= 0.1:
		return "well"
	case off > 0:
		return "more"
	}
	return "fewer"
}

// wide is a part of the most, in percent of a bar.
func wide(x, most float64) int { return int(math.Round(100 * x / most)) }

// whole is an estimate without its fraction.
func (v *visit) whole(x float64) string { return v.Number(int64(math.Round(x))) }
