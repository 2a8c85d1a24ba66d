package cart_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"korzo/customer/group"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/remember"
	"korzo/purchase/cart"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/address"
)

var schemas = []fs.FS{
	remember.Schema, event.Schema, market.Schema, catalog.Schema, pricing.Schema, taxonomy.Schema, group.Schema, inventory.Schema,
	tax.Schema, promotion.Schema, cart.Schema,
}

var guest = cart.Caller{}

// open opens the market DE.
func open(t *testing.T, d *db.DB) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_shop", Name: "Shop GmbH", Series: "S",
			Address: address.Address{Name: "Shop GmbH", Line1: "Weg 1", City: "Berlin", PostalCode: "10115", Country: "DE"}})
		if err != nil {
			return err
		}
		for _, id := range []string{"DE", "AT"} {
			err := market.Save(ctx, tx, market.Market{ID: id, Name: id, Currency: "EUR", Countries: []string{id}, Country: id,
				Locale: "de-" + id, Zone: "Europe/Berlin", TaxIncluded: true, TaxShipping: true, Entity: "ent_shop"})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func try(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) error {
	return d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) })
}

func do(t *testing.T, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := try(t, d, fn); err != nil {
		t.Fatal(err)
	}
}

// create makes a cart with one piece of each variant.
func create(t *testing.T, d *db.DB, customer string, variants ...catalog.VariantID) (c cart.Cart) {
	t.Helper()
	draft := cart.Draft{Market: "DE", Channel: "web", Customer: customer}
	for _, v := range variants {
		draft.Lines = append(draft.Lines, cart.Line{Variant: v, Quantity: 1})
	}
	do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = cart.Create(ctx, tx, draft)
		return err
	})
	return c
}

func find(t *testing.T, d *db.DB, id cart.ID, caller cart.Caller) (c cart.Cart) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		c, err = cart.Find(t.Context(), tx, id, caller)
		return err
	})
	return c
}

// contents is what a cart holds: "MUG 2, TRAY 1 + SPRING".
func contents(c cart.Cart) string {
	lines := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		lines[i] = fmt.Sprint(l.Variant, " ", l.Quantity)
	}
	s := strings.Join(lines, ", ")
	if len(c.Codes) > 0 {
		s += " + " + strings.Join(c.Codes, ", ")
	}
	return s
}

func merges(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := event.Facts(t.Context(), tx, "cart.merged", 0, 100)
		n = len(all)
		return err
	})
	return n
}

// each variant a test speaks of; none of them needs to exist to lie in a cart.
const mug, tray, book = catalog.VariantID("var_mug"), catalog.VariantID("var_tray"), catalog.VariantID("var_book")

func many(n int) []catalog.VariantID {
	variants := make([]catalog.VariantID, n)
	for i := range variants {
		variants[i] = catalog.VariantID(fmt.Sprint("var_", i))
	}
	return variants
}

type verb func(ctx context.Context, tx *db.Tx, c cart.Cart) (cart.Cart, error)

func add(variant catalog.VariantID, quantity int64) verb {
	return func(ctx context.Context, tx *db.Tx, c cart.Cart) (cart.Cart, error) {
		return cart.AddLine(ctx, tx, c.ID, guest, variant, quantity)
	}
}

// set changes the i-th line; a line there is not for a negative i.
func set(i int, quantity int64) verb {
	return func(ctx context.Context, tx *db.Tx, c cart.Cart) (cart.Cart, error) {
		line := cart.LineID("li_nobody")
		if i >= 0 {
			line = c.Lines[i].ID
		}
		return cart.SetQuantity(ctx, tx, c.ID, guest, line, quantity)
	}
}

func remove(i int) verb {
	return func(ctx context.Context, tx *db.Tx, c cart.Cart) (cart.Cart, error) {
		line := cart.LineID("li_nobody")
		if i >= 0 {
			line = c.Lines[i].ID
		}
		return cart.RemoveLine(ctx, tx, c.ID, guest, line)
	}
}

func code(code string) verb {
	return func(ctx context.Context, tx *db.Tx, c cart.Cart) (cart.Cart, error) {
		return cart.AddCode(ctx, tx, c.ID, guest, code)
	}
}

func uncode(code string) verb {
	return func(ctx context.Context, tx *db.Tx, c cart.Cart) (cart.Cart, error) {
		return cart.RemoveCode(ctx, tx, c.ID, guest, code)
	}
}

