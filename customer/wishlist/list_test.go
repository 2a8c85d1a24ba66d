package wishlist_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"korzo/customer/profile"
	"korzo/customer/wishlist"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/seal"
)

// people runs a test with two customers, ada and eve.
func people(t *testing.T, test func(t *testing.T, d *db.DB, k *seal.Keeper, ada, eve profile.CustomerID)) {
	t.Helper()
	dbtest.Each(t, []fs.FS{event.Schema, profile.Schema, wishlist.Schema}, func(t *testing.T, d *db.DB) {
		k, err := seal.Open(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		var ids []profile.CustomerID
		for _, email := range []string{"ada@example.com", "eve@example.com"} {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				c, err := profile.Register(t.Context(), tx, k, profile.Registration{Name: "A", Email: email, Locale: "en", Market: "DE"})
				ids = append(ids, c.ID)
				return err
			})
		}
		test(t, d, k, ids[0], ids[1])
	})
}

func TestACustomerHasOneListAndMakesMore(t *testing.T) {
	people(t, func(t *testing.T, d *db.DB, k *seal.Keeper, ada, eve profile.CustomerID) {
		ctx := t.Context()
		var gifts wishlist.List
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			if gifts, err = wishlist.Create(ctx, tx, k, ada, "  Gifts   for Mum "); err != nil {
				return err
			}
			for _, bad := range []string{"", "   ", strings.Repeat("x", 61)} {
				if _, err := wishlist.Create(ctx, tx, k, ada, bad); !errors.Is(err, wishlist.ErrName) {
					t.Errorf("%q: %v", bad, err)
				}
			}
			return errors.Join(wishlist.Add(ctx, tx, wishlist.Of(ada), "prd_a"), wishlist.Add(ctx, tx, wishlist.Of(ada), "prd_b"),
				wishlist.Move(ctx, tx, k, ada, "prd_b", "", gifts.ID))
		})
		dbtest.Write(t, d, func(tx *db.Tx) error {
			all, err := wishlist.Lists(ctx, tx, k, ada)
			if err != nil || len(all) != 2 || !all[0].Main() || all[0].Items != 1 || all[1].Name != "Gifts for Mum" || all[1].Items != 1 {
				t.Errorf("%+v, %v", all, err)
			}
			for list, want := range map[wishlist.ID]error{gifts.ID: wishlist.ErrNotFound, wishlist.Of(ada): wishlist.ErrNotFound, "": nil} {
				if _, err := wishlist.Find(ctx, tx, k, eve, list); !errors.Is(err, want) {
					t.Errorf("another opens %q: %v", list, err)
				}
			}
			for what, err := range map[string]error{
				"renames": wishlist.Rename(ctx, tx, k, eve, gifts.ID, "Mine"),
				"deletes": wishlist.Delete(ctx, tx, eve, gifts.ID),
				"moves":   wishlist.Move(ctx, tx, k, eve, "prd_b", gifts.ID, ""),
				"fills":   wishlist.Move(ctx, tx, k, eve, "prd_b", "", gifts.ID),
				"shows":   wishlist.Unshare(ctx, tx, eve, gifts.ID),
			} {
				if !errors.Is(err, wishlist.ErrNotFound) {
					t.Errorf("another %s it: %v", what, err)
				}
			}
			if on, err := wishlist.Wished(ctx, tx, ada, "prd_b"); err != nil || !on {
				t.Errorf("the product on a further list is not wished for: %v", err)
			}
			return errors.Join(wishlist.Rename(ctx, tx, k, ada, gifts.ID, "For Mum"), wishlist.Delete(ctx, tx, ada, gifts.ID))
		})
		if got := wishes(t, d, gifts.ID); len(got) != 0 || len(wishes(t, d, wishlist.Of(ada))) != 1 {
			t.Errorf("after its list was deleted: %v", got)
		}
	})
}

