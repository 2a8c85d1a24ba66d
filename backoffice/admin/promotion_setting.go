package admin

import (
	"encoding/json"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/benefit"
	"korzo/purchase/promotion/condition"
	"korzo/value/money"
)

// setting is one field of a benefit or a condition: its name in the settings,
// and how it is written.
type setting struct{ name, form string }

// How a setting is written in a form.
const (
	asPercent  = "percent"
	asNumber   = "number"
	asAmounts  = "amounts" // one in each currency of the shop
	asItems    = "items"
	asTick     = "tick"
	asText     = "text"
	asTime     = "time"
	asGroups   = "groups"
	asMarkets  = "markets"
	asChannels = "channels"
	asDays     = "weekdays"
	asPer      = "per"
	asTiers    = "tiers"
)

// tierRows is how many tiers the form has.
const tierRows = 5

// benefitSettings and conditionSettings are the fields of each kind, in the order
// a form shows them.
var (
	benefitSettings = map[string][]setting{
		"percent":  {{"percent", asPercent}, {"most", asAmounts}},
		"fixed":    {{"amounts", asAmounts}, {"per", asPer}},
		"shipping": {{"percent", asPercent}, {"most", asAmounts}},
		"buyxgety": {{"buy", asNumber}, {"get", asNumber}, {"percent", asPercent}, {"times", asNumber}, {"of", asItems}},
		"cheapest": {{"from", asNumber}, {"count", asNumber}, {"percent", asPercent}},
		"tiered":   {{"tiers", asTiers}},
		"minimum":  {{"amounts", asAmounts}, {"percent", asPercent}},
	}
	conditionSettings = map[string][]setting{
		"total":      {{"min", asAmounts}, {"max", asAmounts}, {"of", asItems}},
		"quantity":   {{"min", asNumber}, {"max", asNumber}, {"of", asItems}},
		"items":      {{"of", asItems}, {"only", asTick}},
		"customer":   {{"groups", asGroups}, {"signed_in", asTick}, {"first_order", asTick}},
		"where":      {{"markets", asMarkets}, {"channels", asChannels}},
		"clock":      {{"weekdays", asDays}, {"from", asTime}, {"to", asTime}},
		"expression": {{"rule", asText}},
	}
	benefitKinds   = []string{"percent", "fixed", "shipping", "buyxgety", "cheapest", "tiered", "minimum"}
	conditionKinds = []string{"total", "quantity", "items", "customer", "where", "clock", "expression"}
	itemNames      = []string{"tags", "categories", "products", "variants"}
	weekdayNames   = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
)

