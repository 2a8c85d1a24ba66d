package transfer_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"korzo/backoffice/transfer"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

func TestABadRowIsReportedWithItsColumnAndTheRestComesIn(t *testing.T) {
	const head = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Cost per item\n"
	const good = "good,Good,,,GOOD,,1,5,\n"
	cases := []struct {
		name, rows, column, says string
		row                      int64
	}{
		{"no title", "x,,,,X,,,5,\n", "Title", "write its title", 2},
		{"no handle", ",Thing,,,X,,,5,\n", "Handle", "write its handle", 2},
		{"a price with a comma", "x,X,,,X,,,\"5,90\",\n", "Variant Price", "12.90", 2},
		{"a price below nothing", "x,X,,,X,,,-5,\n", "Variant Price", "12.90", 2},
		{"a weight in words", "x,X,,,X,heavy,,5,\n", "Variant Grams", "350", 2},
		{"a quantity in halves", "x,X,,,X,,1.5,5,\n", "Variant Inventory Qty", "whole number", 2},
		{"a cost in words", "x,X,,,X,,,5,cheap\n", "Cost per item", "12.90", 2},
		{"a SKU with a space", "x,X,Size,S,X,,,5,\nx,,,L,X 2,,,5,\n", "Variant SKU", "without spaces", 3},
		{"the same SKU twice", "x,X,Size,S,X,,,5,\nx,,,L,X,,,5,\n", "Variant SKU", "two variants", 3},
		{"options given twice", "x,X,Size,S,,,,5,\nx,,,S,,,,5,\n", "Variant SKU", "two variants", 3},
		{"a SKU of another product", good + "x,X,,,X,,,5,\nx,,,L,GOOD,,,5,\n", "Variant SKU", "another", 3},
		{"more cells than columns", "x,X,,,X,,,5,,,\n", "", "11 cells", 2},
		{"quotation marks that do not match", "x,X,,,X\"Y,,,5,\n", "", "quotation marks", 2},
		{"two encodings in one file", "x,X\xff,ü,,X,,,5,\n", "Title", "UTF-8", 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := dbtest.SQLite(t, schemas)
			shop(t, d)
			rows := c.rows
			if !strings.Contains(rows, good) {
				rows += good
			}
			run := imported(t, d, shopifyFile(file(t, "bad.csv", head+rows)))
			if run.State != transfer.StateDone || run.Failed != 1 && !strings.Contains(c.rows, good) {
				t.Errorf("%+v", run)
			}
			var found bool
			for _, r := range report(t, d, run) {
				found = found || r.Level == transfer.LevelError && r.Column == c.column && strings.Contains(r.Reason, c.says) && r.Row >= c.row
			}
			if !found {
				t.Errorf("reported %+v", report(t, d, run))
			}
			if got := exported(t, d, transfer.KindProducts, transfer.FormatCSV); !strings.Contains(got, "GOOD") || strings.Contains(got, ",x,") {
				t.Error(got)
			}
		})
	}
}

