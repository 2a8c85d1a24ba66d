package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/address"
)

// customerFields are those of customers, in the order of an export.
var customerFields = []field[profile.Record]{
	{column{name: "id", keep: true}, func(c *profile.Record) any { return &c.ID }},
	{column{name: "external_id", keep: true}, func(c *profile.Record) any { return &c.ExternalID }},
	{column{name: "name", keep: true}, func(c *profile.Record) any { return &c.Name }},
	{column{name: "email", keep: true}, func(c *profile.Record) any { return &c.Email }},
	{column{name: "phone", keep: true}, func(c *profile.Record) any { return &c.Phone }},
	{column{name: "locale", keep: true}, func(c *profile.Record) any { return &c.Locale }},
	{column{name: "market", keep: true}, func(c *profile.Record) any { return &c.Market }},
	{column{name: "created_at", keep: true}, func(c *profile.Record) any { return timeOf(&c.CreatedAt) }},
	{column{name: "addresses", form: asJSON, keep: true}, bookOf},
	{column{name: "address", form: asJSON, keep: true, readOnly: true}, addressOf},
}

// timeOf is a time as files have it; "" for none.
func timeOf(at *time.Time) any {
	return &codec{func() any {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339Nano)
	}, func(raw []byte) (err error) {
		var s string
		if err = json.Unmarshal(raw, &s); err == nil && s != "" {
			*at, err = time.Parse(time.RFC3339, s)
			*at = at.UTC().Truncate(time.Microsecond)
		}
		return err
	}}
}

type bookRecord struct {
	address.Address
	Default bool `json:"default"`
}

func bookOf(c *profile.Record) any {
	return &codec{func() any {
		all := []bookRecord{}
		for _, s := range c.Book {
			all = append(all, bookRecord{s.Address, s.Default})
		}
		return all
	}, func(raw []byte) error {
		var all []bookRecord
		if err := strictly(raw, &all); err != nil {
			return err
		}
		c.Book = nil
		for _, b := range all {
			c.Book = append(c.Book, profile.Saved{Address: b.Address, Default: b.Default})
		}
		return nil
	}}
}

// addressOf is the only address of who has one: a column of its own for tables
// with an address per row. It is no part of an export, which has them all.
func addressOf(c *profile.Record) any {
	return &codec{func() any { return nil }, func(raw []byte) error {
		a := address.Address{Name: c.Name}
		if err := strictly(raw, &a); err != nil || a.Line1 == "" && a.City == "" {
			return err
		}
		c.Book = []profile.Saved{{Address: a, Default: true}}
		return nil
	}}
}

func customerText(c profile.Record) json.RawMessage { return object(members(customerFields, &c)) }

const customersAtOnce = 100

func customerPage(ctx context.Context, tx *db.Tx, d *Desk, after string) (all []json.RawMessage, next string, err error) {
	page, more, err := profile.Records(ctx, tx, d.keeper, profile.CustomerID(after), customersAtOnce)
	for _, c := range page {
		all = append(all, customerText(c))
	}
	return all, string(more), err
}

// customer applies a customer of a file: found by id, what another system calls
// them, or their e-mail address.
func (e entry) customer(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	subject := orElse(e.fields.text("external_id"), e.fields.text("id")) // never an e-mail address: a report is no place for one
	base, found, err := e.existingCustomer(ctx, tx, r)
	if errors.Is(err, profile.ErrErased) {
		r.say(LevelError, e.row, "id", subject, "this customer was erased and is not brought back: leave the row out")
		return same, nil
	}
	if err != nil {
		return same, err
	}
	c := base
	say := func(column, reason string) { r.say(LevelError, e.row, column, subject, reason) }
	e.fields.into(places(customerFields, &c), say)
	if found {
		c.ID = base.ID
	}
	c.ExternalID = externalOf(r, c.ExternalID)
	if c.Market == "" {
		c.Market = r.run.Market
	}
	if len(e.fields) == 0 || c.Email == "" && c.ExternalID == "" && c.ID == "" {
		r.say(LevelError, e.row, "email", subject, "nothing tells who this is: give an e-mail address or an external id")
	}
	if failed(r.rows) > 0 {
		return same, nil
	}
	if !found {
		_, err = profile.Import(ctx, tx, r.desk.keeper, c)
		return created, e.customerRefused(err, r, subject)
	}
	if c.Book = merged(base.Book, c.Book); string(customerText(base)) == string(customerText(c)) {
		return same, nil
	}
	err = profile.Merge(ctx, tx, r.desk.keeper, c)
	if err == nil && !strings.EqualFold(strings.TrimSpace(c.Email), base.Email) {
		return changed, consent.Leave(ctx, tx, c.ID, "import")
	}
	return changed, e.customerRefused(err, r, subject)
}

// merged is a book with what another adds to it.
func merged(base, add []profile.Saved) []profile.Saved {
	all := append([]profile.Saved{}, base...)
	for _, a := range add {
		known := false
		for i := range all {
			if all[i].Address == a.Address {
				known = true
			}
			if a.Default {
				all[i].Default = all[i].Address == a.Address
			}
		}
		if !known {
			all = append(all, a)
		}
	}
	return all
}

// externalOf tells the ids of one system from another's.
func externalOf(r *reporter, ref string) string {
	if ref == "" || strings.Contains(ref, ":") || r.run.mapping.Source == "" {
		return ref
	}
	return r.run.mapping.Source + ":" + ref
}

func (e entry) existingCustomer(ctx context.Context, tx *db.Tx, r *reporter) (c profile.Record, found bool, err error) {
	id := profile.CustomerID(e.fields.text("id"))
	if id == "" {
		if external := externalOf(r, e.fields.text("external_id")); external != "" {
			id, err = profile.FindExternal(ctx, tx, external)
		}
		if email := e.fields.text("email"); id == "" && email != "" && (err == nil || errors.Is(err, profile.ErrNotFound)) {
			var by profile.Customer
			by, err = profile.FindByEmail(ctx, tx, r.desk.keeper, email)
			id = by.ID
		}
	}
	if id != "" && err == nil {
		c, err = profile.FindRecord(ctx, tx, r.desk.keeper, id)
	}
	if errors.Is(err, profile.ErrNotFound) {
		return profile.Record{}, false, nil
	}
	return c, err == nil && id != "", err
}

// customerRefused reports what the row can mend under the column it is about.
func (e entry) customerRefused(err error, r *reporter, subject string) error {
	if err == nil {
		return nil
	}
	column := map[string]string{"profile.email": "email", "profile.email_taken": "email", "profile.external": "external_id",
		"profile.address": "addresses", "profile.addresses": "addresses", "profile.id": "id"}[fault.CodeOf(err)]
	return r.refused(err, e.row, column, subject)
}