// spec reads the settings of a kind from the fields that begin with prefix, and
// says by the field what is wrong with them.
func (f *form) spec(v *visit, tx *db.Tx, prefix, kind string, fields []setting, currencies []string) (promotion.Spec, error) {
	all := map[string]any{}
	for _, s := range fields {
		value, err := f.setting(v, tx, prefix+"."+s.name, s.form, currencies)
		if err != nil {
			return promotion.Spec{}, err
		}
		if value != nil {
			all[s.name] = value
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return promotion.Spec{}, err
	}
	spec := promotion.Spec{Kind: kind, Settings: text}
	if !f.ok() {
		return spec, nil
	}
	if prefix == "benefit" {
		_, err = benefit.New(kind, text)
	} else {
		_, err = condition.New(kind, text)
	}
	if fault.KindOf(err) == fault.Invalid {
		field, told, found := strings.Cut(fault.TextOf(err), ": ")
		if !found {
			field, told = fields[0].name, fault.TextOf(err)
		}
		f.wrong(prefix+"."+field, told)
		err = nil
	}
	return spec, err
}

// setting reads one setting; nil is one that was left out.
func (f *form) setting(v *visit, tx *db.Tx, name, form string, currencies []string) (any, error) {
	switch form {
	case asPercent:
		if !f.has(name) {
			return nil, nil
		}
		return json.Number(percentText(f.ppm(name))), nil
	case asNumber:
		if n := f.whole(name); n != 0 {
			return n, nil
		}
	case asAmounts:
		if all := f.amounts(name, currencies); len(all) > 0 {
			return all, nil
		}
	case asTick:
		if f.has(name) {
			return true, nil
		}
	case asItems:
		items, err := f.items(v, tx, name)
		if err != nil || items.IsZero() {
			return nil, err
		}
		return items, nil
	case asGroups, asMarkets, asChannels, asDays:
		if all := f.all(name); len(all) > 0 {
			return all, nil
		}
	case asTiers:
		return f.tiers(name, currencies), nil
	default:
		if f.has(name) {
			return f.get(name), nil
		}
	}
	return nil, nil
}

// percentText writes parts per million as people do: "12.5".
func percentText(ppm int64) string {
	text, _ := basket.Percent(ppm).MarshalJSON() // it returns no error
	return string(text)
}

func (f *form) amounts(name string, currencies []string) map[string]int64 {
	all := map[string]int64{}
	for _, c := range currencies {
		if a, given := f.amount(name+"."+c, money.Currency(c)); given {
			all[c] = a.Minor
		}
	}
	return all
}

// items reads which goods are meant, and which are excepted. Products are named
// by a SKU or their address.
func (f *form) items(v *visit, tx *db.Tx, name string) (s basket.Items, err error) {
	if s.Names, err = f.names(v, tx, name); err != nil {
		return s, err
	}
	s.Except, err = f.names(v, tx, name+".except")
	return s, err
}

func (f *form) names(v *visit, tx *db.Tx, name string) (n basket.Names, err error) {
	n.Tags, n.Categories, n.Variants = words(f.get(name+".tags")), words(f.get(name+".categories")), words(f.get(name+".variants"))
	for _, text := range words(f.get(name + ".products")) {
		if strings.HasPrefix(text, "prd_") {
			n.Products = append(n.Products, text)
			continue
		}
		id, err := findProduct(v, tx, text)
		if err != nil {
			return n, err
		}
		if id == "" {
			f.wrong(name+".products", v.T("admin.problem.no_product", "Name", text))
			continue
		}
		n.Products = append(n.Products, string(id))
	}
	return n, nil
}

func tierName(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }

// tiers reads the rows of a table of tiers that are not empty.
func (f *form) tiers(name string, currencies []string) []map[string]any {
	all := []map[string]any{}
	for i := range tierRows {
		row, tier := tierName(name, i), map[string]any{}
		if n := f.whole(row + ".units"); n != 0 {
			tier["units"] = n
		}
		if f.has(row + ".percent") {
			tier["percent"] = json.Number(percentText(f.ppm(row + ".percent")))
		}
		for key, amounts := range map[string]map[string]int64{"amount": f.amounts(row+".amount", currencies), "off": f.amounts(row+".off", currencies)} {
			if len(amounts) > 0 {
				tier[key] = amounts
			}
		}
		if len(tier) > 0 {
			all = append(all, tier)
		}
	}
	return all
}

// fillSpec writes the settings of a kind into the fields that begin with prefix.
func (f *form) fillSpec(prefix string, spec promotion.Spec, fields []setting) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(spec.Settings, &all); err != nil {
		return err
	}
	for _, s := range fields {
		if raw, ok := all[s.name]; ok {
			if err := f.fillSetting(prefix+"."+s.name, s.form, raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *form) fillSetting(name, form string, raw json.RawMessage) (err error) {
	switch form {
	case asAmounts:
		var all map[money.Currency]int64
		err = json.Unmarshal(raw, &all)
		f.fillAmounts(name, all)
	case asItems:
		var items basket.Items
		err = json.Unmarshal(raw, &items)
		f.fillItems(name, items)
	case asGroups, asMarkets, asChannels, asDays:
		var all []string
		err = json.Unmarshal(raw, &all)
		f.setAll(name, all)
	case asTick:
		if string(raw) == "true" {
			f.set(name, "yes")
		}
	case asTiers:
		var all []struct {
			Units       int64
			Percent     json.Number
			Amount, Off map[money.Currency]int64
		}
		err = json.Unmarshal(raw, &all)
		for i, t := range all {
			row := tierName(name, i)
			if t.Units > 0 {
				f.setNumber(row+".units", t.Units)
			}
			f.set(row+".percent", t.Percent.String())
			f.fillAmounts(row+".amount", t.Amount)
			f.fillAmounts(row+".off", t.Off)
		}
	case asPercent, asNumber:
		f.set(name, strings.Replace(string(raw), ".", decimalPoint(f.l), 1))
	default:
		var text string
		err = json.Unmarshal(raw, &text)
		f.set(name, text)
	}
	return err
}

func (f *form) fillAmounts(name string, all map[money.Currency]int64) {
	for c, minor := range all {
		f.setAmount(name+"."+string(c), money.Of(minor, c))
	}
}

func (f *form) fillItems(name string, s basket.Items) {
	for prefix, n := range map[string]basket.Names{name: s.Names, name + ".except": s.Except} {
		for field, all := range map[string][]string{"tags": n.Tags, "categories": n.Categories, "products": n.Products, "variants": n.Variants} {
			f.set(prefix+"."+field, strings.Join(all, ", "))
		}
	}
}
