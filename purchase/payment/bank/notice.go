package bank

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"korzo/platform/db"
)

func (b *Bank) wake() {
	select {
	case b.woken <- struct{}{}:
	default:
	}
}

// Run decides what is due and sends notices until ctx ends.
func (b *Bank) Run(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := b.round(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "sandbox bank", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.woken:
		}
	}
}

func (b *Bank) round(ctx context.Context) error {
	var due []Payment
	var notices []notice
	err := b.db.Read(ctx, func(tx *db.Tx) (err error) {
		if due, err = selectDue(ctx, tx); err == nil {
			notices, err = selectNotices(ctx, tx)
		}
		return err
	})
	for _, p := range due {
		err = errors.Join(err, b.db.Write(ctx, func(tx *db.Tx) error { return b.settle(ctx, tx, &p, overdue(p)) }))
	}
	for _, n := range notices {
		err = errors.Join(err, b.send(ctx, n))
	}
	return err
}

// overdue is what becomes of a payment that nobody decided: what waited for the
// bank or for a sleepy tester is a yes, what waited for a person a no.
func overdue(p Payment) string {
	if p.State == "action_required" && p.page != pageSleepy {
		return "cancelled"
	}
	return ""
}

type notice struct {
	ID, Reference, Kind string
	Copies, Tries       int64
}

// send tells the merchant of a notice, as often as it has copies; what is not
// answered with 2xx is sent again later.
func (b *Bank) send(ctx context.Context, n notice) error {
	sent := int64(0)
	for range n.Copies {
		if b.muted.Load() || b.post(ctx, n) { // what is lost is not sent again
			sent++
		}
	}
	return b.db.Write(ctx, func(tx *db.Tx) error {
		return updateNotice(ctx, tx, n.ID, sent, tx.Now.Add(time.Second<<min(n.Tries, 10)))
	})
}

func (b *Bank) post(ctx context.Context, n notice) bool {
	body := fmt.Appendf(nil, `{"id":%q,"reference":%q,"kind":%q}`, n.ID, n.Reference, n.Kind)
	at := b.db.Now()
	if b.config.Second {
		body = secondNotice(n, at)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.config.Webhook, bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	if b.config.Second {
		seal := SecondSeal(b.config.Secret, at.UnixMilli(), body)
		r.Header.Set("Bank-Time", strconv.FormatInt(at.UnixMilli(), 10))
		r.Header.Set("Bank-Seal", seal)
	} else {
		stamp := strconv.FormatInt(at.Unix(), 10)
		r.Header.Set("Sandbox-Signature", "t="+stamp+",v1="+Sign(b.config.Secret, stamp, body))
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	return answer.StatusCode/100 == 2
}

// Sign is the signature of a notice sent at a Unix time in seconds.
func Sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
