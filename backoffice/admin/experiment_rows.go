package admin

import (
	"encoding/csv"
	"math"
	"strconv"
	"time"

	"korzo/customer/experiment"
	"korzo/insight/trial"
	"korzo/platform/db"
)

// downloadRows is the visitors that an experiment's numbers are computed from,
// as a table: who doubts a number computes it again.
func (a *Admin) downloadRows(v *visit) error {
	var rows []trial.Row
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		rows, err = trial.Rows(v.ctx(), tx, experiment.ID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	v.attach("text/csv; charset=utf-8", "experiment-visitors.csv")
	out := csv.NewWriter(v.w)
	_ = out.Write([]string{"visitor", "arm", "shown_at", "device", "market", "new", "customer_known", "orders", "revenue", "contribution", "left_before", "foreseen", "matured"})
	for _, r := range rows {
		_ = out.Write([]string{harmless(r.Visitor), harmless(r.Arm), r.At.UTC().Format(time.RFC3339), harmless(r.Device), harmless(r.Market), strconv.FormatBool(r.New),
			strconv.FormatBool(r.Known), strconv.FormatInt(r.Orders, 10), minorUnits(r.Revenue), minorUnits(r.Contribution), minorUnits(r.Before), minorUnits(r.Foreseen), strconv.FormatBool(r.Matured)})
	}
	out.Flush()
	return out.Error()
}

// minorUnits is an amount in minor units, to a hundredth of one.
func minorUnits(x float64) string {
	return strconv.FormatFloat(math.Round(100*x)/100, 'f', -1, 64)
}
