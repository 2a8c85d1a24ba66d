package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/customer/group"
	"korzo/delivery/method"
	"korzo/delivery/price"
	"korzo/delivery/price/rule"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/ui"
	"korzo/value/money"
)

// deliveryView is a way of delivery and what its editor needs.
type deliveryView struct {
	m       method.Method
	in      market.Market
	markets []market.Market
	places  []inventory.Location
	groups  []group.Group
	fresh   bool
	form    *form

	networks []ui.Option // carriers with points of their own
	tried    string      // what a tried basket costs and when it comes
}

// rateSettings are the settings of all price rules that the editor knows, as
// they are stored.
type rateSettings struct {
	Amount    *int64     `json:"amount,omitempty"`
	From      *int64     `json:"from,omitempty"`
	FromValue int64      `json:"from_value,omitempty"`
	ToValue   int64      `json:"to_value,omitempty"`
	Divisor   int64      `json:"volume_divisor,omitempty"`
	Longest   int64      `json:"max_side_mm,omitempty"`
	Zones     []rateZone `json:"zones,omitempty"`
}

type rateZone struct {
	Name      string       `json:"name"`
	Countries []string     `json:"countries,omitempty"`
	Codes     []string     `json:"codes,omitempty"`
	Groups    []string     `json:"groups,omitempty"`
	FreeFrom  *int64       `json:"free_from,omitempty"`
	Weights   []rateWeight `json:"weights"`
}

type rateWeight struct {
	ToGrams int64 `json:"to_grams"`
	Amount  int64 `json:"amount"`
}

// moreZones are the empty zones at the end of the form.
const moreZones = 1

func (a *Admin) showShipping(v *visit) error {
	d := deliveryView{form: v.newForm(), networks: a.networks()}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return d.load(v, tx) })
	if err != nil {
		return err
	}
	d.fill()
	return v.show(http.StatusOK, v.shippingPage(d))
}

// load finds the method that the address names, or begins a new one in the
// market that it asks for.
func (d *deliveryView) load(v *visit, tx *db.Tx) (err error) {
	if d.markets, err = market.All(v.ctx(), tx); err != nil || len(d.markets) == 0 {
		return errors.Join(err, noMarkets(d.markets))
	}
	if d.places, err = inventory.Locations(v.ctx(), tx); err != nil {
		return err
	}
	if d.groups, err = v.togethers(tx); err != nil {
		return err
	}
	id := v.r.PathValue("id")
	if d.fresh = id == newPlace; d.fresh {
		d.in = d.markets[0]
		for _, m := range d.markets {
			if m.ID == v.r.FormValue("market") {
				d.in = m
			}
		}
		d.m = method.Method{Market: d.in.ID, Kind: method.Ship, Rule: "flat", Settings: json.RawMessage(`{"amount":0}`), CutOff: 14 * 60,
			TransitMin: 1, TransitMax: 3, Position: 100, Active: true, Name: map[string]string{}}
		return nil
	}
	m, ok, err := method.Find(v.ctx(), tx, id)
	if err == nil && !ok {
		err = errPage
	}
	if err != nil {
		return err
	}
	d.m = m
	d.in, err = market.Find(v.ctx(), tx, m.Market)
	return err
}

func noMarkets(all []market.Market) error {
	if len(all) == 0 {
		return errPage
	}
	return nil
}

// fill writes a method into its form.
func (d *deliveryView) fill() {
	f, m := d.form, d.m
	for name, value := range map[string]string{"id": m.ID, "market": m.Market, "method_kind": m.Kind, "rule": m.Rule, "from_location": m.Location, "cut_off": m.CutOff.String(), "points": m.Points} {
		f.set(name, value)
	}
	for _, tag := range i18n.Languages {
		f.set("name."+tag, m.Name[tag])
	}
	f.set("countries", strings.Join(m.Countries, ", "))
	f.setAll("for_groups", m.Groups)
	f.setWeek("dispatch", m.DispatchWeek)
	f.setWeek("arrive", m.DeliveryWeek)
	for name, n := range map[string]int{"lead_days": m.LeadDays, "transit_min": m.TransitMin, "transit_max": m.TransitMax, "position": m.Position} {
		f.setNumber(name, int64(n))
	}
	for name, on := range map[string]bool{"active": m.Active, "by_parcel": m.ByParcel} {
		if on {
			f.set(name, "1")
		}
	}
	var s rateSettings
	if json.Unmarshal(m.Settings, &s) == nil { // what cannot be read is written anew
		d.fillRates(s)
	}
}

