package message_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/platform/remember"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files")

var schemas = []fs.FS{remember.Schema, job.Schema, exception.Schema, message.Schema}

// post is a sender that does as it is told and remembers what it got.
type post struct {
	mu    sync.Mutex
	mails []message.Mail
	next  []error // of the coming tries; then nil
	wait  chan struct{}
}

func (p *post) Send(_ context.Context, m message.Mail) (string, error) {
	if p.wait != nil {
		<-p.wait
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, m)
	if len(p.next) > 0 {
		err := p.next[0]
		p.next = p.next[1:]
		if err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("250 ok %d", len(p.mails)), nil
}

var people = map[string]message.Addressee{
	"cnt_ada": {Email: "ada@example.com", Name: "Ada Lovelace", Address: []string{"Ada Lovelace", "Hauptstraße 1", "10115 Berlin", "Germany"}, Link: "https://shop.example/orders/2030-0001?token=secret"},
}

var errErased = fault.New(fault.NotFound, "profile.contact_not_found", "erased")

type rig struct {
	d     *db.DB
	clock *dbtest.Manual
	post  *post
	mail  *message.Mailer
	jobs  *job.Pool
}

func newRig(t *testing.T, d *db.DB, next ...error) *rig {
	t.Helper()
	r := &rig{d: d, clock: dbtest.Clock(d), post: &post{next: next}, jobs: job.NewPool(d)}
	r.jobs.Log = slog.New(slog.DiscardHandler)
	var err error
	r.mail, err = message.New(d, r.post, "Korzo <orders@shop.example>", func(_ context.Context, _ *db.Tx, s message.Sent) (message.Addressee, error) {
		a, ok := people[s.Contact]
		if !ok {
			return a, errErased
		}
		return a, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r.mail.Register(r.jobs)
	return r
}

func (r *rig) queue(t *testing.T, m message.Message) {
	t.Helper()
	dbtest.Write(t, r.d, func(tx *db.Tx) error { return message.Queue(t.Context(), tx, m) })
}

func (r *rig) run(t *testing.T) {
	t.Helper()
	if _, err := r.jobs.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// only returns the one message there is.
func (r *rig) only(t *testing.T) (s message.Sent) {
	t.Helper()
	dbtest.Read(t, r.d, func(tx *db.Tx) error {
		all, err := message.List(t.Context(), tx, message.Filter{})
		if len(all) != 1 {
			t.Fatalf("%d messages, %v", len(all), err)
		}
		s = all[0]
		return err
	})
	return s
}

func (r *rig) exceptions(t *testing.T) (open int) {
	t.Helper()
	dbtest.Read(t, r.d, func(tx *db.Tx) error {
		all, err := exception.List(t.Context(), tx, exception.Filter{Open: true, Limit: 10})
		open = len(all)
		return err
	})
	return open
}

func confirmation() message.Message {
	return message.Message{
		Kind: message.KindConfirmation, Locale: "de-AT", Contact: "cnt_ada", Ref: "ord_1",
		Data: message.Confirmation{
			Shop: "Korzo & Söhne", Number: "2030-0001",
			Lines: []message.LineItem{
				{Title: "Becher <rot>", Quantity: 2, Total: "25,80 €"},
				{Title: "Teekanne", Quantity: 1, Total: "49,00 €"},
			},
			Subtotal: "74,80 €", Discount: "−7,48 €", Shipping: "4,90 €", Tax: "11,53 €", TaxIncluded: true, Total: "72,22 €",
			Promise: "5.–7. Januar", Withdraw: 30, FreeReturn: true,
			Name: "must not be stored", Address: []string{"must not be stored"}, TrackURL: "must not be stored",
		},
	}
}

func TestAMessageIsSentOncePerReference(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.queue(t, confirmation())
		r.queue(t, confirmation())
		r.run(t)
		r.queue(t, confirmation())
		r.run(t)
		s := r.only(t)
		if len(r.post.mails) != 1 || s.State != message.StateSent || s.Tries != 1 || s.ServerID != "250 ok 1" || !s.SentAt.Equal(dbtest.Noon) {
			t.Fatalf("%d mails, %+v", len(r.post.mails), s)
		}
		if err := r.mail.Deliver(t.Context(), s.ID); err != nil || len(r.post.mails) != 1 {
			t.Errorf("a job that runs again sent %d mails, %v", len(r.post.mails), err)
		}
		m := r.post.mails[0]
		if m.To != "ada@example.com" || m.MessageID != string(s.ID)+"@shop.example" || m.Subject != "Bestellung 2030-0001: vielen Dank" || m.Locale != "de" {
			t.Errorf("%+v", m)
		}
	})
}

func TestAMessageOfATransactionThatFailsIsNotSent(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r, stop := newRig(t, d), errors.New("stop")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := message.Queue(t.Context(), tx, confirmation()); err != nil {
				return err
			}
			return stop
		})
		r.run(t)
		if !errors.Is(err, stop) || len(r.post.mails) != 0 {
			t.Errorf("%d mails, %v", len(r.post.mails), err)
		}
	})
}

