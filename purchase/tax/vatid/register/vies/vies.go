// Package vies asks the European Commission's register of VAT ids by its REST
// protocol.
//
// The Commission passes the question on to the office of the id's country. That
// office may be away, or too busy, while the Commission answers: such an answer
// is no answer. Only "valid" and its opposite are; an id that the Commission
// itself finds malformed is a no.
package vies

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"korzo/purchase/tax/vatid"
)

const (
	// Address is where the Commission is asked.
	Address = "https://ec.europa.eu/taxation_customs/vies/rest-api"

	limit     = 20 * time.Second // offices are slow
	maxAnswer = 1 << 20
)

// Config says how the register is asked. The zero Config asks the Commission,
// without a proof.
type Config struct {
	Address   string // "" is Address
	Requester string // the seller's own VAT id: with it a reference is given as proof
	Client    *http.Client
}

// Register is the Commission's.
type Register struct {
	config Config
}

// New returns the register. It asks nothing yet.
func New(c Config) *Register {
	c.Address = strings.TrimSuffix(cmp.Or(c.Address, Address), "/")
	if c.Client == nil {
		c.Client = &http.Client{Timeout: limit}
	}
	return &Register{c}
}

type question struct {
	Country          string `json:"countryCode"`
	Number           string `json:"vatNumber"`
	RequesterCountry string `json:"requesterMemberStateCode,omitempty"`
	RequesterNumber  string `json:"requesterNumber,omitempty"`
}

type reply struct {
	Valid     *bool  `json:"valid"`
	Reference string `json:"requestIdentifier"`
	Errors    []struct {
		Error string `json:"error"`
	} `json:"errorWrappers"`
}

// Check asks about one id.
func (r *Register) Check(ctx context.Context, id string) (vatid.Reply, error) {
	if len(id) < 4 {
		return vatid.Reply{}, nil
	}
	q := question{Country: id[:2], Number: id[2:]}
	if own := r.config.Requester; len(own) > 2 {
		q.RequesterCountry, q.RequesterNumber = own[:2], own[2:]
	}
	body, err := json.Marshal(q)
	if err != nil {
		return vatid.Reply{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.config.Address+"/check-vat-number", bytes.NewReader(body))
	if err != nil {
		return vatid.Reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := r.config.Client.Do(req)
	if err != nil {
		return vatid.Reply{}, fmt.Errorf("%w: %w", vatid.ErrUnavailable, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return vatid.Reply{}, fmt.Errorf("%w: %w", vatid.ErrUnavailable, err)
	}
	return understood(res.StatusCode, text)
}

// understood tells yes, no and silence apart.
func understood(status int, text []byte) (vatid.Reply, error) {
	var a reply
	if err := json.Unmarshal(text, &a); err != nil {
		return vatid.Reply{}, fmt.Errorf("%w: status %d and no JSON", vatid.ErrUnavailable, status)
	}
	if len(a.Errors) > 0 {
		code := a.Errors[0].Error
		if code == "INVALID_INPUT" {
			return vatid.Reply{}, nil
		}
		return vatid.Reply{}, fmt.Errorf("%w: %.60s", vatid.ErrUnavailable, code)
	}
	if status != http.StatusOK || a.Valid == nil {
		return vatid.Reply{}, fmt.Errorf("%w: status %d", vatid.ErrUnavailable, status)
	}
	return vatid.Reply{Valid: *a.Valid, Reference: a.Reference}, nil
}