func TestChangesOfACart(t *testing.T) {
	cases := []struct {
		name  string
		steps []verb
		want  error // of the last step
		holds string
	}{
		{"a new line", []verb{add(tray, 2)}, nil, "var_mug 1, var_tray 2"},
		{"more of what is there", []verb{add(mug, 2)}, nil, "var_mug 3"},
		{"nothing of something", []verb{add(mug, 0)}, cart.ErrQuantity, "var_mug 1"},
		{"less than nothing", []verb{add(tray, -1)}, cart.ErrQuantity, "var_mug 1"},
		{"too many at once", []verb{add(tray, 1_000_000_000)}, cart.ErrQuantity, "var_mug 1"},
		{"too many together", []verb{add(mug, 9998), add(mug, 1)}, cart.ErrQuantity, "var_mug 9999"},
		{"another quantity", []verb{set(0, 7)}, nil, "var_mug 7"},
		{"a quantity of nothing", []verb{set(0, 0)}, cart.ErrQuantity, "var_mug 1"},
		{"a quantity too high", []verb{set(0, 10_000)}, cart.ErrQuantity, "var_mug 1"},
		{"the quantity of a line there is not", []verb{set(-1, 2)}, cart.ErrNoLine, "var_mug 1"},
		{"a line goes, the order stays", []verb{add(tray, 1), add(book, 1), remove(1)}, nil, "var_mug 1, var_book 1"},
		{"a line there is not", []verb{remove(-1)}, cart.ErrNoLine, "var_mug 1"},
		{"an empty cart", []verb{remove(0)}, nil, ""},
		{"a code as written", []verb{code(" Spring ")}, nil, "var_mug 1 + Spring"},
		{"a code twice", []verb{code("Spring"), code("SPRING")}, nil, "var_mug 1 + Spring"},
		{"a code goes in any case", []verb{code("Spring"), code("X"), uncode("sPRING")}, nil, "var_mug 1 + X"},
		{"a code there is not", []verb{uncode("X")}, cart.ErrNoCode, "var_mug 1"},
		{"no code at all", []verb{code("  ")}, cart.ErrCode, "var_mug 1"},
		{"a page of text as a code", []verb{code(strings.Repeat("x", 65))}, cart.ErrCode, "var_mug 1"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				c := create(t, d, "", mug)
				before := c
				var err error
				for _, step := range tt.steps {
					before = find(t, d, c.ID, guest)
					var after cart.Cart
					err = try(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
						after, err = step(ctx, tx, before)
						return err
					})
					if err == nil && (contents(after) != contents(find(t, d, c.ID, guest)) || after.Version != before.Version+1) {
						t.Errorf("returned %q at version %d, stored %q", contents(after), after.Version, contents(find(t, d, c.ID, guest)))
					}
				}
				if !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				got := find(t, d, c.ID, guest)
				if contents(got) != tt.holds {
					t.Errorf("holds %q, want %q", contents(got), tt.holds)
				}
				if err != nil && got.Version != before.Version {
					t.Errorf("a refused change took version %d to %d", before.Version, got.Version)
				}
			})
		}
	})
}

func TestACartHasRoomFor200LinesAnd10Codes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := create(t, d, "", many(200)...)
		for i := range 10 {
			do(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := cart.AddCode(ctx, tx, c.ID, guest, fmt.Sprint("code", i))
				return err
			})
		}
		for _, tt := range []struct {
			name string
			step verb
			want error
		}{
			{"a line more", add(mug, 1), cart.ErrLines},
			{"more on a line", add("var_7", 1), nil},
			{"a code more", code("one more"), cart.ErrCodes},
			{"a code that is there", code("CODE3"), nil},
		} {
			err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tt.step(ctx, tx, c)
				return err
			})
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := cart.Create(ctx, tx, cart.Draft{Market: "DE", Lines: slices.Repeat([]cart.Line{{Variant: mug, Quantity: 5000}}, 2)})
			return err
		})
		if !errors.Is(err, cart.ErrQuantity) {
			t.Errorf("twice 5000 of one variant: %v, want ErrQuantity", err)
		}
		err = try(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := cart.Create(ctx, tx, cart.Draft{Market: "XX"})
			return err
		})
		if !errors.Is(err, market.ErrNotFound) {
			t.Errorf("a market there is not: %v, want market.ErrNotFound", err)
		}
	})
}

