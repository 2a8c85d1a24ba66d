package admin

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/value/money"
)

// start is a product to be, with what all its variants begin with.
type start struct {
	catalog.Product
	prices map[string]money.Amount
	units  int64 // of each variant, at place
	place  string
}

func (a *Admin) newProduct(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	return a.answerNewProduct(v, http.StatusOK, f)
}

func (a *Admin) answerNewProduct(v *visit, status int, f *form) error {
	p, err := a.load(v, "")
	if err != nil {
		return err
	}
	return v.show(status, v.newProductPage(&p, f))
}

// start reads the form: a product with a variant for each combination of its
// options, or one when it has none.
func (f *form) start(v *visit, markets []market.Market) start {
	s := start{place: f.get("at"), units: f.whole("units"), prices: map[string]money.Amount{}}
	s.Title, s.Slug = f.get("title"), cmp.Or(f.get("slug"), catalog.Slug(f.get("title")))
	s.Description, s.Tags, s.Kind, s.TaxClass = text(f.get("description")), words(f.get("tags")), cmp.Or(f.get("kind"), catalog.KindGoods), catalog.TaxStandard
	s.Status = catalog.Status(cmp.Or(f.get("status"), string(catalog.StatusDraft)))
	for _, m := range markets {
		if price, given := f.amount("price."+m.ID, m.Currency); given {
			s.prices[m.ID] = price
		}
	}
	weight := f.whole("weight_grams")
	stem := cmp.Or(f.get("sku"), strings.ToUpper(s.Slug))
	var p product
	f.readOptions(&p)
	s.Options = p.Options
	for _, values := range combinations(s.Options) {
		options := map[string]string{}
		for i, value := range values {
			options[s.Options[i].Name] = value
		}
		s.Variants = append(s.Variants, catalog.Variant{SKU: skuFor(stem, values), Title: strings.Join(values, ", "), Options: options, WeightGrams: weight})
	}
	if len(s.Variants) == 0 {
		s.Variants = []catalog.Variant{{SKU: stem[:min(len(stem), 64)], Barcode: f.get("barcode"), WeightGrams: weight}}
	}
	f.checkStart(v, s)
	return s
}

// checkStart says by the fields of the form what is wrong with a product.
func (f *form) checkStart(v *visit, s start) {
	if len(s.Variants) > catalog.MaxVariants {
		f.wrong("options[0].values", v.T("admin.problem.many_variants", "Most", catalog.MaxVariants))
		return
	}
	f.check(s.Product, nil)
	found := f.problems
	f.problems = nil
	for _, p := range found { // what is wrong with the variants was typed once
		if _, field, of := strings.Cut(p.field, "]."); of && strings.HasPrefix(p.field, "variants[") {
			p.field = field
		}
		if f.error(p.field) == "" && p.field != "options" {
			f.wrong(p.field, p.text)
		}
	}
	if s.units < 0 {
		f.blame("units", "admin.problem.whole")
	}
}

func (a *Admin) createProduct(v *visit) error {
	f := v.form()
	var s start
	id := ""
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		markets, err := market.All(v.ctx(), tx)
		if err != nil {
			return err
		}
		if s = f.start(v, markets); !f.ok() {
			return errMend
		}
		id, err = v.once(tx, "admin.product.create", func() (string, error) { return v.create(tx, s) })
		return err
	})
	if err == nil {
		tab := ""
		if len(s.Variants) > 1 {
			tab = "variants"
		}
		return v.done(productPath(catalog.ProductID(id), tab), "product_created")
	}
	return a.refuseNewProduct(v, f, err)
}

func (a *Admin) refuseNewProduct(v *visit, f *form, err error) error {
	status := http.StatusUnprocessableEntity
	if errors.Is(err, idempotency.ErrReused) {
		f.set("key", newKey())
	}
	if !errors.Is(err, errMend) {
		var rest error
		if status, rest = v.refusedProduct(f, err); rest != nil {
			return rest
		}
		if errors.Is(err, catalog.ErrSKUTaken) {
			f.wrong("sku", v.refusal)
			v.refusal = ""
		}
	}
	return a.answerNewProduct(v, status, f)
}

func (v *visit) create(tx *db.Tx, s start) (string, error) {
	p, err := catalog.Create(v.ctx(), tx, catalog.Draft(s.Product))
	if err != nil {
		return "", err
	}
	for _, variant := range p.Variants {
		for m, price := range s.prices {
			if err := pricing.Set(v.ctx(), tx, m, variant.ID, price); err != nil {
				return "", &fieldError{"price." + m, err}
			}
		}
		if s.units == 0 || s.place == "" {
			continue
		}
		if err := v.staff.Can("stock.write"); err != nil {
			return "", err
		}
		if _, err := inventory.Adjust(v.ctx(), tx, inventory.Adjustment{Variant: variant.ID, Location: s.place, Delta: s.units,
			Reason: v.T("admin.new.reason"), Cause: inventory.CauseReceived, Actor: v.staff.Subject}); err != nil {
			return "", &fieldError{"units", err}
		}
	}
	return string(p.ID), v.record(tx, "product.create", string(p.ID), "title", p.Title, "slug", p.Slug, "variants", strconv.Itoa(len(p.Variants)))
}
