package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// ways is a market, and the payment method of it that is being edited.
type ways struct {
	market market.Market
	begin  bool // nothing is decided here, and its country has a usual beginning
	chosen *way
}

// way is a payment method in a market, with what was decided about it.
type way struct {
	paymethod.Method
	market  market.Market
	setting paymethod.Setting
	decided bool
}

// methodPages are the pages of payment methods.
func (a *Admin) methodPages() []page {
	list := listPages(a, a.wayList())
	list[0].serve = a.showPayMethods
	return append(list, []page{
		{"POST /admin/payment-methods", "flows.write", "methods", a.savePayMethod},
		{"POST /admin/payment-methods/begin", "flows.write", "methods", a.beginPayMethods},
	}...)
}

func (a *Admin) showPayMethods(v *visit) error {
	w, err := a.loadWays(v, v.query("market"), v.query("method"))
	if err != nil {
		return err
	}
	f := v.form()
	if w.chosen != nil {
		f.fillWay(*w.chosen, w.market.Currency)
	}
	return a.answerWays(v, w, f, a.wayList().shape().Read(v.r.URL.Query()), http.StatusOK)
}

// answerWays shows the list with the method that is being edited above it.
func (a *Admin) answerWays(v *visit, w ways, f *form, at listing.State, status int) error {
	return showList(a, v, a.wayList(), shownList{At: at, Note: v.waysNote(w, f)}, status)
}

// loadWays finds a market, or the first that lacks a beginning, and a method of it.
func (a *Admin) loadWays(v *visit, marketID, method string) (w ways, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err := market.All(v.ctx(), tx)
		if err != nil {
			return err
		}
		if marketID != "" {
			m, err := market.Find(v.ctx(), tx, marketID)
			if err != nil {
				return err
			}
			all = []market.Market{m}
		}
		for _, m := range all {
			settings, err := paymethod.Settings(v.ctx(), tx, m.ID)
			if err != nil {
				return err
			}
			if w.begin = len(settings) == 0 && len(paymethod.Preset(m.Country)) > 0; w.begin || marketID != "" {
				w.market = m
				break
			}
		}
		if method == "" || marketID == "" {
			return nil
		}
		rows, err := waysOf(v.ctx(), tx, w.market)
		if i := slices.IndexFunc(rows, func(r way) bool { return r.ID == method }); i >= 0 {
			w.chosen = &rows[i]
		}
		return err
	})
	return w, err
}

// fillWay writes a setting into the form as its reader would type it.
func (f *form) fillWay(w way, c money.Currency) {
	f.setNumber("position", w.setting.Position)
	f.set("taken", string(w.setting.Takes(w.Method)))
	if w.setting.Enabled {
		f.set("enabled", "1")
	}
	for name, minor := range map[string]int64{"min": w.setting.Min, "max": w.setting.Max, "fee": w.setting.Fee} {
		if minor > 0 {
			f.setAmount(name, money.Of(minor, c))
		}
	}
	if ppm := w.setting.FeePPM; ppm > 0 {
		f.set("fee_percent", strings.TrimRight(strings.TrimRight(strconv.FormatFloat(float64(ppm)/10_000, 'f', 4, 64), "0"), "."))
	}
}

func (a *Admin) savePayMethod(v *visit) error {
	f := v.form()
	w, err := a.loadWays(v, f.get("market"), f.get("method"))
	if err != nil {
		return err
	}
	c := w.market.Currency
	s := paymethod.Setting{Market: w.market.ID, Method: f.get("method"), Enabled: f.has("enabled"), Position: f.whole("position")}
	if m, ok := paymethod.Find(s.Method); ok && m.Capture.When == paymethod.OnShipment {
		s.Capture = paymethod.When(f.get("taken"))
	}
	for name, to := range map[string]*int64{"min": &s.Min, "max": &s.Max, "fee": &s.Fee} {
		if sum, given := f.amount(name, c); given {
			*to = sum.Minor
		}
	}
	if f.has("fee_percent") {
		s.FeePPM = f.ppm("fee_percent")
	}
	if f.ok() {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			if err := paymethod.Save(v.ctx(), tx, s); err != nil {
				return err
			}
			return v.record(tx, "paymethod.save", s.Market+"/"+s.Method, "enabled", strconv.FormatBool(s.Enabled))
		})
		if err == nil {
			return v.done(link(Prefix+"/payment-methods", "market", s.Market), "way_saved")
		}
	}
	return a.refuseWay(v, f, w, err)
}

// refuseWay shows the form again as it was typed, with what is wrong beside it.
func (a *Admin) refuseWay(v *visit, f *form, w ways, err error) error {
	status := http.StatusUnprocessableEntity
	if err != nil {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	return a.answerWays(v, w, f, listing.State{Filters: map[string]string{"market": w.market.ID}}, status)
}

// beginPayMethods gives a market what people usually pay with in its country.
func (a *Admin) beginPayMethods(v *visit) error {
	id := v.form().get("market")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		m, err := market.Find(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		if err := paymethod.Begin(v.ctx(), tx, m.ID, m.Country); err != nil {
			return err
		}
		return v.record(tx, "paymethod.begin", m.ID)
	})
	if fault.KindOf(err) == fault.Invalid {
		v.refusal = v.faultText(err)
		return a.showPayMethods(v)
	}
	if err != nil {
		return err
	}
	return v.done(link(Prefix+"/payment-methods", "market", id), "ways_begun")
}

// limits are the amounts between which a method is offered.
func (v *visit) limits(w way, c money.Currency) string {
	low, high := w.setting.Min, w.setting.Max
	for _, r := range w.Ranges {
		if r.Currency == c {
			low = max(low, r.Min)
			if high == 0 || r.Max > 0 && r.Max < high {
				high = r.Max
			}
		}
	}
	switch {
	case low == 0 && high == 0:
		return v.T("admin.way.any_amount")
	case high == 0:
		return v.T("admin.way.from", "Min", v.Money(money.Of(low, c)))
	case low == 0:
		return v.T("admin.way.up_to", "Max", v.Money(money.Of(high, c)))
	}
	return v.T("admin.way.between", "Min", v.Money(money.Of(low, c)), "Max", v.Money(money.Of(high, c)))
}

// fee is what the shopper pays on top.
func (v *visit) fee(s paymethod.Setting, c money.Currency) string {
	var parts []string
	if s.Fee > 0 {
		parts = append(parts, v.Money(money.Of(s.Fee, c)))
	}
	if s.FeePPM > 0 {
		parts = append(parts, v.Percent(s.FeePPM))
	}
	if len(parts) == 0 {
		return v.T("admin.way.no_fee")
	}
	return strings.Join(parts, " + ")
}

// rules are a scheme's, in words: nobody here can change them.
func (v *visit) rules(m paymethod.Method) []string {
	all := []string{v.T("admin.way.capture_" + string(m.Capture.When))}
	if m.Capture.Life > 0 {
		all = append(all, v.T("admin.way.hold", "Count", int(m.Capture.Life/(24*time.Hour))))
	}
	if !m.Capture.Parts {
		all = append(all, v.T("admin.way.whole"))
	}
	switch {
	case m.Refund.ByIBAN:
		all = append(all, v.T("admin.way.refund_iban"))
	case m.Refund.Days > 0:
		all = append(all, v.T("admin.way.refund_days", "Count", m.Refund.Days))
	}
	if m.Session > 0 {
		all = append(all, v.T("admin.way.session", "Count", int(m.Session/time.Minute)))
	}
	return all
}
