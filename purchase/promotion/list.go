package promotion

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"korzo/platform/db"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Sort is the order of a list of promotions. SortOldest is the zero Sort.
type Sort string

// The orders of a list of promotions. Names are compared without regard to case and accents.
const (
	SortOldest       Sort = ""
	SortNewest       Sort = "newest"
	SortName         Sort = "name"
	SortNameLast     Sort = "name_last" // from Z to A
	SortUsed         Sort = "used"      // the least used first
	SortUsedLast     Sort = "used_last"
	SortPriority     Sort = "priority" // the lowest first
	SortPriorityLast Sort = "priority_last"
)

// How says by what a promotion applies.
type How string

// A promotion applies by itself or by code.
const (
	HowAny       How = ""
	HowAutomatic How = "automatic"
	HowCode      How = "code"
)

// Filter chooses a page of promotions. The zero Filter is the first page of all.
type Filter struct {
	State  State  // "" for all
	How    How    // "" for all
	Kind   string // of the benefit; "" for all
	Market string // those that hold in it, also those for all markets; "" for all
	Query  string // part of the name, or the beginning of one of its codes; "" for all
	Sort   Sort
	After  ID  // the last one already seen, of the same Sort
	Limit  int // 1..100; 0 is 50
}

// List returns a page of promotions and the After of the next page, "" at the end.
func List(ctx context.Context, tx *db.Tx, f Filter) (page []Promotion, after ID, err error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 50
	}
	page, err = listPromotions(ctx, tx, f, f.Limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list promotions: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		after = page[f.Limit-1].ID
	}
	return page, after, nil
}

// Issued is a code of a promotion.
type Issued struct {
	Code       string
	Promotion  ID
	UsageLimit int64 // 0 is without a limit of its own
	Used       int64 // counted only with a limit
	CreatedAt  time.Time
}

// Left says whether a code may still be used.
type Left string

// A code is open until its own limit is reached.
const (
	LeftAny   Left = ""
	LeftOpen  Left = "open"
	LeftSpent Left = "spent"
)

// CodeFilter chooses a page of codes. The zero CodeFilter is the first page of
// the codes of all promotions.
type CodeFilter struct {
	Promotion ID     // "" for all
	Query     string // how it begins, whatever its capitals; "" for all
	Left      Left
	After     string // the last one already seen
	Limit     int    // 1 to 1000; 0 is 50
}

// Codes returns a page of codes, in the order they are compared in, and the
// after of the next page, "" at the end.
func Codes(ctx context.Context, tx *db.Tx, f CodeFilter) (page []Issued, next string, err error) {
	if f.Limit < 1 || f.Limit > 1000 {
		f.Limit = 50
	}
	page, err = listCodes(ctx, tx, f, f.Limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list codes: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		next = page[f.Limit-1].Code
	}
	return page, next, nil
}

// key is a name as it is looked for and sorted: without regard to case and
// accents. It is made here because databases disagree about both.
func key(name string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(strings.Join(strings.Fields(name), " ")))
	return cases.Fold().String(bare)
}
