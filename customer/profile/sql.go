package profile

import (
	"context"
	"time"

	"korzo/platform/db"
)

func insertPerson(ctx context.Context, tx *db.Tx, person PersonID, wrapped []byte) error {
	return tx.Send(ctx, nil, `
		INSERT INTO profile_people (id, wrapped, created_at) VALUES ($1, $2, $3)`,
		person, wrapped, db.Micros(tx.Now))
}

// selectKey returns a person's wrapped key, empty when it is destroyed.
func selectKey(ctx context.Context, tx *db.Tx, person PersonID, lock string) ([]byte, error) {
	return db.One(ctx, tx, func(row db.Row) (wrapped []byte, err error) {
		return wrapped, row.Scan(&wrapped)
	}, `SELECT wrapped FROM profile_people WHERE id = $1`+lock, person)
}

// destroyKey changes nothing and returns 0 when there is no key to destroy.
func destroyKey(ctx context.Context, tx *db.Tx, person PersonID) (int64, error) {
	keptContacts.ForgetAll(tx)
	return tx.Exec(ctx, `
		UPDATE profile_people SET wrapped = NULL, erased_at = $2
		WHERE id = $1 AND wrapped IS NOT NULL`,
		person, db.Micros(tx.Now))
}

// forgetHashes is not one statement: each table has its own.
func forgetHashes(ctx context.Context, tx *db.Tx, person PersonID) error {
	if _, err := tx.Exec(ctx, `UPDATE profile_contacts SET email_hash = NULL, born = 0 WHERE person = $1`, person); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE profile_customers SET email_hash = NULL, external_id = NULL WHERE person = $1`, person)
	return err
}

func selectPeople(ctx context.Context, tx *db.Tx, hash string) ([]PersonID, error) {
	return db.All(ctx, tx, func(row db.Row) (p PersonID, err error) {
		return p, row.Scan(&p)
	}, `
		SELECT person FROM profile_contacts WHERE email_hash = $1
		UNION
		SELECT person FROM profile_customers WHERE email_hash = $1
		ORDER BY person LIMIT 1000`, hash)
}

func selectContactIDs(ctx context.Context, tx *db.Tx, hash string) ([]ContactID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ContactID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM profile_contacts WHERE email_hash = $1 ORDER BY id LIMIT 1000`, hash)
}

// sealedContact is a contact as it is written. Born says that it holds a day of birth.
type sealedContact struct {
	id     ContactID
	hash   *string
	sealed []byte
	born   bool
}

func (c sealedContact) bornFlag() int64 {
	if c.born {
		return 1
	}
	return 0
}

func insertContact(ctx context.Context, tx *db.Tx, person PersonID, c sealedContact) error {
	return tx.Send(ctx, nil, `
		INSERT INTO profile_contacts (id, person, email_hash, sealed, created_at, updated_at, born)
		VALUES ($1, $2, $3, $4, $5, $5, $6)`,
		c.id, person, c.hash, c.sealed, db.Micros(tx.Now), c.bornFlag())
}

func updateContact(ctx context.Context, tx *db.Tx, c sealedContact) error {
	keptContacts.Forget(tx, c.id)
	return tx.Send(ctx, nil, `
		UPDATE profile_contacts SET email_hash = $2, sealed = $3, updated_at = $4, born = $5
		WHERE id = $1`,
		c.id, c.hash, c.sealed, db.Micros(tx.Now), c.bornFlag())
}

// selectBorn are contacts with a day of birth that nobody has changed since.
func selectBorn(ctx context.Context, tx *db.Tx, since time.Time, limit int) ([]ContactID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ContactID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM profile_contacts WHERE born = 1 AND updated_at < $1 ORDER BY updated_at LIMIT $2`, db.Micros(since), limit)
}

// contactRow is a contact as stored. Own says that it is a customer's own.
type contactRow struct {
	id              ContactID
	person          PersonID
	wrapped, sealed []byte
	own             bool
}

func scanContact(row db.Row) (r contactRow, err error) {
	return r, row.Scan(&r.id, &r.person, &r.wrapped, &r.sealed, &r.own)
}

const contactColumns = `
	SELECT c.id, c.person, p.wrapped, c.sealed,
		CASE WHEN EXISTS (SELECT 1 FROM profile_customers u WHERE u.contact = c.id) THEN 1 ELSE 0 END
	FROM profile_contacts c JOIN profile_people p ON p.id = c.person`

func selectContact(ctx context.Context, tx *db.Tx, id ContactID, lock string) (contactRow, error) {
	return db.One(ctx, tx, scanContact, contactColumns+` WHERE c.id = $1`+lock, id)
}

func selectContacts(ctx context.Context, tx *db.Tx, ids []ContactID) ([]contactRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return db.All(ctx, tx, scanContact, contactColumns+` WHERE c.id IN `+db.Values(1, len(ids), 1), args...)
}

// insertCustomer inserts nothing and returns 0 when the e-mail address is taken.
func insertCustomer(ctx context.Context, tx *db.Tx, c Customer, hash string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO profile_customers (id, person, contact, email_hash, locale, market, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (email_hash) DO NOTHING`,
		c.ID, c.Person, c.Contact, hash, c.Locale, c.Market, db.Micros(tx.Now))
}

