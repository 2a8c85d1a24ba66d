package admin

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"korzo/customer/experiment"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/value/money"
)

// currenciesOf are the currencies of the shop's markets, by code.
func (v *visit) currenciesOf(tx *db.Tx) (all []string, err error) {
	markets, err := market.All(v.ctx(), tx)
	for _, m := range markets {
		all = append(all, string(m.Currency))
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// fillRates proposes the currency and the rates of the newest experiment that
// has some.
func (f *form) fillRates(v *visit, tx *db.Tx) error {
	all, err := experiment.List(v.ctx(), tx, "")
	for _, e := range all {
		if len(e.Plan.RatesPPM) == 0 || e.Plan.Currency == "" {
			continue
		}
		f.set("currency", e.Plan.Currency)
		for of, ppm := range e.Plan.RatesPPM {
			f.set("rate."+of, f.rateText(of, e.Plan.Currency, ppm))
		}
		return err
	}
	return err
}

// minorsPer is how many minor units of one currency a unit of it has for one of
// another's.
func minorsPer(of, in string) float64 {
	a, _ := money.Find(of)
	b, _ := money.Find(in)
	return float64(a.MinorPerUnit()) / float64(b.MinorPerUnit())
}

// rateText is a rate as it is typed: what one unit is worth.
func (f *form) rateText(of, in string, ppm int64) string {
	text := strconv.FormatFloat(float64(ppm)/1e6*minorsPer(of, in), 'g', 6, 64)
	return strings.Replace(text, ".", decimalPoint(f.l), 1)
}

// readRates reads in which currency an experiment is told, and what the others
// are worth in it: all of them, for without one of them nothing could be told.
func (f *form) readRates(all []string, p *experiment.Plan) {
	if len(all) < 2 {
		return
	}
	p.Currency, p.RatesPPM = f.get("currency"), map[string]int64{}
	if !slices.Contains(all, p.Currency) {
		f.blame("currency", "admin.problem.choice")
		return
	}
	for _, of := range all {
		if of == p.Currency {
			continue
		}
		x, err := strconv.ParseFloat(decimal(f.get("rate."+of)), 64)
		ppm := math.Round(x / minorsPer(of, p.Currency) * 1e6)
		if err != nil || !(ppm >= 1 && ppm <= 1e15) {
			f.wrong("rate."+of, f.l.T("admin.problem.rate", "Of", of, "In", p.Currency))
			continue
		}
		p.RatesPPM[of] = int64(ppm)
	}
}
