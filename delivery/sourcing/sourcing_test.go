package sourcing_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/remember"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, exception.Schema, market.Schema, taxonomy.Schema, catalog.Schema, inventory.Schema, promise.Schema, sourcing.Schema}

// shop is two warehouses and two stores that ship, with units of two variants.
type shop struct {
	*testing.T
	*db.DB
	v map[string]catalog.VariantID
}

var places = []struct{ id, country, code string }{{"loc_berlin", "DE", "10115"}, {"loc_munich", "DE", "80331"}, {"loc_hamburg", "DE", "20095"}, {"loc_vienna", "AT", "1010"}}

func open(t *testing.T, d *db.DB, stock map[string][2]int64, rules ...string) shop {
	t.Helper()
	s := shop{t, d, map[string]catalog.VariantID{}}
	dbtest.Write(t, d, func(tx *db.Tx) error {
		p, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "cup", Title: "Cup", Variants: []catalog.Variant{{SKU: "A"}, {SKU: "B"}}})
		if err != nil {
			return err
		}
		for i, at := range places {
			l := inventory.Location{ID: at.id, Name: at.id, Country: at.country, Zone: "Europe/Berlin", Priority: int64(i), Ships: true, Pickup: true}
			l.Address.PostalCode = at.code
			if err := inventory.SaveLocation(t.Context(), tx, l); err != nil {
				return err
			}
			for j, v := range p.Variants {
				s.v[v.SKU] = v.ID
				if n := stock[at.id][j]; n > 0 {
					if _, err := inventory.Adjust(t.Context(), tx, inventory.Adjustment{Variant: v.ID, Location: at.id, Delta: n, Reason: "opening"}); err != nil {
						return err
					}
				}
			}
		}
		var all []sourcing.Rule
		for _, r := range rules {
			kind, settings, _ := strings.Cut(r, " ")
			all = append(all, sourcing.Rule{Kind: kind, Settings: []byte(settings)})
		}
		return sourcing.SaveRules(t.Context(), tx, all)
	})
	return s
}

func (s shop) ask(holder string, lines ...inventory.Line) sourcing.Ask {
	return sourcing.Ask{Order: "ord_" + holder, Holder: holder, Lines: lines, Until: dbtest.Noon.Add(time.Hour), Country: "DE", Code: "22765"}
}

func (s shop) line(sku string, units int64) inventory.Line {
	return inventory.Line{Variant: s.v[sku], Units: units}
}

func (s shop) hold(a sourcing.Ask) (all []inventory.Allocation, err error) {
	err = s.Write(s.Context(), func(tx *db.Tx) error {
		all, err = sourcing.Hold(s.Context(), tx, a)
		return err
	})
	return all, err
}

func (s shop) where(a sourcing.Ask) string {
	s.Helper()
	all, err := s.hold(a)
	if err != nil {
		s.Fatal(err)
	}
	var at []string
	for _, a := range all {
		for sku, v := range s.v {
			if v == a.Variant {
				at = append(at, fmt.Sprintf("%d %s %s", a.Units, sku, strings.TrimPrefix(a.Location, "loc_")))
			}
		}
	}
	slices.Sort(at)
	return strings.Join(at, ", ")
}

func (s shop) log(order string) []sourcing.Decision {
	s.Helper()
	var all []sourcing.Decision
	dbtest.Read(s.T, s.DB, func(tx *db.Tx) (err error) {
		all, err = sourcing.Decisions(s.Context(), tx, order)
		return err
	})
	return all
}

func (s shop) verify() {
	s.Helper()
	dbtest.Read(s.T, s.DB, func(tx *db.Tx) error {
		wrong, err := inventory.Verify(s.Context(), tx)
		for _, w := range wrong {
			s.Error(w)
		}
		return err
	})
}

func (s shop) limit(at string, parcels int64) {
	dbtest.Write(s.T, s.DB, func(tx *db.Tx) error {
		return sourcing.SaveLocation(s.Context(), tx, sourcing.Location{Location: at, Capacity: parcels})
	})
}

var everywhere = map[string][2]int64{"loc_berlin": {9, 9}, "loc_munich": {9, 9}, "loc_hamburg": {9, 9}, "loc_vienna": {9, 9}}

