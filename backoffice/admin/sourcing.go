package admin

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/delivery/sourcing"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/ui"
	"korzo/value/money"
)

// sourcingView is by which rules goods are sent from where, what is known of the
// locations, and what was decided last.
type sourcingView struct {
	taking  money.Currency // of the setting that is money
	places  map[string]string
	limits  []sourcing.Location
	latest  []sourcing.Decision
	numbers map[order.ID]string // of the orders among them; who did not buy has none
	form    *form
}

// sourcingPages are those of the rules that choose where goods are sent from.
func (a *Admin) sourcingPages() []page {
	return []page{
		{"GET /admin/sourcing", "settings.read", "sourcing", a.showSourcing},
		{"POST /admin/sourcing", "settings.write", "sourcing", a.saveSourcing},
	}
}

// latestDecisions is how many the page of rules shows.
const latestDecisions = 20

func (a *Admin) showSourcing(v *visit) error {
	f := v.newForm()
	s, err := a.sourcing(v, f)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.sourcingPage(s))
}

// sourcing reads what the page shows, and fills a form in which nothing was typed.
func (a *Admin) sourcing(v *visit, f *form) (s sourcingView, err error) {
	s.form = f
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		if err := s.know(v, tx); err != nil {
			return err
		}
		if v.can("orders.read") {
			if s.latest, err = sourcing.Recent(v.ctx(), tx, latestDecisions); err != nil {
				return err
			}
			ids := make([]order.ID, len(s.latest))
			for i, d := range s.latest {
				ids[i] = order.ID(d.Order)
			}
			if s.numbers, err = order.NumbersOf(v.ctx(), tx, ids); err != nil {
				return err
			}
		}
		rules, err := sourcing.Rules(v.ctx(), tx)
		if err == nil && len(f.values) == 0 {
			s.fill(rules)
		}
		return err
	})
	return s, err
}

// know reads the locations, and in which money they cost.
func (s *sourcingView) know(v *visit, tx *db.Tx) (err error) {
	if s.places, err = placeNames(v, tx); err != nil {
		return err
	}
	all, err := sourcing.Locations(v.ctx(), tx)
	if err != nil {
		return err
	}
	for _, l := range all {
		s.limits = append(s.limits, l)
		s.taking = cmp.Or(s.taking, l.Home.Currency)
	}
	slices.SortFunc(s.limits, func(a, b sourcing.Location) int {
		return cmp.Or(strings.Compare(nameAt(s.places, a.Location), nameAt(s.places, b.Location)), strings.Compare(a.Location, b.Location))
	})
	if s.taking != "" {
		return nil
	}
	markets, err := market.All(v.ctx(), tx)
	if len(markets) > 0 {
		s.taking = markets[0].Currency
	}
	return err
}

// fill writes the rules into the form: each its place, and its setting.
func (s *sourcingView) fill(rules []sourcing.Rule) {
	for _, k := range sourcing.Kinds() {
		value := k.Standard
		if at := slices.IndexFunc(rules, func(r sourcing.Rule) bool { return r.Kind == k.Name }); at >= 0 {
			s.form.setNumber("place."+k.Name, int64(at+1))
			set := map[string]int64{}
			if json.Unmarshal(rules[at].Settings, &set) == nil { // a rule without settings has the usual
				if given, is := set[k.Setting]; is {
					value = given
				}
			}
		}
		switch name := "set." + k.Name; {
		case k.Name == sourcing.Margin:
			s.form.setAmount(name, money.Of(value, s.taking))
		case k.Setting != "":
			s.form.setNumber(name, value)
		}
	}
}

// read takes the rules in the order of their places; of two in one place, the
// one that stands first in the form.
func (s *sourcingView) read() (rules []sourcing.Rule) {
	f, places := s.form, map[string]int64{}
	for _, k := range sourcing.Kinds() {
		place := f.whole("place." + k.Name)
		if place <= 0 {
			continue
		}
		r, value := sourcing.Rule{Kind: k.Name}, k.Standard
		switch name := "set." + k.Name; {
		case k.Name == sourcing.Margin:
			amount, _ := f.amount(name, s.taking)
			value = amount.Minor
		case k.Setting != "" && f.has(name):
			value = f.whole(name)
		}
		if k.Setting != "" && value != k.Standard {
			r.Settings = json.RawMessage(`{"` + k.Setting + `": ` + strconv.FormatInt(value, 10) + `}`)
		}
		rules, places[k.Name] = append(rules, r), place
	}
	slices.SortStableFunc(rules, func(a, b sourcing.Rule) int { return cmp.Compare(places[a.Kind], places[b.Kind]) })
	return rules
}

func (a *Admin) saveSourcing(v *visit) error {
	f := v.form()
	_, status, err := a.put(v, f, "sourcing.rules", func(tx *db.Tx) (string, error) {
		s := sourcingView{form: f}
		if err := s.know(v, tx); err != nil {
			return "", err
		}
		rules := s.read()
		if !f.ok() {
			return "", errMend
		}
		return "sourcing", sourcing.SaveRules(v.ctx(), tx, rules)
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/sourcing", "sourcing")
	}
	s, err := a.sourcing(v, f)
	if err != nil {
		return err
	}
	return v.show(status, v.sourcingPage(s))
}

// turns are the places a rule may have.
func (v *visit) turns() []ui.Option {
	all := []ui.Option{{Label: v.T("admin.sourcing.not_asked")}}
	for i := range sourcing.Kinds() {
		n := strconv.Itoa(i + 1)
		all = append(all, ui.Option{Value: n, Label: n})
	}
	return all
}

// namesOf are locations as people call them.
func namesOf(names map[string]string, ids []string) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = nameAt(names, id)
	}
	return strings.Join(all, ", ")
}

// reason is a reason in the reader's language.
func (v *visit) reason(r sourcing.Reason) string {
	cost := ""
	if r.Currency != "" {
		cost = v.Money(r.Cost())
	}
	return v.T("admin.sourcing.say."+r.Key, "A", v.Number(r.A), "B", v.Number(r.B), "Cost", cost)
}

// because joins reasons; a log that has none tells its own words.
func (v *visit) because(all []sourcing.Reason, between, otherwise string) string {
	if len(all) == 0 {
		return otherwise
	}
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = v.reason(r)
	}
	return strings.Join(texts, between)
}

// judged is why a candidate was taken, or was not.
func (v *visit) judged(c sourcing.Candidate) string {
	if c.Rule != "" && len(c.Say) == 2 {
		return v.T("admin.sourcing.beaten", "Rule", v.word("source_rule", c.Rule), "Own", v.reason(c.Say[0]), "Best", v.reason(c.Say[1]))
	}
	return v.because(c.Say, ", ", c.Why)
}
