package promotion_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/promotion"
)

func TestAListIsNarrowedAndSorted(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		named := func(name string, draft promotion.Draft) promotion.ID {
			draft.Name = name
			dbtest.Clock(d).Advance(time.Second)
			return create(t, d, draft).ID
		}
		named("ÜBER 50_% im März", promotion.Draft{Priority: 5})
		named("anna", promotion.Draft{Code: "Frühling", Priority: -1})
		named("Zoë", promotion.Draft{ByCode: true, State: promotion.StateDraft})
		for _, c := range []struct {
			f    promotion.Filter
			want string
		}{
			{promotion.Filter{}, "ÜBER 50_% im März|anna|Zoë"},
			{promotion.Filter{Sort: promotion.SortNewest}, "Zoë|anna|ÜBER 50_% im März"},
			{promotion.Filter{Sort: promotion.SortName}, "anna|ÜBER 50_% im März|Zoë"},
			{promotion.Filter{Sort: promotion.SortNameLast}, "Zoë|ÜBER 50_% im März|anna"},
			{promotion.Filter{Sort: promotion.SortPriority}, "anna|Zoë|ÜBER 50_% im März"},
			{promotion.Filter{Sort: promotion.SortPriorityLast}, "ÜBER 50_% im März|Zoë|anna"},
			{promotion.Filter{Query: "uber"}, "ÜBER 50_% im März"},
			{promotion.Filter{Query: "0_%"}, "ÜBER 50_% im März"},
			{promotion.Filter{Query: "0%%"}, ""},
			{promotion.Filter{Query: "FRÜH"}, "anna"},
			{promotion.Filter{Query: `\`}, ""},
			{promotion.Filter{How: promotion.HowCode}, "anna|Zoë"},
			{promotion.Filter{How: promotion.HowAutomatic}, "ÜBER 50_% im März"},
			{promotion.Filter{How: promotion.HowCode, State: promotion.StateDraft}, "Zoë"},
			{promotion.Filter{Kind: "percent"}, "ÜBER 50_% im März|anna|Zoë"},
			{promotion.Filter{Kind: "cheapest"}, ""},
			{promotion.Filter{Market: "DE"}, "ÜBER 50_% im März|anna|Zoë"},
		} {
			for _, limit := range []int{1, 2, 50} {
				c.f.Limit = limit
				var got []string
				for _, p := range list(t, d, c.f) {
					got = append(got, p.Name)
				}
				if strings.Join(got, "|") != c.want {
					t.Errorf("%+v: %q, want %q", c.f, got, c.want)
				}
			}
		}
	})
}

func TestCodesAreFoundByPromotionBeginningAndWhatIsLeft(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		one, other := create(t, d, promotion.Draft{ByCode: true}).ID, create(t, d, promotion.Draft{ByCode: true}).ID
		addCodes(t, d, one, 1, "A1", "A2", "B1")
		addCodes(t, d, other, 0, "A3")
		use(t, d, "att_1", promotion.Use{Promotion: one, Code: "A1", Amount: eur(100), Counted: promotion.Counted{Code: true}})
		for _, c := range []struct {
			f    promotion.CodeFilter
			want string
		}{
			{promotion.CodeFilter{}, "A1 A2 A3 B1"},
			{promotion.CodeFilter{Promotion: one}, "A1 A2 B1"},
			{promotion.CodeFilter{Query: "a"}, "A1 A2 A3"},
			{promotion.CodeFilter{Query: "%"}, ""},
			{promotion.CodeFilter{Left: promotion.LeftSpent}, "A1"},
			{promotion.CodeFilter{Left: promotion.LeftOpen, Query: "a"}, "A2 A3"},
		} {
			for _, limit := range []int{1, 2, 50} {
				c.f.Limit, c.f.After = limit, ""
				var got []string
				for {
					var next string
					dbtest.Read(t, d, func(tx *db.Tx) error {
						page, after, err := promotion.Codes(t.Context(), tx, c.f)
						for _, issued := range page {
							got = append(got, issued.Code)
						}
						next = after
						return err
					})
					if c.f.After = next; next == "" {
						break
					}
				}
				if strings.Join(got, " ") != c.want {
					t.Errorf("%+v: %v, want %s", c.f, got, c.want)
				}
			}
		}
	})
}

// A code's limit counts every use there is, whenever it was set, and Verify agrees.
func TestACodesLimitCountsItsUsesAlsoFromBefore(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		p := create(t, d, promotion.Draft{ByCode: true}).ID
		addCodes(t, d, p, 0, "MANY", "FEW")
		many := promotion.Use{Promotion: p, Code: "many", Amount: eur(100)}
		for _, holder := range []string{"att_1", "att_2", "att_3"} {
			use(t, d, holder, many)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return promotion.Release(t.Context(), tx, "att_3") })
		limit := func(code string, n int64) (err error) {
			_ = d.Write(t.Context(), func(tx *db.Tx) error { err = promotion.LimitCode(t.Context(), tx, code, n); return err })
			return err
		}
		is := func(code string, want promotion.Issued) {
			t.Helper()
			dbtest.Read(t, d, func(tx *db.Tx) error {
				c, err := promotion.FindIssued(t.Context(), tx, code)
				if c.Code != want.Code || c.UsageLimit != want.UsageLimit || c.Used != want.Used {
					t.Errorf("%+v, want %+v", c, want)
				}
				if wrong, err := promotion.Verify(t.Context(), tx); err != nil || len(wrong) > 0 {
					t.Errorf("%v %v", wrong, err)
				}
				return err
			})
		}
		if err := limit("Many", 1); !errors.Is(err, promotion.ErrCodeUsed) {
			t.Errorf("a limit below its uses: %v", err)
		}
		if err := limit("none", 1); !errors.Is(err, promotion.ErrNoCode) {
			t.Errorf("%v", err)
		}
		if err := limit("MANY", 2); err != nil {
			t.Error(err)
		}
		is("many", promotion.Issued{Code: "MANY", UsageLimit: 2, Used: 2})
		many.Counted.Code = true
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return promotion.Redeem(t.Context(), tx, "att_4", promotion.Buyer{}, []promotion.Use{many})
		}); !errors.Is(err, promotion.ErrExhausted) {
			t.Errorf("a third use of two: %v", err)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return promotion.Release(t.Context(), tx, "att_2") })
		is("many", promotion.Issued{Code: "MANY", UsageLimit: 2, Used: 1})
		if err := limit("many", 0); err != nil {
			t.Error(err)
		}
		is("many", promotion.Issued{Code: "MANY"})
		if err := limit("many", 5); err != nil {
			t.Error(err)
		}
		is("many", promotion.Issued{Code: "MANY", UsageLimit: 5, Used: 1})
	})
}

func TestACodeThatNobodyUsedIsTakenBack(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		p := create(t, d, promotion.Draft{ByCode: true}).ID
		addCodes(t, d, p, 0, "MANY", "FEW")
		use(t, d, "att_1", promotion.Use{Promotion: p, Code: "many", Amount: eur(100)})
		remove := func(code string) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return promotion.RemoveCode(t.Context(), tx, code) })
		}
		if err := remove("many"); !errors.Is(err, promotion.ErrCodeUsed) {
			t.Errorf("a used code is taken back: %v", err)
		}
		if err := remove("few"); err != nil {
			t.Error(err)
		}
		if err := remove("few"); !errors.Is(err, promotion.ErrNoCode) {
			t.Errorf("%v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			all, _, err := promotion.Codes(t.Context(), tx, promotion.CodeFilter{})
			if codes := slices.Collect(func(yield func(string) bool) {
				for _, c := range all {
					if !yield(c.Code) {
						return
					}
				}
			}); !slices.Equal(codes, []string{"MANY"}) {
				t.Errorf("%v", codes)
			}
			return err
		})
	})
}

func addCodes(t *testing.T, d *db.DB, p promotion.ID, limit int64, codes ...string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error { return promotion.AddCodes(t.Context(), tx, p, codes, limit) })
}

func use(t *testing.T, d *db.DB, holder string, u promotion.Use) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return promotion.Redeem(t.Context(), tx, holder, promotion.Buyer{}, []promotion.Use{u})
	})
}
