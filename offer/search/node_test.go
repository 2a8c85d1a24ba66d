package search_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/search"
	"korzo/offer/search/searchtest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

// questions are asked of two nodes to see whether they agree.
func questions() (all []search.Query) {
	for _, text := range []string{"", "lamp", "lampe ", "tischlampe", "wodden table", "lámpák", "red", "hovering lamp", "steh lampe", "tis"} {
		for _, locale := range []string{"en", "de", "hu"} {
			for _, sort := range []search.Sort{"", search.SortPriceUp, search.SortTitle} {
				all = append(all, search.Query{Text: text, Market: "DE", Locale: locale, Sort: sort, Limit: 5})
			}
		}
	}
	for _, c := range searchtest.Cases {
		all = append(all, search.Query{Text: c.Text, Market: "DE", Locale: c.Language})
	}
	return all
}

func agree(t *testing.T, a, b *search.Search) {
	t.Helper()
	for _, q := range questions() {
		if diff := cmp.Diff(find(t, a, q), find(t, b, q)); diff != "" {
			t.Errorf("%+v: %s", q, diff)
		}
	}
}

// addSuite adds the products of the conformance suite.
func (h house) addSuite(t *testing.T, from, to int) {
	t.Helper()
	for i, d := range searchtest.Shop()[from:to] {
		h.add(t, item{slug: string(d.ID), en: d.Texts["en"].Title, de: d.Texts["de"].Title, hu: d.Texts["hu"].Title,
			tags: strings.Join(d.Texts["en"].Terms, " "), cents: int64(100 + 7*i%13), stock: int64(i % 3)})
	}
}

func TestNodesThatReadInAnotherOrderGiveTheSameAnswers(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		first := h.node(t, "") // is told of each change
		for i := 0; i < 40; i += 8 {
			h.addSuite(t, i, i+8)
			h.settle(t, first)
		}
		middle := h.node(t, t.TempDir()) // joins half-way
		h.settle(t, middle)
		h.write(t, func(tx *db.Tx) error {
			p, err := catalog.Find(ctx, tx, "prd_kitchen")
			if err != nil {
				return err
			}
			p.Title, p.Translations = "Lamp kitchen", map[string]catalog.Translation{"de": {Title: "Spiellampe"}}
			if _, err = catalog.Update(ctx, tx, p); err != nil {
				return err
			}
			return catalog.Move(ctx, tx, "prd_novel", catalog.StatusArchived)
		})
		h.settle(t, middle, first)
		last := h.node(t, "") // reads all at once, newest first
		h.settle(t, last)
		agree(t, first, last)
		agree(t, middle, last)
	})
}

func TestANodeThatWasAwayCatchesUp(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		h.addSuite(t, 0, 30)
		folder := t.TempDir()
		away, err := search.Open(ctx, search.Config{DB: h.DB, Open: opener(folder)})
		if err != nil {
			t.Fatal(err)
		}
		h.settle(t, away)
		if err := away.Close(); err != nil {
			t.Fatal(err)
		}
		h.addSuite(t, 30, 40)
		h.write(t, func(tx *db.Tx) error {
			p, err := catalog.Find(ctx, tx, "prd_mug")
			p.Title = "Beaker of red lamps"
			if err == nil {
				_, err = catalog.Update(ctx, tx, p)
			}
			if err == nil {
				err = pricing.Set(ctx, tx, "DE", p.Variants[0].ID, money.Of(99_00, "EUR"))
			}
			return err
		})
		back, fresh := h.node(t, folder), h.node(t, "")
		h.settle(t, back, fresh)
		agree(t, back, fresh)
		wants(t, back, search.Query{Text: "beaker", Locale: "en", PriceFrom: 9900}, "mug")
	})
}

func TestADatabasePutBackToAnOlderStateIsReadAfresh(t *testing.T) {
	folder := t.TempDir()
	newer := build(t, dbtest.SQLite(t, schemas))
	newer.addSuite(t, 0, 20)
	s, err := search.Open(ctx, search.Config{DB: newer.DB, Open: opener(folder)})
	if err != nil {
		t.Fatal(err)
	}
	newer.settle(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	older := build(t, dbtest.SQLite(t, schemas))
	older.addSuite(t, 10, 14)
	back, fresh := older.node(t, folder), older.node(t, "")
	older.settle(t, back, fresh)
	agree(t, back, fresh)
}

func TestAShopThatLearnsALanguageIsReadAfresh(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		h.addSuite(t, 0, 30)
		folder := t.TempDir()
		s := h.node(t, folder)
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mugs ", Locale: "fr-FR"}, "mugs mug") // the base language
		h.write(t, func(tx *db.Tx) error {
			return market.Save(ctx, tx, market.Market{ID: "FR", Name: "FR", Currency: "EUR", Countries: []string{"FR"}, Country: "FR",
				Locale: "fr-FR", Zone: "Europe/Paris", Entity: "ent_gmbh"})
		})
		h.add(t, item{slug: "tasse", en: "Cup", cents: 100})
		h.settle(t, s)
		wants(t, s, search.Query{Text: "mugs ", Locale: "fr-FR"}, "mugs") // French has no English plurals
		wants(t, s, search.Query{Text: "cup ", Locale: "fr-FR"}, "tasse")
		fresh := h.node(t, "")
		h.settle(t, fresh)
		agree(t, s, fresh)
	})
}