func TestALinkShowsAListUntilItIsTakenBack(t *testing.T) {
	people(t, func(t *testing.T, d *db.DB, k *seal.Keeper, ada, eve profile.CustomerID) {
		ctx := t.Context()
		dbtest.Write(t, d, func(tx *db.Tx) error {
			gifts, err := wishlist.Create(ctx, tx, k, ada, "Gifts")
			if err != nil {
				return err
			}
			for list, name := range map[wishlist.ID]string{gifts.ID: "Gifts", "": ""} {
				link, err := wishlist.Share(ctx, tx, k, ada, list)
				again, _ := wishlist.Share(ctx, tx, k, ada, list)
				if err != nil || link == "" || again != link {
					t.Errorf("shared as %q, then as %q: %v", link, again, err)
				}
				if seen, err := wishlist.Shared(ctx, tx, k, link); err != nil || seen.Name != name || seen.Customer != ada {
					t.Errorf("the link shows %+v, %v", seen, err)
				}
				if err := wishlist.Unshare(ctx, tx, ada, list); err != nil {
					return err
				}
				for _, dead := range []string{link, "", string(gifts.ID)} {
					if _, err := wishlist.Shared(ctx, tx, k, dead); !errors.Is(err, wishlist.ErrNotFound) {
						t.Errorf("%q still shows it: %v", dead, err)
					}
				}
				if renewed, err := wishlist.Share(ctx, tx, k, ada, list); err != nil || renewed == link {
					t.Errorf("a link that was taken back is given again: %v", err)
				}
			}
			if _, err := wishlist.Share(ctx, tx, k, eve, gifts.ID); !errors.Is(err, wishlist.ErrNotFound) {
				t.Errorf("another shares it: %v", err)
			}
			return wishlist.Unshare(ctx, tx, eve, "")
		})
		shared := ""
		dbtest.Write(t, d, func(tx *db.Tx) (err error) { shared, err = wishlist.Share(ctx, tx, k, ada, ""); return err })
		dbtest.Write(t, d, func(tx *db.Tx) error { return wishlist.Forget(ctx, tx, ada) })
		dbtest.Read(t, d, func(tx *db.Tx) error {
			if _, err := wishlist.Shared(ctx, tx, k, shared); !errors.Is(err, wishlist.ErrNotFound) {
				t.Errorf("who is forgotten is still shown: %v", err)
			}
			all, err := wishlist.Lists(ctx, tx, k, ada)
			if len(all) != 1 {
				t.Errorf("%d lists are left", len(all))
			}
			return err
		})
	})
}

func TestNobodyHasMoreListsThanAreAllowed(t *testing.T) {
	people(t, func(t *testing.T, d *db.DB, k *seal.Keeper, ada, eve profile.CustomerID) {
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if _, err := wishlist.Share(t.Context(), tx, k, ada, ""); err != nil { // has a row, and does not count
				return err
			}
			for i := range wishlist.MaxLists {
				if _, err := wishlist.Create(t.Context(), tx, k, ada, fmt.Sprint("List ", i)); err != nil {
					return err
				}
			}
			if _, err := wishlist.Create(t.Context(), tx, k, ada, "More"); !errors.Is(err, wishlist.ErrLists) {
				t.Errorf("one too many: %v", err)
			}
			_, err := wishlist.Create(t.Context(), tx, k, eve, "Hers")
			return err
		})
	})
}

func TestWhatIsSavedForLaterStaysWithItsOwner(t *testing.T) {
	people(t, func(t *testing.T, d *db.DB, _ *seal.Keeper, ada, eve profile.CustomerID) {
		ctx, key := t.Context(), wishlist.NewGuest(d.Now())
		saved := func(owner wishlist.ID) (all []wishlist.Saved) {
			t.Helper()
			dbtest.Read(t, d, func(tx *db.Tx) (err error) { all, err = wishlist.SavedOf(ctx, tx, owner); return err })
			return all
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for _, n := range []int64{0, -1, 10_000} {
				if err := wishlist.Save(ctx, tx, key, wishlist.Saved{Variant: "var_a", Quantity: n}); !errors.Is(err, wishlist.ErrQuantity) {
					t.Errorf("%d pieces: %v", n, err)
				}
			}
			return errors.Join(wishlist.Save(ctx, tx, key, wishlist.Saved{Variant: "var_a", Quantity: 1}), wishlist.Save(ctx, tx, key, wishlist.Saved{Variant: "var_a", Quantity: 3}),
				wishlist.Save(ctx, tx, wishlist.Of(ada), wishlist.Saved{Variant: "var_b", Quantity: 2}))
		})
		dbtest.Write(t, d, func(tx *db.Tx) error { return wishlist.Merge(ctx, tx, string(key), wishlist.Of(ada)) })
		if got := saved(wishlist.Of(ada)); len(got) != 2 || len(saved(key)) != 0 {
			t.Errorf("after signing in: %v", got)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := wishlist.Drop(ctx, tx, wishlist.Of(eve), "var_a"); !errors.Is(err, wishlist.ErrSavedGone) {
				t.Errorf("another takes it: %v", err)
			}
			return wishlist.Drop(ctx, tx, wishlist.Of(ada), "var_b")
		})
		if got := saved(wishlist.Of(ada)); len(got) != 1 || got[0] != (wishlist.Saved{Variant: "var_a", Quantity: 3}) {
			t.Errorf("left: %v", got)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for i := range wishlist.MaxSaved - 1 {
				if err := wishlist.Save(ctx, tx, wishlist.Of(ada), wishlist.Saved{Variant: catalog.VariantID(fmt.Sprint("var_", i)), Quantity: 1}); err != nil {
					return err
				}
			}
			if err := wishlist.Save(ctx, tx, wishlist.Of(ada), wishlist.Saved{Variant: "var_more", Quantity: 1}); !errors.Is(err, wishlist.ErrSaved) {
				t.Errorf("one too many: %v", err)
			}
			return wishlist.Forget(ctx, tx, ada)
		})
		if got := saved(wishlist.Of(ada)); len(got) != 0 {
			t.Errorf("who is forgotten still has %v", got)
		}
	})
}