func TestWhereGoodsComeFrom(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stock map[string][2]int64
		rules []string
		want  string
		why   string // of the first candidate
	}{
		{"without rules the first by priority", everywhere, nil, "2 A berlin, 3 B berlin", ""},
		{"the nearest", everywhere, []string{"nearest"}, "2 A hamburg, 3 B hamburg", "6 km away"},
		{"the nearest that has everything, not the nearest", map[string][2]int64{"loc_hamburg": {9, 2}, "loc_munich": {9, 9}, "loc_vienna": {9, 9}},
			[]string{"nearest"}, "2 A munich, 3 B munich", "km away"},
		{"as near counts as equal, and the next rule decides", map[string][2]int64{"loc_berlin": {2, 3}, "loc_hamburg": {2, 3}, "loc_munich": {9, 9}},
			[]string{`nearest {"tolerance_km": 700}`, "balance"}, "2 A munich, 3 B munich", "leaves 6"},
		{"a rule that cannot tell abstains", everywhere, []string{"margin", "nearest"}, "2 A hamburg, 3 B hamburg", "6 km away"},
		{"what one has whole is not split, however far", map[string][2]int64{"loc_hamburg": {9, 0}, "loc_berlin": {0, 9}, "loc_vienna": {9, 9}},
			[]string{"nearest", "split"}, "2 A vienna, 3 B vienna", "the only one"},
		{"a split is not refused where nothing else serves", map[string][2]int64{"loc_hamburg": {2, 0}, "loc_vienna": {0, 3}},
			[]string{`split {"least_units": 50}`}, "2 A hamburg, 3 B vienna", "the only one"},
		{"of splits those whose parts are worth a parcel", map[string][2]int64{"loc_berlin": {2, 2}, "loc_hamburg": {2, 0}, "loc_munich": {0, 3}, "loc_vienna": {0, 1}},
			[]string{"split", "nearest"}, "2 A hamburg, 3 B munich", "every part is worth a parcel"},
		{"a line over two where none has it whole", map[string][2]int64{"loc_berlin": {2, 2}, "loc_munich": {0, 1}},
			[]string{"fewest"}, "1 B munich, 2 A berlin, 2 B berlin", "the only one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				s := open(t, d, tt.stock, tt.rules...)
				if got := s.where(s.ask("h", s.line("A", 2), s.line("B", 3))); got != tt.want {
					t.Errorf("%s; want %s", got, tt.want)
				}
				log := s.log("ord_h")
				if tt.why == "" {
					if len(log) != 0 {
						t.Errorf("without rules a decision is kept: %+v", log)
					}
					return
				}
				if len(log) == 0 && tt.why == "the only one" {
					return // nothing was to decide
				}
				if len(log) != 1 || !log[0].Candidates[0].Chosen || !strings.Contains(log[0].Candidates[0].Why, tt.why) {
					t.Errorf("the log says %+v", log)
				}
				s.verify()
			})
		})
	}
}

func TestWhoKeepsThePromiseGivesBeforeTheNearest(t *testing.T) {
	inputs := promise.Inputs{Version: promise.Version, Now: dbtest.Noon.Format(time.RFC3339), Zone: "Europe/Berlin", CutOff: "18:00", TransitMin: 1, TransitMax: 1, From: "DE", To: "DE"}
	today := calendar.DateIn(dbtest.Noon, time.UTC)
	for _, tt := range []struct {
		name   string
		rules  []string
		closed []string // locations that do not work for a week
		asked  bool     // for what was promised
		want   string
		why    string // of the one chosen
	}{
		{"the nearest would be late", []string{"promise", "nearest"}, []string{"loc_hamburg"}, true, "2 A berlin", "256 km away"},
		{"all are in time, and the next rule decides", []string{"promise", "nearest"}, nil, true, "2 A hamburg", "6 km away"},
		{"all are late, and nothing is refused", []string{"promise", "nearest"}, []string{"loc_hamburg", "loc_berlin", "loc_munich", "loc_vienna"}, true, "2 A hamburg", "6 km away"},
		{"one alone is in time", []string{"promise"}, []string{"loc_hamburg", "loc_berlin", "loc_vienna"}, true, "2 A munich", "arrives as promised"},
		{"no day was promised", []string{"promise", "nearest"}, []string{"loc_hamburg"}, false, "2 A hamburg", "6 km away"},
		{"who does not ask is not told", []string{"nearest"}, []string{"loc_hamburg"}, true, "2 A hamburg", "6 km away"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				s := open(t, d, everywhere, tt.rules...)
				dbtest.Write(t, d, func(tx *db.Tx) error {
					for _, at := range tt.closed {
						p := promise.Place{Location: at}
						for n := range 7 {
							p.Closed = append(p.Closed, today.AddDays(n))
						}
						if err := promise.SavePlace(t.Context(), tx, p); err != nil {
							return err
						}
					}
					return nil
				})
				input, err := inputs.Input()
				if err != nil {
					t.Fatal(err)
				}
				ask := s.ask("h", s.line("A", 2))
				if tt.asked {
					ask.Promised = []sourcing.Promised{{Method: "standard", By: promise.Compute(input).To, Inputs: inputs}}
				}
				if got := s.where(ask); got != tt.want {
					t.Errorf("%s; want %s", got, tt.want)
				}
				if log := s.log("ord_h"); len(log) != 1 || !strings.Contains(log[0].Candidates[0].Why, tt.why) {
					t.Errorf("the log says %+v", log)
				}
				s.verify()
			})
		})
	}
}

