package settlement

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/payment"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"
)

// Verdict is what a row turned out to be. All but Matched and Undone are
// differences, each an exception until a later match finds it gone.
type Verdict string

// The verdicts.
const (
	Matched   Verdict = "matched"   // file and books agree
	Undone    Verdict = "undone"    // charged after its attempt had ended, and given back
	Unknown   Verdict = "unknown"   // no attempt of ours has this reference
	Currency  Verdict = "currency"  // in another currency than was asked for
	Twice     Verdict = "twice"     // the customer was charged twice
	Ended     Verdict = "ended"     // charged although the attempt was declined or given up
	More      Verdict = "more"      // the gateway took more than our books have
	Less      Verdict = "less"      // the gateway took less
	Refunded  Verdict = "refunded"  // the gateway gave back more than our books have
	Unsettled Verdict = "unsettled" // our books have a refund that the gateway did not make
	Missing   Verdict = "missing"   // our books have a charge that no file tells of
	Changed   Verdict = "changed"   // a row says another thing than when it was first read
	Payouts   Verdict = "payout"    // a payout is not the sum of its rows
	Arrival   Verdict = "arrival"   // a payout did not arrive, or not whole
	Transfer  Verdict = "transfer"  // a customer's transfer that is not what is owed
	Short     Verdict = "short"     // a carrier remitted a part of what it was to collect
	Absent    Verdict = "absent"    // a parcel was handed over long ago, and nothing was remitted
	Other     Verdict = "other"     // a bank's entry that is none of the shop's
)

// Verdicts are what a row can be told to be.
var Verdicts = []Verdict{Matched, Undone, Unknown, Currency, Twice, Ended, More, Less, Refunded, Unsettled, Changed, Payouts, Arrival, Transfer, Short, Absent, Other}

// Differences are the verdicts that are exceptions.
var Differences = []Verdict{Unknown, Currency, Twice, Ended, More, Less, Refunded, Unsettled, Missing, Changed, Payouts, Arrival, Transfer, Short, Absent}

// trouble is the verdict as a kind of exception.
func (v Verdict) trouble() string { return "settlement." + string(v) }

// Result says what a match found.
type Result struct {
	Matched, Undone int             // attempts
	Asked           int             // attempts whose gateway was asked
	Differences     map[Verdict]int // what is left for a person
}

// told is what all statements tell of an attempt, in its customer's currency.
type told struct {
	attempt    payment.AttemptID
	charges    int64 // rows
	currencies int64 // different ones
	currency   money.Currency
	charged    int64
	refunded   int64
	last       time.Time // of the last charge or refund
}

// slack is how long a refund may take to be settled, and how far from a file's
// edges a charge is not yet missed.
const (
	slack = 7 * 24 * time.Hour
	edge  = time.Hour
)

// Match holds a file's rows against our payments and, where they differ, the
// gateway's own book; then its payouts against their rows and the bank. It must
// run outside any transaction and may be repeated; every repeat finds what
// meanwhile went away.
func (s *Settlements) Match(ctx context.Context, id ID) (Result, error) {
	result := Result{Differences: map[Verdict]int{}}
	var f File
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		f, err = Find(ctx, tx, id)
		return err
	})
	if err != nil {
		return result, err
	}
	steps := []func(context.Context, File, *Result) error{s.matchAttempts, s.matchUnknown, s.matchMissing, s.matchPayouts}
	switch {
	case f.Format == statement.Remittance:
		steps = []func(context.Context, File, *Result) error{s.remit, s.matchAttempts, s.matchUnknown, s.matchAbsent, s.matchPayouts}
	case f.Source == Bank:
		steps = []func(context.Context, File, *Result) error{s.matchEntries, s.matchLate}
	}
	for _, step := range steps {
		if err := step(ctx, f, &result); err != nil {
			return result, fmt.Errorf("match statement %s: %w", id, err)
		}
	}
	return result, s.db.Write(ctx, func(tx *db.Tx) error { return updateMatched(ctx, tx, id) })
}

// matchAttempts goes through the attempts that the file names.
func (s *Settlements) matchAttempts(ctx context.Context, f File, result *Result) error {
	for after := payment.AttemptID(""); ; {
		var all []told
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			all, err = selectTold(ctx, tx, f, after, chunk)
			return err
		})
		if err != nil || len(all) == 0 {
			return err
		}
		after = all[len(all)-1].attempt
		differ, err := s.judge(ctx, f, all, result, false)
		if err != nil || len(differ) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		result.Asked += len(differ)
		if err := s.ask(ctx, differ); err != nil {
			return err
		}
		if _, err := s.judge(ctx, f, differ, result, true); err != nil {
			return err
		}
	}
}

// judge gives each attempt its verdict and writes it. What differs is returned
// to be asked about, or is final and raised.
func (s *Settlements) judge(ctx context.Context, f File, all []told, result *Result, final bool) (differ []told, err error) {
	var matched, undone int
	differences := map[Verdict]int{}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		differ, matched, undone = nil, 0, 0
		clear(differences)
		ids := make([]payment.AttemptID, len(all))
		for i, t := range all {
			ids[i] = t.attempt
		}
		attempts, err := payment.FindAttempts(ctx, tx, ids)
		if err != nil {
			return err
		}
		byID := make(map[payment.AttemptID]payment.Attempt, len(attempts))
		for _, a := range attempts {
			byID[a.ID] = a
		}
		groups := map[Verdict][]payment.AttemptID{}
		for _, t := range all {
			a := byID[t.attempt]
			v, why := verdict(t, a, tx.Now)
			if f.Format == statement.Remittance {
				if v, why, err = remitted(ctx, tx, t, a); err != nil {
					return err
				}
			}
			switch {
			case v == Matched:
				matched++
			case v == Undone:
				undone++
			case !final:
				differ = append(differ, t)
				continue
			default:
				differences[v]++
				if err := raise(ctx, tx, v, a, why); err != nil {
					return err
				}
			}
			groups[v] = append(groups[v], t.attempt)
		}
		return conclude(ctx, tx, f, groups)
	})
	result.Matched, result.Undone = result.Matched+matched, result.Undone+undone
	for v, n := range differences {
		result.Differences[v] += n
	}
	return differ, err
}