func (d *deliveryView) fillRates(s rateSettings) {
	f, c := d.form, d.in.Currency
	sum := func(name string, n *int64) {
		if n != nil {
			f.setAmount(name, money.Of(*n, c))
		}
	}
	sum("amount", s.Amount)
	sum("free_from", s.From)
	for name, n := range map[string]int64{"from_value": s.FromValue, "to_value": s.ToValue} {
		if n > 0 {
			sum(name, &n)
		}
	}
	for name, n := range map[string]int64{"volume_divisor": s.Divisor, "max_side_mm": s.Longest} {
		if n > 0 {
			f.setNumber(name, n)
		}
	}
	f.setNumber("zones", int64(len(s.Zones)+moreZones))
	for i, z := range s.Zones {
		row := zoneName(i)
		f.set(row+"name", z.Name)
		f.set(row+"countries", strings.Join(z.Countries, ", "))
		f.set(row+"codes", strings.Join(z.Codes, ", "))
		f.setAll(row+"groups", z.Groups)
		sum(row+"free_from", z.FreeFrom)
		var weights []string
		for _, w := range z.Weights {
			kg := strconv.FormatFloat(float64(w.ToGrams)/1000, 'f', -1, 64)
			weights = append(weights, kg+" kg: "+money.Of(w.Amount, c).Decimal())
		}
		f.set(row+"weights", strings.Join(weights, "\n"))
	}
}

func zoneName(i int) string { return "zone" + strconv.Itoa(i) + "." }

// zoneCount is how many zones the form shows, at least an empty one.
func (f *form) zoneCount() int {
	n, _ := strconv.Atoi(f.get("zones"))
	return min(max(n, 1), 100)
}

// read takes what was typed; what is wrong stands in the form.
func (d *deliveryView) read(f *form) {
	m := &d.m
	if d.fresh {
		m.ID = f.get("id")
	}
	m.Kind, m.Rule, m.Location, m.CutOff = f.get("method_kind"), f.get("rule"), f.get("from_location"), f.clock("cut_off")
	m.Name = map[string]string{}
	for _, tag := range i18n.Languages {
		if f.has("name." + tag) {
			m.Name[tag] = f.get("name." + tag)
		}
	}
	m.Countries, m.Groups = capitals(f.get("countries")), slices.DeleteFunc(slices.Clone(f.all("for_groups")), func(g string) bool { return g == "" })
	m.DispatchWeek, m.DeliveryWeek = f.week("dispatch"), f.week("arrive")
	m.LeadDays, m.TransitMin, m.TransitMax, m.Position = int(f.whole("lead_days")), int(f.whole("transit_min")), int(f.whole("transit_max")), int(f.whole("position"))
	m.Active, m.ByParcel, m.Points = f.has("active"), f.has("by_parcel"), f.get("points")
	settings, err := json.Marshal(d.readRates(f))
	if err == nil {
		m.Settings = settings
	}
}

func (d *deliveryView) readRates(f *form) (s rateSettings) {
	c := d.in.Currency
	sum := func(name string) *int64 {
		if a, given := f.amount(name, c); given {
			return &a.Minor
		}
		return nil
	}
	switch d.m.Rule {
	case "flat":
		s.Amount = sum("amount")
	case "free_from":
		s.Amount, s.From = sum("amount"), sum("free_from")
	case "zones":
		for name, at := range map[string]*int64{"from_value": &s.FromValue, "to_value": &s.ToValue} {
			if n := sum(name); n != nil {
				*at = *n
			}
		}
		s.Divisor, s.Longest = f.whole("volume_divisor"), f.whole("max_side_mm")
		for i := range f.zoneCount() {
			row := zoneName(i)
			if !f.has(row+"name") && !f.has(row+"weights") && !f.has(row+"countries") {
				continue
			}
			s.Zones = append(s.Zones, rateZone{Name: f.get(row + "name"), Countries: capitals(f.get(row + "countries")), Codes: split(f.get(row + "codes")),
				Groups: f.all(row + "groups"), FreeFrom: sum(row + "free_from"), Weights: f.weights(row+"weights", c)})
		}
	}
	return s
}