// Where the fewest parcels are a rule, what is ranked before it may ask for two;
// where they are none, or come first, what one has whole is never split.
func TestTheFewestParcelsAreWeighedAgainstWhatIsRankedHigher(t *testing.T) {
	stock := map[string][2]int64{"loc_hamburg": {2, 0}, "loc_berlin": {0, 3}, "loc_vienna": {9, 9}}
	for _, tt := range []struct {
		name  string
		rules []string
		want  string
		why   string
	}{
		{"two near parcels before one from far", []string{"nearest", "fewest"}, "2 A hamburg, 3 B berlin", "262 km away"},
		{"one parcel before two near ones", []string{"fewest", "nearest"}, "2 A vienna, 3 B vienna", "one parcel"},
		{"it is no rule, and nothing is split", []string{"nearest"}, "2 A vienna, 3 B vienna", "the only one"},
		{"what is ranked higher cannot tell, and it decides", []string{"margin", "fewest"}, "2 A vienna, 3 B vienna", "one parcel"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				s := open(t, d, stock, tt.rules...)
				if got := s.where(s.ask("h", s.line("A", 2), s.line("B", 3))); got != tt.want {
					t.Errorf("%s; want %s", got, tt.want)
				}
				if log := s.log("ord_h"); len(log) != 1 || !strings.Contains(log[0].Candidates[0].Why, tt.why) {
					t.Errorf("the log says %+v", log)
				}
				s.verify()
			})
		})
	}
}

// What a parcel costs us decides, within what does not matter, at home and abroad;
// a location of which nobody knows it has the rule abstain.
func TestTheMarginDecides(t *testing.T) {
	cost := func(home, abroad int64) [2]int64 { return [2]int64{home, abroad} }
	all := map[string][2]int64{"loc_berlin": cost(490, 990), "loc_hamburg": cost(410, 990), "loc_munich": cost(390, 990), "loc_vienna": cost(200, 1290)}
	for _, tt := range []struct {
		name  string
		costs map[string][2]int64
		rules []string
		want  string
		why   string
	}{
		{"the cheapest parcel within the country, not the cheapest abroad", all, []string{"margin", "nearest"}, "2 A munich", "costs us 3.90 EUR"},
		{"twenty cents do not matter, and the next rule decides", all, []string{`margin {"tolerance": 20}`, "nearest"}, "2 A hamburg", "6 km away"},
		{"of one nobody knows it", map[string][2]int64{"loc_munich": cost(390, 990)}, []string{"margin", "nearest"}, "2 A hamburg", "6 km away"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				s := open(t, d, everywhere, tt.rules...)
				dbtest.Write(t, d, func(tx *db.Tx) error {
					for at, c := range tt.costs {
						if err := sourcing.SaveLocation(t.Context(), tx, sourcing.Location{Location: at, Capacity: sourcing.Unlimited, Home: money.Of(c[0], "EUR"), Abroad: money.Of(c[1], "EUR")}); err != nil {
							return err
						}
					}
					return nil
				})
				if got := s.where(s.ask("h", s.line("A", 2))); got != tt.want {
					t.Errorf("%s; want %s", got, tt.want)
				}
				if log := s.log("ord_h"); len(log) != 1 || !strings.Contains(log[0].Candidates[0].Why, tt.why) {
					t.Errorf("the log says %+v", log)
				}
			})
		})
	}
}

