package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
)

// routingPages are the pages of where payments go.
func (a *Admin) routingPages() []page {
	return []page{
		{"GET /admin/routing", "routing.read", "routing", a.showRouting},
		{"POST /admin/routing", "routing.write", "routing", a.saveRouting},
		{"GET /admin/routing/reasons", "routing.read", "routing", a.showReasons},
		{"POST /admin/routing/reasons", "routing.write", "routing", a.saveReasons},
		{"GET /admin/routing/gateways", "routing.read", "routing", a.showGateways},
		{"GET /admin/routing/simulator", "routing.read", "routing", a.showSimulator},
		{"GET /admin/routing/rules/{id}", "routing.read", "routing", a.showRule},
		{"POST /admin/routing/rules/{id}", "routing.write", "routing", a.saveRule},
		{"POST /admin/routing/rules/{id}/try", "routing.read", "routing", a.tryRule},
		{"POST /admin/routing/rules/{id}/publish", "routing.write", "routing", a.publishRule},
		{"POST /admin/routing/rules/{id}/archive", "routing.write", "routing", a.archiveRule},
	}
}

// routing is the rules in the order they are asked, and what stands behind them.
type routing struct {
	Rules    []route.Rule // the live one of each, else its newest
	Drafts   map[route.RuleID]bool
	Settings route.Settings
	Gateways []string
	form     *form
}

func (a *Admin) showRouting(v *visit) error {
	f := v.newForm()
	r, err := a.routing(v, f)
	if err != nil {
		return err
	}
	f.fillOutcome(r.Settings.Default, r.Gateways)
	f.setNumber("max_attempts", r.Settings.MaxAttempts)
	f.set("explore", strconv.FormatFloat(float64(r.Settings.ExplorePPM)/10_000, 'f', -1, 64))
	return v.show(http.StatusOK, v.routingPage(r))
}

func (a *Admin) routing(v *visit, f *form) (r routing, err error) {
	r = routing{Drafts: map[route.RuleID]bool{}, Gateways: a.Payments.Names(), form: f}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err := route.Rules(v.ctx(), tx, "")
		if err != nil {
			return err
		}
		at := map[route.RuleID]int{}
		for _, one := range all { // the newest version first, the live one behind it
			if one.State == route.StateDraft {
				r.Drafts[one.ID] = true
			}
			if i, before := at[one.ID]; before {
				r.Rules[i] = one
				continue
			}
			at[one.ID] = len(r.Rules)
			r.Rules = append(r.Rules, one)
		}
		r.Settings, err = route.FindSettings(v.ctx(), tx)
		return err
	})
	slices.SortFunc(r.Rules, func(a, b route.Rule) int {
		live := func(r route.Rule) int { return map[bool]int{true: 0, false: 1}[r.State == route.StateLive] }
		return cmp.Or(cmp.Compare(live(a), live(b)), cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID, b.ID))
	})
	return r, err
}

