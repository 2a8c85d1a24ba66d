//go:build unix

package search_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/offer/search"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// spent is the processor time of this process.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// sizes are those of the shops that are measured: one of KORZO_PRODUCTS, or a
// small one, a middle one and a large one.
func sizes() []int {
	if n, err := strconv.Atoi(os.Getenv("KORZO_PRODUCTS")); err == nil {
		return []int{n}
	}
	return []int{200, 10_000, 50_000}
}

// BenchmarkFill measures what it takes to index a shop, and what stays in
// memory and in files afterwards.
func BenchmarkFill(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				folder := b.TempDir()
				before, began := heap(), spent()
				s, err := search.Fill(b.Context(), opener(folder), generate(n))
				if err != nil {
					b.Fatal(err)
				}
				took := spent() - began
				if err := s.Tidy(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(took.Seconds(), "cpu-s")
				b.ReportMetric((spent() - began).Seconds(), "cpu-s-merged")
				b.ReportMetric(float64(int64(heap())-int64(before))/1e6, "MB-heap")
				b.ReportMetric(float64(size(b, folder))/1e6, "MB-files")
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func size(b *testing.B, folder string) (n int64) {
	b.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			n += size(b, folder+"/"+e.Name())
		} else if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// BenchmarkStart measures what a node of a shop in a database does before it
// can answer: the first time, and when its files are there.
func BenchmarkStart(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := build(b, dbtest.SQLite(b, schemas))
			h.stock(b, generated(n))
			folder := b.TempDir()
			for b.Loop() {
				for _, what := range []string{"first", "again"} {
					began, cpu := time.Now(), spent()
					s, err := search.Open(ctx, search.Config{DB: h.DB, Open: opener(folder)})
					if err == nil {
						err = s.CatchUp(ctx)
					}
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(time.Since(began).Seconds(), what+"-s")
					b.ReportMetric((spent() - cpu).Seconds(), what+"-cpu-s")
					if found := find(b, s, search.Query{}); found.Total != n {
						b.Fatalf("%d of %d products found", found.Total, n)
					}
					if err := s.Close(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// stock writes documents back as products.
func (h house) stock(b *testing.B, documents []search.Document) {
	b.Helper()
	for some := range slices.Chunk(documents, 200) {
		h.write(b, func(tx *db.Tx) error {
			var errs []error
			for _, d := range some {
				slug := strings.ReplaceAll(string(d.ID), "_", "-")
				draft := catalog.Draft{ID: d.ID, Slug: slug, Title: d.Texts["en"].Title, Description: d.Texts["en"].Body,
					Tags:     []string{d.Categories[1], "colour:" + d.Attributes["colour"][0], "brand:" + d.Attributes["brand"][0]},
					Variants: []catalog.Variant{{ID: d.Variants[0].Variant, SKU: d.Keys[0]}},
					Translations: map[string]catalog.Translation{
						"de": {Title: d.Texts["de"].Title, Description: d.Texts["de"].Body}, "hu": {Title: d.Texts["hu"].Title, Description: d.Texts["hu"].Body},
					}}
				_, err := catalog.Create(ctx, tx, draft)
				errs = append(errs, err, pricing.Set(ctx, tx, "DE", draft.Variants[0].ID, d.Prices["DE"]), adjust(tx, draft.Variants[0].ID, 1))
			}
			return errors.Join(errs...)
		})
	}
}