func TestTriesAtTheSameTimeSendOneMail(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.queue(t, confirmation())
		message1 := r.only(t).ID
		r.post.wait = make(chan struct{})
		results := make(chan error, 8)
		for range 8 {
			go func() { results <- r.mail.Deliver(t.Context(), message1) }()
		}
		for range 7 { // seven are turned away while one is at it
			if err := <-results; err == nil {
				t.Error("a second try was let through, or gave up for good")
			}
		}
		close(r.post.wait)
		if err := <-results; err != nil || len(r.post.mails) != 1 || r.only(t).State != message.StateSent {
			t.Errorf("%d mails, %v", len(r.post.mails), err)
		}
	})
}

// A process that dies while it sends leaves it open whether the mail went out.
func TestAfterSilenceTheSameMailGoesOutAgain(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, errors.New("connection reset after DATA"))
		r.queue(t, confirmation())
		r.run(t)
		if s := r.only(t); s.State != message.StateQueued || s.Reason != "connection reset after DATA" {
			t.Fatalf("%+v", s)
		}
		r.clock.Advance(time.Hour)
		r.run(t)
		s := r.only(t)
		if s.State != message.StateSent || s.Tries != 2 || s.Reason != "" || r.exceptions(t) != 0 {
			t.Fatalf("%+v", s)
		}
		if diff := cmp.Diff(r.post.mails[0], r.post.mails[1]); diff != "" {
			t.Errorf("the second try differs: %s", diff)
		}
	})
}

func TestANoIsFinalAndSeen(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, fmt.Errorf("%w: 550 no such user ADA@example.com,\r\nAda Lovelace", message.ErrRefused))
		r.queue(t, confirmation())
		r.run(t)
		r.clock.Advance(24 * time.Hour)
		r.run(t)
		s := r.only(t)
		if s.State != message.StateFailed || len(r.post.mails) != 1 || r.exceptions(t) != 1 || !strings.Contains(s.Reason, "550") {
			t.Fatalf("%d mails, %d exceptions, %+v", len(r.post.mails), r.exceptions(t), s)
		}
		if strings.Contains(strings.ToLower(s.Reason), "ada") || strings.ContainsAny(s.Reason, "\r\n") {
			t.Errorf("the reason names a person: %q", s.Reason)
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return message.Retry(t.Context(), tx, s.ID) })
		r.run(t)
		if s := r.only(t); s.State != message.StateSent || len(r.post.mails) != 2 {
			t.Errorf("after the address was corrected: %+v", s)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error { return message.Retry(t.Context(), tx, s.ID) })
		if !errors.Is(err, message.ErrSent) {
			t.Errorf("retrying what is sent: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return message.Retry(t.Context(), tx, "msg_none") })
		if !errors.Is(err, message.ErrNotFound) {
			t.Errorf("retrying what is not: %v", err)
		}
	})
}

