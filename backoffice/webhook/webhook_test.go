package webhook_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"korzo/backoffice/webhook"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

var schemas = []fs.FS{remember.Schema, event.Schema, exception.Schema, webhook.Schema}

type placed struct {
	Order string `json:"order"`
	N     int    `json:"n"`
}

func (placed) Kind() string  { return "order.placed" }
func (p placed) Key() string { return p.Order }

type created struct{ P string }

func (created) Kind() string { return "product.created" }
func (created) Key() string  { return "" }

// receiver is somebody's server: it keeps what it is told and answers as it is set to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []*http.Request
	bodies []string
	status int
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) heard() (bodies []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

type shop struct {
	*testing.T
	d      *db.DB
	bus    *event.Bus
	keeper *seal.Keeper
	sender *webhook.Sender
}

func each(t *testing.T, test func(s *shop)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, err := seal.Open(make([]byte, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		s := &shop{T: t, d: d, bus: &event.Bus{}, keeper: k, sender: &webhook.Sender{DB: d, Keeper: k, Private: true}}
		event.All(s.bus, "webhook.note", webhook.Wanted, webhook.Note)
		test(s)
	})
}

func (s *shop) receiver(kinds ...string) (*receiver, webhook.Endpoint) {
	s.Helper()
	r := &receiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got, r.bodies = append(r.got, q), append(r.bodies, string(body))
		if r.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "3600")
		}
		w.WriteHeader(r.status)
	}))
	s.Cleanup(r.Close)
	return r, s.endpoint(r.URL, kinds...)
}

func (s *shop) endpoint(url string, kinds ...string) (e webhook.Endpoint) {
	s.Helper()
	dbtest.Write(s.T, s.d, func(tx *db.Tx) (err error) {
		e, err = webhook.Create(s.Context(), tx, webhook.Endpoint{URL: url, Kinds: kinds}, true)
		return err
	})
	return e
}

func (s *shop) happens(events ...event.Event) {
	s.Helper()
	for _, e := range events {
		dbtest.Write(s.T, s.d, func(tx *db.Tx) error { return event.Publish(s.Context(), tx, e) })
	}
	if _, err := s.bus.Deliver(s.Context(), s.d); err != nil {
		s.Fatal(err)
	}
}

