package statement

import (
	"errors"
	"fmt"

	"korzo/value/money"
)

// Remitted is the mapping of a carrier's list of cash that it collected, where
// its columns bear our own names. Reference is ours, the order's number or the
// carrier's of the parcel.
var Remitted = Mapping{Reference: "reference", Amount: "amount", Fee: "fee", Currency: "currency", Payout: "remittance", At: "date", Text: "text"}

// remittance reads what a carrier collected at doors and pays out in one sum:
// each line is a charge, and each remittance it names a payout. A parcel that
// stands there twice is two rows.
func (s *reading) remittance(m Mapping) error {
	if m.IsZero() {
		m = Remitted
	}
	m.Kind = ""
	t, err := openTable(s.in)
	if err != nil {
		return err
	}
	if err := m.fits(t, s.Format); err != nil {
		return err
	}
	sums, named, times := map[string]*Row{}, []string(nil), map[string]int{}
	err = s.rows(t, func(t *table) (Row, error) {
		r, err := m.collected(t)
		if err != nil {
			return r, err
		}
		if times[r.ID]++; times[r.ID] > 1 {
			r.ID = fmt.Sprintf("%s#%d", r.ID, times[r.ID])
		}
		sum, ok := sums[r.Payout]
		if !ok {
			zero := money.Of(0, r.Net.Currency)
			sum = &Row{ID: r.Payout, Kind: Payout, Payout: r.Payout, Amount: zero, Gross: zero, Fee: zero, Net: zero}
			sums[r.Payout], named = sum, append(named, r.Payout)
		}
		if sum.Net.Currency != r.Net.Currency {
			return r, errors.New("a remittance is paid out in one currency; give each currency its own number")
		}
		sum.Net, sum.At = sum.Net.Minus(r.Net), r.At
		return r, nil
	})
	for i, name := range named {
		if err == nil {
			sum := *sums[name]
			sum.Line, sum.Amount, sum.Gross = t.line+1+i, sum.Net, sum.Net
			err = s.row(sum)
		}
	}
	return err
}

// collected reads a line: what the carrier took, less what it kept.
func (m Mapping) collected(t *table) (Row, error) {
	r, err := m.row(t)
	switch {
	case err != nil:
		return r, err
	case r.Reference == "":
		return r, unfit(Unfit{Field: "reference", Column: m.Reference, Reason: ReasonEmpty}, "it has no reference: ours, the order's number or the parcel's")
	case r.Payout == "":
		return r, unfit(Unfit{Field: "payout", Column: m.Payout, Reason: ReasonEmpty}, "it does not say in which remittance it is paid out")
	case r.Gross.Minor <= 0:
		return r, errors.New("a carrier collects more than nothing")
	}
	if r.ID == "" {
		r.ID = r.Reference
	}
	r.ID, r.Kind = r.Payout+":"+r.ID, Charge
	return r, nil
}
