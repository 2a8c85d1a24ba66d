package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/idempotency"
)

var schemas = []fs.FS{idempotency.Schema}

var submit = idempotency.Key{Principal: "key_1", Route: "POST /checkouts/{id}/complete", Key: "k-1"}

type answer struct {
	reply idempotency.Reply
	state idempotency.State
	err   error
}

func open(ctx context.Context, d *db.DB, k idempotency.Key, body string) (a answer) {
	err := d.Write(ctx, func(tx *db.Tx) error {
		a = answer{}
		a.reply, a.state, a.err = idempotency.Open(ctx, tx, k, body)
		return a.err
	})
	a.err = err
	return a
}

func look(t *testing.T, d *db.DB, k idempotency.Key) (a answer) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		a.reply, a.state, err = idempotency.Look(t.Context(), tx, k)
		return err
	})
	return a
}

func closeWith(t *testing.T, d *db.DB, k idempotency.Key, status int, body string) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		return idempotency.Close(t.Context(), tx, k, idempotency.Reply{Status: status, Body: []byte(body)})
	})
}

func TestAKeyIsNewOnceThenInFlightThenDoneWithTheSameBytes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		count := dbtest.Count(d)
		if a := open(t.Context(), d, submit, "body"); a.err != nil || a.state != idempotency.New {
			t.Fatalf("first: %+v, want New", a)
		}
		if n := count(); n != 1 {
			t.Errorf("a new key took %d statements, want 1", n)
		}
		count = dbtest.Count(d)
		if a := open(t.Context(), d, submit, "body"); a.err != nil || a.state != idempotency.InFlight {
			t.Errorf("second: %+v, want InFlight", a)
		}
		if n := count(); n != 2 {
			t.Errorf("a known key took %d statements, want 2", n)
		}
		closeWith(t, d, submit, 200, `{"status":"completed"}`)
		closeWith(t, d, submit, 500, `{"status":"late"}`)
		a := open(t.Context(), d, submit, "body")
		if a.err != nil || a.state != idempotency.Done || a.reply.Status != 200 || string(a.reply.Body) != `{"status":"completed"}` {
			t.Errorf("after two answers: %+v, want the first", a)
		}
		if l := look(t, d, submit); l.state != idempotency.Done || string(l.reply.Body) != string(a.reply.Body) {
			t.Errorf("Look: %+v, want what Open said", l)
		}
	})
}

func TestAnotherBodyIsRefusedAndChangesNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t.Context(), d, submit, "body")
		if a := open(t.Context(), d, submit, "other"); !errors.Is(a.err, idempotency.ErrReused) {
			t.Errorf("in flight: %v, want ErrReused", a.err)
		}
		closeWith(t, d, submit, 200, "yes")
		if a := open(t.Context(), d, submit, "other"); !errors.Is(a.err, idempotency.ErrReused) || len(a.reply.Body) != 0 {
			t.Errorf("done: %+v, want ErrReused and no reply", a)
		}
		if a := open(t.Context(), d, submit, "body"); a.state != idempotency.Done || string(a.reply.Body) != "yes" {
			t.Errorf("the first body: %+v, want its answer", a)
		}
		for name, k := range map[string]idempotency.Key{
			"another principal": {Principal: "key_2", Route: submit.Route, Key: submit.Key},
			"another route":     {Principal: submit.Principal, Route: "POST /refunds", Key: submit.Key},
		} {
			if a := open(t.Context(), d, k, "other"); a.err != nil || a.state != idempotency.New {
				t.Errorf("%s: %+v, want New", name, a)
			}
		}
	})
}

func TestAKeyIsPlainTextOf1To255Characters(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			key string
			err error
		}{
			"one character":  {"k", nil},
			"255 characters": {strings.Repeat("k", 255), nil},
			"none":           {"", idempotency.ErrKey},
			"256 characters": {strings.Repeat("k", 256), idempotency.ErrKey},
			"a zero byte":    {"k\x00", idempotency.ErrKey},
			"no UTF-8":       {"k\xff", idempotency.ErrKey},
			"a line end":     {"k\n", idempotency.ErrKey},
		} {
			k := idempotency.Key{Principal: "p", Route: "r", Key: c.key}
			if a := open(t.Context(), d, k, "body"); !errors.Is(a.err, c.err) {
				t.Errorf("%s: %v, want %v", name, a.err, c.err)
			}
			if _, _, err := idempotency.Wait(t.Context(), d, k, 0); !errors.Is(err, c.err) {
				t.Errorf("%s: wait says %v, want %v", name, err, c.err)
			}
		}
	})
}

func TestADroppedKeyIsNewAgainAndAnAnswerIsNeverDropped(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		drop := func() {
			t.Helper()
			dbtest.Write(t, d, func(tx *db.Tx) error { return idempotency.Drop(t.Context(), tx, submit) })
		}
		open(t.Context(), d, submit, "body")
		drop()
		if a := look(t, d, submit); a.state != idempotency.New {
			t.Errorf("after Drop: %+v, want New", a)
		}
		if a := open(t.Context(), d, submit, "other"); a.state != idempotency.New {
			t.Errorf("opened after Drop: %+v, want New", a)
		}
		closeWith(t, d, submit, 200, "yes")
		drop()
		if a := look(t, d, submit); a.state != idempotency.Done || string(a.reply.Body) != "yes" {
			t.Errorf("Drop after Close: %+v, want the answer kept", a)
		}
	})
}

