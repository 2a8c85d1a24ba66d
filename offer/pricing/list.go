package pricing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/live"
	"korzo/platform/remember"
	"korzo/value/money"
)

var (
	// ErrListNotFound reports that there is no such price list.
	ErrListNotFound = fault.New(fault.NotFound, "pricing.list_not_found", "there is no such price list: use an id from the list of price lists")
	// ErrList reports a price list that breaks a rule; its text names each bad field.
	ErrList = fault.New(fault.Invalid, "pricing.list", "the price list is not valid: mend the fields named")
	// ErrEntry reports a price of a list that breaks a rule; its text names it.
	ErrEntry = fault.New(fault.Invalid, "pricing.entry", "a price of the list is not valid: mend the one named")
)

// MaxEntries is how many prices SetPrices takes at once.
const MaxEntries = 1000

const (
	maxLists    = 1000
	maxPriority = 1000
)

// ListID names a price list: "pls_01j…". A market's own has the market's id.
type ListID string

// Kind says what a list is for.
type Kind string

// The kinds of lists beside a market's own.
const (
	Override Kind = "override" // other prices, for those whom they are for
	Sale     Kind = "sale"     // a reduction that is announced: the prior price is shown with it
)

// State is where a list is in its life.
type State string

// The states of a list.
const (
	StateDraft    State = "draft"    // its prices hold for nobody yet
	StateActive   State = "active"   // they hold within its time
	StateArchived State = "archived" // they hold no more; kept for the history
)

// List is prices for a part of a market: a channel, a customer group, a time.
type List struct {
	ID        ListID
	Name      string
	Market    string
	Currency  money.Currency // the market's
	Kind      Kind
	Channel   string    // "" for all
	Group     string    // a customer group, or a segment; "" for everyone
	Priority  int64     // the higher wins, -1000..1000
	Starts    time.Time // zero: at once
	Ends      time.Time // the moment it stops; zero: never
	State     State
	CreatedAt time.Time
}

// Entry is one price of a list: of a cart line from so many units on.
type Entry struct {
	Variant catalog.VariantID
	From    int64 // 1..money.MaxUnits
	Amount  money.Amount
}

// listMemory is the name under which the lists are remembered.
const listMemory = "pricing_lists"

var lists = remember.New(listMemory, func(ctx context.Context, tx *db.Tx) ([]List, error) { return selectLists(ctx, tx) })

// Lists returns every price list beside the markets' own, the oldest first, also
// the archived. It costs no statement of its own: they are remembered.
func Lists(ctx context.Context, tx *db.Tx) ([]List, error) {
	all, err := lists.Get(ctx, tx)
	return slices.Clone(all), err
}

// FindList returns a price list, or ErrListNotFound.
func FindList(ctx context.Context, tx *db.Tx, id ListID) (List, error) {
	all, err := lists.Get(ctx, tx)
	for _, l := range all {
		if l.ID == id {
			return l, nil
		}
	}
	if err == nil {
		err = ErrListNotFound
	}
	return List{}, err
}

// CreateList writes a price list. An ID is given only by who must have the same
// ids again. It returns ErrList or market.ErrNotFound.
func CreateList(ctx context.Context, tx *db.Tx, l List) (List, error) {
	if err := l.check(ctx, tx); err != nil {
		return l, err
	}
	all, err := lists.Get(ctx, tx)
	if err == nil && len(all) >= maxLists {
		err = ErrList.With(fmt.Sprintf("there are %d price lists already: put some of their prices together", maxLists))
	}
	if err != nil {
		return l, err
	}
	if l.CreatedAt = tx.Now; l.ID == "" {
		l.ID = id.New[ListID]("pls", tx.Now)
	}
	if err = insertSpecial(ctx, tx, l); err == nil {
		err = remember.Touch(ctx, tx, listMemory)
	}
	if err != nil {
		return l, fmt.Errorf("create price list %q: %w", l.Name, err)
	}
	return l, nil
}

