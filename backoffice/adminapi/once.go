package adminapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"korzo/platform/db"
	"korzo/platform/idempotency"
)

// bytesOutput carries bytes, because an answer that is repeated must be the same bytes.
type bytesOutput struct {
	Status      int
	Replayed    string `header:"Idempotent-Replayed"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// replayed ends the transaction of a request that was answered before.
type replayed struct{ idempotency.Reply }

func (replayed) Error() string { return "answered before" }

// keyOf is a caller's Idempotency-Key as rows keep it that are written once, told
// from the same key of another caller.
func keyOf(ctx context.Context, key string) (string, error) {
	if key == "" {
		return "", idempotency.ErrKey
	}
	return string(from(ctx).ID) + ":" + key, nil
}

// once does what a request asks once per key and body, and answers what do
// returns; a repeat gets the same bytes.
func (a *API) once(ctx context.Context, route, key string, raw []byte, do func(tx *db.Tx) (any, error)) (*bytesOutput, error) {
	hash := sha256.Sum256(raw)
	k := idempotency.Key{Principal: string(from(ctx).ID), Route: route, Key: key}
	out := &bytesOutput{Status: 201, ContentType: "application/json"}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		kept, state, err := idempotency.Open(ctx, tx, k, hex.EncodeToString(hash[:]))
		if err != nil {
			return err
		}
		if state == idempotency.Done {
			return replayed{kept}
		}
		body, err := do(tx)
		if err != nil {
			return err
		}
		if out.Body, err = json.Marshal(body); err != nil {
			return err
		}
		out.Body = append(out.Body, '\n')
		return idempotency.Close(ctx, tx, k, idempotency.Reply{Status: out.Status, Body: out.Body})
	})
	var before replayed
	if errors.As(err, &before) {
		return &bytesOutput{before.Status, "true", "application/json", before.Body}, nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