func (s *shop) send() {
	s.Helper()
	if err := s.sender.SendDue(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func (s *shop) log(e webhook.Endpoint) (all []webhook.Delivery) {
	s.Helper()
	dbtest.Read(s.T, s.d, func(tx *db.Tx) (err error) {
		all, _, err = webhook.Deliveries(s.Context(), tx, e.ID, "", "", 100)
		return err
	})
	slices.SortFunc(all, func(a, b webhook.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}

func (s *shop) find(e webhook.Endpoint) webhook.Endpoint {
	s.Helper()
	dbtest.Read(s.T, s.d, func(tx *db.Tx) (err error) {
		e, err = webhook.Find(s.Context(), tx, e.ID)
		return err
	})
	return e
}

func TestWhoWantsAFactIsToldItOnceAndNobodyElse(t *testing.T) {
	each(t, func(s *shop) {
		orders, e := s.receiver("order.*")
		all, _ := s.receiver("*")
		goods, _ := s.receiver("product.created")
		s.happens(placed{"ord_1", 1}, created{"p"})
		s.send()
		s.send()
		if n, m, k := len(orders.heard()), len(all.heard()), len(goods.heard()); n != 1 || m != 2 || k != 1 {
			t.Errorf("told %d, %d and %d times", n, m, k)
		}
		body := orders.heard()[0]
		if !strings.HasPrefix(body, `{"type":"order.placed","timestamp":"`) || !strings.HasSuffix(body, `"data":{"order":"ord_1","n":1}}`) {
			t.Errorf("%s", body)
		}
		log := s.log(e)
		if len(log) != 1 || log[0].State != webhook.Delivered || log[0].Attempts != 1 || string(log[0].ID) != orders.got[0].Header.Get("Webhook-Id") {
			t.Errorf("%+v", log)
		}
	})
}

// The official library is who judges signatures.
func TestSignaturesAreThoseOfStandardWebhooksAndTwoSecretsHoldForADay(t *testing.T) {
	each(t, func(s *shop) {
		r, e := s.receiver("*")
		before := e.Secret(s.keeper)
		verify := func(secret string) error {
			s.Helper()
			hook, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			return hook.VerifyIgnoringTimestamp([]byte(r.bodies[len(r.bodies)-1]), r.got[len(r.got)-1].Header)
		}
		s.happens(placed{"ord_1", 1})
		s.send()
		if err := verify(before); err != nil {
			t.Fatal(err)
		}
		dbtest.Write(t, s.d, func(tx *db.Tx) (err error) {
			e, err = webhook.Rotate(t.Context(), tx, e.ID)
			return err
		})
		if e.Secret(s.keeper) == before {
			t.Error("the secret is the one before")
		}
		s.happens(placed{"ord_1", 2})
		s.send()
		if err := errors.Join(verify(before), verify(e.Secret(s.keeper))); err != nil {
			t.Error(err)
		}
		dbtest.Clock(s.d).Advance(25 * time.Hour)
		s.happens(placed{"ord_1", 3})
		s.send()
		if err := verify(e.Secret(s.keeper)); err != nil || verify(before) == nil {
			t.Errorf("%v; the old secret still signs: %v", err, verify(before) == nil)
		}
	})
}

func TestADeadReceiverNeverDelaysAnother(t *testing.T) {
	each(t, func(s *shop) {
		asked, free := make(chan struct{}, 1), make(chan struct{})
		dead := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			select {
			case asked <- struct{}{}:
			default:
			}
			<-free
		}))
		defer dead.Close()
		defer close(free)
		s.endpoint(dead.URL, "*")
		r, _ := s.receiver("*")
		ctx, stop := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() {
			defer close(ran)
			s.sender.Run(ctx)
		}()
		s.happens(placed{"ord_1", 1})
		<-asked // and it is not answered
		for i := range 20 {
			s.happens(placed{"ord_1", i})
		}
		for len(r.heard()) < 21 {
			if t.Context().Err() != nil {
				t.Fatal("the other waits")
			}
			time.Sleep(time.Millisecond)
		}
		stop()
		free <- struct{}{}
		for range 20 {
			select {
			case free <- struct{}{}:
			case <-ran:
			}
		}
		<-ran
	})
}

func TestATryIsRepeatedForThreeDaysAndThenAPersonIsAsked(t *testing.T) {
	each(t, func(s *shop) {
		r, e := s.receiver("*")
		r.answer(http.StatusInternalServerError)
		s.happens(placed{"ord_1", 1})
		began := s.d.Now()
		for range 100 {
			s.send()
			log := s.log(e)
			if log[0].State != webhook.Pending {
				break
			}
			dbtest.Clock(s.d).Advance(log[0].DueAt.Sub(s.d.Now()))
		}
		log := s.log(e)
		if took := s.d.Now().Sub(began); log[0].State != webhook.GivenUp || len(r.heard()) != 10 || took < 75*time.Hour || took > 92*time.Hour {
			t.Errorf("%+v after %s and %d tries", log, took, len(r.heard()))
		}
		if now := s.find(e); now.State != webhook.StatePaused || now.Why != webhook.WhyFailing {
			t.Errorf("%+v", now)
		}
		s.troubles(1)
		s.happens(placed{"ord_2", 2})
		if n := len(s.log(e)); n != 1 {
			t.Errorf("%d are noted for an endpoint that is paused", n)
		}
		r.answer(http.StatusOK)
		s.recovered(e, 2)
		if heard := r.heard()[10:]; len(heard) != 2 || !strings.Contains(heard[0]+heard[1], "ord_1") || !strings.Contains(heard[0]+heard[1], "ord_2") {
			t.Errorf("%q", heard)
		}
		s.recovered(e, 0)
		s.troubles(0)
		if now := s.find(e); !now.FailingSince.IsZero() {
			t.Errorf("%+v", now)
		}
	})
}

// recovered resumes an endpoint and brings what it missed.
func (s *shop) recovered(e webhook.Endpoint, want int64) {
	s.Helper()
	dbtest.Write(s.T, s.d, func(tx *db.Tx) error {
		if _, err := webhook.Activate(s.Context(), tx, e.ID); err != nil {
			return err
		}
		n, err := webhook.Recover(s.Context(), tx, e.ID, time.Time{})
		if n != want {
			s.Errorf("%d were missed, want %d", n, want)
		}
		return err
	})
	s.send()
}

func (s *shop) troubles(want int) {
	s.Helper()
	dbtest.Read(s.T, s.d, func(tx *db.Tx) error {
		open, err := exception.List(s.Context(), tx, exception.Filter{Open: true, Limit: 9})
		if len(open) != want {
			s.Errorf("%d are for a person: %+v", len(open), open)
		}
		return err
	})
}

func TestAnEndpointThatIsGoneIsPausedAndOneThatIsBusyIsLeftAlone(t *testing.T) {
	each(t, func(s *shop) {
		gone, e := s.receiver("*")
		busy, b := s.receiver("*")
		gone.answer(http.StatusGone)
		busy.answer(http.StatusTooManyRequests)
		s.happens(placed{"ord_1", 1})
		s.send()
		if now := s.find(e); now.Why != webhook.WhyGone {
			t.Errorf("%+v", now)
		}
		s.troubles(1)
		if log := s.log(b); log[0].DueAt.Sub(s.d.Now()) < 59*time.Minute {
			t.Errorf("it is asked again in %s", log[0].DueAt.Sub(s.d.Now()))
		}
		dbtest.Write(t, s.d, func(tx *db.Tx) error {
			if _, err := webhook.Try(t.Context(), tx, e.ID); !errors.Is(err, webhook.ErrPaused) {
				t.Errorf("tried while paused: %v", err)
			}
			return webhook.Delete(t.Context(), tx, e.ID)
		})
		s.troubles(0)
	})
}

func TestRedirectsAndHostsInsideAreNotFollowed(t *testing.T) {
	each(t, func(s *shop) {
		inside, _ := s.receiver("cart.merged")
		away := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusPermanentRedirect))
		defer away.Close()
		e := s.endpoint(away.URL, "*")
		s.happens(placed{"ord_1", 1})
		s.send()
		s.sender.Private = false
		direct := s.endpoint(inside.URL, "*")
		s.happens(placed{"ord_2", 1})
		s.send()
		if n := len(inside.heard()); n != 0 {
			t.Errorf("the host inside was asked %d times", n)
		}
		var tries []webhook.Attempt
		both := []webhook.Delivery{s.log(e)[0], s.log(direct)[0]}
		dbtest.Read(t, s.d, func(tx *db.Tx) error {
			for _, d := range both {
				all, err := webhook.Attempts(t.Context(), tx, d.ID)
				if err != nil {
					return err
				}
				tries = append(tries, all...)
			}
			return nil
		})
		if len(tries) != 2 || tries[0].Status != http.StatusPermanentRedirect || tries[1].Status != 0 || !strings.Contains(tries[1].Answer, "private") {
			t.Errorf("%+v", tries)
		}
	})
}

