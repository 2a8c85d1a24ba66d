package wishlist_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	"korzo/customer/wishlist"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	dbtest.Each(t, []fs.FS{wishlist.Schema}, test)
}

func wishes(t *testing.T, d *db.DB, owner wishlist.ID) (all []catalog.ProductID) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = wishlist.Products(t.Context(), tx, owner)
		return err
	})
	return all
}

func TestAWishIsKeptOnceUntilItIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for _, p := range []catalog.ProductID{"prd_a", "prd_b", "prd_a"} {
			dbtest.Write(t, d, func(tx *db.Tx) error { return wishlist.Add(ctx, tx, "cus_1", p) })
		}
		if got := wishes(t, d, "cus_1"); len(got) != 2 || !slices.Contains(got, "prd_a") {
			t.Errorf("wished for %v", got)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return errors.Join(wishlist.Remove(ctx, tx, "cus_1", "prd_a"), wishlist.Remove(ctx, tx, "cus_1", "prd_never"), wishlist.Remove(ctx, tx, "cus_2", "prd_b"))
		})
		if got := wishes(t, d, "cus_1"); !slices.Equal(got, []catalog.ProductID{"prd_b"}) {
			t.Errorf("after one was taken back: %v", got)
		}
	})
}

func TestAGuestsWishesComeAlongWithoutDoubles(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, key := t.Context(), wishlist.NewGuest(d.Now())
		dbtest.Write(t, d, func(tx *db.Tx) error {
			return errors.Join(wishlist.Add(ctx, tx, key, "prd_a"), wishlist.Add(ctx, tx, key, "prd_b"), wishlist.Add(ctx, tx, "cus_1", "prd_b"), wishlist.Add(ctx, tx, "cus_2", "prd_c"))
		})
		for range 2 {
			dbtest.Write(t, d, func(tx *db.Tx) error { return wishlist.Merge(ctx, tx, string(key), "cus_1") })
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return wishlist.Merge(ctx, tx, "cus_2", "cus_1") }) // a customer's list is no guest's
		got := wishes(t, d, "cus_1")
		slices.Sort(got)
		if !slices.Equal(got, []catalog.ProductID{"prd_a", "prd_b"}) || len(wishes(t, d, key)) != 0 || len(wishes(t, d, "cus_2")) != 1 {
			t.Errorf("the customer has %v, the guest %v, another %v", got, wishes(t, d, key), wishes(t, d, "cus_2"))
		}
		if wishlist.GuestOf("cus_1") != "" || wishlist.GuestOf("wish_1") != "" || wishlist.GuestOf(string(key)) != key {
			t.Error("a key is taken for what it is not")
		}
	})
}

func TestAFullListSaysSoAndKeepsWhatItHas(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		dbtest.Write(t, d, func(tx *db.Tx) error {
			for i := range wishlist.MaxItems {
				if err := wishlist.Add(ctx, tx, "cus_1", catalog.ProductID(fmt.Sprintf("prd_%03d", i))); err != nil {
					return err
				}
			}
			if err := wishlist.Add(ctx, tx, "cus_1", "prd_more"); !errors.Is(err, wishlist.ErrFull) {
				t.Errorf("one too many: %v", err)
			}
			return wishlist.Add(ctx, tx, "cus_1", "prd_007") // it is there
		})
		if got := wishes(t, d, "cus_1"); len(got) != wishlist.MaxItems {
			t.Errorf("%d wishes", len(got))
		}
	})
}

func TestOnlyGuestsWishesGrowOld(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		ctx, key := t.Context(), wishlist.NewGuest(d.Now())
		dbtest.Write(t, d, func(tx *db.Tx) error {
			then := *tx
			then.Now = tx.Now.Add(-wishlist.GuestLife - time.Hour)
			return errors.Join(wishlist.Add(ctx, &then, key, "prd_old"), wishlist.Add(ctx, &then, "cus_1", "prd_old"), wishlist.Add(ctx, tx, key, "prd_new"))
		})
		dbtest.Write(t, d, func(tx *db.Tx) error { return wishlist.Expire(ctx, tx) })
		if got := wishes(t, d, key); !slices.Equal(got, []catalog.ProductID{"prd_new"}) || len(wishes(t, d, "cus_1")) != 1 {
			t.Errorf("the guest has %v", got)
		}
	})
}