// UpdateList changes a price list: all but its market. The history keeps what
// its prices were until now. It returns ErrListNotFound or ErrList.
func UpdateList(ctx context.Context, tx *db.Tx, l List) (List, error) {
	before, err := FindList(ctx, tx, l.ID)
	if err != nil {
		return l, err
	}
	l.Market, l.CreatedAt = before.Market, before.CreatedAt
	if err := l.check(ctx, tx); err != nil {
		return l, err
	}
	if err = updateSpecial(ctx, tx, l); err == nil {
		err = remember.Touch(ctx, tx, listMemory)
	}
	if err == nil && l.appliesAs() != before.appliesAs() {
		err = cmp.Or(remember.Touch(ctx, tx, memory), reapply(ctx, tx, l, nil))
	}
	var touched []catalog.VariantID
	if err == nil {
		touched, err = selectListed(ctx, tx, l.ID)
	}
	if err != nil {
		return l, fmt.Errorf("update price list %s: %w", l.ID, err)
	}
	return l, told(ctx, tx, l, touched)
}

// appliesAs is what the history of a list's prices depends on.
func (l *List) appliesAs() string {
	return fmt.Sprint(l.public(), l.Starts.UnixMicro(), l.Ends.UnixMicro())
}

// public reports whether its prices are shown to everyone, in their time.
func (l *List) public() bool { return l.State == StateActive && l.Group == "" }

func (l *List) check(ctx context.Context, tx *db.Tx) error {
	m, err := market.Find(ctx, tx, l.Market)
	if err != nil {
		return fmt.Errorf("price list for market %q: %w", l.Market, err)
	}
	l.Currency, l.Name = m.Currency, strings.TrimSpace(l.Name)
	l.Kind, l.State = cmp.Or(l.Kind, Override), cmp.Or(l.State, StateActive)
	channels, err := market.Channels(ctx, tx)
	if err != nil {
		return fmt.Errorf("price list for channel %q: %w", l.Channel, err)
	}
	var wrong []string
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(l.Channel == "" || slices.ContainsFunc(channels, func(c market.Channel) bool { return c.ID == l.Channel }), "channel: use the id of one that exists, or none for all")
	unless(l.Name != "" && len(l.Name) <= 200, "name: give a name of at most 200 characters")
	unless(l.Kind == Override || l.Kind == Sale, "kind: use override or sale")
	unless(l.State == StateDraft || l.State == StateActive || l.State == StateArchived, "status: use draft, active or archived")
	unless(l.Priority >= -maxPriority && l.Priority <= maxPriority, fmt.Sprintf("priority: use -%d to %d", maxPriority, maxPriority))
	unless(l.Ends.IsZero() || l.Starts.Before(l.Ends), "ends: must be later than starts")
	unless(l.Kind != Sale || l.Group == "", "kind: a sale is announced to everyone: use override for a customer group")
	if len(wrong) > 0 {
		return ErrList.With(strings.Join(wrong, "; "))
	}
	return nil
}

// SetPrices puts prices into a list, or changes them: at most MaxEntries, of
// which a nil amount's currency is the list's. It returns ErrListNotFound,
// ErrEntry or catalog.ErrVariantNotFound, and may be repeated.
func SetPrices(ctx context.Context, tx *db.Tx, list ListID, entries []Entry) error {
	l, err := FindList(ctx, tx, list)
	if err != nil {
		return err
	}
	if len(entries) == 0 || len(entries) > MaxEntries {
		return ErrEntry.With(fmt.Sprintf("give 1 to %d prices at a time", MaxEntries))
	}
	m := market.Market{ID: l.Market, Currency: l.Currency}
	for i, e := range entries {
		if err := check(m, e.Amount); err != nil {
			return ErrEntry.With(fmt.Sprintf("prices[%d]: %s", i, fault.TextOf(err)))
		}
		if e.From < 1 || e.From > money.MaxUnits {
			return ErrEntry.With(fmt.Sprintf("prices[%d]: it holds from 1 to %d units on", i, int64(money.MaxUnits)))
		}
	}
	if err := known(ctx, tx, entries); err != nil {
		return err
	}
	changed, err := upsertEntries(ctx, tx, list, entries)
	if err == nil && len(changed) > 0 {
		err = cmp.Or(remember.Touch(ctx, tx, memory), reapply(ctx, tx, l, changed))
	}
	if err != nil {
		return fmt.Errorf("set prices of list %s: %w", list, err)
	}
	return told(ctx, tx, l, changed)
}

