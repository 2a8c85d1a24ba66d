package admin

import (
	"slices"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/value/money"
)

// pressGrid does what the grid's other buttons ask of the form; nothing of it is
// saved before somebody saves it.
func pressGrid(v *visit, f *form, p *product) bool {
	switch f.get("do") {
	case "combine":
		f.combine(v, p)
	case "add":
		f.setNumber("rows", int64(f.rows()))
	case "fill":
		f.fillDown(p)
	default:
		return false
	}
	f.readOptions(p)
	return true
}

// combine adds a row for every combination of the options' values that has none.
func (f *form) combine(v *visit, p *product) {
	f.readOptions(p)
	rows := f.rows()
	seen := map[string]bool{}
	for i := range rows {
		seen[f.combination(rowName(i), p.Options)] = true
	}
	stem := stem(f, p)
	for _, values := range combinations(p.Options) {
		if seen[strings.Join(values, "\x00")] {
			continue
		}
		n := rows - 1 // the empty row becomes the first
		if n >= catalog.MaxVariants {
			f.wrong("variants", v.T("admin.problem.many_variants", "Most", catalog.MaxVariants))
			break
		}
		f.fillRow(p, rowName(n), catalog.Variant{SKU: skuFor(stem, values), Title: strings.Join(values, ", ")})
		for i, value := range values {
			f.set(rowName(n)+"."+optionName(i), value)
		}
		rows++
	}
	f.setNumber("rows", int64(rows-1))
}

// combination is what a row has of each option.
func (f *form) combination(row string, options []catalog.Option) string {
	values := make([]string, len(options))
	for i := range options {
		values[i] = f.get(row + "." + optionName(i))
	}
	return strings.Join(values, "\x00")
}

// combinations are all there are, those of the first option together. More than
// a product may have are cut off.
func combinations(options []catalog.Option) [][]string {
	all := [][]string{{}}
	for _, o := range options {
		var more [][]string
		for _, first := range all {
			for _, value := range o.Values {
				more = append(more, append(slices.Clone(first), value.Value))
			}
		}
		if len(o.Values) > 0 {
			all = more[:min(len(more), 4*catalog.MaxVariants)]
		}
	}
	if len(all) == 1 && len(all[0]) == 0 {
		return nil
	}
	return all
}

// stem is what SKUs of a product begin with: what those it has share, or its slug.
func stem(f *form, p *product) string {
	shared, found := "", false
	for i := range f.rows() {
		sku := f.get(rowName(i) + ".sku")
		if sku == "" {
			continue
		}
		if !found {
			shared, found = sku, true
			continue
		}
		for !strings.HasPrefix(sku, shared) {
			shared = shared[:len(shared)-1]
		}
	}
	if shared = strings.TrimRight(shared, "-_. "); len(shared) < 2 {
		shared = strings.ToUpper(p.Slug)
	}
	return shared
}

// skuFor makes a SKU of a stem and the values of options: MUG-RED-XL.
func skuFor(stem string, values []string) string {
	sku := stem
	for _, value := range values {
		sku += "-" + strings.ToUpper(catalog.Slug(value))
	}
	return sku[:min(len(sku), 64)]
}

// fillDown writes a value into one column of the rows that are ticked, of all
// when none is. Prices and costs may be changed by a percentage: +10 %, -5%.
func (f *form) fillDown(p *product) {
	column, value := f.get("fill_column"), f.get("fill_value")
	picked := f.all("pick")
	n := f.rows() - 1
	part, relative := percentOf(value)
	if value == "" || relative && !strings.HasPrefix(column, "price.") {
		f.blame("fill_value", "admin.problem.fill")
		return
	}
	for i := range n {
		row := rowName(i)
		if len(picked) > 0 && !slices.Contains(picked, strconv.Itoa(i)) {
			continue
		}
		if !relative {
			f.set(row+"."+column, value)
			continue
		}
		for _, m := range p.Markets {
			if column == "price."+m.ID {
				f.scale(row+"."+column, m.Currency, part)
			}
		}
	}
	f.set("fill_value", "")
}

// percentOf reads a change such as "+10 %" as parts per million of what is:
// 1,100,000. It is between nothing and ten times as much.
func percentOf(text string) (ppm int64, ok bool) {
	text = decimal(strings.Replace(text, "−", "-", 1))
	number, found := strings.CutSuffix(text, "%")
	if !found {
		return 0, false
	}
	digits, less := strings.CutPrefix(number, "-")
	whole, part, _ := strings.Cut(strings.TrimPrefix(digits, "+"), ".")
	change, err := strconv.ParseUint(whole+(part + "0000")[:4], 10, 63)
	switch {
	case err != nil || whole == "" || len(whole) > 3 || len(part) > 4:
		return 0, false
	case less:
		return money.Million - int64(change), change <= money.Million
	}
	return money.Million + int64(change), true
}

// scale changes an amount of the form by parts per million, to the charge step.
func (f *form) scale(name string, c money.Currency, ppm int64) {
	if was, given := f.amount(name, c); given {
		info, _ := money.Find(c)
		f.setAmount(name, was.Share(ppm, info.ChargeStep))
	}
}
