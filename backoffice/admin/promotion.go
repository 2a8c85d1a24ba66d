package admin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/simulator"
	"korzo/value/money"
)

// promotionView is all that the editor of a promotion shows.
type promotionView struct {
	shopPlaces
	ID     promotion.ID // "" for a new one
	State  promotion.State
	ByCode bool
	Replay *simulator.Result // what it would have done, when that was asked
	Tried  *simulator.Tried
}

func (a *Admin) promotionTable() []page {
	return append(append(listPages(a, a.promotionList()), listPages(a, a.codeList())...), []page{
		{"GET /admin/promotions/new", "promotions.write", "promotions", a.newPromotion},
		{"POST /admin/promotions", "promotions.write", "promotions", a.savePromotion},
		{"GET /admin/promotions/{id}", "promotions.read", "promotions", a.showPromotion},
		{"POST /admin/promotions/{id}", "promotions.write", "promotions", a.savePromotion},
		{"POST /admin/promotions/{id}/state", "promotions.write", "promotions", a.movePromotion},
		{"GET /admin/promotions/{id}/codes", "promotions.write", "promotions", a.newCodes},
		{"POST /admin/promotions/{id}/codes", "promotions.write", "promotions", a.addCodes},
	}...)
}

func (a *Admin) newPromotion(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("kind", "percent")
	f.set("state", string(promotion.StateActive))
	return a.answerPromotion(v, http.StatusOK, f, promotionView{})
}

func (a *Admin) showPromotion(v *visit) error { return a.answerPromotionAs(v, http.StatusOK) }

// answerPromotionAs shows a promotion as it is kept.
func (a *Admin) answerPromotionAs(v *visit, status int) error {
	var p promotion.Promotion
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		p, err = promotion.Find(v.ctx(), tx, promotion.ID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	f := v.newForm()
	if err := f.fillPromotion(v, p); err != nil {
		return err
	}
	return a.answerPromotion(v, status, f, promotionView{ID: p.ID, State: p.State, ByCode: p.ByCode || p.Code != ""})
}

func (a *Admin) answerPromotion(v *visit, status int, f *form, p promotionView) (err error) {
	if p.shopPlaces, err = a.shopPlaces(v); err != nil {
		return err
	}
	f.readOnly = !v.can("promotions.write")
	return v.show(status, v.promotionPage(p, f))
}

func (a *Admin) markets(v *visit) (all []market.Market, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err = market.All(v.ctx(), tx)
		return err
	})
	return all, err
}

func currencies(markets []market.Market) (all []string) {
	for _, m := range markets {
		if !slices.Contains(all, string(m.Currency)) {
			all = append(all, string(m.Currency))
		}
	}
	return all
}

func conditionName(i int) string { return "conditions[" + strconv.Itoa(i) + "]" }

func (f *form) fillPromotion(v *visit, p promotion.Promotion) error {
	f.set("name", p.Name)
	f.set("code", p.Code)
	f.set("kind", p.Benefit.Kind)
	f.set("market", p.Market)
	for name, n := range map[string]int64{"priority": p.Priority, "usage_limit": p.UsageLimit, "per_customer": p.PerCustomer, "per_period": p.PerPeriod} {
		if n != 0 {
			f.setNumber(name, n)
		}
	}
	f.set("period", string(p.Period))
	if p.Exclusive {
		f.set("exclusive", "yes")
	}
	if p.Budget.Currency != "" {
		f.setAmount("budget", p.Budget)
		f.set("budget_currency", string(p.Budget.Currency))
	}
	f.setMoment("starts", p.Starts, v.zone)
	f.setMoment("ends", p.Ends, v.zone)
	f.fillItems("items", p.Items)
	for i, c := range p.Conditions {
		f.set(conditionName(i)+".kind", c.Kind)
		if err := f.fillSpec(conditionName(i), c, conditionSettings[c.Kind]); err != nil {
			return err
		}
	}
	f.setNumber("conditions", int64(len(p.Conditions)))
	return f.fillSpec("benefit", p.Benefit, benefitSettings[p.Benefit.Kind])
}

// conditions is how many conditions the form has.
func (f *form) conditions() int {
	return int(max(0, min(f.whole("conditions"), promotion.MaxConditions)))
}

// promotion reads the form.
func (f *form) promotion(v *visit, tx *db.Tx, markets []market.Market) (d promotion.Draft, err error) {
	d = promotion.Draft{Name: f.get("name"), Code: f.get("code"), ByCode: f.has("by_code"), Market: f.get("market"), Priority: f.whole("priority"), Exclusive: f.has("exclusive"),
		UsageLimit: f.whole("usage_limit"), PerCustomer: f.whole("per_customer"), PerPeriod: f.whole("per_period"), Period: promotion.Period(f.get("period")),
		Starts: f.moment("starts", v.zone), Ends: f.moment("ends", v.zone), State: promotion.State(cmp.Or(f.get("state"), string(promotion.StateActive)))}
	if d.Name == "" {
		f.blame("name", "admin.problem.name")
	}
	d.Budget, _ = f.amount("budget", money.Currency(cmp.Or(f.get("budget_currency"), base(markets))))
	known := currencies(markets)
	kind := f.get("kind")
	if _, ok := benefitSettings[kind]; !ok {
		f.blame("kind", "admin.problem.kind")
		return d, nil
	}
	if d.Benefit, err = f.spec(v, tx, "benefit", kind, benefitSettings[kind], known); err != nil {
		return d, err
	}
	if d.Items, err = f.items(v, tx, "items"); err != nil {
		return d, err
	}
	for i := range f.conditions() {
		name := conditionName(i)
		kind := f.get(name + ".kind")
		if f.has(name+".drop") || conditionSettings[kind] == nil {
			continue
		}
		c, err := f.spec(v, tx, name, kind, conditionSettings[kind], known)
		if err != nil {
			return d, err
		}
		d.Conditions = append(d.Conditions, c)
	}
	return d, nil
}

