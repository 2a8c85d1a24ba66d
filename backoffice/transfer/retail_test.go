package transfer_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"korzo/backoffice/transfer"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/purchase/order"
)

// retailPart is some customers of UCI's Online Retail (CC BY 4.0) with all that
// is odd in it: cancellations, adjustments, write-offs, an order in two places,
// a price of a tenth of a penny.
const retailPart = "testdata/online-retail-part.csv"

// wholesaler opens the market that the file sold in.
func wholesaler(t testing.TB, d *db.DB) transfer.Request {
	t.Helper()
	shop(t, d)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return market.Save(t.Context(), tx, market.Market{ID: "GB", Name: "GB", Currency: "GBP", Countries: []string{"GB"}, Country: "GB",
			Locale: "en-GB", Zone: "Europe/London", TaxIncluded: true, Entity: "ent_gmbh"})
	})
	text, err := os.ReadFile("../../docs/mappings/online-retail.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := transfer.ParseMapping(text)
	if err != nil {
		t.Fatal(err)
	}
	return transfer.Request{Path: retailPart, Kind: transfer.KindOrders, Mapping: m, Market: "GB"}
}

// sum is a month as somebody reckons it who has only the file.
type sum struct{ ordered, returned, refused, rows int64 }

// reckon computes what must come of a file, with nothing of the package: pence by month.
func reckon(t testing.TB, path string) map[string]*sum {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type lot struct{ left, price, value int64 }
	bought, at := map[string][]*lot{}, map[string]string{}
	months := map[string]*sum{}
	for _, r := range rows[1:] {
		number, sku, customer := r[0], r[1], r[6]
		quantity, err := strconv.ParseInt(r[3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		pounds, err := strconv.ParseFloat(r[5], 64)
		if err != nil {
			t.Fatal(err)
		}
		price := int64(math.Round(pounds * 100))
		m := months[r[4][:7]]
		if m == nil {
			m = new(sum)
			months[r[4][:7]] = m
		}
		m.rows++
		key := customer + " " + sku
		switch {
		case number[0] == 'A':
			m.refused += quantity * price
		case quantity > 0:
			m.ordered += quantity * price
			if customer != "" {
				bought[key] = append([]*lot{{quantity, price, quantity * price}}, bought[key]...)
				at[key] = r[4]
			}
		default:
			var can, left int64
			for _, l := range bought[key] {
				left += l.left
				can += l.left
				if price > 0 {
					can += min(l.left, l.value/price) - l.left
				}
			}
			if customer == "" || left < -quantity || can < -quantity || at[key] == r[4] {
				m.refused += quantity * price
				continue
			}
			m.returned += quantity * price
			slices.SortStableFunc(bought[key], func(a, b *lot) int { return other(a.price, price) - other(b.price, price) })
			for _, l := range bought[key] {
				n := min(-quantity, l.left)
				if price > 0 {
					n = min(n, l.value/price)
				}
				l.left, l.value, quantity = l.left-n, l.value-n*price, quantity+n
			}
		}
	}
	return months
}

func other(a, b int64) int {
	if a == b {
		return 0
	}
	return 1
}

// tallied is what the shop says came of a run.
func tallied(t testing.TB, d *db.DB, run transfer.Run) map[string]*sum {
	t.Helper()
	months := map[string]*sum{}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := transfer.Tallies(t.Context(), tx, run.ID)
		for _, y := range all {
			if months[y.Month] == nil {
				months[y.Month] = new(sum)
			}
			m := months[y.Month]
			m.rows += y.Rows
			switch y.What {
			case "ordered":
				m.ordered += y.Amount
			case "returned":
				m.returned += y.Amount
			case "refused":
				m.refused += y.Amount
			default:
				t.Errorf("%+v in a shop that knew nothing", y)
			}
		}
		return err
	})
	return months
}

func equalMonths(t *testing.T, got, want map[string]*sum) {
	t.Helper()
	for _, m := range slices.Sorted(maps.Keys(want)) {
		if got[m] == nil || *got[m] != *want[m] {
			t.Errorf("%s: %+v, want %+v", m, got[m], want[m])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d months, want %d", len(got), len(want))
	}
}

// bare is an export without what is drawn by lot: ids.
func bare(t testing.TB, text string) string {
	t.Helper()
	var all []map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range all {
		for _, name := range []string{"id", "customer", "groups"} {
			delete(o, name)
		}
		for _, l := range o["lines"].([]any) {
			delete(l.(map[string]any), "line_id")
			delete(l.(map[string]any), "group")
		}
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(raw))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestOnlineRetailComesInAndEachMonthIsWhatTheFileSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		in := wholesaler(t, d)
		run := imported(t, d, in)
		if run.State != transfer.StateDone || run.Rows != 1913 {
			t.Fatalf("%+v", run)
		}
		equalMonths(t, tallied(t, d, run), reckon(t, retailPart))
		inBooks(t, d)
		onlyTold(t, d)

		before := exported(t, d, transfer.KindOrders, transfer.FormatJSON)
		again := imported(t, d, in)
		if again.Created+again.Changed != 0 || exported(t, d, transfer.KindOrders, transfer.FormatJSON) != before {
			t.Errorf("the second import changed the shop: %+v", again)
		}
	})
}

