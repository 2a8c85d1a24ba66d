package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/idempotency"
	"korzo/purchase/promotion"
	"korzo/value/money"
)

func (a *Admin) listPromotions(v *visit) error { return a.answerPromotions(v, http.StatusOK) }

func (a *Admin) answerPromotions(v *visit, status int) error {
	var page []promotion.Promotion
	var next promotion.ID
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		page, next, err = promotion.List(v.ctx(), tx, promotion.Filter{State: promotion.State(v.query("state")),
			After: promotion.ID(v.query("after")), Limit: pageSize})
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.promotionsPage(page, string(next)))
}

func (a *Admin) newPromotion(v *visit) error {
	f := v.form()
	f.set("key", newKey())
	f.set("kind", "percent")
	return a.answerPromotion(v, http.StatusOK, f)
}

func (a *Admin) answerPromotion(v *visit, status int, f *form) error {
	markets, err := a.markets(v)
	if err != nil {
		return err
	}
	return v.show(status, v.promotionPage(f, markets))
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

// promotion reads the form.
func (f *form) promotion(v *visit) promotion.Draft {
	d := promotion.Draft{Name: f.get("name"), Code: f.get("code"), Market: f.get("market"),
		UsageLimit: f.whole("usage_limit"), Starts: f.moment("starts", v.zone), Ends: f.moment("ends", v.zone), State: promotion.StateActive}
	if d.Name == "" {
		f.blame("name", "admin.problem.name")
	}
	if f.get("kind") != "fixed" {
		d.Benefit = promotion.PercentOff(f.ppm("percent"))
		return d
	}
	a, given := f.amount("amount", money.Currency(f.get("currency")))
	if d.Benefit = promotion.AmountOff(a); !given && f.error("amount") == "" {
		f.blame("amount", "admin.problem.fixed")
	}
	return d
}

func (a *Admin) createPromotion(v *visit) error {
	f := v.form()
	d := f.promotion(v)
	var err error
	if f.ok() {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			_, err := v.once(tx, "admin.promotion.create", func() (string, error) {
				p, err := promotion.Create(v.ctx(), tx, d)
				if err != nil {
					return "", err
				}
				return string(p.ID), v.record(tx, "promotion.create", string(p.ID), "name", p.Name)
			})
			return err
		})
		if err == nil {
			return v.done(Prefix+"/promotions", "promotion_created")
		}
	}
	status := http.StatusUnprocessableEntity
	if errors.Is(err, idempotency.ErrReused) {
		f.set("key", newKey())
	}
	if err != nil {
		if status, err = v.refusedPromotion(f, err); err != nil {
			return err
		}
	}
	return a.answerPromotion(v, status, f)
}

// refusedPromotion puts a refusal beside the field it is about. The domain
// names its fields in one line of text: "code: …; usage_limit: …".
func (v *visit) refusedPromotion(f *form, err error) (status int, rest error) {
	status, rest = v.refused(err)
	switch {
	case rest != nil:
		return status, rest
	case errors.Is(err, promotion.ErrCodeTaken):
		f.wrong("code", v.refusal)
	case errors.Is(err, promotion.ErrInvalid):
		for part := range strings.SplitSeq(fault.TextOf(err), "; ") {
			field, text, found := strings.Cut(part, ": ")
			if key := "admin.problem." + field; v.Has(key) {
				text = v.T(key)
			}
			if found && v.Has("admin.field."+field) {
				f.wrong(field, text)
			}
		}
	}
	if !f.ok() {
		v.refusal = ""
	}
	return status, nil
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
		return v.done(Prefix+"/promotions", "promotion_moved")
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerPromotions(v, status)
}