func TestWhoWasErasedGetsNothing(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		m := confirmation()
		m.Contact = "cnt_erased"
		r.queue(t, m)
		r.run(t)
		if s := r.only(t); s.State != message.StateFailed || len(r.post.mails) != 0 {
			t.Errorf("%d mails, %+v", len(r.post.mails), s)
		}
	})
}

func TestRowsNameNobody(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.queue(t, confirmation())
		preview, err := r.mail.Preview(t.Context(), r.only(t).ID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(preview.Text, "must not be stored") || !strings.Contains(preview.Text, "Hauptstraße 1") {
			t.Errorf("what belongs to the reader does not come from the lookup:\n%s", preview.Text)
		}
	})
}

func TestMessagesThatCannotBe(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for name, change := range map[string]func(*message.Message){
			"no template":  func(m *message.Message) { m.Kind = "gossip" },
			"no reference": func(m *message.Message) { m.Ref = "" },
			"no contact":   func(m *message.Message) { m.Contact = "" },
			"other data":   func(m *message.Message) { m.Data = map[string]string{} },
		} {
			m := confirmation()
			change(&m)
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return message.Queue(t.Context(), tx, m) }); err == nil {
				t.Errorf("%s: taken", name)
			}
		}
		r.run(t)
		if len(r.post.mails) != 0 {
			t.Errorf("%d mails", len(r.post.mails))
		}
		if _, err := message.New(d, r.post, "the shop", nil); err == nil {
			t.Error("a shop without an address writes mails")
		}
	})
}

func TestListsArePages(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for i := range 5 {
			r.clock.Advance(time.Second)
			m := confirmation()
			m.Ref = fmt.Sprintf("ord_%d", i)
			r.queue(t, m)
		}
		var refs []string
		dbtest.Read(t, d, func(tx *db.Tx) error {
			f := message.Filter{Contact: "cnt_ada", State: message.StateQueued, Limit: 2}
			for {
				page, err := message.List(t.Context(), tx, f)
				if err != nil || len(page) == 0 {
					return err
				}
				for _, s := range page {
					refs = append(refs, s.Ref)
				}
				f.Before = page[len(page)-1].ID
			}
		})
		if got := strings.Join(refs, " "); got != "ord_4 ord_3 ord_2 ord_1 ord_0" {
			t.Errorf("got %s", got)
		}
	})
}

func TestConfirmationsLookRight(t *testing.T) {
	whole := confirmation().Data.(message.Confirmation)
	bare := message.Confirmation{Shop: "Korzo", Number: "7", Lines: whole.Lines[:1], Subtotal: "$25.80", Tax: "$2.13", Total: "$27.93"}
	for _, c := range []struct {
		name, locale, contact string
		data                  message.Confirmation
	}{
		{"whole.en", "en", "cnt_ada", whole},
		{"whole.de", "de_DE", "cnt_ada", whole},
		{"whole.hu", "hu-HU", "cnt_ada", whole},
		{"bare.unknown", "tlh", "cnt_bare", bare},
	} {
		t.Run(c.name, func(t *testing.T) {
			people := map[string]message.Addressee{"cnt_ada": people["cnt_ada"], "cnt_bare": {Email: "b@example.com"}}
			d := dbtest.SQLite(t, schemas)
			m, err := message.New(d, &post{}, "orders@shop.example", func(_ context.Context, _ *db.Tx, s message.Sent) (message.Addressee, error) {
				return people[s.Contact], nil
			})
			if err != nil {
				t.Fatal(err)
			}
			r := &rig{d: d}
			r.queue(t, message.Message{Kind: message.KindConfirmation, Locale: c.locale, Contact: c.contact, Ref: "1", Data: c.data})
			got, err := m.Preview(t.Context(), r.only(t).ID)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.name+".txt", got.Subject+"\n\n"+got.Text)
			golden(t, c.name+".html", got.HTML)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; look at it, then run with -update:\n%s", name, diff)
	}
}