// conclude writes verdicts on rows and resolves the exceptions that are gone.
func conclude(ctx context.Context, tx *db.Tx, f File, groups map[Verdict][]payment.AttemptID) error {
	for v, ids := range groups {
		if err := updateVerdicts(ctx, tx, f.Source, v, ids); err != nil {
			return err
		}
		var gone, refs []string
		for _, other := range Differences {
			if other != v {
				gone = append(gone, other.trouble())
			}
		}
		for _, id := range ids {
			refs = append(refs, string(id))
		}
		if err := exception.ClearAll(ctx, tx, gone, refs, "a later match found: "+string(v)); err != nil {
			return err
		}
	}
	return nil
}

// verdict compares what statements tell of an attempt with our books.
func verdict(t told, a payment.Attempt, now time.Time) (Verdict, string) {
	charged, refunded := money.Of(t.charged, t.currency), money.Of(t.refunded, t.currency)
	settling := now.Sub(t.last) < slack
	switch {
	case a.State.Failed() && t.currencies == 1 && t.charged == t.refunded:
		return Undone, ""
	case t.currencies > 1 || t.currency != a.Amount.Currency:
		return Currency, fmt.Sprintf("the gateway settled %v for a payment of %v: refund it at the gateway and have it paid again", charged, a.Amount)
	case t.charged == a.Captured.Minor && t.refunded == a.Refunded.Minor:
		return Matched, ""
	case a.State.Failed():
		return Ended, fmt.Sprintf("the attempt was %s, and yet %v was taken and %v given back: check the payment, which gives it back", a.State, charged, refunded)
	case t.charges > 1 && t.charged > a.Amount.Minor:
		return Twice, fmt.Sprintf("%d charges of %v in all for a payment of %v: refund the surplus at the gateway", t.charges, charged, a.Amount)
	case t.charged > a.Captured.Minor:
		return More, fmt.Sprintf("the gateway took %v, our books have %v: check the payment", charged, a.Captured)
	case t.charged < a.Captured.Minor:
		return Less, fmt.Sprintf("our books have %v taken, the gateway settled %v: ask the gateway, and look whether an earlier report is missing", a.Captured, charged)
	case t.refunded > a.Refunded.Minor:
		return Refunded, fmt.Sprintf("the gateway gave back %v, our books have %v: check the payment, which books it", refunded, a.Refunded)
	case settling:
		return Matched, "" // the refund is on its way into a report
	}
	return Unsettled, fmt.Sprintf("our books have %v given back, the gateway settled %v: ask the gateway", a.Refunded, refunded)
}

func raise(ctx context.Context, tx *db.Tx, v Verdict, a payment.Attempt, why string) error {
	return exception.Raise(ctx, tx, exception.Problem{Kind: v.trouble(), Ref: string(a.ID), Text: why})
}

// ask has the gateway's own book consulted for attempts that differ, and our
// side brought to it. A gateway that is silent is asked by the next match.
func (s *Settlements) ask(ctx context.Context, differ []told) error {
	slots := make(chan struct{}, 8)
	var wg sync.WaitGroup
	errs := make([]error, len(differ))
	for i, t := range differ {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			_, err := s.payments.Sync(ctx, t.attempt)
			if err != nil && !payment.IsSilence(err) {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// matchUnknown raises the rows that name no attempt of ours.
func (s *Settlements) matchUnknown(ctx context.Context, f File, result *Result) error {
	for after := 0; ; {
		var rows []Row
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			if rows, err = selectForeign(ctx, tx, f.ID, after, chunk); err != nil || len(rows) == 0 {
				return err
			}
			for _, r := range rows {
				text := fmt.Sprintf("%s has a %s of %v under the reference %q, which is none of ours: find out whose it is; it stands on suspense:%s",
					f.Source, r.Kind, r.Gross, first(r.Reference, r.GatewayID), f.Source)
				if err := exception.Raise(ctx, tx, exception.Problem{Kind: Unknown.trouble(), Ref: rowRef(f.Source, r.Row), Text: text}); err != nil {
					return err
				}
			}
			return updateForeign(ctx, tx, f.ID, after, rows[len(rows)-1].Line)
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		result.Differences[Unknown] += len(rows)
		after = rows[len(rows)-1].Line
	}
}

// matchMissing finds what our books took in the file's time and no file tells of.
func (s *Settlements) matchMissing(ctx context.Context, f File, result *Result) error {
	b := payment.Between{From: f.From.Add(edge), Until: f.Until.Add(-edge)}
	if !b.From.Before(b.Until) {
		return nil
	}
	for after := payment.AttemptID(""); ; {
		var page []payment.Attempt
		missing := 0
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			missing = 0
			if page, err = payment.TakenAt(ctx, tx, f.Source, b, after, chunk); err != nil || len(page) == 0 {
				return err
			}
			known, err := selectCharged(ctx, tx, f.Source, page)
			if err != nil {
				return err
			}
			for _, a := range page {
				if known[a.ID] {
					continue
				}
				missing++
				if err := raise(ctx, tx, Missing, a, fmt.Sprintf("our books took %v, and no report of %s tells of it: ask the gateway", a.Captured, f.Source)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(page) == 0 {
			return err
		}
		result.Differences[Missing] += missing
		after = page[len(page)-1].ID
	}
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