const customerColumns = `
	SELECT u.id, u.person, u.contact, u.locale, u.market, u.default_address, u.created_at, COALESCE(u.external_id, ''), p.wrapped, c.sealed
	FROM profile_customers u
	JOIN profile_people p ON p.id = u.person
	JOIN profile_contacts c ON c.id = u.contact`

func selectCustomer(ctx context.Context, tx *db.Tx, id CustomerID) (customerRow, error) {
	return db.One(ctx, tx, scanCustomer, customerColumns+` WHERE u.id = $1`, id)
}

func selectCustomerByHash(ctx context.Context, tx *db.Tx, hash string) (customerRow, error) {
	return db.One(ctx, tx, scanCustomer, customerColumns+` WHERE u.email_hash = $1`, hash)
}

func scanCustomer(row db.Row) (r customerRow, err error) {
	var created int64
	err = row.Scan(&r.ID, &r.Person, &r.Contact, &r.Locale, &r.Market, &r.DefaultAddress, &created, &r.external, &r.wrapped, &r.sealed)
	r.CreatedAt = db.Time(created)
	return r, err
}

// insertRecord inserts nothing and returns 0 when the e-mail address is taken.
func insertRecord(ctx context.Context, tx *db.Tx, r Record, c Contact, hash *string) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO profile_customers (id, person, contact, email_hash, external_id, locale, market, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (email_hash) DO NOTHING`,
		r.ID, c.Person, c.ID, hash, orNull(r.ExternalID), r.Locale, r.Market, db.Micros(r.CreatedAt))
}

func updateRecord(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, `UPDATE profile_customers SET external_id = $2, locale = $3, market = $4 WHERE id = $1`,
		r.ID, orNull(r.ExternalID), r.Locale, r.Market)
	return err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func selectExternal(ctx context.Context, tx *db.Tx, external string) (CustomerID, error) {
	return db.One(ctx, tx, func(row db.Row) (c CustomerID, err error) { return c, row.Scan(&c) },
		`SELECT id FROM profile_customers WHERE external_id = $1`, external)
}

func selectCustomerOf(ctx context.Context, tx *db.Tx, person PersonID) (CustomerID, error) {
	return db.One(ctx, tx, func(row db.Row) (c CustomerID, err error) { return c, row.Scan(&c) },
		`SELECT id FROM profile_customers WHERE person = $1`, person)
}

func selectPersonOf(ctx context.Context, tx *db.Tx, customer CustomerID) (PersonID, error) {
	return db.One(ctx, tx, func(row db.Row) (p PersonID, err error) { return p, row.Scan(&p) },
		`SELECT person FROM profile_customers WHERE id = $1`, customer)
}

func selectCustomers(ctx context.Context, tx *db.Tx, after CustomerID, limit int) ([]customerRow, error) {
	return db.All(ctx, tx, scanCustomer, customerColumns+` WHERE u.id > $1 ORDER BY u.id LIMIT $2`, after, limit)
}

// updateEmailHash changes nothing and returns 0 when the address is another customer's.
func updateEmailHash(ctx context.Context, tx *db.Tx, id CustomerID, hash string) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE profile_customers SET email_hash = $2
		WHERE id = $1 AND EXISTS (SELECT 1 FROM profile_people p WHERE p.id = person AND p.wrapped IS NOT NULL)
		AND NOT EXISTS (SELECT 1 FROM profile_customers o WHERE o.email_hash = $2 AND o.id <> $1)`,
		id, hash)
}

// bookRow is what adding an address must know: the key and the default.
type bookRow struct {
	wrapped  []byte
	standard AddressID
}

func selectBook(ctx context.Context, tx *db.Tx, customer CustomerID, lock string) (bookRow, error) {
	return db.One(ctx, tx, func(row db.Row) (b bookRow, err error) {
		return b, row.Scan(&b.wrapped, &b.standard)
	}, `
		SELECT p.wrapped, u.default_address
		FROM profile_customers u JOIN profile_people p ON p.id = u.person
		WHERE u.id = $1`+lock, customer)
}