func TestEveryLocationThatWasNotTakenSaysWhy(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, map[string][2]int64{"loc_berlin": {9, 9}, "loc_munich": {9, 9}, "loc_hamburg": {9, 1}, "loc_vienna": {9, 9}}, "capacity", "nearest")
		s.limit("loc_vienna", 0)
		s.where(s.ask("h", s.line("A", 2), s.line("B", 3)))
		var got []string
		for _, c := range s.log("ord_h")[0].Candidates {
			got = append(got, strings.Join(c.Locations, "+")+": "+c.Why)
		}
		want := []string{"loc_berlin: 256 km away", "loc_hamburg: has 1 of 2 lines whole", "loc_vienna: full today: 0 of 0 parcels",
			"loc_munich: nearest: 617 km away, where 256 km away is to be had"}
		if !slices.Equal(got, want) {
			t.Errorf("%q\nwant %q", got, want)
		}
	})
}

func TestAFullLocationIsPassedOverUntilNobodyElseCanServe(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, map[string][2]int64{"loc_hamburg": {9, 0}, "loc_berlin": {2, 0}}, "nearest")
		s.limit("loc_hamburg", 2)
		var got []string
		for i := range 5 {
			got = append(got, s.where(s.ask(fmt.Sprint(i), s.line("A", 1))))
		}
		if want := []string{"1 A hamburg", "1 A hamburg", "1 A berlin", "1 A berlin", "1 A hamburg"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestAParcelThatCameToNothingIsGivenBackOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, everywhere, "nearest")
		s.limit("loc_hamburg", 1)
		s.where(s.ask("a", s.line("A", 1)))
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				if err := sourcing.Release(t.Context(), tx, "a"); err != nil {
					return err
				}
				return inventory.Release(t.Context(), tx, "a")
			})
		}
		if first, second := s.where(s.ask("b", s.line("A", 1))), s.where(s.ask("c", s.line("A", 1))); first != "1 A hamburg" || second != "1 A berlin" {
			t.Errorf("then %s and %s", first, second)
		}
	})
}

func TestAnOrderThatEndsGivesItsParcelsBackOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, everywhere, "nearest")
		s.limit("loc_hamburg", 1)
		s.where(s.ask("a", s.line("A", 1)))
		back := func(location string) {
			dbtest.Write(t, d, func(tx *db.Tx) error { return sourcing.GiveBack(t.Context(), tx, "ord_a", location) })
		}
		back("loc_berlin") // which had none of it
		if got := s.where(s.ask("b", s.line("A", 1))); got != "1 A berlin" {
			t.Errorf("while the parcel is Hamburg's, %s", got)
		}
		back("loc_hamburg")
		back("")
		if first, second := s.where(s.ask("c", s.line("A", 1))), s.where(s.ask("d", s.line("A", 1))); first != "1 A hamburg" || second != "1 A berlin" {
			t.Errorf("then %s and %s", first, second)
		}
	})
}

// A person may have a location send what it has no room for: it is counted, once
// for an order, and given back like any other, where nothing was decided too.
func TestAParcelThatAPersonMovesThereIsCounted(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, map[string][2]int64{"loc_hamburg": {9, 0}, "loc_berlin": {9, 0}}, "nearest")
		s.limit("loc_hamburg", 1)
		write := func(do func(tx *db.Tx) error) { dbtest.Write(t, d, do) }
		for range 2 {
			write(func(tx *db.Tx) error { return sourcing.Count(t.Context(), tx, "ord_a", "loc_hamburg") })
		}
		write(func(tx *db.Tx) error { return sourcing.Count(t.Context(), tx, "ord_a", "loc_berlin") }) // which has no limit
		if got := s.where(s.ask("b", s.line("A", 1))); got != "1 A berlin" {
			t.Errorf("while the parcel is Hamburg's, %s", got)
		}
		write(func(tx *db.Tx) error { return sourcing.GiveBack(t.Context(), tx, "ord_a", "loc_hamburg") })
		first := s.where(s.ask("c", s.line("A", 1)))
		write(func(tx *db.Tx) error { return sourcing.Count(t.Context(), tx, "ord_c", "loc_hamburg") }) // it sends of it already
		write(func(tx *db.Tx) error { return sourcing.GiveBack(t.Context(), tx, "ord_c", "") })
		if second, third := s.where(s.ask("d", s.line("A", 1))), s.where(s.ask("e", s.line("A", 1))); first != "1 A hamburg" || second != "1 A hamburg" || third != "1 A berlin" {
			t.Errorf("then %s, %s and %s", first, second, third)
		}
	})
}