// inBooks compares the orders that are kept with what the file says.
func inBooks(t *testing.T, d *db.DB) {
	t.Helper()
	want := map[string]*sum{}
	for m, s := range reckon(t, retailPart) {
		want[m] = &sum{ordered: s.ordered, returned: s.returned}
	}
	got := map[string]*sum{}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		for after := order.ID(""); ; {
			page, next, err := order.List(t.Context(), tx, order.Filter{After: after})
			if err != nil {
				return err
			}
			for _, o := range page {
				if !o.Imported || o.Payment != "" || o.Source != "online-retail" {
					t.Errorf("%s is not marked as imported: %+v", o.Number, o)
				}
				add(t, tx, got, o)
			}
			if after = next; next == "" {
				break
			}
		}
		wrong, err := order.Verify(t.Context(), tx)
		if len(wrong) > 0 {
			t.Error(wrong)
		}
		return err
	})
	equalMonths(t, got, want)
}

func add(t *testing.T, tx *db.Tx, months map[string]*sum, o order.Order) {
	t.Helper()
	in := func(month string) *sum {
		if months[month] == nil {
			months[month] = new(sum)
		}
		return months[month]
	}
	in(o.PlacedAt.Format("2006-01")).ordered += o.Total.Minor // no order of the part was placed at a summer month's first midnight
	returns, err := order.Returns(t.Context(), tx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range returns {
		in(r.At.Format("2006-01")).returned -= r.Amount.Minor
		if !r.At.After(o.PlacedAt) {
			t.Errorf("%s came back before it was bought", o.Number)
		}
	}
}

// onlyTold checks what an import of orders must not do.
func onlyTold(t *testing.T, d *db.DB) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		facts, err := event.Facts(t.Context(), tx, "", 0, 10_000)
		for _, f := range facts {
			if f.Kind != "order.imported" {
				t.Errorf("the fact %s was published", f.Kind)
			}
		}
		if len(facts) < 100 {
			t.Errorf("%d facts", len(facts))
		}
		wrong, err2 := inventory.Verify(t.Context(), tx)
		if len(wrong) > 0 {
			t.Error(wrong)
		}
		return errors.Join(err, err2)
	})
}

// Law: cut short after whatever step, and gone on with by another process, an
// import leaves what one in one go leaves.
func TestOnlineRetailCutShortAndGoneOnWithIsTheSame(t *testing.T) {
	whole := dbtest.SQLite(t, schemas)
	imported(t, whole, wholesaler(t, whole))
	want := bare(t, exported(t, whole, transfer.KindOrders, transfer.FormatJSON))
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		in := wholesaler(t, d)
		var run transfer.Run
		for n := 0; run.State != transfer.StateDone; n++ {
			k := desk(t, d) // a process of its own, that does a step or three
			var err error
			if run, err = k.Begin(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			for range n%3 + 1 {
				if run, err = k.Step(t.Context(), run.ID); err != nil {
					t.Fatal(err)
				}
			}
			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			_, _ = k.Step(cancelled, run.ID) // and dies in the next
		}
		equalMonths(t, tallied(t, d, run), reckon(t, retailPart))
		if got := bare(t, exported(t, d, transfer.KindOrders, transfer.FormatJSON)); got != want {
			t.Error("the orders are others")
		}
	})
}

func TestADryRunOfOrdersSaysWhatWouldComeAndKeepsNothing(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	in := wholesaler(t, d)
	in.Dry = true
	run := imported(t, d, in)
	if run.Created == 0 || exported(t, d, transfer.KindOrders, transfer.FormatJSON) != "[]\n" || exported(t, d, transfer.KindCustomers, transfer.FormatJSON) != "[]\n" {
		t.Errorf("%+v", run)
	}
}

// The whole of it, by hand: see docs/bench/transfer.md. Here only that the part
// is one of it, where it lies beside the project.
func TestThePartIsOfTheRealFile(t *testing.T) {
	const folder = "../../../shared/data/online-retail"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("SKIPPED: the data are not at %s", folder)
	}
	names, err := filepath.Glob(folder + "/*.csv.gz")
	if err != nil || len(names) != 1 {
		t.Error(names, err)
	}
	var months []string
	for m, s := range reckon(t, retailPart) {
		months = append(months, fmt.Sprint(m, *s))
	}
	if len(months) != 13 {
		t.Error(months)
	}
}

// Orders of one minute are told apart by their numbers and not by the ids that
// are drawn for them: whoever imports a file twice gets the same books twice.
func TestWhatCameBackIsTakenFromTheSameOrderInEveryImport(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		in := wholesaler(t, d)
		text := "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
		for customer := 1; customer <= 12; customer++ {
			for _, row := range []string{"5%02d1,85123A,HOLDER,2,2010-12-01 08:26:00", "5%02d2,85123A,HOLDER,2,2010-12-01 08:26:00", "C5%02d3,85123A,HOLDER,-1,2010-12-02 09:00:00"} {
				text += fmt.Sprintf(row, customer) + fmt.Sprintf(",2.55,178%02d.0,United Kingdom\n", customer)
			}
		}
		in.Path = filepath.Join(t.TempDir(), "minute.csv")
		if err := os.WriteFile(in.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if run := imported(t, d, in); run.State != transfer.StateDone || run.Failed != 0 || run.Rows != 36 {
			t.Fatalf("%+v %v", run, report(t, d, run))
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			page, _, err := order.List(t.Context(), tx, order.Filter{Limit: 100})
			for _, o := range page {
				back, err := order.Returns(t.Context(), tx, o.ID)
				if later := strings.HasSuffix(o.Number, "2"); err != nil || (len(back) == 1) != later {
					t.Errorf("%s: %d came back, %v", o.Number, len(back), err)
				}
			}
			if len(page) != 24 {
				t.Errorf("%d orders", len(page))
			}
			return err
		})
	})
}