func TestAKeyRolledBackIsNewAgain(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		crash := errors.New("crash")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, _, err := idempotency.Open(t.Context(), tx, submit, "body")
			return errors.Join(err, crash)
		})
		if !errors.Is(err, crash) {
			t.Fatal(err)
		}
		if a := look(t, d, submit); a.state != idempotency.New {
			t.Errorf("%+v, want New", a)
		}
	})
}

func TestAKeyLives72Hours(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		young := idempotency.Key{Principal: "p", Route: "r", Key: "young"}
		swept := idempotency.Key{Principal: "p", Route: "r", Key: "swept"}
		expire := func() {
			t.Helper()
			dbtest.Write(t, d, func(tx *db.Tx) error { return idempotency.Expire(t.Context(), tx, tx.Now) })
		}
		open(t.Context(), d, submit, "body")
		open(t.Context(), d, swept, "body")
		closeWith(t, d, submit, 200, "yes")
		clock.Advance(idempotency.Lifetime - time.Microsecond)
		open(t.Context(), d, young, "body")
		expire()
		if a := open(t.Context(), d, submit, "body"); a.state != idempotency.Done {
			t.Errorf("just before: %+v, want Done", a)
		}
		clock.Advance(time.Microsecond)
		if a := look(t, d, submit); a.state != idempotency.New || len(a.reply.Body) != 0 {
			t.Errorf("Look after: %+v, want New and no bytes", a)
		}
		if a := open(t.Context(), d, submit, "other"); a.err != nil || a.state != idempotency.New {
			t.Errorf("Open after: %+v, want New", a)
		}
		expire()
		for k, want := range map[idempotency.Key]idempotency.State{
			submit: idempotency.InFlight, young: idempotency.InFlight, swept: idempotency.New,
		} {
			if a := look(t, d, k); a.state != want {
				t.Errorf("%s after Expire: %+v, want %s", k.Key, a, want)
			}
		}
	})
}

// Of many who send one command at once, one does it and all get its bytes.
func TestOneOf64DoesItAndTheOthersGetItsBytes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		answers := make([]answer, 64)
		run := func(i int) answer {
			a := open(t.Context(), d, submit, "body")
			switch {
			case a.err != nil:
				return a
			case a.state == idempotency.New:
				a.reply = idempotency.Reply{Status: 200, Body: fmt.Appendf(nil, "done by %d", i)}
				a.err = d.Write(t.Context(), func(tx *db.Tx) error {
					return idempotency.Close(t.Context(), tx, submit, a.reply)
				})
			case a.state == idempotency.InFlight:
				a.reply, a.state, a.err = idempotency.Wait(t.Context(), d, submit, 30*time.Second)
			}
			return a
		}
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = run(i) })
		}
		wg.Wait()
		count := map[idempotency.State]int{}
		for i, a := range answers {
			if a.err != nil {
				t.Fatalf("%d: %v", i, a.err)
			}
			count[a.state]++
			if string(a.reply.Body) != string(answers[0].reply.Body) || a.reply.Status != 200 {
				t.Errorf("%d got %d %q, another %q", i, a.reply.Status, a.reply.Body, answers[0].reply.Body)
			}
		}
		if count[idempotency.New] != 1 || count[idempotency.Done] != 63 {
			t.Errorf("states %v, want one New and 63 Done", count)
		}
	})
}

// Of many who renew an expired key at once, one gets it.
func TestOneOf64RenewsAnExpiredKey(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t.Context(), d, submit, "body")
		dbtest.Clock(d).Advance(idempotency.Lifetime)
		answers := make([]answer, 64)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = open(t.Context(), d, submit, "body") })
		}
		wg.Wait()
		count := map[idempotency.State]int{}
		for _, a := range answers {
			if a.err != nil {
				t.Fatal(a.err)
			}
			count[a.state]++
		}
		if count[idempotency.New] != 1 || count[idempotency.InFlight] != 63 {
			t.Errorf("states %v, want one New and 63 InFlight", count)
		}
	})
}

func TestAWaiterGivesUpAfterItsTimeAndLeavesWithItsCaller(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t.Context(), d, submit, "body")
		if reply, state, err := idempotency.Wait(t.Context(), d, submit, 50*time.Millisecond); err != nil || state != idempotency.InFlight || len(reply.Body) != 0 {
			t.Errorf("%v, %s, %v; want InFlight", reply, state, err)
		}
		gone, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, _, err := idempotency.Wait(gone, d, submit, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want context.Canceled", err)
		}
	})
}

func TestAWaiterSeesADropAndAnAnswerOfAnotherProcess(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			name, end string
			want      idempotency.State
		}{
			{"drop", `DELETE FROM idempotency_keys`, idempotency.New},
			{"answer", `UPDATE idempotency_keys SET state = 'done', status = 204`, idempotency.Done},
		} {
			open(t.Context(), d, submit, "body")
			got := make(chan answer)
			go func() {
				var a answer
				a.reply, a.state, a.err = idempotency.Wait(t.Context(), d, submit, time.Minute)
				got <- a
			}()
			dbtest.Write(t, d, func(tx *db.Tx) error { // as another process would: nobody is woken
				_, err := tx.Exec(t.Context(), c.end)
				return err
			})
			if a := <-got; a.err != nil || a.state != c.want {
				t.Errorf("%s: %+v, want %s", c.name, a, c.want)
			}
		}
	})
}