func TestWhatIsCollectedComesFromThereAndIsNoParcel(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, everywhere, "nearest")
		s.limit("loc_munich", 0)
		at := s.line("A", 2)
		at.At = "loc_munich"
		if got := s.where(s.ask("h", at, s.line("A", 1), s.line("B", 1))); got != "1 A hamburg, 1 B hamburg, 2 A munich" {
			t.Error(got)
		}
		at.Units = 8
		_, err := s.hold(s.ask("i", at))
		var short inventory.Shortage
		if !errors.As(err, &short) || short.At != "loc_munich" || short.Available != 7 {
			t.Errorf("more than lies there: %v", err)
		}
		s.verify()
	})
}

func TestALocationThatSaidNoIsNotAskedAgain(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, everywhere, "nearest")
		a := s.ask("h", s.line("A", 1))
		a.Avoid = []string{"loc_hamburg"}
		if got := s.where(a); got != "1 A berlin" {
			t.Error(got)
		}
	})
}

// 24 buyers at once: a limit of three is kept exactly, no unit is promised
// twice, and everybody is served from somewhere.
func TestALimitHoldsUnderARace(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, map[string][2]int64{"loc_hamburg": {40, 0}, "loc_berlin": {40, 0}}, "nearest")
		s.limit("loc_hamburg", 3)
		var mu sync.Mutex
		at := map[string]int{}
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() {
				got, err := s.hold(s.ask(fmt.Sprint("buyer_", i), s.line("A", 1)))
				mu.Lock()
				defer mu.Unlock()
				if err != nil || len(got) != 1 {
					t.Errorf("%v, %v", got, err)
					return
				}
				at[got[0].Location]++
			})
		}
		all.Wait()
		if at["loc_hamburg"] != 3 || at["loc_berlin"] != 21 {
			t.Errorf("%v, want 3 from Hamburg", at)
		}
		s.verify()
	})
}

func TestRulesThatAreNoneAreRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, everywhere)
		for name, bad := range map[string][]sourcing.Rule{
			"an unknown kind":  {{Kind: "cheapest"}},
			"a kind twice":     {{Kind: "nearest"}, {Kind: "nearest"}},
			"unknown settings": {{Kind: "nearest", Settings: []byte(`{"km": 3}`)}},
			"below nothing":    {{Kind: "nearest", Settings: []byte(`{"tolerance_km": -1}`)}},
		} {
			err := s.Write(t.Context(), func(tx *db.Tx) error { return sourcing.SaveRules(t.Context(), tx, bad) })
			if !errors.Is(err, sourcing.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
		}
		for name, bad := range map[string]sourcing.Location{
			"below no limit": {Location: "loc_berlin", Capacity: -2},
			"two currencies": {Location: "loc_berlin", Home: money.Of(1, "EUR"), Abroad: money.Of(1, "HUF")},
		} {
			err := s.Write(t.Context(), func(tx *db.Tx) error { return sourcing.SaveLocation(t.Context(), tx, bad) })
			if !errors.Is(err, sourcing.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
		}
	})
}

// Without rules and limits sourcing costs what holding stock does.
func TestSourcingWithoutRulesCostsNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, everywhere)
		s.where(s.ask("warm", s.line("A", 1)))
		dbtest.Write(t, d, func(tx *db.Tx) error { // remembered once
			_, err := sourcing.Rules(context.Background(), tx)
			return err
		})
		count := dbtest.Count(d)
		s.where(s.ask("h", s.line("A", 1), s.line("B", 1)))
		if n := count(); n != 4 {
			t.Errorf("%d statements, want 4", n)
		}
	})
}

// What is held before there is an order lies where the order would be sent from,
// and leaves no decision and no parcel behind.
func TestAnEarlyHoldIsWhereTheOrderWouldBeSentFrom(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, map[string][2]int64{"loc_berlin": {9, 9}, "loc_munich": {9, 9}, "loc_hamburg": {9, 9}}, sourcing.Nearest)
		s.limit("loc_hamburg", 1)
		for i, want := range []string{"loc_hamburg", "loc_hamburg"} { // the one parcel that it has a day is not taken
			dbtest.Write(t, d, func(tx *db.Tx) error {
				all, err := sourcing.HoldEarly(t.Context(), tx, s.ask(fmt.Sprint("bag", i), s.line("A", 1)))
				if len(all) != 1 || all[0].Location != want {
					t.Errorf("%+v, want it in %s", all, want)
				}
				return err
			})
		}
		if all := s.log("ord_bag0"); len(all) != 0 {
			t.Errorf("a decision was written down: %+v", all)
		}
		if got := s.where(s.ask("plc", s.line("A", 1))); got != "1 A hamburg" {
			t.Errorf("then it is ordered: %s", got)
		}
		s.verify()
	})
}