func TestAFileThatCannotBeReadIsRefusedBeforeAnythingHappens(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	shop(t, d)
	in := func(name, content string, k transfer.Kind) transfer.Request {
		return transfer.Request{Path: file(t, name, content), Kind: k, Market: "DE"}
	}
	noMarket, noPlace, nowhere := in("a.csv", mugs, transfer.KindShopify), in("a.csv", mugs, transfer.KindShopify), in("a.csv", mugs, transfer.KindShopify)
	noMarket.Market, noPlace.Location, nowhere.Market = "", "loc_mars", "XX"
	for name, c := range map[string]struct {
		in   transfer.Request
		want error
	}{
		"no such file":           {transfer.Request{Path: filepath.Join(t.TempDir(), "none.csv"), Kind: transfer.KindStock}, transfer.ErrFile},
		"a folder":               {transfer.Request{Path: t.TempDir(), Kind: transfer.KindStock, Format: transfer.FormatCSV}, transfer.ErrFile},
		"an unknown kind":        {in("a.csv", "sku\n", "cats"), transfer.ErrKind},
		"an unknown format":      {in("a.xls", "sku\n", transfer.KindStock), transfer.ErrFormat},
		"an empty file":          {in("a.csv", "", transfer.KindStock), transfer.ErrHeading},
		"the wrong kind of file": {in("a.csv", "a,b\n1,2\n", transfer.KindShopify), transfer.ErrHeading},
		"an unknown column":      {in("a.csv", "sku,on_hand,colour\n", transfer.KindStock), transfer.ErrHeading},
		"a column twice":         {in("a.csv", "sku,on_hand,SKU\n", transfer.KindStock), transfer.ErrHeading},
		"UTF-16":                 {in("a.csv", "\xff\xfes\x00k\x00", transfer.KindStock), transfer.ErrFile},
		"no market":              {noMarket, transfer.ErrMarket},
		"an unknown market":      {nowhere, market.ErrNotFound},
		"an unknown location":    {noPlace, inventory.ErrLocationNotFound},
	} {
		if _, err := desk(t, d).Begin(t.Context(), c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadRowsOfOwnFilesAreReported(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		imported(t, d, shopifyFile(file(t, "mugs.csv", mugs)))
		before := everything(t, d)
		for name, c := range map[string]struct {
			kind          transfer.Kind
			content, says string
		}{
			"an unknown SKU":         {transfer.KindStock, "sku,location,on_hand\nNONE,loc_berlin,4\n", "no variant has this SKU"},
			"an unknown place":       {transfer.KindStock, "sku,location,on_hand\nMUG-R,loc_mars,4\n", "no such location"},
			"no place":               {transfer.KindStock, "sku,on_hand\nMUG-R,4\n", "and where"},
			"less than nothing":      {transfer.KindStock, "sku,location,on_hand\nMUG-R,loc_berlin,-1\n", "take at most"},
			"units in words":         {transfer.KindStock, "sku,location,on_hand\nMUG-R,loc_berlin,many\n", "whole number"},
			"another currency":       {transfer.KindPrices, "sku,market,amount,currency\nMUG-R,DE,5,USD\n", "EUR"},
			"half a forint":          {transfer.KindPrices, "sku,market,amount\nMUG-R,HU,5.50\n", "steps of 100"},
			"an unknown market":      {transfer.KindPrices, "sku,market,amount\nMUG-R,XX,5\n", "market"},
			"a bad status":           {transfer.KindProducts, "sku,status\nMUG-R,gone\n", "draft, active or archived"},
			"options without a name": {transfer.KindProducts, "sku,options\nMUG-R,red\n", "name=value"},
			"broken JSON in a cell":  {transfer.KindProducts, "sku,images\nMUG-R,[\n", "JSON"},
		} {
			run := imported(t, d, transfer.Request{Path: file(t, "bad.csv", c.content), Kind: c.kind})
			got := report(t, d, run)
			if run.Failed != 1 || len(got) == 0 || got[0].Row != 2 || !strings.Contains(got[0].Reason, c.says) {
				t.Errorf("%s: %+v %+v", name, run, got)
			}
		}
		for _, text := range []string{`[1, {"sku": 5}, {"colour":"red"}, {"sku":"MUG-R","variants":7}, {"sku`, "}{", `{"title":"x"}`} {
			if run := imported(t, d, transfer.Request{Path: file(t, "bad.json", text), Kind: transfer.KindProducts}); run.Failed == 0 || run.Created+run.Changed > 0 {
				t.Errorf("%s: %+v %v", text, run, report(t, d, run))
			}
		}
		if everything(t, d) != before {
			t.Error("a bad row changed the shop")
		}
	})
}

// A quotation mark that is never closed would make one cell of the rest of the file.
func TestARowWithoutEndEndsTheRunAndNotTheMemory(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	shop(t, d)
	path := file(t, "open.csv", "Handle,Title,Variant Price\ngood,Good,5\nbad,\"Bad,5\n")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(f, io.LimitReader(endless{}, 30<<20))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	run := imported(t, d, shopifyFile(path))
	got := report(t, d, run)
	if run.State != transfer.StateFailed || run.Created != 1 || len(got) == 0 || !strings.Contains(got[len(got)-1].Reason, "quotation mark") {
		t.Errorf("%+v %+v", run, got)
	}
}

// endless is rows without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "row,row,5\n"[i%10]
	}
	return len(p), nil
}

func TestAFileThatChangesUnderAnImportStopsIt(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	shop(t, d)
	in := shopifyFile(file(t, "many.csv", many(100)))
	run, err := desk(t, d).Begin(t.Context(), in)
	if err == nil {
		run, err = desk(t, d).Step(t.Context(), run.ID)
	}
	if err != nil || run.Created == 0 {
		t.Fatal(run, err)
	}
	if err := os.WriteFile(in.Path, []byte(many(99)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := desk(t, d).Step(t.Context(), run.ID); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("went on: %v", err)
	}
	if again := imported(t, d, in); again.Created+run.Created+again.Same != 99+run.Created || again.Failed != 0 {
		t.Errorf("%+v", again)
	}
}