func (a *Admin) saveRouting(v *visit) error {
	f := v.form()
	_, status, err := a.put(v, f, "route.settings", func(tx *db.Tx) (string, error) {
		s := route.Settings{Default: f.outcome(a.Payments.Names()), MaxAttempts: f.whole("max_attempts")}
		if f.get("explore") != "0" {
			s.ExplorePPM = f.ppm("explore")
		}
		return "route", a.Router.SaveSettings(v.ctx(), tx, s)
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/routing", "saved")
	}
	r, err := a.routing(v, f)
	if err != nil {
		return err
	}
	return v.show(status, v.routingPage(r))
}

// fillOutcome writes an outcome into a form: a place and a share per gateway.
func (f *form) fillOutcome(o route.Outcome, gateways []string) {
	for i, name := range o.Order {
		f.setNumber("place."+name, int64(i+1))
	}
	for _, s := range o.Split {
		f.setNumber("share."+s.Gateway, s.Percent)
	}
	if len(o.Order)+len(o.Split) == 0 { // the shop's own order
		for i, name := range gateways {
			f.setNumber("place."+name, int64(i+1))
		}
	}
	for name, on := range map[string]bool{"only": o.Only, "by_rate": o.ByRate} {
		if on {
			f.set(name, "1")
		}
	}
	f.set("proof", o.Proof)
}

// outcome reads what fillOutcome wrote and people changed.
func (f *form) outcome(gateways []string) (o route.Outcome) {
	o = route.Outcome{Only: f.has("only"), ByRate: f.has("by_rate"), Proof: f.get("proof")}
	places := map[string]int64{}
	for _, name := range gateways {
		if share := f.whole("share." + name); share > 0 {
			o.Split = append(o.Split, route.Share{Gateway: name, Percent: share})
		}
		if place := f.whole("place." + name); place > 0 {
			places[name] = place
			o.Order = append(o.Order, name)
		}
	}
	slices.SortStableFunc(o.Order, func(a, b string) int { return cmp.Compare(places[a], places[b]) })
	if len(o.Split) > 0 { // shares decide; places that were left in the form do not
		o.Order = nil
	}
	return o
}

// said is an outcome in words.
func (v *visit) said(o route.Outcome) string {
	var parts []string
	for _, s := range o.Split {
		parts = append(parts, s.Gateway+" "+v.Percent(s.Percent*10_000))
	}
	text := strings.Join(parts, " · ")
	if len(o.Order) > 0 {
		text = strings.Join(o.Order, " → ")
	}
	for _, extra := range []struct {
		on  bool
		key string
	}{{o.ByRate, "admin.routing.by_rate"}, {o.Only, "admin.routing.only"}} {
		if extra.on {
			text += " · " + v.T(extra.key)
		}
	}
	if o.Proof != "" {
		text += " · " + v.word("proof", o.Proof)
	}
	return text
}

// gatewayState is a gateway with what this node saw of it, by method.
type gatewayState struct {
	Name     string
	Traits   payment.Traits
	Breakers []route.Breaker
}

func (a *Admin) showGateways(v *visit) error {
	var all []gatewayState
	breakers := a.Router.Breakers(v.now)
	for _, name := range a.Payments.Names() {
		g, err := a.Payments.Gateway(name)
		if err != nil {
			return err
		}
		one := gatewayState{Name: name, Traits: g.Traits()}
		for _, b := range breakers {
			if b.Gateway == name {
				one.Breakers = append(one.Breakers, b)
			}
		}
		all = append(all, one)
	}
	return v.show(http.StatusOK, v.gatewaysPage(all))
}

// reasons is the table of what a gateway's no means: a row per code, a column
// for all gateways and one for each.
type reasons struct {
	Codes    []string
	Gateways []string
	form     *form
}

// cellName names the field of a place in the table.
func cellName(gateway, code string) string { return "at." + gateway + "." + code }

func (a *Admin) reasons(v *visit, tx *db.Tx) (r reasons, now map[string]route.Retry, err error) {
	rows, err := route.Retries(v.ctx(), tx)
	r = reasons{Gateways: slices.DeleteFunc(a.Payments.Names(), func(name string) bool {
		g, err := a.Payments.Gateway(name)
		return err == nil && g.Traits().Offline // nobody there says no
	})}
	now = map[string]route.Retry{}
	for _, row := range rows {
		if !slices.Contains(r.Codes, row.Code) {
			r.Codes = append(r.Codes, row.Code)
		}
		now[cellName(row.Gateway, row.Code)] = row
	}
	return r, now, err
}

func (a *Admin) showReasons(v *visit) error {
	var r reasons
	f := v.newForm()
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		var now map[string]route.Retry
		r, now, err = a.reasons(v, tx)
		for name, row := range now {
			f.set(name, string(row.Action))
		}
		return err
	})
	if err != nil {
		return err
	}
	r.form = f
	return v.show(http.StatusOK, v.reasonsPage(r))
}

// saveReasons writes what differs: an action that was chosen, or nothing where
// one was taken back.
func (a *Admin) saveReasons(v *visit) error {
	f := v.form()
	var r reasons
	_, status, err := a.put(v, f, "route.retries", func(tx *db.Tx) (string, error) {
		var now map[string]route.Retry
		var err error
		if r, now, err = a.reasons(v, tx); err != nil {
			return "", err
		}
		for _, code := range r.Codes {
			for _, gateway := range append([]string{route.Every}, r.Gateways...) {
				name := cellName(gateway, code)
				was, chosen := now[name], route.Action(f.get(name))
				switch {
				case !f.values.Has(name), was.Action == chosen:
				case chosen == "":
					err = route.ResetRetry(v.ctx(), tx, gateway, code)
				default:
					err = a.Router.SetRetry(v.ctx(), tx, route.Retry{Gateway: gateway, Code: code, Action: chosen})
				}
				if err != nil {
					return "", err
				}
			}
		}
		return "route", nil
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/routing/reasons", "saved")
	}
	r.form = f
	return v.show(status, v.reasonsPage(r))
}

// simulated is what the drafts would have changed.
type simulated struct {
	route.Report
	Hours  int64
	Names  map[route.RuleID]string
	Drafts int
}

// hoursBack are the spans a simulation may look back on, in hours.
var hoursBack = []int64{24, 24 * 7, 24 * 30}

func (a *Admin) showSimulator(v *visit) error {
	hours, _ := strconv.ParseInt(v.query("hours"), 10, 64)
	if !slices.Contains(hoursBack, hours) {
		hours = 24
	}
	s := simulated{Hours: hours, Names: map[route.RuleID]string{}}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		rules, err := route.Drafts(v.ctx(), tx)
		if err != nil {
			return err
		}
		for _, r := range rules {
			s.Names[r.ID] = r.Name
			if r.State == route.StateDraft {
				s.Drafts++
			}
		}
		s.Report, err = a.Router.Simulate(v.ctx(), tx, rules, v.now.Add(-time.Duration(hours)*time.Hour))
		return err
	})
	if err != nil {
		if _, rest := v.refused(err); rest != nil {
			return rest
		}
	}
	return v.show(http.StatusOK, v.simulatorPage(s))
}
