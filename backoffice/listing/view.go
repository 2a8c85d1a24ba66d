package listing

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/id"
)

const (
	maxViewName = 60
	maxViews    = 50 // of one list that one person sees
)

// ViewID names a view: "view_…".
type ViewID string

// View is a list's state under a name.
type View struct {
	ID        ViewID
	List      string
	Staff     string // whose it is; "" is everybody's
	Name      string
	Query     string // without place
	CreatedAt time.Time
}

// Is says whether a state is that of the view.
func (v View) Is(at State) bool {
	return v.Query == at.Query().Encode()
}

// SaveView keeps a list's state under a name; one of the same name and owner is
// written over. It returns ErrView or ErrViews.
func SaveView(ctx context.Context, tx *db.Tx, v View) (View, error) {
	v.Name = strings.Join(strings.Fields(strings.ToValidUTF8(v.Name, "")), " ")
	if v.Name == "" || utf8.RuneCountInString(v.Name) > maxViewName || strings.Contains(v.Name, "\x00") {
		return View{}, ErrView
	}
	q, err := url.ParseQuery(v.Query)
	if err != nil {
		return View{}, ErrView.With("the filter cannot be read: choose it again in the list")
	}
	for _, drop := range []string{"after", "done", "change"} {
		q.Del(drop)
	}
	v.Query = q.Encode()
	all, err := Views(ctx, tx, v.List, v.Staff)
	if err != nil {
		return View{}, err
	}
	known := slices.ContainsFunc(all, func(o View) bool { return o.Name == v.Name && o.Staff == v.Staff })
	if !known && len(all) >= maxViews {
		return View{}, ErrViews
	}
	v.ID, v.CreatedAt = id.New[ViewID]("view", tx.Now), tx.Now
	if v.ID, err = upsertView(ctx, tx, v); err != nil {
		return View{}, fmt.Errorf("keep view %q of %s: %w", v.Name, v.List, err)
	}
	return v, nil
}

// Views are those of a list that one of staff sees, by name: their own and everybody's.
func Views(ctx context.Context, tx *db.Tx, list, staff string) ([]View, error) {
	all, err := selectViews(ctx, tx, list, staff, maxViews)
	if err != nil {
		return nil, fmt.Errorf("views of %s: %w", list, err)
	}
	slices.SortFunc(all, func(a, b View) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all, nil
}

// FindView returns a view that one of staff sees, or ErrNotFound.
func FindView(ctx context.Context, tx *db.Tx, view ViewID, staff string) (View, error) {
	v, err := selectView(ctx, tx, view, staff)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	if err != nil {
		return View{}, fmt.Errorf("find view %s: %w", view, err)
	}
	return v, nil
}

// DeleteView forgets a view that one of staff sees. It returns ErrNotFound.
func DeleteView(ctx context.Context, tx *db.Tx, view ViewID, staff string) error {
	n, err := deleteView(ctx, tx, view, staff)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete view %s: %w", view, err)
	}
	return nil
}