func TestWhoMayTouchACart(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		hers, anyones, another := create(t, d, "cus_ada", mug), create(t, d, "", mug), create(t, d, "", mug)
		for _, tt := range []struct {
			name   string
			cart   cart.Cart
			caller cart.Caller
			want   error
		}{
			{"its customer", hers, cart.Caller{Customer: "cus_ada"}, nil},
			{"another customer", hers, cart.Caller{Customer: "cus_eve"}, cart.ErrNotFound},
			{"a guest who knows the id", hers, guest, cart.ErrNotFound},
			{"a guest's cart by its id", anyones, guest, nil},
			{"a guest's cart by a customer who knows the id", another, cart.Caller{Customer: "cus_eve"}, nil},
			{"an id nobody has", cart.Cart{ID: "cart_nobody"}, guest, cart.ErrNotFound},
		} {
			line := cart.LineID("li_nobody")
			if len(tt.cart.Lines) > 0 {
				line = tt.cart.Lines[0].ID
			}
			for i, verb := range []func(ctx context.Context, tx *db.Tx) (cart.Cart, error){
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					return cart.Find(ctx, tx, tt.cart.ID, tt.caller)
				},
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					v, err := cart.Load(ctx, tx, tt.cart.ID, cart.Options{Caller: tt.caller})
					return v.Cart, err
				},
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					return cart.AddLine(ctx, tx, tt.cart.ID, tt.caller, tray, 1)
				},
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					return cart.SetQuantity(ctx, tx, tt.cart.ID, tt.caller, line, 7)
				},
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					return cart.RemoveLine(ctx, tx, tt.cart.ID, tt.caller, line)
				},
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					return cart.AddCode(ctx, tx, tt.cart.ID, tt.caller, "X")
				},
				func(ctx context.Context, tx *db.Tx) (cart.Cart, error) {
					return cart.RemoveCode(ctx, tx, tt.cart.ID, tt.caller, "x")
				},
			} {
				var got cart.Cart
				err := try(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
					got, err = verb(ctx, tx)
					return err
				})
				if !errors.Is(err, tt.want) || err != nil && got.ID != "" {
					t.Errorf("%s: verb %d: %v and %q, want %v", tt.name, i, err, got.ID, tt.want)
				}
			}
		}
		got := find(t, d, hers.ID, cart.Caller{Customer: "cus_ada"})
		if contents(got) != "var_tray 1" || got.Version != 6 {
			t.Errorf("her cart holds %q at version %d: only her own five changes count", contents(got), got.Version)
		}
	})
}

func TestAChangeOfAnOldVersionIsRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := create(t, d, "", mug)
		for _, tt := range []struct {
			name    string
			version int64
			want    error
		}{
			{"the version there is", 1, nil},
			{"the same again", 1, cart.ErrVersion},
			{"one from the future", 3, cart.ErrVersion},
			{"a version no cart can have", 1 << 62, cart.ErrVersion},
			{"whatever there is", 0, nil},
		} {
			err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := cart.AddLine(ctx, tx, c.ID, cart.Caller{Version: tt.version}, mug, 1)
				return err
			})
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if got := find(t, d, c.ID, guest); contents(got) != "var_mug 3" || got.Version != 3 {
			t.Errorf("holds %q at version %d, want 3 mugs at 3", contents(got), got.Version)
		}
	})
}

func TestALockedCartDoesNotChange(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := create(t, d, "", mug)
		lock := func(holder string, version int64) error {
			return try(t, d, func(ctx context.Context, tx *db.Tx) error { return cart.Lock(ctx, tx, c.ID, version, holder) })
		}
		unlock := func(holder string) {
			t.Helper()
			do(t, d, func(ctx context.Context, tx *db.Tx) error { return cart.Unlock(ctx, tx, c.ID, holder) })
		}
		order := func(holder, order string) error {
			return try(t, d, func(ctx context.Context, tx *db.Tx) error {
				return cart.MarkOrdered(ctx, tx, c.ID, holder, order)
			})
		}
		expect := func(what string, err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		refused := func(want error) {
			t.Helper()
			before := find(t, d, c.ID, guest)
			for _, step := range []verb{add(mug, 1), add(tray, 1), set(0, 5), remove(0), code("X"), uncode("X")} {
				expect("a change", try(t, d, func(ctx context.Context, tx *db.Tx) error {
					_, err := step(ctx, tx, before)
					return err
				}), want)
			}
			if after := find(t, d, c.ID, guest); contents(after) != "var_mug 1" || after.Version != before.Version {
				t.Errorf("holds %q at version %d", contents(after), after.Version)
			}
		}
		expect("ordered without a lock", order("plc_1", "ord_1"), cart.ErrOpen)
		expect("an old version", lock("plc_1", 7), cart.ErrVersion)
		expect("the version seen", lock("plc_1", 1), nil)
		refused(cart.ErrLocked)
		expect("a second holder", lock("plc_2", 0), cart.ErrLocked)
		expect("the order of another", order("plc_2", "ord_2"), cart.ErrLocked)
		unlock("plc_2") // another's: changes nothing
		refused(cart.ErrLocked)
		unlock("plc_1")
		unlock("plc_1")
		expect("a second try", lock("plc_2", 1), nil)
		unlock("plc_1") // the first try comes late: changes nothing
		refused(cart.ErrLocked)
		expect("the order", order("plc_2", "ord_2"), nil)
		expect("the order again", order("plc_2", "ord_2"), nil)
		expect("another order", order("plc_2", "ord_3"), cart.ErrOrdered)
		unlock("plc_2")
		refused(cart.ErrOrdered)
		expect("locked when ordered", lock("plc_3", 0), cart.ErrOrdered)
		if got := find(t, d, c.ID, guest); got.State != cart.StateOrdered || got.Order != "ord_2" {
			t.Errorf("%s, order %q", got.State, got.Order)
		}
		expect("a cart there is not", try(t, d, func(ctx context.Context, tx *db.Tx) error {
			return cart.Lock(ctx, tx, "cart_nobody", 0, "plc_1")
		}), cart.ErrNotFound)
	})
}

