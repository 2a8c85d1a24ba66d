package wishlist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// MaxLists is how many lists with a name a customer has at most. Two made in one
// moment may both be the last.
const MaxLists = 20

// maxName is how many characters the name of a list has at most.
const maxName = 60

// The failures of lists with names and links.
var (
	ErrNotFound = fault.New(fault.NotFound, "wishlist.not_found", "there is no such wish list, or it is shared no more; ask its owner for a new link")
	ErrName     = fault.New(fault.Invalid, "wishlist.name", "a wish list has a name of 1 to 60 characters: shorten it, or write one")
	ErrLists    = fault.New(fault.Conflict, "wishlist.lists", "a customer has at most 20 wish lists with a name: delete one first")
)

// List is a customer's list of wishes.
type List struct {
	ID        ID
	Customer  profile.CustomerID
	Name      string // "" for the one that everybody has
	Share     string // the last part of its link; "" while only its owner sees it
	Items     int64
	CreatedAt time.Time // zero for the one that everybody has, until it was shared once
}

type listRow struct {
	List
	sealed []byte
}

// Main reports whether it is the list that a customer has without asking.
func (l List) Main() bool { return l.ID == Of(l.Customer) }

// Lists returns a customer's lists: the one without a name first, then the
// others as they were made.
func Lists(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID) ([]List, error) {
	rows, err := selectLists(ctx, tx, customer)
	if err != nil {
		return nil, fmt.Errorf("list wish lists: %w", err)
	}
	all := make([]List, 1, len(rows)+1)
	if i := slices.IndexFunc(rows, func(r listRow) bool { return r.Main() }); i >= 0 {
		all[0] = rows[i].List
	} else if all[0], err = mainOf(ctx, tx, customer); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Main() {
			continue
		}
		l, err := r.open(ctx, tx, k)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// mainOf is the list that everybody has, for who never shared it.
func mainOf(ctx context.Context, tx *db.Tx, customer profile.CustomerID) (List, error) {
	n, err := countItems(ctx, tx, Of(customer))
	if err != nil {
		return List{}, fmt.Errorf("count wishes: %w", err)
	}
	return List{ID: Of(customer), Customer: customer, Items: n}, nil
}

// open reads the name of a list.
func (r listRow) open(ctx context.Context, tx *db.Tx, k *seal.Keeper) (List, error) {
	if len(r.sealed) == 0 {
		return r.List, nil
	}
	name, err := profile.Unseal(ctx, tx, k, r.Customer, r.sealed)
	if err != nil {
		return List{}, fmt.Errorf("open wish list %s: %w", r.ID, err)
	}
	r.Name = string(name)
	return r.List, nil
}

// Find returns a list of a customer's; "" is the one without a name. It returns
// ErrNotFound, also for a list of somebody else.
func Find(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, list ID) (List, error) {
	row, err := selectList(ctx, tx, customer, orMain(customer, list))
	switch {
	case errors.Is(err, db.ErrNoRow) && orMain(customer, list) == Of(customer):
		return mainOf(ctx, tx, customer)
	case errors.Is(err, db.ErrNoRow):
		return List{}, ErrNotFound
	case err != nil:
		return List{}, fmt.Errorf("find wish list: %w", err)
	}
	return row.open(ctx, tx, k)
}

func orMain(customer profile.CustomerID, list ID) ID {
	if list == "" {
		return Of(customer)
	}
	return list
}

// Create makes a list with a name. It returns ErrName, ErrLists or
// profile.ErrErased.
func Create(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, name string) (List, error) {
	r := listRow{List: List{ID: id.New[ID]("wl", tx.Now), Customer: customer, CreatedAt: tx.Now}}
	var err error
	if r.Name, r.sealed, err = sealName(ctx, tx, k, customer, name); err != nil {
		return List{}, err
	}
	made, err := insertList(ctx, tx, r)
	if err != nil {
		return List{}, fmt.Errorf("create wish list: %w", err)
	}
	if made == 0 {
		return List{}, ErrLists
	}
	return r.List, nil
}

func sealName(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, name string) (clean string, sealed []byte, err error) {
	clean = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(clean); n == 0 || n > maxName || !utf8.ValidString(clean) {
		return "", nil, ErrName
	}
	sealed, err = profile.Seal(ctx, tx, k, customer, []byte(clean))
	return clean, sealed, err
}

// Rename gives a list another name. The one that everybody has keeps none. It
// returns ErrName or ErrNotFound and may be repeated.
func Rename(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, list ID, name string) error {
	if orMain(customer, list) == Of(customer) {
		return ErrNotFound
	}
	_, sealed, err := sealName(ctx, tx, k, customer, name)
	if err != nil {
		return err
	}
	return one(updateName(ctx, tx, customer, list, sealed))
}

// one is ErrNotFound when nothing was changed.
func one(n int64, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("change wish list: %w", err)
	case n == 0:
		return ErrNotFound
	}
	return nil
}