// Two nodes, many facts about few things: each is told once, and about one
// thing in order.
func TestTwoNodesTellEachFactOnceAndInOrder(t *testing.T) {
	each(t, func(s *shop) {
		r, _ := s.receiver("*")
		for i := range 60 {
			s.happens(placed{fmt.Sprint("ord_", i%3), i})
		}
		other := &webhook.Sender{DB: s.d, Keeper: s.keeper, Private: true}
		var nodes sync.WaitGroup
		for _, n := range []*webhook.Sender{s.sender, other} {
			nodes.Go(func() {
				if err := n.SendDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		s.send()
		last := map[string]int{}
		for _, body := range r.heard() {
			var order string
			var n int
			_, data, _ := strings.Cut(body, `"data":`)
			if _, err := fmt.Sscanf(data, `{"order":"ord_%1s","n":%d}}`, &order, &n); err != nil {
				t.Fatal(err, body)
			}
			if before, ok := last[order]; ok && n <= before {
				t.Errorf("of %s it was told %d after %d", order, n, before)
			}
			last[order] = n
		}
		if n := len(r.heard()); n != 60 {
			t.Errorf("told %d times", n)
		}
	})
}

func TestWhatIsWrongIsNamedAndChangesNothing(t *testing.T) {
	each(t, func(s *shop) {
		for name, c := range map[string]struct {
			e    webhook.Endpoint
			says string
		}{
			"plain http":    {webhook.Endpoint{URL: "http://example.com", Kinds: []string{"*"}}, "https://"},
			"no host":       {webhook.Endpoint{URL: "https://", Kinds: []string{"*"}}, "whole address"},
			"a password":    {webhook.Endpoint{URL: "https://a:b@example.com", Kinds: []string{"*"}}, "leave name and password out"},
			"no kinds":      {webhook.Endpoint{URL: "https://example.com"}, "at least one"},
			"unknown kind":  {webhook.Endpoint{URL: "https://example.com", Kinds: []string{"order.eaten"}}, "order.eaten"},
			"a card number": {webhook.Endpoint{URL: "https://example.com", Kinds: []string{"*"}, Description: "4111 1111 1111 1111"}, "card number"},
		} {
			err := s.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := webhook.Create(t.Context(), tx, c.e, false)
				return err
			})
			if !errors.Is(err, webhook.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", name, err)
			}
		}
		dbtest.Read(t, s.d, func(tx *db.Tx) error {
			all, err := webhook.List(t.Context(), tx)
			if len(all) != 0 {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

func TestADeliveryIsReplayedOnceItHasEnded(t *testing.T) {
	each(t, func(s *shop) {
		r, e := s.receiver("*")
		s.happens(placed{"ord_1", 1})
		id := s.log(e)[0].ID
		replay := func() error {
			return s.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := webhook.Replay(t.Context(), tx, id)
				return err
			})
		}
		if err := replay(); !errors.Is(err, webhook.ErrPending) {
			t.Errorf("%v", err)
		}
		s.send()
		if err := replay(); err != nil {
			t.Fatal(err)
		}
		s.send()
		if heard := r.heard(); len(heard) != 2 || heard[0] != heard[1] || r.got[0].Header.Get("Webhook-Id") != r.got[1].Header.Get("Webhook-Id") {
			t.Errorf("%q", heard)
		}
		dbtest.Clock(s.d).Advance(31 * 24 * time.Hour)
		dbtest.Write(t, s.d, func(tx *db.Tx) error { return webhook.Expire(t.Context(), tx) })
		if n := len(s.log(e)); n != 0 {
			t.Errorf("%d are kept", n)
		}
	})
}

// Every fact of the project can be subscribed to.
func TestNobodyIsToldOfWhatWasImported(t *testing.T) {
	all := webhook.Endpoint{State: webhook.StateActive, Kinds: []string{"*", "order.*"}}
	if all.Wants("order.imported") || !all.Wants("order.placed") {
		t.Error("who wants everything is told of an imported order, or not of one that was placed")
	}
}

func TestEveryFactIsListed(t *testing.T) {
	kind := regexp.MustCompile(`\) Kind\(\) string\s*\{\s*return "([a-z_]+\.[a-z_]+)"`)
	found := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range kind.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(found, "order.imported") // see TestNobodyIsToldOfWhatWasImported
	for k := range found {
		if !slices.Contains(webhook.Kinds, k) {
			t.Errorf("%s is not listed in Kinds", k)
		}
	}
	for _, k := range webhook.Kinds {
		if !found[k] {
			t.Errorf("no fact is called %s", k)
		}
	}
	if !slices.IsSorted(webhook.Kinds) {
		t.Error("Kinds are not in order")
	}
}
