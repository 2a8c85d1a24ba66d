// Package funnel keeps what becomes of checkouts, by the flow and version that
// they were given: how many began, where they stopped, in which fields people
// erred, how many ended in an order, how fast, and what they were worth.
//
// It is a read model, and nobody waits for it: visits and tries are read from
// the checkout some at a time (Gather), what shoppers were told is noted after
// their answers and written in a batch (Notes). A purchase takes no statement
// more for it. Money comes from insight/metric, restated as orders are, and what
// customers are expected to bring from customer/standing.
//
// Never true: a checkout counted twice; a figure that decides about money; a
// word of what was typed.
package funnel

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/standing"
	"korzo/insight/metric"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
)

// Schema is the package's tables.
//
//go:embed schema/*.sql
var Schema embed.FS

// overlap is how many visits and tries are read again each time: those that
// began before the newest and were committed after it, and tries that were open.
const overlap = 200

// pageSize is how many rows are read at once.
const pageSize = 1000

// maxVisits bounds what one question reads: the newest of a longer time are
// left out, and Figures says so.
const maxVisits = 200_000

// Gather reads the checkouts that began and the tries that ended since. It may
// be repeated, on any node.
func Gather(ctx context.Context, d *db.DB) error {
	for {
		more := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			edge, err := selectEdge(ctx, tx)
			if err != nil {
				return err
			}
			visits, err := checkout.VisitsSince(ctx, tx, checkout.ID(edge), pageSize)
			for _, v := range visits {
				if err == nil {
					err = insertVisit(ctx, tx, v)
				}
			}
			more = len(visits) == pageSize
			return err
		})
		if err != nil {
			return fmt.Errorf("gather checkouts: %w", err)
		}
		if !more {
			return gatherTries(ctx, d)
		}
	}
}

func gatherTries(ctx context.Context, d *db.DB) error {
	for {
		more := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			edge, err := selectTryEdge(ctx, tx)
			if err != nil {
				return err
			}
			tries, err := checkout.TriesSince(ctx, tx, checkout.PlacingID(edge), pageSize)
			for _, t := range tries {
				if err == nil {
					err = insertTry(ctx, tx, t)
				}
			}
			more = len(tries) == pageSize
			return err
		})
		if err != nil {
			return fmt.Errorf("gather tries: %w", err)
		}
		if !more {
			return nil
		}
	}
}

// Record writes a checkout that is over, with its tries and what its shopper was
// told last; what is recorded already stays.
func Record(ctx context.Context, tx *db.Tx, v checkout.Visited, tries []checkout.Try, told checkout.Glimpse) error {
	err := insertVisit(ctx, tx, v)
	for _, t := range tries {
		if err == nil {
			err = insertTry(ctx, tx, t)
		}
	}
	if err == nil && len(told.Needs) > 0 {
		err = updateNeeds(ctx, tx, v.Session, told.Needs, told.At)
	}
	for _, field := range told.Wrong {
		if err == nil {
			err = insertError(ctx, tx, v.Session, field)
		}
	}
	if err != nil {
		return fmt.Errorf("record checkout %s: %w", v.Session, err)
	}
	return nil
}

// Notes collects what shoppers were told, until Flush writes it. The zero Notes
// is ready; it is safe for concurrent use. Whoever writes last, it is the glimpse
// that was told last which stays. What is not written when a node dies is lost:
// figures bear that.
type Notes struct {
	mu  sync.Mutex
	all map[checkout.ID]*note
}

type note struct {
	needs []string
	at    time.Time
	wrong map[string]bool
}

// maxNotes bounds what is kept between two Flushes; more is not noted.
const maxNotes = 10_000

// Note remembers a glimpse. It waits for nobody.
func (n *Notes) Note(g checkout.Glimpse) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[checkout.ID]*note{}
	}
	one := n.all[g.Session]
	if one == nil {
		if len(n.all) >= maxNotes {
			return
		}
		one = &note{wrong: map[string]bool{}}
		n.all[g.Session] = one
	}
	if !g.At.Before(one.at) {
		one.needs, one.at = g.Needs, g.At
	}
	for _, field := range g.Wrong {
		one.wrong[field] = true
	}
}

// Flush writes what was noted since.
func (n *Notes) Flush(ctx context.Context, d *db.DB) error {
	n.mu.Lock()
	all := n.all
	n.all = nil
	n.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(all))
	for some := range slices.Chunk(ids, 200) {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, id := range some {
				if err := updateNeeds(ctx, tx, id, all[id].needs, all[id].at); err != nil {
					return err
				}
				for _, field := range slices.Sorted(maps.Keys(all[id].wrong)) {
					if err := insertError(ctx, tx, id, field); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("note what shoppers were told: %w", err)
		}
	}
	return nil
}

// Figures is what became of a flow's checkouts.
type Figures struct {
	All      Figure
	Versions []Figure            // the newest first; Value is the number
	By       map[string][]Figure // "device", "channel", "market", "visitor" (new or returning)
	Wrong    []Wrong             // fields in which people erred, the most frequent first
	Currency string              // of the amounts: that of most orders; orders in others are left out of them
	LeftOut  int64               // orders in other currencies
	Cut      bool                // there were more checkouts than are read
}

