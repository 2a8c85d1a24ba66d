// Package where asks in which market and through which channel a cart is bought.
//
// Its settings are {"markets": ["DE", "AT"]}, {"channels": ["web"]}, or both; each
// list holds when one of its ids is that of the cart. It does not look at where
// the goods are sent: that is the market's to say.
package where

import (
	"encoding/json"
	"slices"

	"korzo/purchase/promotion/basket"
)

// Kind is the name of this condition in a promotion.
const Kind = "where"

// Condition wants certain markets and channels.
type Condition struct {
	Markets  []string `json:"markets,omitempty"`
	Channels []string `json:"channels,omitempty"`
}

// New reads settings. It returns basket.ErrSettings with the field at fault.
func New(settings json.RawMessage) (basket.Condition, error) {
	var c Condition
	if err := basket.Read(settings, &c, `{"markets": ["DE"]}`); err != nil {
		return nil, err
	}
	if len(c.Markets) == 0 && len(c.Channels) == 0 {
		return nil, basket.Wrong("markets", "name markets or channels by their ids")
	}
	if len(c.Markets)+len(c.Channels) > basket.MaxNames || slices.Contains(c.Markets, "") || slices.Contains(c.Channels, "") {
		return nil, basket.Wrong("markets", "name 1 to %d markets and channels by their ids", basket.MaxNames)
	}
	return &c, nil
}

// Unmet returns basket.ReasonMarket or basket.ReasonChannel.
func (c *Condition) Unmet(v *basket.Visit) string {
	switch {
	case len(c.Markets) > 0 && !slices.Contains(c.Markets, v.Market):
		return basket.ReasonMarket
	case len(c.Channels) > 0 && !slices.Contains(c.Channels, v.Channel):
		return basket.ReasonChannel
	}
	return ""
}

// Needs is nothing.
func (c *Condition) Needs() basket.Needs { return basket.Needs{} }