// known refuses variants that are not in the catalogue.
func known(ctx context.Context, tx *db.Tx, entries []Entry) error {
	var ids []catalog.VariantID
	for _, e := range entries {
		if !slices.Contains(ids, e.Variant) {
			ids = append(ids, e.Variant)
		}
	}
	items, err := catalog.SellableIn(ctx, tx, "", "", ids)
	if err != nil {
		return fmt.Errorf("find variants: %w", err)
	}
	for _, v := range ids {
		if _, ok := items[v]; !ok {
			return fmt.Errorf("price of %q: %w", v, catalog.ErrVariantNotFound)
		}
	}
	return nil
}

// RemovePrices takes prices out of a list, all quantities of these variants.
func RemovePrices(ctx context.Context, tx *db.Tx, list ListID, vs []catalog.VariantID) error {
	l, err := FindList(ctx, tx, list)
	if err != nil || len(vs) == 0 {
		return err
	}
	if len(vs) > MaxEntries {
		return ErrEntry.With(fmt.Sprintf("give 1 to %d variants at a time", MaxEntries))
	}
	if err = deleteEntries(ctx, tx, list, vs); err == nil {
		err = cmp.Or(remember.Touch(ctx, tx, memory), reapply(ctx, tx, l, vs))
	}
	if err != nil {
		return fmt.Errorf("remove prices of list %s: %w", list, err)
	}
	return told(ctx, tx, l, vs)
}

// Entries returns a page of a list's prices by variant and quantity, and the
// after of the next page, "" at the end. limit is 1 to 1000; 0 is 100.
func Entries(ctx context.Context, tx *db.Tx, list ListID, after string, limit int) (page []Entry, next string, err error) {
	if limit < 1 || limit > 1000 {
		limit = 100
	}
	variant, from, _ := strings.Cut(after, ":")
	page, err = listEntries(ctx, tx, list, variant, from, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("prices of list %s: %w", list, err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = fmt.Sprintf("%s:%d", page[limit-1].Variant, page[limit-1].From)
	}
	return page, next, nil
}

// EntryOf returns the price that a list has of a variant from exactly so many
// units on; false without one.
func EntryOf(ctx context.Context, tx *db.Tx, list ListID, v catalog.VariantID, from int64) (money.Amount, bool, error) {
	all, err := selectEntries(ctx, tx, []ListID{list}, []catalog.VariantID{v})
	if err != nil {
		return money.Amount{}, false, fmt.Errorf("price of %s in list %s: %w", v, list, err)
	}
	for _, e := range all {
		if e.From == from {
			return e.Amount, true, nil
		}
	}
	return money.Amount{}, false, nil
}

// reapply writes down which of a list's prices are shown from now on, of these
// variants or of all.
func reapply(ctx context.Context, tx *db.Tx, l List, vs []catalog.VariantID) error {
	if err := cutApplied(ctx, tx, l.ID, vs); err != nil {
		return err
	}
	if !l.public() || !l.Ends.IsZero() && !tx.Now.Before(l.Ends) {
		return nil
	}
	return insertAppliedOf(ctx, tx, l, vs)
}

// told publishes that prices may be others now.
func told(ctx context.Context, tx *db.Tx, l List, vs []catalog.VariantID) error {
	seen := map[catalog.VariantID]bool{}
	for _, v := range vs {
		if seen[v] {
			continue
		}
		seen[v] = true
		live.Changed(tx, catalog.Topic, string(v))
		if err := event.Publish(ctx, tx, Changed{Market: l.Market, Variant: v, Currency: l.Currency, List: l.ID}); err != nil {
			return err
		}
	}
	return nil
}
