package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"korzo/platform/db"
	"korzo/platform/drain"
	"korzo/platform/exception"
	"korzo/platform/id"
	"korzo/platform/outbound"
	"korzo/platform/seal"
	"korzo/value/card"
)

const (
	// answerTime is how long a receiver may take.
	answerTime = 15 * time.Second
	// lease is how long one node sends to an endpoint before another may: longer
	// than a batch can take.
	lease = 2 * time.Minute
	// batch is how many deliveries to an endpoint are under way at a time.
	batch = 16
	tick  = time.Second
	// most is how much of an answer is read, and excerpt how much is kept.
	most    = 4 << 10
	excerpt = 500
	// mostLater bounds how long a receiver may ask to be left alone.
	mostLater = 24 * time.Hour
)

// pauses lie between the tries of a delivery: about three days in all. Source:
// Standard Webhooks, recommended retry schedule.
var pauses = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

// Sender posts what is due. It runs on every node; an endpoint is served by one
// at a time.
type Sender struct {
	DB     *db.DB
	Keeper *seal.Keeper
	// Private lets receivers be at private addresses and speak http: for tests,
	// and shops whose receivers stand in the house.
	Private bool
	Log     *slog.Logger // nil: slog.Default()

	mu   sync.Mutex
	busy map[ID]bool
	work drain.Group
}

// Run sends until ctx ends, then waits for what is under way.
func (s *Sender) Run(ctx context.Context) {
	woken, stop := s.DB.Listen(topic)
	defer stop()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	defer s.work.Wait()
	for {
		if err := s.begin(ctx); err != nil && ctx.Err() == nil {
			s.log().ErrorContext(ctx, "webhooks not sent", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-ticker.C:
		}
	}
}

// SendDue sends all that is due now and waits for the answers. Run does the same
// without waiting, so that a slow receiver makes nobody else wait.
func (s *Sender) SendDue(ctx context.Context) error {
	defer s.work.Wait()
	return s.begin(ctx)
}

// begin serves each endpoint that something is due to, unless it is being served.
func (s *Sender) begin(ctx context.Context) error {
	var due []ID
	err := s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = selectDueEndpoints(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range due {
		if s.busy[e] {
			continue
		}
		if s.busy == nil {
			s.busy = map[ID]bool{}
		}
		s.busy[e] = true
		s.work.Go(func() {
			defer func() {
				s.mu.Lock()
				delete(s.busy, e)
				s.mu.Unlock()
			}()
			if err := s.serve(ctx, e); err != nil && ctx.Err() == nil {
				s.log().ErrorContext(ctx, "webhook not served", "webhook", e, "error", err)
			}
		})
	}
	return nil
}

// serve sends to one endpoint, batch by batch, while nobody else does.
func (s *Sender) serve(ctx context.Context, to ID) (err error) {
	holder := id.New[string]("lea", s.DB.Now())
	defer func() {
		err = errors.Join(err, s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return releaseLease(ctx, tx, to, holder) }))
	}()
	for ctx.Err() == nil {
		var e Endpoint
		var due []Delivery
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			if due = nil; ctx.Err() != nil {
				return nil
			}
			if n, err := updateLease(ctx, tx, to, holder, tx.Now.Add(lease)); err != nil || n == 0 {
				return err
			}
			if e, err = Find(ctx, tx, to); err == nil {
				due, err = selectDue(ctx, tx, to, batch)
			}
			return err
		})
		if err != nil || len(due) == 0 {
			return err
		}
		told := s.sendAll(ctx, e, due)
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return settle(ctx, tx, e, told) }); err != nil {
			return err
		}
	}
	return nil
}

// told is a delivery and what was answered.
type told struct {
	Delivery
	Attempt
	later time.Duration // how long the receiver wants to be left alone
}

func (s *Sender) sendAll(ctx context.Context, e Endpoint, due []Delivery) []told {
	all := make([]told, len(due))
	var sending sync.WaitGroup
	for i, d := range due {
		sending.Go(func() { all[i] = s.send(ctx, e, d) })
	}
	sending.Wait()
	return all
}

