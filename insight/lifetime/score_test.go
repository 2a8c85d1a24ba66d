package lifetime_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"korzo/insight/lifetime"
)

const week = 7 * 24 * time.Hour

// drawn are customers who buy as the models say, over so many weeks.
func drawn(r *rand.Rand, n int, from time.Time, weeks float64) (all [][]lifetime.Purchase) {
	for range n {
		rate := gamma(r, fitted.R) / fitted.Alpha
		x, y := gamma(r, fitted.A), gamma(r, fitted.B)
		stop, scale := x/(x+y), gamma(r, spent.Q)/spent.V
		start := 30 * r.Float64()
		purchases := []lifetime.Purchase{}
		for at := start; at < weeks; at += r.ExpFloat64() / rate {
			purchases = append(purchases, lifetime.Purchase{At: from.Add(time.Duration(at * float64(week))), Worth: int64(100 * gamma(r, spent.P) / scale)})
			if len(purchases) > 1 && r.Float64() < stop {
				break
			}
		}
		all = append(all, purchases)
	}
	return all
}

// Customers who buy as the model says do what was expected of them, in all and
// tenth by tenth; those who do not are seen not to.
func TestExpectationsAreScoredAgainstWhatHappened(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	all := drawn(rand.New(rand.NewPCG(9, 4)), 4000, start, 78)
	at, until := start.Add(52*week), start.Add(78*week)
	s, ok := lifetime.ScoreOf(all, at, until)
	if !ok || s.Customers != 4000 || len(s.Tenths) != 10 {
		t.Fatalf("%+v", s)
	}
	t.Logf("orders %+v, value %+v, the second model %.0f", s.Orders, s.Value, s.Second)
	if math.Abs(s.Orders.Off()) > .1 || math.Abs(s.Second/s.Orders.Actual-1) > .2 || math.Abs(s.Value.Off()) > .15 {
		t.Errorf("orders %+v, value %+v, the second model %.0f", s.Orders, s.Value, s.Second)
	}
	if few, most := s.Tenths[0], s.Tenths[9]; few.Orders.Actual >= most.Orders.Actual/5 || math.Abs(most.Orders.Off()) > .15 || most.Back < .5 {
		t.Errorf("of whom least was expected: %+v; most: %+v", few, most)
	}
	for i, p := range all { // everybody stops on the day
		all[i] = slices.DeleteFunc(slices.Clone(p), func(p lifetime.Purchase) bool { return !p.At.Before(at) })
	}
	if dead, ok := lifetime.ScoreOf(all, at, until); !ok || dead.Orders.Actual != 0 || dead.Orders.Off() != -1 || math.Abs(dead.Orders.Expected-s.Orders.Expected) > 1e-6 {
		t.Errorf("what happened later changed what was expected: %+v", dead.Orders)
	}
	if _, ok := lifetime.ScoreOf(all[:100], at, until); ok {
		t.Error("a hundred customers were believed")
	}
}

// On a real wholesaler's year, what was expected on the first of August came
// true within a fifth by the end; a shop that has a Christmas sells more than
// any model of steady buying expects.
func TestARealShopsExpectationsAreScored(t *testing.T) {
	all := retail(t)
	s, ok := lifetime.ScoreOf(all, time.Date(2011, 8, 1, 0, 0, 0, 0, time.UTC), time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC))
	if !ok {
		t.Fatal("too few customers came back")
	}
	t.Logf("%d customers: orders %+v (%.1f %% off), the second model %.0f, value %+v", s.Customers, s.Orders, 100*s.Orders.Off(), s.Second, s.Value)
	for i, one := range s.Tenths {
		t.Logf("tenth %d: expected %.0f, came %.0f; alive %.2f, came back %.2f", i+1, one.Orders.Expected, one.Orders.Actual, one.Alive, one.Back)
	}
	if math.Abs(s.Orders.Off()) > .35 || math.Abs(s.Second/s.Orders.Expected-1) > .15 {
		t.Errorf("orders %+v, the second model %.0f", s.Orders, s.Second)
	}
	for i := 2; i < 10; i++ {
		if s.Tenths[i].Orders.Actual < .8*s.Tenths[i-2].Orders.Actual {
			t.Errorf("tenth %d bought %v, of whom less was expected %v", i+1, s.Tenths[i].Orders.Actual, s.Tenths[i-2].Orders.Actual)
		}
	}
}

// retail reads who bought what when of the UCI Online Retail data.
func retail(t *testing.T) (all [][]lifetime.Purchase) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "online-retail", "online_retail.csv.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the shared data is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(unpacked)
	rows.ReuseRecord = true
	type invoice struct{ customer, number string }
	sums, at := map[invoice]float64{}, map[invoice]time.Time{}
	for {
		r, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		when, err := time.Parse(time.DateTime, r[4])
		if err != nil || r[6] == "" || strings.HasPrefix(r[0], "C") {
			continue
		}
		units, _ := strconv.ParseFloat(r[3], 64)
		price, _ := strconv.ParseFloat(r[5], 64)
		key := invoice{strings.Clone(r[6]), strings.Clone(r[0])}
		sums[key] += 100 * units * price
		at[key] = when
	}
	by := map[string][]lifetime.Purchase{}
	for key, sum := range sums {
		by[key.customer] = append(by[key.customer], lifetime.Purchase{At: at[key], Worth: int64(sum)})
	}
	for _, customer := range slices.Sorted(maps.Keys(by)) {
		all = append(all, by[customer])
	}
	return all
}
