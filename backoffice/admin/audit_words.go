package admin

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// deedNames are the names of staff, keys, places and groups, and of the orders,
// products and variants that a page of deeds speaks of, by their ids.
func deedNames(v *visit, tx *db.Tx, all []audit.Recorded) (map[string]string, error) {
	byID, err := names(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	var orders []order.ID
	var products []catalog.ProductID
	var variants []catalog.VariantID
	for id := range spokenOf(all) {
		switch kindOf(id) {
		case "ord":
			orders = append(orders, order.ID(id))
		case "prd":
			products = append(products, catalog.ProductID(id))
		case "var":
			variants = append(variants, catalog.VariantID(id))
		}
	}
	numbers, err := order.NumbersOf(v.ctx(), tx, orders)
	if err != nil {
		return nil, err
	}
	for id, number := range numbers {
		byID[string(id)] = number
	}
	goods, err := catalog.Some(v.ctx(), tx, products, v.Tag())
	if err != nil {
		return nil, err
	}
	for _, p := range goods {
		byID[string(p.ID)] = p.Title
	}
	items, err := catalog.SellableIn(v.ctx(), tx, "", v.Tag(), variants)
	if err != nil {
		return nil, err
	}
	for id, it := range items {
		byID[string(id)] = it.SKU
	}
	places, err := placeNames(v, tx)
	if err != nil {
		return nil, err
	}
	maps.Copy(byID, places)
	groups, err := groupNames(v, tx)
	maps.Copy(byID, groups)
	return byID, err
}

// spokenOf are the ids that entries name: their subjects and the words of their details.
func spokenOf(all []audit.Recorded) map[string]bool {
	ids := map[string]bool{}
	for _, e := range all {
		ids[e.Subject] = true
		for name, value := range e.Detail {
			for _, word := range strings.Fields(name + " " + value) {
				ids[word] = true
			}
		}
	}
	return ids
}

// called says what a deed was done to: "Order 1001", or the kind alone of what
// has no name, or the id of what has no kind.
func (v *visit) called(d deed) string {
	kind := v.subjectName(d.Subject)
	if name := d.Names[d.Subject]; name != "" && kind != "" {
		return v.T("admin.audit.subject", "Kind", kind, "Name", name)
	}
	return cmp.Or(kind, d.Subject)
}

// changed pairs what was before with what is after, and says in words what else
// is known: details named x.before and x.after, or before and after alone.
func (v *visit) changed(d deed) (all []moved, rest []string) {
	for _, name := range slices.Sorted(maps.Keys(d.Detail)) {
		base, last := "", name
		if at := strings.LastIndexByte(name, '.'); at >= 0 {
			base, last = name[:at], name[at+1:]
		}
		other := strings.TrimSuffix(name, last)
		switch last {
		case "after":
			all = append(all, moved{v.detailName(d, base), v.detail(d, base, d.Detail[other+"before"]), v.detail(d, base, d.Detail[name])})
			continue
		case "before":
			if _, both := d.Detail[other+"after"]; both {
				continue
			}
		}
		if value := v.detail(d, name, d.Detail[name]); value != "" {
			rest = append(rest, v.detailName(d, name)+": "+value)
		}
	}
	return all, rest
}

// detailName is what a detail is called: by its first word, and the names of
// what else is in it: "price DE var_1" is the price of a SKU in a market.
func (v *visit) detailName(d deed, name string) string {
	if name == "" {
		return ""
	}
	first, rest, _ := strings.Cut(name, " ")
	if v.Has("admin.detail." + first) {
		first = v.T("admin.detail." + first)
	} else {
		first = v.word("field", first)
	}
	for _, word := range strings.Fields(rest) {
		first += " " + cmp.Or(d.Names[word], word)
	}
	return first
}

// detail is a detail's value in words; "" where it is nothing but the id of
// what nobody sees by a name.
func (v *visit) detail(d deed, name, value string) string {
	if words := strings.Fields(value); slices.ContainsFunc(words, func(word string) bool { return d.Names[word] != "" }) {
		for i, word := range words {
			words[i] = cmp.Or(d.Names[word], word)
		}
		return strings.Join(words, ", ")
	}
	switch name {
	case "amendment", "change", "delivery":
		return ""
	case "fields":
		all := strings.Split(value, ",")
		for i, field := range all {
			all[i] = v.detailName(d, field)
		}
		return strings.Join(all, ", ")
	case "from", "to":
		return v.known("state", value)
	case "mode":
		return v.known("mode", value)
	case "list":
		return v.known("section", value)
	case "verb":
		if label, ok := v.bulk[value]; ok {
			return v.T(label)
		}
	}
	switch value {
	case "true", "yes":
		return v.T("admin.yes")
	case "false", "no":
		return v.T("admin.no")
	case "removed":
		return v.T("admin.detail.removed")
	}
	return value
}

// known is a word of a set in the reader's language, and what is none as it is.
func (v *visit) known(kind, word string) string {
	if key := "admin." + kind + "." + word; v.Has(key) {
		return v.T(key)
	}
	return word
}