// send posts one delivery.
func (s *Sender) send(ctx context.Context, e Endpoint, d Delivery) told {
	at := s.DB.Now()
	out := told{Delivery: d, Attempt: Attempt{At: at}}
	began := time.Now()
	out.Status, out.Answer, out.later = s.post(context.WithoutCancel(ctx), e, d, at)
	out.Took = time.Since(began)
	return out
}

func (s *Sender) post(ctx context.Context, e Endpoint, d Delivery, at time.Time) (status int64, answer string, later time.Duration) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, strings.NewReader(d.Body))
	if err != nil {
		return 0, short(err.Error()), 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Korzo-Webhooks/1")
	r.Header.Set("Webhook-Id", string(d.ID))
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("Webhook-Signature", e.sign(s.Keeper, d.ID, at, d.Body))
	client := outbound.Client(answerTime, s.Private)
	defer client.CloseIdleConnections()
	w, err := client.Do(r)
	if err != nil {
		return 0, short(err.Error()), 0
	}
	defer func() { _ = w.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(w.Body, most))
	if seconds, err := strconv.Atoi(w.Header.Get("Retry-After")); err == nil && seconds > 0 {
		later = min(time.Duration(seconds)*time.Second, mostLater)
	}
	return int64(w.StatusCode), short(string(text)), later
}

// short makes foreign text fit the log.
func short(text string) string {
	if len(text) > excerpt {
		text = text[:excerpt]
	}
	return card.Mask(strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?"))
}

// settle writes down what was answered, and what follows for the endpoint.
func settle(ctx context.Context, tx *db.Tx, e Endpoint, all []told) error {
	good, gone, over := false, false, false
	for _, t := range all {
		d, ended := t.next(tx.Now)
		n, err := updateDelivery(ctx, tx, d, t.Attempts)
		if err != nil {
			return err
		}
		if n == 0 {
			continue // another node was faster, or the endpoint was deleted
		}
		if err := insertAttempt(ctx, tx, d.ID, t.Attempt); err != nil {
			return err
		}
		good = good || t.good()
		gone = gone || t.Status == http.StatusGone
		over = over || ended && !t.good()
	}
	now, err := Find(ctx, tx, e.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return now.judge(ctx, tx, good, gone, over)
}

// good is whether a receiver took the message.
func (t told) good() bool { return t.Status >= 200 && t.Status < 300 }

// next is a delivery after a try, and whether it has ended.
func (t told) next(now time.Time) (d Delivery, ended bool) {
	d = t.Delivery
	d.Attempts++
	switch {
	case t.good():
		d.State, d.DoneAt = Delivered, now
	case d.Attempts > int64(len(pauses)):
		d.State, d.DoneAt = GivenUp, now
	default:
		pause := pauses[d.Attempts-1]
		d.DueAt = now.Add(max(pause+time.Duration(rand.Int64N(int64(pause)/5)), t.later))
	}
	return d, d.State != Pending
}

// judge notes how an endpoint does, and pauses one that is gone or took nothing
// for as long as a delivery is tried.
func (e Endpoint) judge(ctx context.Context, tx *db.Tx, good, gone, over bool) error {
	why := ""
	switch {
	case good && e.FailingSince.IsZero() && !gone:
		return nil
	case good:
		e.FailingSince = time.Time{}
	case e.FailingSince.IsZero():
		e.FailingSince = tx.Now
	case over:
		why = WhyFailing
	}
	if gone {
		why = WhyGone
	}
	if why != "" && e.State == StateActive {
		e.State, e.Why = StatePaused, why
		text := map[string]string{WhyGone: "it answered that it is gone (410)", WhyFailing: "it took nothing for three days"}[why]
		if err := exception.Raise(ctx, tx, exception.Problem{Kind: TroubleFailing, Ref: string(e.ID),
			Text: fmt.Sprintf("the webhook to %s is paused: %s. Mend the receiver, resume the webhook and recover what it missed", e.URL, text)}); err != nil {
			return err
		}
		_, err := write(ctx, tx, e)
		return err
	}
	return updateHealth(ctx, tx, e)
}

func (s *Sender) log() *slog.Logger {
	if s.Log != nil {
		return s.Log
	}
	return slog.Default()
}
