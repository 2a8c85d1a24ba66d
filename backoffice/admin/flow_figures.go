package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/insight/funnel"
	"korzo/platform/db"
	"korzo/purchase/flow"
	"korzo/ui"
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

// figureCell is one figure of a group, with where it may lie; "" where that is
// not said.
type figureCell struct{ name, value, between string }

// figureCells are the figures of a group but its visits, in the order of the
// columns. What there is nothing to average of is a dash, not nothing.
func (v *visit) figureCells(f flowFigures, one funnel.Figure) []figureCell {
	money := func(name string, counted int64, mean, off float64) figureCell {
		c := figureCell{name: v.T(name), value: "–"}
		if counted > 0 {
			c.value = v.floating(mean, f.Currency)
		}
		if off > 0 {
			c.between = "± " + v.floating(off, f.Currency)
		}
		return c
	}
	portion := func(name string, of int64, value float64, lies func() (float64, float64)) figureCell {
		if of == 0 {
			return figureCell{v.T(name), "–", ""}
		}
		low, high := lies()
		return figureCell{v.T(name), v.shareOf(value), v.T("admin.figures.range", "Low", v.bare(low), "High", v.shareOf(high))}
	}
	return []figureCell{
		portion("admin.experiment.conversion", one.Visits, one.Conversion(), one.ConversionRange),
		money("admin.experiment.order_value", one.Counted, one.OrderValue(), one.OrderValueError()),
		money("admin.experiment.lifetime", one.Customers, one.LifetimeValue(), one.LifetimeError()),
		money("admin.figures.per_visit", one.Counted, one.PerVisit(), one.PerVisitError()),
		{v.T("admin.figures.median"), took(one.Median()), ""},
		portion("admin.figures.approval", one.Tries, one.Approval(), one.ApprovalRange),
	}
}

// bare is a share without its sign: "36.4".
func (v *visit) bare(share float64) string { return strings.TrimRight(v.shareOf(share), " %\u00a0") }

func (v *visit) figureColumns(by string) []ui.Column {
	all := []ui.Column{{Title: v.T("admin.figures.by_" + by)}, ui.Number(v.T("admin.figures.visits"))}
	for _, c := range v.figureCells(flowFigures{}, funnel.Figure{}) {
		all = append(all, ui.Number(c.name))
	}
	return all
}

// erredField is what people call a field in which shoppers err:
// "shipping_address.city" is "Delivery address: City".
func (v *visit) erredField(field string) string {
	part, inner, nested := strings.Cut(field, ".")
	if !nested {
		if key := "admin.need." + part; v.Has(key) {
			return v.T(key)
		}
		return v.fieldName(part)
	}
	if key := "admin.need." + part; v.Has(key) {
		part = v.T(key)
	}
	return part + ": " + v.fieldName(inner)
}
