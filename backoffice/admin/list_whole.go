package admin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"korzo/backoffice/listing"
	"korzo/platform/db"
)

// whole reads a list that is short enough to be read at once, such as staff or
// pages: it is narrowed and sorted here, where no index would help.
type whole[T any] struct {
	all func(v *visit, tx *db.Tx) ([]T, error)
	// keep says whether a row passes a filter, by the filter's name. The filter
	// "q" needs none: each of its words must stand in one of the row's columns.
	keep map[string]func(v *visit, row T, text string) bool
	// by says what comes first, by a column's name; one that is not here is
	// sorted by its text, or as a number.
	by map[string]func(a, b T) int
}

// page is the page function of such a list; its places are counts of rows.
func (w whole[T]) page(columns []column[T]) func(*visit, *db.Tx, listing.State, int) ([]T, string, error) {
	return func(v *visit, tx *db.Tx, at listing.State, limit int) ([]T, string, error) {
		rows, err := w.all(v, tx)
		if err != nil {
			return nil, "", err
		}
		rows = slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return !w.passes(v, columns, row, at) }) // what is remembered stays whole
		if by, descending := at.Order(); by != "" {
			order := w.order(v, columns, by)
			slices.SortStableFunc(rows, func(a, b T) int {
				if descending {
					a, b = b, a
				}
				return order(a, b)
			})
		}
		from, _ := strconv.Atoi(at.After) // what is no number is the first page
		rows = rows[min(max(from, 0), len(rows)):]
		if len(rows) <= limit {
			return rows, "", nil
		}
		return rows[:limit], strconv.Itoa(max(from, 0) + limit), nil
	}
}

func (w whole[T]) passes(v *visit, columns []column[T], row T, at listing.State) bool {
	for name, text := range at.Filters {
		keep := w.keep[name]
		if name == "q" && keep == nil {
			keep = func(v *visit, row T, text string) bool { return says(v, columns, row, text) }
		}
		if keep != nil && !keep(v, row, text) {
			return false
		}
	}
	return true
}

// says reports whether each word stands in one of a row's columns.
func says[T any](v *visit, columns []column[T], row T, words string) bool {
	var text strings.Builder
	for _, c := range columns {
		if c.text != nil {
			text.WriteString(strings.ToLower(c.text(v, row)) + "\n")
		}
	}
	for _, word := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(text.String(), word) {
			return false
		}
	}
	return true
}

func (w whole[T]) order(v *visit, columns []column[T], by string) func(a, b T) int {
	if order := w.by[by]; order != nil {
		return order
	}
	i := slices.IndexFunc(columns, func(c column[T]) bool { return c.name == by && c.text != nil })
	if i < 0 {
		return func(T, T) int { return 0 }
	}
	text := columns[i].text
	return func(a, b T) int {
		x, y := strings.ToLower(text(v, a)), strings.ToLower(text(v, b))
		m, err := strconv.ParseInt(x, 10, 64)
		n, err2 := strconv.ParseInt(y, 10, 64)
		if err == nil && err2 == nil {
			return cmp.Compare(m, n)
		}
		return cmp.Compare(x, y)
	}
}

// plainColumn is a column of words that the list can be sorted by.
func plainColumn[T any](name, title string, get func(v *visit, row T) string) column[T] {
	return column[T]{name: name, title: title, sorts: true, cell: plainCell(get), text: get}
}
