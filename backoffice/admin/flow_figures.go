package admin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"korzo/insight/funnel"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

// flowFigures is what became of a flow's checkouts, for a page.
type flowFigures struct {
	Flow    flow.ID
	Name    string
	Days    int
	Version int64 // 0: all
	All     []flow.Version
	funnel.Figures
}

// figureDays are the times that are offered.
var figureDays = []int{7, 28, 90}

// showFlowFigures shows what became of the checkouts that a flow was given.
func (a *Admin) showFlowFigures(v *visit) error {
	f := flowFigures{Flow: flow.ID(v.r.PathValue("id")), Days: 28}
	if n, err := strconv.Atoi(v.query("days")); err == nil && slices.Contains(figureDays, n) {
		f.Days = n
	}
	f.Version, _ = strconv.ParseInt(v.query("version"), 10, 64)
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if f.All, err = flow.Versions(v.ctx(), tx, f.Flow); err != nil {
			return err
		}
		f.Name = f.All[0].Document.Name
		f.Figures, err = funnel.Of(v.ctx(), tx, f.Flow, f.Version, tx.Now.Add(-time.Duration(f.Days)*24*time.Hour))
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.flowFiguresPage(f))
}

// stops are where people may stop, in the order they are asked; others follow.
var stops = []string{"lines", "email", "shipping_address", "billing_address", "company", "shipping_option", "phone", "payment", "nothing"}

// funnelStep is one row of the funnel: how many were left when it was reached.
type funnelStep struct {
	Need          string
	Left, Stopped int64
}

// funnelOf is where the visits of a group stopped, from the first to the last.
func funnelOf(f funnel.Figure) (steps []funnelStep) {
	left := f.Visits
	for _, need := range stops {
		if stopped := f.Stopped[need]; stopped > 0 || need == "payment" {
			steps = append(steps, funnelStep{need, left, stopped})
			left -= stopped
		}
	}
	return steps
}

// took is how long something took, in minutes and seconds.
func took(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	d = d.Round(time.Second)
	return strconv.Itoa(int(d/time.Minute)) + ":" + strconv.Itoa(100 + int(d%time.Minute/time.Second))[1:]
}