// Wrong is a field and how many checkouts erred in it.
type Wrong struct {
	Field  string
	Visits int64
}

// Of returns a flow's figures since a time; version 0 is all of them.
func Of(ctx context.Context, tx *db.Tx, id flow.ID, version int64, since time.Time) (Figures, error) {
	f := Figures{By: map[string][]Figure{}}
	rows, err := read(ctx, tx, id, version, since, &f)
	if err != nil {
		return f, fmt.Errorf("read figures of %s: %w", id, err)
	}
	of, err := f.worthOf(ctx, tx, rows, since)
	if err != nil {
		return f, fmt.Errorf("read figures of %s: %w", id, err)
	}
	groups := map[string]map[string]*Figure{}
	for _, r := range rows {
		f.All.add(r, of)
		for by, value := range map[string]string{"version": fmt.Sprint(r.version), "device": r.device, "channel": r.channel, "market": r.market, "visitor": newOrNot(r.isNew)} {
			if groups[by] == nil {
				groups[by] = map[string]*Figure{}
			}
			if groups[by][value] == nil {
				groups[by][value] = &Figure{Value: value}
			}
			groups[by][value].add(r, of)
		}
	}
	for by, all := range groups {
		f.By[by] = sorted(all)
	}
	f.Versions = f.By["version"]
	delete(f.By, "version")
	f.Wrong, err = selectErrors(ctx, tx, id, version, since)
	return f, err
}

// sorted is groups by their size.
func sorted(all map[string]*Figure) (figures []Figure) {
	for _, value := range slices.Sorted(maps.Keys(all)) {
		figures = append(figures, *all[value])
	}
	slices.SortStableFunc(figures, func(a, b Figure) int { return cmp.Compare(b.Visits, a.Visits) })
	return figures
}

func newOrNot(isNew bool) string {
	if isNew {
		return "new"
	}
	return "returning"
}

func read(ctx context.Context, tx *db.Tx, id flow.ID, version int64, since time.Time, f *Figures) (rows []visitRow, err error) {
	after := ""
	for {
		page, err := selectRows(ctx, tx, id, since, after, pageSize)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			after = r.session
			if version == 0 || r.version == version {
				rows = append(rows, r)
			}
		}
		if f.Cut = len(rows) >= maxVisits; f.Cut || len(page) < pageSize {
			return rows, nil
		}
	}
}

// worth is what an order brought, and its customer is expected to.
type worth struct {
	revenue, contribution, expected int64
	known                           bool
}

// amounts are what orders were worth, and the markets that have another currency.
type amounts struct {
	orders    map[string]worth
	elsewhere map[string]bool
}

// worthOf reads what the orders were worth, in the currency of most of them.
func (f *Figures) worthOf(ctx context.Context, tx *db.Tx, rows []visitRow, since time.Time) (amounts, error) {
	of, currencies := map[string]metric.Value{}, map[string]int{}
	for _, r := range rows {
		if r.order != "" {
			of[r.order] = metric.Value{}
		}
	}
	if len(of) == 0 {
		return amounts{}, nil
	}
	err := metric.Each(ctx, tx, since, func(v metric.Value) {
		if _, asked := of[string(v.Order)]; asked {
			of[string(v.Order)] = v
			currencies[string(v.Currency)]++
		}
	})
	if err != nil {
		return amounts{}, err
	}
	for _, c := range slices.Sorted(maps.Keys(currencies)) {
		if currencies[c] > currencies[f.Currency] {
			f.Currency = c
		}
	}
	var customers []string
	for _, v := range of {
		if v.Customer != "" {
			customers = append(customers, v.Customer)
		}
	}
	standings, err := standing.Some(ctx, tx, customers)
	all := amounts{map[string]worth{}, map[string]bool{}}
	for id, v := range of {
		if string(v.Currency) == f.Currency && f.Currency != "" {
			all.orders[id] = worth{v.Revenue, v.Contribution(), standings[v.Customer].Predicted, v.Customer != ""}
		} else if v.Currency != "" {
			all.elsewhere[v.Market] = true
			f.LeftOut++
		}
	}
	return all, err
}

// Arm is what shoppers met with in an arm of an experiment.
type Arm struct {
	Arm             string
	Visits          int64
	Wrong           int64 // visits in which some field was given and not right
	Tries, Approved int64
}

// Arms returns that for each arm of a phase of an experiment.
func Arms(ctx context.Context, tx *db.Tx, id experiment.ID, phase int64) ([]Arm, error) {
	pin := fmt.Sprintf("%s/%d/", id, phase)
	all, err := selectArms(ctx, tx, pin)
	if err != nil {
		return nil, fmt.Errorf("count the arms of %s: %w", id, err)
	}
	for i := range all {
		all[i].Arm = strings.TrimPrefix(all[i].Arm, pin)
	}
	return all, nil
}