func TestMerge(t *testing.T) {
	for _, tt := range []struct {
		name  string
		hers  []verb // nil: she has no cart
		his   []verb // the guest's
		holds string
	}{
		{"without a cart the guest's becomes hers", nil, []verb{add(mug, 2), code("X")}, "var_mug 2 + X"},
		{"what both hold is added up", []verb{add(mug, 3), add(tray, 1), code("A")}, []verb{add(book, 1), add(mug, 2), code("a"), code("B")},
			"var_mug 5, var_tray 1, var_book 1 + A, B"},
		{"a line stops at 9999", []verb{add(mug, 9000), add(tray, 9999)}, []verb{add(mug, 5000), add(tray, 1)}, "var_mug 9999, var_tray 9999"},
		{"an empty guest's cart changes nothing", []verb{add(mug, 1)}, []verb{}, "var_mug 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				open(t, d)
				fill := func(c cart.Cart, steps []verb) {
					for _, step := range steps {
						do(t, d, func(ctx context.Context, tx *db.Tx) error {
							_, err := step(ctx, tx, c)
							return err
						})
					}
				}
				his := create(t, d, "")
				fill(his, tt.his)
				into := his.ID
				if tt.hers != nil {
					hers := create(t, d, "")
					fill(hers, tt.hers)
					into = hers.ID
					do(t, d, func(ctx context.Context, tx *db.Tx) error { // adopts it
						_, err := cart.Merge(ctx, tx, hers.ID, "cus_ada")
						return err
					})
				}
				ada := cart.Caller{Customer: "cus_ada"}
				for range 2 { // twice is once
					var got cart.Cart
					do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
						got, err = cart.Merge(ctx, tx, his.ID, "cus_ada")
						return err
					})
					if stored := find(t, d, into, ada); contents(got) != tt.holds || contents(stored) != tt.holds || got.ID != into || stored.Customer != "cus_ada" {
						t.Errorf("merged into %q, stored %q, want %q", contents(got), contents(stored), tt.holds)
					}
				}
				want := 0
				if tt.hers != nil {
					want = 1
					if got := find(t, d, his.ID, guest); got.State != cart.StateMerged || got.MergedInto != into {
						t.Errorf("the guest's cart is %s into %q", got.State, got.MergedInto)
					}
					err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
						_, err := cart.AddLine(ctx, tx, his.ID, guest, mug, 1)
						return err
					})
					if !errors.Is(err, cart.ErrMerged) {
						t.Errorf("a merged cart changes: %v, want ErrMerged", err)
					}
				}
				if n := merges(t, d); n != want {
					t.Errorf("%d facts, want %d", n, want)
				}
				for _, other := range []string{"cus_eve", ""} {
					err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
						_, err := cart.Merge(ctx, tx, his.ID, other)
						return err
					})
					if !errors.Is(err, cart.ErrNotFound) {
						t.Errorf("merged by %q: %v, want ErrNotFound", other, err)
					}
				}
			})
		})
	}
}

func TestAMergeFillsACartAndNoMore(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		hers := create(t, d, "cus_ada", many(199)...)
		his := create(t, d, "", mug, tray, "var_5")
		elsewhere := cart.Draft{Market: "AT", Customer: "cus_ada", Lines: []cart.Line{{Variant: book, Quantity: 1}}}
		var austrian cart.Cart
		do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
			if austrian, err = cart.Create(ctx, tx, elsewhere); err != nil {
				return err
			}
			_, err = cart.Merge(ctx, tx, his.ID, "cus_ada")
			return err
		})
		ada := cart.Caller{Customer: "cus_ada"}
		got := find(t, d, hers.ID, ada)
		if len(got.Lines) != 200 || got.Lines[199].Variant != mug || got.Lines[5].Quantity != 2 {
			t.Errorf("%d lines, the last %v", len(got.Lines), got.Lines[len(got.Lines)-1])
		}
		if other := find(t, d, austrian.ID, ada); contents(other) != "var_book 1" {
			t.Errorf("her cart of another market holds %q", contents(other))
		}
	})
}