// Delete ends a list with a name and all wishes on it. It returns ErrNotFound,
// also when it is repeated.
func Delete(ctx context.Context, tx *db.Tx, customer profile.CustomerID, list ID) error {
	if err := one(deleteList(ctx, tx, customer, list)); err != nil {
		return err
	}
	return forget(ctx, tx, list)
}

// Share gives a list a link, if it has none, and returns its last part. Whoever
// has it sees the name of the list and what is on it, and can change nothing.
func Share(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, list ID) (string, error) {
	list = orMain(customer, list)
	if list == Of(customer) {
		if err := upsertMain(ctx, tx, customer); err != nil {
			return "", fmt.Errorf("share wishes: %w", err)
		}
	}
	if err := one(updateShare(ctx, tx, customer, list, id.New[string]("wsh", tx.Now))); err != nil {
		return "", err
	}
	l, err := Find(ctx, tx, k, customer, list)
	return l.Share, err
}

// Unshare takes the link of a list back: it never opens anything again. It
// returns ErrNotFound and may be repeated.
func Unshare(ctx context.Context, tx *db.Tx, customer profile.CustomerID, list ID) error {
	err := one(updateShare(ctx, tx, customer, orMain(customer, list), ""))
	if errors.Is(err, ErrNotFound) && orMain(customer, list) == Of(customer) {
		return nil // never shared
	}
	return err
}

// Shared returns the list that a link shows, or ErrNotFound.
func Shared(ctx context.Context, tx *db.Tx, k *seal.Keeper, link string) (List, error) {
	row, err := selectShared(ctx, tx, link)
	if errors.Is(err, db.ErrNoRow) {
		return List{}, ErrNotFound
	}
	if err != nil {
		return List{}, fmt.Errorf("find shared wish list: %w", err)
	}
	l, err := row.open(ctx, tx, k)
	if errors.Is(err, profile.ErrErased) {
		return List{}, ErrNotFound
	}
	return l, err
}

// Move puts a product from one list of a customer's onto another. It returns
// ErrNotFound for a list that is not theirs, or ErrFull.
func Move(ctx context.Context, tx *db.Tx, k *seal.Keeper, customer profile.CustomerID, product catalog.ProductID, from, to ID) error {
	for _, list := range []ID{from, to} {
		if _, err := Find(ctx, tx, k, customer, list); err != nil {
			return err
		}
	}
	if err := Add(ctx, tx, orMain(customer, to), product); err != nil || orMain(customer, from) == orMain(customer, to) {
		return err
	}
	return Remove(ctx, tx, orMain(customer, from), product)
}

// Wished reports whether a product is on any list of a customer's.
func Wished(ctx context.Context, tx *db.Tx, customer profile.CustomerID, product catalog.ProductID) (bool, error) {
	n, err := countWished(ctx, tx, customer, product)
	if err != nil {
		return false, fmt.Errorf("look for a wish: %w", err)
	}
	return n > 0, nil
}
