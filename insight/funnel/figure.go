package funnel

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"korzo/insight/stat"
)

// Figure counts one group of checkouts. Amounts are in minor units.
type Figure struct {
	Value        string
	Visits       int64
	Placed       int64 // that ended in an order
	Tries        int64 // to pay that ended
	Approved     int64 // of them
	Revenue      int64
	Contribution int64
	Counted      int64 // orders whose worth is among the amounts
	Lifetime     int64 // contribution and what is expected of the customers, in all
	Customers    int64 // orders of known customers
	Priced       int64 // visits whose order is among the amounts, or would have been
	Stopped      map[string]int64

	times                           []time.Duration
	revenue, contribution, lifetime stat.Sample // by order, by priced visit, by order of a known customer
}

// Conversion is the share of visits that ended in an order.
func (f Figure) Conversion() float64 { return portion(f.Placed, f.Visits) }

// Approval is the share of tries to pay that ended in an order.
func (f Figure) Approval() float64 { return portion(f.Approved, f.Tries) }

// OrderValue, PerVisit and LifetimeValue are averages in minor units; 0 where
// there is nothing to average.
func (f Figure) OrderValue() float64 { return portion(f.Revenue, f.Counted) }

// PerVisit is the contribution of a visit, of those in the currency of the amounts.
func (f Figure) PerVisit() float64 { return portion(f.Contribution, f.Priced) }

// LifetimeValue is what a known customer left here and is expected to bring.
func (f Figure) LifetimeValue() float64 { return portion(f.Lifetime, f.Customers) }

// Median is how long half of the orders took at most, from the beginning of the
// checkout; 0 without orders.
func (f Figure) Median() time.Duration {
	if len(f.times) == 0 {
		return 0
	}
	all := slices.Sorted(slices.Values(f.times))
	return all[(len(all)-1)/2]
}

func portion(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// sure is the z of 95 %: figures are looked at as they are, and decide nothing.
const sure = 1.96

// ConversionRange is where the conversion lies with 95 % (Wilson); 0 and 1
// without visits.
func (f Figure) ConversionRange() (low, high float64) { return wilson(f.Placed, f.Visits) }

// ApprovalRange is the same of payments.
func (f Figure) ApprovalRange() (low, high float64) { return wilson(f.Approved, f.Tries) }

func wilson(part, whole int64) (low, high float64) {
	if whole == 0 {
		return 0, 1
	}
	n, p := float64(whole), portion(part, whole)
	middle, half := p+sure*sure/(2*n), sure*math.Sqrt(p*(1-p)/n+sure*sure/(4*n*n))
	return (middle - half) / (1 + sure*sure/n), (middle + half) / (1 + sure*sure/n)
}

// OrderValueError, PerVisitError and LifetimeError are how far the averages may
// be off, with 95 %, in minor units; 0 for fewer than two.
func (f Figure) OrderValueError() float64 { return off(f.revenue) }

// PerVisitError is that of PerVisit.
func (f Figure) PerVisitError() float64 { return off(f.contribution) }

// LifetimeError is that of LifetimeValue, as if what is expected were known.
func (f Figure) LifetimeError() float64 { return off(f.lifetime) }

func off(s stat.Sample) float64 {
	if s.N < 2 {
		return 0
	}
	return sure * math.Sqrt(s.Var()/s.N)
}

// add counts a visit.
func (f *Figure) add(r visitRow, of amounts) {
	f.Visits++
	w, counted := of.orders[r.order]
	if priced := counted || r.order == "" && !of.elsewhere[r.market]; priced {
		f.Priced++
		f.contribution.Add(float64(w.contribution))
	}
	f.Tries += r.tries
	f.Approved += r.placed
	if r.placed == 0 {
		if f.Stopped == nil {
			f.Stopped = map[string]int64{}
		}
		first, _, _ := strings.Cut(r.needs, ",")
		f.Stopped[cmp.Or(first, "nothing")]++
		return
	}
	f.Placed++
	f.times = append(f.times, r.ended.Sub(r.began))
	if !counted {
		return
	}
	f.revenue.Add(float64(w.revenue))
	f.Counted++
	f.Revenue += w.revenue
	f.Contribution += w.contribution
	if w.known {
		f.Customers++
		f.lifetime.Add(float64(w.contribution + w.expected))
		f.Lifetime += w.contribution + w.expected
	}
}