func TestSigningInWhileTheCartIsPaidLeavesItAlone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		hers, his := create(t, d, "cus_ada", tray), create(t, d, "", mug)
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return cart.Lock(ctx, tx, his.ID, 0, "plc_1") })
		err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := cart.Merge(ctx, tx, his.ID, "cus_ada")
			return err
		})
		if got := find(t, d, hers.ID, cart.Caller{Customer: "cus_ada"}); !errors.Is(err, cart.ErrLocked) || contents(got) != "var_tray 1" {
			t.Errorf("%v, and hers holds %q", err, contents(got))
		}
	})
}

// at runs n goroutines at once.
func at(n int, run func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			run(i)
		})
	}
	close(start)
	wg.Wait()
}

func TestParallelAddsSumExactly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := create(t, d, "")
		at(25, func(i int) {
			variant := mug
			if i%5 == 0 {
				variant = tray
			}
			err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := cart.AddLine(ctx, tx, c.ID, guest, variant, 2)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		got := find(t, d, c.ID, guest)
		if s := contents(got); s != "var_mug 40, var_tray 10" && s != "var_tray 10, var_mug 40" || got.Version != 26 {
			t.Errorf("holds %q at version %d", s, got.Version)
		}
	})
}

func TestOfManyChangesOfOneVersionOneWins(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := create(t, d, "")
		won := make([]bool, 16)
		at(len(won), func(i int) {
			err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := cart.AddLine(ctx, tx, c.ID, cart.Caller{Version: 1}, mug, 1)
				return err
			})
			won[i] = err == nil
			if err != nil && !errors.Is(err, cart.ErrVersion) {
				t.Error(err)
			}
		})
		slices.SortFunc(won, func(a, b bool) int { return map[bool]int{true: 0, false: 1}[a] - map[bool]int{true: 0, false: 1}[b] })
		if !won[0] || won[1] || contents(find(t, d, c.ID, guest)) != "var_mug 1" {
			t.Errorf("winners %v, holds %q", won, contents(find(t, d, c.ID, guest)))
		}
	})
}

// What is charged is what is placed: whoever locks a cart sees what it holds
// until it is unlocked, however many add to it.
func TestACartDoesNotChangeAfterItsLock(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := create(t, d, "", mug)
		var frozen cart.Cart
		holders := make([]error, 12)
		at(len(holders), func(i int) {
			if i%3 > 0 {
				err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
					_, err := cart.AddLine(ctx, tx, c.ID, guest, mug, 1)
					return err
				})
				if err != nil && !errors.Is(err, cart.ErrLocked) {
					t.Error(err)
				}
				holders[i] = cart.ErrLocked
				return
			}
			var seen cart.Cart
			holders[i] = try(t, d, func(ctx context.Context, tx *db.Tx) error {
				if err := cart.Lock(ctx, tx, c.ID, 0, fmt.Sprint("plc_", i)); err != nil {
					return err
				}
				var err error
				seen, err = cart.Find(ctx, tx, c.ID, guest)
				return err
			})
			if holders[i] == nil {
				frozen = seen
			} else if !errors.Is(holders[i], cart.ErrLocked) {
				t.Error(holders[i])
			}
		})
		winners := 0
		for _, err := range holders {
			if err == nil {
				winners++
			}
		}
		if got := find(t, d, c.ID, guest); winners != 1 || contents(got) != contents(frozen) || got.Version != frozen.Version {
			t.Errorf("%d holders; frozen %q at %d, now %q at %d", winners, contents(frozen), frozen.Version, contents(got), got.Version)
		}
	})
}

func TestEightMergesAtOnceCountOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		hers, his := create(t, d, "cus_ada", mug), create(t, d, "", mug, tray)
		at(8, func(int) {
			err := try(t, d, func(ctx context.Context, tx *db.Tx) error {
				got, err := cart.Merge(ctx, tx, his.ID, "cus_ada")
				if err == nil && got.ID != hers.ID {
					t.Errorf("merged into %s", got.ID)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		got := find(t, d, hers.ID, cart.Caller{Customer: "cus_ada"})
		if contents(got) != "var_mug 2, var_tray 1" || merges(t, d) != 1 {
			t.Errorf("holds %q after %d merges", contents(got), merges(t, d))
		}
	})
}