// savePromotion creates a promotion or changes one, or does what another button
// of the editor asks, which saves nothing.
func (a *Admin) savePromotion(v *visit) error {
	f, p := v.form(), promotionView{ID: promotion.ID(v.r.PathValue("id"))}
	if p.ID != "" {
		err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
			was, err := promotion.Find(v.ctx(), tx, p.ID)
			p.State, p.ByCode = was.State, was.ByCode || was.Code != ""
			return err
		})
		if err != nil {
			return err
		}
	}
	markets, err := a.markets(v)
	if err != nil {
		return err
	}
	switch f.get("do") {
	case "show":
		return a.answerPromotion(v, http.StatusOK, f, p)
	case "add":
		if n := f.conditions(); f.has("add") && n < promotion.MaxConditions {
			f.set(conditionName(n)+".kind", f.get("add"))
			f.setNumber("conditions", int64(n+1))
		}
		return a.answerPromotion(v, http.StatusOK, f, p)
	case "try":
		return a.tryPromotion(v, f, p, markets)
	}
	action := "promotion.create"
	if p.ID != "" {
		action = "promotion.update"
	}
	saved, status, err := a.put(v, f, action, func(tx *db.Tx) (string, error) {
		d, err := f.promotion(v, tx, markets)
		switch {
		case err != nil:
			return "", err
		case !f.ok():
			return "", errMend
		case p.ID != "":
			_, err = promotion.Update(v.ctx(), tx, p.ID, d)
			return string(p.ID), err
		}
		made, err := promotion.Create(v.ctx(), tx, d)
		if errors.Is(err, promotion.ErrCodeTaken) {
			f.wrong("code", v.faultText(err))
			return "", errMend
		}
		return string(made.ID), err
	})
	switch {
	case err != nil:
		return err
	case status == 0 && p.ID == "":
		return v.done(Prefix+"/promotions/"+saved, "promotion_created")
	case status == 0:
		return v.done(Prefix+"/promotions/"+saved, "promotion_saved")
	}
	return a.answerPromotion(v, status, f, p)
}

// What a promotion is tried on.
const (
	overOrders = "orders"
	overCarts  = "carts"
)

// tryPromotion says what the promotion as it stands in the form would have done
// to the latest orders, or does to the carts that are open, and to a basket
// composed by hand.
func (a *Admin) tryPromotion(v *visit, f *form, p promotionView, markets []market.Market) error {
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		d, err := f.promotion(v, tx, markets)
		if err != nil || !f.ok() {
			return err
		}
		over := simulator.Replay
		if f.get("try_over") == overCarts {
			over = simulator.ReplayCarts
		}
		replay, err := over(v.ctx(), tx, d, int(cmp.Or(f.whole("try_orders"), 100)))
		if err != nil {
			return err
		}
		p.Replay = &replay
		if !f.has("try_lines") {
			return nil
		}
		lines, err := f.units(v, tx, "try_lines")
		if err != nil || !f.ok() {
			return err
		}
		hand := simulator.Hand{Market: f.get("try_market")}
		for _, l := range lines[:min(len(lines), money.MaxLines)] {
			hand.Lines = append(hand.Lines, simulator.HandLine{Variant: l.Variant, Quantity: min(l.Units, money.MaxUnits)})
		}
		tried, err := simulator.Try(v.ctx(), tx, d, hand)
		p.Tried = &tried
		return err
	})
	status := http.StatusOK
	if err != nil {
		var rest error
		if status, rest = v.refused(err); rest != nil {
			return rest
		}
	}
	if !f.ok() {
		status = http.StatusUnprocessableEntity
	}
	return a.answerPromotion(v, status, f, p)
}

func (a *Admin) movePromotion(v *visit) error {
	id, to := promotion.ID(v.r.PathValue("id")), promotion.State(v.r.PostForm.Get("to"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := promotion.SetState(v.ctx(), tx, id, to); err != nil {
			return err
		}
		return v.record(tx, "promotion.state", string(id), "to", string(to))
	})
	if err == nil {
		return v.done(promotionPath(id), "promotion_moved")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerPromotionAs(v, status)
}

func (a *Admin) newCodes(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	return a.answerCodes(v, http.StatusOK, f)
}

func (a *Admin) answerCodes(v *visit, status int, f *form) error {
	var p promotion.Promotion
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		p, err = promotion.Find(v.ctx(), tx, promotion.ID(v.r.PathValue("id")))
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.codesPage(p, f))
}

// addCodes adds the codes that were typed, one a line, or generates some.
func (a *Admin) addCodes(v *visit) error {
	f, id := v.form(), promotion.ID(v.r.PathValue("id"))
	_, status, err := a.put(v, f, "promotion.codes", func(tx *db.Tx) (string, error) {
		limit, count := f.whole("code_limit"), f.whole("count")
		typed := strings.Fields(f.get("codes"))
		if len(typed) == 0 && count == 0 {
			f.blame("codes", "admin.problem.codes_needed")
		}
		if !f.ok() {
			return "", errMend
		}
		if len(typed) > 0 {
			return string(id), promotion.AddCodes(v.ctx(), tx, id, typed, limit)
		}
		_, err := promotion.Generate(v.ctx(), tx, id, int(min(count, promotion.MaxGenerated+1)), f.get("prefix"), limit)
		return string(id), err
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(codesOf(id), "codes_added")
	}
	return a.answerCodes(v, status, f)
}