// Numbers are given out under a lock, so a node that reads while others write
// never passes over a change that is committed later.
func TestNoChangeIsPassedOver(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		s := h.node(t, "")
		h.settle(t, s)
		done := make(chan struct{})
		var writers, reader sync.WaitGroup
		reader.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := s.CatchUp(ctx); err != nil {
					t.Errorf("catch up: %v", err)
					return
				}
				if _, err := s.Search(ctx, search.Query{Text: "thing", Market: "DE"}); err != nil {
					t.Error(err)
				}
			}
		})
		for w := range 8 {
			writers.Go(func() {
				for i := range 12 {
					h.add(t, item{slug: fmt.Sprintf("thing%d-%d", w, i), en: fmt.Sprintf("Thing %d %d", w, i), cents: 100})
					if _, err := busOf().Deliver(ctx, h.DB); err != nil {
						t.Errorf("deliver: %v", err)
					}
				}
			})
		}
		writers.Wait()
		close(done)
		reader.Wait()
		h.settle(t, s)
		if got := find(t, s, search.Query{Text: "thing", Market: "DE"}); got.Total != 96 {
			t.Errorf("%d things found, want 96", got.Total)
		}
	})
}

func TestRunKeepsASearchUpToDateUntilItIsToldToStop(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := build(t, d)
		s := h.node(t, "")
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { s.Run(ctx) })
		running.Go(func() { h.bus.Run(ctx, h.DB) })
		p := h.add(t, item{slug: "mug", en: "Mug", cents: 900})
		until := func(q search.Query, n int) {
			t.Helper()
			q.Market = "DE"
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
				if found, err := s.Search(ctx, q); err == nil && found.Total == n {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%+v does not find %d", q, n)
				}
			}
		}
		until(search.Query{Text: "mug"}, 1)
		until(search.Query{Text: "mug", InStock: true}, 0)
		h.write(t, func(tx *db.Tx) error { return adjust(tx, p.Variants[0].ID, 2) })
		until(search.Query{Text: "mug", InStock: true}, 1)
		stop()
		running.Wait()
		dbtest.Read(t, d, func(tx *db.Tx) error { // what was looked for is written down at the end
			all, err := search.Tallies(t.Context(), tx, 7, false, 10)
			if len(all) != 1 || all[0].Query != "mug" {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

func TestAnotherNodesSalesAreSeenByASweep(t *testing.T) {
	h, s := furnished(t, dbtest.SQLite(t, schemas))
	blind := h.node(t, "")
	h.settle(t, blind)
	search.Deafen(blind)
	h.write(t, func(tx *db.Tx) error { return adjust(tx, "var_wand", -1) })
	h.settle(t, s, blind)
	query := search.Query{Text: "wall light", Locale: "en", InStock: true}
	wants(t, s, query, "")
	wants(t, blind, query, "wand")
	if err := blind.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	wants(t, blind, query, "")
}

// TestVictim is the process that is killed: it adds products and indexes them
// until it dies. Only the test below runs it.
func TestVictim(t *testing.T) {
	url, folder, from := os.Getenv("KORZO_SEARCH_VICTIM_URL"), os.Getenv("KORZO_SEARCH_VICTIM_FOLDER"), os.Getenv("KORZO_SEARCH_VICTIM_FROM")
	if url == "" {
		return
	}
	h := build(t, dbtest.Open(t, url))
	s := h.node(t, folder)
	for i := 0; ; i++ {
		h.add(t, item{slug: fmt.Sprintf("lamp%s-%d", from, i), en: fmt.Sprintf("Lamp %d of the kind %d", i, i%7), de: fmt.Sprintf("Tischlampe %d", i), cents: 100})
		if i%5 == 0 {
			h.settle(t, s)
		}
		fmt.Println("added", i)
	}
}

func TestAKilledNodeCatchesUp(t *testing.T) {
	url, folder := dbtest.SQLiteURL(t, schemas), t.TempDir()
	for round, last := range []string{"added 0", "added 3", "added 31"} {
		victim := exec.Command(os.Args[0], "-test.run=^TestVictim$")
		victim.Env = append(os.Environ(), "KORZO_SEARCH_VICTIM_URL="+url, "KORZO_SEARCH_VICTIM_FOLDER="+folder, fmt.Sprint("KORZO_SEARCH_VICTIM_FROM=", round))
		out, err := victim.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != last {
		}
		if err := victim.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err)
		}
		for lines.Scan() { // what it still said
		}
		if err := victim.Wait(); err == nil {
			t.Fatal("the victim was not killed")
		}
	}
	h := house{dbtest.Open(t, url), busOf()}
	back, fresh := h.node(t, folder), h.node(t, "")
	h.settle(t, back, fresh)
	if got := find(t, back, search.Query{Text: "Tischlampen ", Locale: "de"}); got.Total < 1+4+32 {
		t.Errorf("%d lamps found", got.Total)
	}
	agree(t, back, fresh)
}