// weights reads lines such as "5 kg: 4.90".
func (f *form) weights(name string, c money.Currency) (all []rateWeight) {
	for line := range strings.Lines(f.get(name)) {
		kg, sum, ok := strings.Cut(line, ":")
		grams, err := strconv.ParseFloat(decimal(strings.TrimSuffix(strings.TrimSpace(kg), "kg")), 64)
		amount, err2 := money.Parse(decimal(strings.TrimSpace(sum)), c)
		if !ok || err != nil || err2 != nil || grams <= 0 || grams > 1_000_000 {
			f.wrong(name, f.l.T("admin.delivery.weights_problem", "Line", strings.TrimSpace(line), "Example", "5 kg: "+example(f.l, c)))
			return all
		}
		all = append(all, rateWeight{int64(grams*1000 + 0.5), amount.Minor})
	}
	if len(all) == 0 {
		f.wrong(name, f.l.T("admin.delivery.weights_problem", "Line", "", "Example", "5 kg: "+example(f.l, c)))
	}
	return all
}

func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\r\n", r) })
}

func capitals(text string) []string { return split(strings.ToUpper(text)) }

// saveShipping writes a method, or tries what it would cost.
func (a *Admin) saveShipping(v *visit) error {
	f := v.form()
	d := deliveryView{form: f, networks: a.networks()}
	what := f.get("do")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := d.load(v, tx); err != nil {
			return err
		}
		if d.read(f); !f.ok() || what == "more" {
			f.setNumber("zones", int64(f.zoneCount()+moreZones))
			return errStays
		}
		if what == "try" {
			d.tried = d.try(v, f)
			return errStays
		}
		if _, there, err := method.Find(v.ctx(), tx, d.m.ID); d.fresh && (there || err != nil) {
			f.blame("id", "admin.problem.taken")
			return errors.Join(err, errStays)
		}
		if err := method.Save(v.ctx(), tx, d.m); err != nil {
			return err
		}
		return v.record(tx, "method.save", d.m.ID)
	})
	if err == nil {
		return v.done(Prefix+"/delivery/"+d.m.ID, "delivery")
	}
	if errors.Is(err, errStays) {
		status := http.StatusOK
		if !f.ok() {
			status = http.StatusUnprocessableEntity
		}
		return v.show(status, v.shippingPage(d))
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return v.show(status, v.shippingPage(d))
}

// try says what a basket would cost by what stands in the form.
func (d *deliveryView) try(v *visit, f *form) string {
	r, err := rule.New(d.m.Rule, d.m.Settings, d.in.Currency)
	if err != nil {
		return v.faultText(err)
	}
	goods, _ := f.amount("try_goods", d.in.Currency)
	b := price.Basket{Goods: money.Of(goods.Minor, d.in.Currency), WeightGrams: f.whole("try_grams"), VolumeCM3: f.box("try_size").Volume(), LongestMM: f.box("try_size").Longest(),
		Units: 1, Country: strings.ToUpper(f.get("try_country")), PostalCode: f.get("try_code"), Groups: f.all("try_group")}
	if cost, ok := r.Price(b); ok {
		return v.T("admin.delivery.costs", "Price", v.Money(cost))
	}
	why := ""
	if e, ok := r.(price.Explainer); ok {
		why = e.Why(b)
	}
	return v.T("admin.delivery.refused", "Why", why)
}

// daysOf says what a method's parcels are promised by: its own days.
func (v *visit) daysOf(m method.Method) string {
	if m.Kind == method.Pickup {
		return v.T("admin.delivery.collected")
	}
	return span(m.TransitMin, m.TransitMax)
}

// networks are the carriers at whose points something may wait.
func (a *Admin) networks() (options []ui.Option) {
	if a.Dispatch == nil {
		return nil
	}
	for _, c := range a.Dispatch.Carriers {
		if c.Traits().Points {
			options = append(options, ui.Option{Value: c.Name(), Label: c.Name()})
		}
	}
	return options
}
