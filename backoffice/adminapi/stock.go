package adminapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/idempotency"
)

type levelBody struct {
	SKU       string `json:"sku"`
	Location  string `json:"location"`
	OnHand    int64  `json:"on_hand"`
	Reserved  int64  `json:"reserved"`
	Available int64  `json:"available"`
}

func levelOf(sku string, l inventory.Level) levelBody {
	return levelBody{sku, l.Location, l.OnHand, l.Reserved, l.Available()}
}

type locationBody struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Country  string `json:"country"`
	City     string `json:"city"`
	Zone     string `json:"zone"`
	Priority int64  `json:"priority"`
	Ships    bool   `json:"ships"`
	Pickup   bool   `json:"pickup"`
}

func (a *API) listLocations(ctx context.Context, _ *struct{}) (*list[locationBody], error) {
	var bodies []locationBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := inventory.Locations(ctx, tx)
		for _, l := range all {
			bodies = append(bodies, locationBody{l.ID, l.Name, l.Country, l.City, l.Zone, l.Priority, l.Ships, l.Pickup})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type stockInput struct {
	SKU string `query:"sku" required:"true"`
}

func (a *API) showStock(ctx context.Context, in *stockInput) (*list[levelBody], error) {
	var bodies []levelBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		levels, err := inventory.Levels(ctx, tx, v.ID)
		for _, l := range levels {
			bodies = append(bodies, levelOf(in.SKU, l))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type movementsInput struct {
	SKU    string `query:"sku" required:"true"`
	Before int64  `query:"before" minimum:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type movementBody struct {
	Seq      int64  `json:"seq"`
	Location string `json:"location"`
	OnHand   int64  `json:"on_hand" doc:"By how much it changed"`
	Reserved int64  `json:"reserved" doc:"By how much it changed"`
	Cause    string `json:"cause"`
	Reason   string `json:"reason,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Actor    string `json:"actor,omitempty"`
	At       string `json:"at" format:"date-time"`
}

func (a *API) listMovements(ctx context.Context, in *movementsInput) (*list[movementBody], error) {
	var bodies []movementBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		moves, err := inventory.Movements(ctx, tx, v.ID, in.Before, in.Limit)
		for _, m := range moves {
			bodies = append(bodies, movementBody{m.Seq, m.Location, m.OnHand, m.Reserved, m.Cause, m.Reason, m.Ref, m.Actor, rfc3339(m.At)})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type adjustInput struct {
	Key     string `header:"Idempotency-Key" doc:"Required: the same key and body is adjusted once"`
	RawBody []byte
	Body    struct {
		SKU      string `json:"sku"`
		Location string `json:"location" example:"loc_berlin"`
		Delta    int64  `json:"delta" doc:"Units to add, or to take away when negative"`
		Reason   string `json:"reason" example:"counted"`
	}
}

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

func (a *API) adjustStock(ctx context.Context, in *adjustInput) (*bytesOutput, error) {
	hash := sha256.Sum256(in.RawBody)
	key := idempotency.Key{Principal: string(from(ctx).ID), Route: "stock.adjust", Key: in.Key}
	out := &bytesOutput{Status: 201, ContentType: "application/json"}
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		kept, state, err := idempotency.Open(ctx, tx, key, hex.EncodeToString(hash[:]))
		if err != nil {
			return err
		}
		if state == idempotency.Done {
			return replayed{kept}
		}
		if out.Body, err = a.adjust(ctx, tx, in); err != nil {
			return err
		}
		return idempotency.Close(ctx, tx, key, idempotency.Reply{Status: out.Status, Body: out.Body})
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

func (a *API) adjust(ctx context.Context, tx *db.Tx, in *adjustInput) ([]byte, error) {
	v, err := catalog.FindSKU(ctx, tx, in.Body.SKU)
	if err != nil {
		return nil, err
	}
	actor := string(from(ctx).ID)
	l, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: in.Body.Location, Delta: in.Body.Delta,
		Reason: in.Body.Reason, Actor: actor})
	if err != nil {
		return nil, err
	}
	if err := audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "stock.adjust", Subject: string(v.ID)}); err != nil {
		return nil, err
	}
	body, err := json.Marshal(levelOf(v.SKU, l))
	return append(body, '\n'), err
}