// insertAddress inserts nothing and returns 0 when the book is full. The
// customer is locked, or two could find the last free page.
func insertAddress(ctx context.Context, tx *db.Tx, id AddressID, customer CustomerID, sealed []byte, at time.Time) (int64, error) {
	return tx.Exec(ctx, `
		INSERT INTO profile_addresses (id, customer, sealed, created_at)
		SELECT $1, $2, $3, $4
		WHERE (SELECT COUNT(*) FROM profile_addresses WHERE customer = $2) < $5`,
		id, customer, sealed, db.Micros(at), maxAddresses)
}

// addressRow is an address as stored.
type addressRow struct {
	id              AddressID
	wrapped, sealed []byte
	standard        bool
}

func selectAddresses(ctx context.Context, tx *db.Tx, customer CustomerID) ([]addressRow, error) {
	return db.All(ctx, tx, func(row db.Row) (r addressRow, err error) {
		return r, row.Scan(&r.id, &r.wrapped, &r.sealed, &r.standard)
	}, `
		SELECT a.id, p.wrapped, a.sealed, CASE WHEN a.id = u.default_address THEN 1 ELSE 0 END
		FROM profile_addresses a
		JOIN profile_customers u ON u.id = a.customer
		JOIN profile_people p ON p.id = u.person
		WHERE a.customer = $1 ORDER BY a.created_at, a.id LIMIT 50`, customer)
}

// updateDefault changes nothing and returns 0 unless the address is the customer's.
func updateDefault(ctx context.Context, tx *db.Tx, customer CustomerID, a AddressID) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE profile_customers SET default_address = $2
		WHERE id = $1 AND EXISTS (SELECT 1 FROM profile_addresses WHERE id = $2 AND customer = $1)`,
		customer, a)
}

func deleteAddress(ctx context.Context, tx *db.Tx, customer CustomerID, a AddressID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM profile_addresses WHERE id = $2 AND customer = $1`, customer, a)
}

func clearDefault(ctx context.Context, tx *db.Tx, customer CustomerID, a AddressID) error {
	_, err := tx.Exec(ctx, `
		UPDATE profile_customers SET default_address = '' WHERE id = $1 AND default_address = $2`,
		customer, a)
	return err
}

func updateAddress(ctx context.Context, tx *db.Tx, customer CustomerID, a AddressID, sealed []byte) (int64, error) {
	return tx.Exec(ctx, `UPDATE profile_addresses SET sealed = $3 WHERE id = $2 AND customer = $1`, customer, a, sealed)
}

func selectPersonContacts(ctx context.Context, tx *db.Tx, person PersonID) ([]ContactID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ContactID, err error) { return id, row.Scan(&id) },
		`SELECT id FROM profile_contacts WHERE person = $1 ORDER BY id LIMIT 1000`, person)
}

func selectNewest(ctx context.Context, tx *db.Tx, f Filter) ([]customerRow, error) {
	args := []any{f.After, f.Market, f.Limit + 1}
	among := ``
	if len(f.IDs) > 0 {
		for _, id := range f.IDs[:min(len(f.IDs), 1000)] {
			args = append(args, id)
		}
		among = ` AND u.id IN ` + db.Values(1, len(args)-3, 4)
	}
	return db.All(ctx, tx, scanCustomer, customerColumns+`
		WHERE p.wrapped IS NOT NULL AND ($1 = '' OR u.id < $1) AND ($2 = '' OR u.market = $2)`+among+`
		ORDER BY u.id DESC LIMIT $3`, args...)
}

func insertNote(ctx context.Context, tx *db.Tx, id string, person PersonID, actor string, sealed []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO profile_notes (id, person, actor, sealed, created_at) VALUES ($1, $2, $3, $4, $5)`,
		id, person, actor, sealed, db.Micros(tx.Now))
	return err
}

type noteRow struct {
	Note
	wrapped, sealed []byte
}

func selectNotes(ctx context.Context, tx *db.Tx, person PersonID, limit int) ([]noteRow, error) {
	return db.All(ctx, tx, func(row db.Row) (n noteRow, err error) {
		var created int64
		err = row.Scan(&n.ID, &n.Actor, &created, &n.wrapped, &n.sealed)
		n.At = db.Time(created)
		return n, err
	}, `
		SELECT n.id, n.actor, n.created_at, p.wrapped, n.sealed
		FROM profile_notes n JOIN profile_people p ON p.id = n.person
		WHERE n.person = $1 ORDER BY n.id DESC LIMIT $2`, person, limit)
}
