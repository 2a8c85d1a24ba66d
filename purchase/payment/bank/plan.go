package bank

// Plan is a way to pay a sum in instalments, as a card's issuer offers it.
// Amounts are minor units. What the buyer pays and what the merchant is charged
// are two things: Total goes from the card, Cost is taken off what the merchant
// is paid.
type Plan struct {
	Count int64 `json:"count"` // 1 to 12 months; 1 is at once
	Each  int64 `json:"each"`  // every month but the last, which may be less
	Last  int64 `json:"last"`
	Total int64 `json:"total"`
	Cost  int64 `json:"merchant_cost_ppm"`
}

// offers are the issuers' tables: what the buyer pays more, and what the
// merchant pays, in parts per million of the sum.
var offers = map[string][]struct{ count, buyer, merchant int64 }{
	"Akbank":    {{1, 0, 18_900}, {2, 0, 34_900}, {3, 0, 49_500}, {6, 62_000, 49_500}, {9, 98_000, 49_500}, {12, 134_000, 49_500}},
	"Halkbank":  {{1, 0, 17_900}, {3, 31_000, 17_900}, {6, 66_000, 17_900}},
	"DenizBank": {{1, 0, 18_500}, {2, 0, 33_000}, {4, 44_000, 33_000}},
}

// leastInstalment is what one month's part is at least, in minor units.
const leastInstalment = 50_00

// plansOf are the ways to pay a sum with a card, by its BIN. A card without an
// issuer that lends has the one at once.
func plansOf(c Card, minor int64) []Plan {
	plans := []Plan{}
	for _, o := range offers[c.Issuer] {
		total := minor + (minor*o.buyer+500_000)/1_000_000
		each := (total + o.count - 1) / o.count
		if o.count > 1 && each < leastInstalment {
			continue
		}
		plans = append(plans, Plan{o.count, each, total - each*(o.count-1), total, o.merchant})
	}
	if len(plans) == 0 {
		plans = []Plan{{1, minor, minor, minor, 0}}
	}
	return plans
}

// offered reports whether a card can pay a sum in so many instalments.
func offered(c Card, minor, count int64) bool {
	for _, p := range plansOf(c, minor) {
		if p.Count == count {
			return true
		}
	}
	return count == 0
}
