package journey_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// deaf is a line to the bank that breaks before some replies have come through:
// the bank has done what was asked, and the shop never hears of it.
type deaf struct {
	*testing.T
	bank  string
	share int // one reply in so many is lost
	lost  atomic.Int64
	money atomic.Int64 // lost replies to a call that holds money
	lines sync.WaitGroup
}

// between listens for the shop and returns where.
func (l *deaf) between(bank string) string {
	l.Helper()
	l.bank = bank
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.Fatal(err)
	}
	l.lines.Go(func() {
		for {
			shop, err := listener.Accept()
			if err != nil {
				return
			}
			l.lines.Go(func() { l.carry(shop) })
		}
	})
	l.Cleanup(func() {
		if err := listener.Close(); err != nil {
			l.Error(err)
		}
	})
	return listener.Addr().String()
}

// carry moves bytes both ways until one side ends, or a reply is lost.
func (l *deaf) carry(shop net.Conn) {
	there, err := net.Dial("tcp", l.bank)
	if err != nil {
		_ = shop.Close()
		return
	}
	var holds atomic.Bool // what was asked last
	var both sync.WaitGroup
	both.Go(func() {
		defer func() { _ = there.Close() }()
		pipe(there, shop, func(request []byte) bool {
			holds.Store(bytes.HasPrefix(request, []byte("POST /v1/payments HTTP")))
			return true
		})
	})
	pipe(shop, there, func([]byte) bool {
		if rand.IntN(l.share) > 0 {
			return true
		}
		l.lost.Add(1)
		if holds.Load() {
			l.money.Add(1)
		}
		return false
	})
	_ = shop.Close()
	_ = there.Close()
	both.Wait()
}

// pipe carries one piece after the other while pass lets it.
func pipe(to io.Writer, from io.Reader, pass func(piece []byte) bool) {
	piece := make([]byte, 1<<16)
	for {
		n, err := from.Read(piece)
		if n > 0 && !pass(piece[:n]) {
			return
		}
		if _, broken := to.Write(piece[:n]); err != nil || broken != nil {
			return
		}
	}
}

// Silence is neither yes nor no: with one reply of the bank in ten lost,
// nobody pays twice, nobody pays for nothing, and everything is settled.
func TestLostRepliesOfTheBankChargeNobodyTwice(t *testing.T) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		line := &deaf{T: t, share: 10}
		w := apptest.OpenBehind(t, d, bank.Config{}, line.between)
		purchases := 300
		if testing.Short() {
			purchases = 60
		}
		w.Stock("MUG-RED", int64(purchases))
		ids := buyMany(w, purchases)
		if line.money.Load() == 0 {
			t.Error("no reply about money was lost: this proves nothing")
		}
		w.Until("all is placed", func() bool { return allPlaced(w, ids) })
		if _, held := w.Levels("MUG-RED"); held != int64(purchases) {
			t.Errorf("%d promised for %d orders", held, purchases)
		}
		w.Until("all is taken", func() bool {
			return number(t, d, `SELECT COUNT(*) FROM payment_attempts WHERE state = 'captured'`) == int64(purchases)
		})
		once(w, purchases)
		w.Whole()
		t.Logf("%d replies were lost, %d of them about money", line.lost.Load(), line.money.Load())
	})
}

// buyMany makes n purchases, several at a time, and returns their checkouts.
func buyMany(w *apptest.World, n int) []string {
	w.T.Helper()
	ids := make([]string, n)
	totals := make([]map[string]any, n)
	for i := range ids {
		ids[i], _, totals[i] = ready(w, "sandbox:approve", line("MUG-RED", 1))
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i, id := range ids {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			a, err := w.Try("POST", "/store/v1/checkouts/"+id+"/complete", map[string]any{"expected_total": totals[i]}, "Idempotency-Key", fmt.Sprint("k", i))
			if s := a.Text("status"); err != nil || s != "completed" && s != "complete_in_progress" {
				w.T.Errorf("%v %d %s", err, a.Status, a.Bytes)
			}
		})
	}
	all.Wait()
	return ids
}

// allPlaced looks at every checkout once more.
func allPlaced(w *apptest.World, ids []string) bool {
	for _, id := range ids {
		if w.Call("GET", "/store/v1/checkouts/"+id, nil).Text("status") != "completed" {
			time.Sleep(100 * time.Millisecond)
			return false
		}
	}
	return true
}

// once fails the test unless the bank took each purchase once, to the cent.
func once(w *apptest.World, purchases int) {
	w.T.Helper()
	book, err := w.Bank.Book(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	taken := int64(0)
	for _, p := range book {
		if p.State != "captured" || p.Captured != p.Amount || p.Refunded != 0 {
			w.T.Errorf("the bank has %s %d of %d, %d given back", p.State, p.Captured, p.Amount, p.Refunded)
		}
		taken += p.Captured
	}
	if want := number(w.T, w.App.DB, `SELECT CAST(SUM(total) AS BIGINT) FROM order_orders`); len(book) != purchases || taken != want {
		w.T.Errorf("the bank took %d in %d payments, want %d in %d", taken, len(book), want, purchases)
	}
}
