package shipment

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"korzo/delivery/carriage"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/purchase/order"
)

const columns = `id, order_id, number, group_id, kind, location, state, reason, sourced, method, name, promise_from, promise_to, origin,
	tries, avoid, staff, late_at, created_at, updated_at, version, position, promised`

func scan(row db.Row) (f Fulfilment, err error) {
	var sourced, late, created, updated int64
	var avoid, promised string
	err = row.Scan(&f.ID, &f.Order, &f.Number, &f.Group, &f.Kind, &f.Location, &f.State, &f.Reason, &sourced, &f.Method, &f.Name,
		&f.PromiseFrom, &f.PromiseTo, &f.Origin, &f.Tries, &avoid, &f.Staff, &late, &created, &updated, &f.Version, &f.Position, &promised)
	f.Sourced, f.LateAt, f.CreatedAt, f.UpdatedAt = sourced == 1, moment(late), db.Time(created), db.Time(updated)
	if avoid != "" {
		f.Avoid = strings.Split(avoid, ",")
	}
	if promised != "" {
		f.Promised = json.RawMessage(promised)
	}
	return f, err
}

// moment is a time that may not have come: 0 is the zero time.
func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func insertFulfilment(ctx context.Context, tx *db.Tx, f Fulfilment) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO shipment_fulfilments (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, 1,
			(SELECT COUNT(*) + 1 FROM shipment_fulfilments WHERE order_id = $2), $20)`,
		f.ID, f.Order, f.Number, f.Group, f.Kind, f.Location, f.State, f.Reason, flag(f.Sourced), f.Method, f.Name,
		f.PromiseFrom, f.PromiseTo, f.Origin, f.Tries, strings.Join(f.Avoid, ","), f.Staff, micros(f.LateAt), db.Micros(tx.Now), string(f.Promised))
	return err
}

// updateFulfilment changes nothing and returns 0 when another was faster.
func updateFulfilment(ctx context.Context, tx *db.Tx, f Fulfilment) (int64, error) {
	return tx.Exec(ctx, `
		UPDATE shipment_fulfilments SET kind = $3, location = $4, state = $5, reason = $6, sourced = $7, tries = $8, avoid = $9,
			staff = $10, late_at = $11, updated_at = $12, version = version + 1
		WHERE id = $1 AND version = $2`,
		f.ID, f.Version, f.Kind, f.Location, f.State, f.Reason, flag(f.Sourced), f.Tries, strings.Join(f.Avoid, ","),
		f.Staff, micros(f.LateAt), db.Micros(tx.Now))
}

// updatePromise changes what is sent and has not left, and names it.
func updatePromise(ctx context.Context, tx *db.Tx, of order.ID, group order.GroupID, from, to string) ([]string, error) {
	return db.All(ctx, tx, func(row db.Row) (id string, err error) { return id, row.Scan(&id) }, `
		UPDATE shipment_fulfilments SET promise_from = $3, promise_to = $4, late_at = 0, updated_at = $5, version = version + 1
		WHERE order_id = $1 AND group_id = $2 AND kind = 'ship' AND state IN ('open', 'on_hold', 'accepted', 'picking', 'packed')
		RETURNING id`, of, group, from, to, db.Micros(tx.Now))
}

func selectFulfilment(ctx context.Context, tx *db.Tx, id ID) (Fulfilment, error) {
	return db.One(ctx, tx, scan, `SELECT `+columns+` FROM shipment_fulfilments WHERE id = $1`, id)
}

func selectOfOrder(ctx context.Context, tx *db.Tx, id order.ID) ([]Fulfilment, error) {
	return db.All(ctx, tx, scan, `SELECT `+columns+` FROM shipment_fulfilments WHERE order_id = $1 ORDER BY position LIMIT 1000`, id)
}

func selectFulfilments(ctx context.Context, tx *db.Tx, f Filter) ([]Fulfilment, error) {
	if f.State != "" && !f.State.Open() {
		return db.All(ctx, tx, scan, `
			SELECT `+columns+` FROM shipment_fulfilments
			WHERE state = $1 AND ($2 = '' OR location = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR id < $4) AND ($6 = '' OR order_id = $6)
			ORDER BY id DESC LIMIT $5`, f.State, f.Location, f.Kind, f.After, f.Limit, f.Order)
	}
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM shipment_fulfilments
		WHERE state IN ('open', 'on_hold', 'accepted', 'picking', 'packed', 'ready')
			AND ($1 = '' OR state = $1) AND ($2 = '' OR location = $2) AND ($3 = '' OR kind = $3) AND id > $4 AND ($6 = '' OR order_id = $6)
		ORDER BY id LIMIT $5`, f.State, f.Location, f.Kind, f.After, f.Limit, f.Order)
}

const lineColumns = `line_id, position, variant, sku, title, image, scale, units, picked, packed, shipped, canceled`

func scanLine(row db.Row) (l Line, err error) {
	return l, row.Scan(&l.Line, &l.position, &l.Variant, &l.SKU, &l.Title, &l.Image, &l.Scale, &l.Units, &l.Picked, &l.Packed, &l.Shipped, &l.Canceled)
}

func selectLines(ctx context.Context, tx *db.Tx, id ID) ([]Line, error) {
	return db.All(ctx, tx, scanLine, `SELECT `+lineColumns+` FROM shipment_lines WHERE fulfilment = $1 ORDER BY position, line_id`, id)
}

func selectLinesOf(ctx context.Context, tx *db.Tx, ids []ID) (map[ID][]Line, error) {
	in, args := catalog.OneOf(1, ids)
	of := map[ID][]Line{}
	_, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		var id ID
		var l Line
		err := row.Scan(&id, &l.Line, &l.position, &l.Variant, &l.SKU, &l.Title, &l.Image, &l.Scale, &l.Units, &l.Picked, &l.Packed, &l.Shipped, &l.Canceled)
		of[id] = append(of[id], l)
		return struct{}{}, err
	}, `SELECT fulfilment, `+lineColumns+` FROM shipment_lines WHERE fulfilment IN (`+in+`) ORDER BY fulfilment, position, line_id`, args...)
	return of, err
}

// linesAtOnce bounds the rows of one statement.
const linesAtOnce = 50

// saveLines writes the lines of a fulfilment, new or changed.
func saveLines(ctx context.Context, tx *db.Tx, id ID, lines []Line) error {
	for len(lines) > 0 {
		some := lines[:min(len(lines), linesAtOnce)]
		lines = lines[len(some):]
		args := make([]any, 0, len(some)*13)
		for _, l := range some {
			args = append(args, id, l.Line, l.position, l.Variant, l.SKU, l.Title, l.Image, l.Scale, l.Units, l.Picked, l.Packed, l.Shipped, l.Canceled)
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO shipment_lines (fulfilment, `+lineColumns+`) VALUES `+db.Values(len(some), 13, 1)+`
			ON CONFLICT (fulfilment, line_id) DO UPDATE SET units = excluded.units, picked = excluded.picked, packed = excluded.packed,
				shipped = excluded.shipped, canceled = excluded.canceled`, args...); err != nil {
			return err
		}
	}
	return nil
}

// selectRest sums what of an order has not left and what has.
func selectRest(ctx context.Context, tx *db.Tx, id order.ID) (rest, shipped int64, err error) {
	type sums struct{ rest, shipped int64 }
	s, err := db.One(ctx, tx, func(row db.Row) (s sums, err error) { return s, row.Scan(&s.rest, &s.shipped) }, `
		SELECT CAST(COALESCE(SUM(l.units - l.shipped), 0) AS BIGINT), CAST(COALESCE(SUM(l.shipped), 0) AS BIGINT)
		FROM shipment_fulfilments f JOIN shipment_lines l ON l.fulfilment = f.id WHERE f.order_id = $1`, id)
	return s.rest, s.shipped, err
}

const parcelColumns = `id, fulfilment, order_id, state, weight_grams, carrier, service, label, label_text, reference, number, url, status, status_at,
	promise_to, late_at, packed_at, shipped_at, delivered_at, collect, collect_currency`

func scanParcel(row db.Row) (p Parcel, err error) {
	var status, late, packed, shipped, delivered int64
	err = row.Scan(&p.ID, &p.Fulfilment, &p.Order, &p.State, &p.WeightGrams, &p.Carrier, &p.Service, &p.Label, &p.LabelText, &p.Reference, &p.Number, &p.URL,
		&p.Status, &status, &p.PromiseTo, &late, &packed, &shipped, &delivered, &p.Collect.Minor, &p.Collect.Currency)
	p.StatusAt, p.LateAt, p.PackedAt, p.ShippedAt, p.DeliveredAt = moment(status), moment(late), moment(packed), moment(shipped), moment(delivered)
	return p, err
}

func insertParcel(ctx context.Context, tx *db.Tx, p Parcel) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO shipment_parcels (`+parcelColumns+`, polled_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', 0, $13, 0, $14, 0, 0, $15, $16, 0)`,
		p.ID, p.Fulfilment, p.Order, p.State, p.WeightGrams, p.Carrier, p.Service, p.Label, p.LabelText, p.Reference, p.Number, p.URL,
		p.PromiseTo, micros(p.PackedAt), p.Collect.Minor, p.Collect.Currency); err != nil {
		return err
	}
	args := make([]any, 0, 3*len(p.Lines))
	for _, l := range p.Lines {
		args = append(args, p.ID, l.Line, l.Units)
	}
	_, err := tx.Exec(ctx, `INSERT INTO shipment_parcel_lines (parcel, line_id, units) VALUES `+db.Values(len(p.Lines), 3, 1), args...)
	return err
}

func updateParcel(ctx context.Context, tx *db.Tx, p Parcel) error {
	_, err := tx.Exec(ctx, `
		UPDATE shipment_parcels SET state = $2, weight_grams = $3, carrier = $4, service = $5, label = $6, label_text = $7, reference = $8, number = $9, url = $10,
			status = $11, status_at = $12, late_at = $13, shipped_at = $14, delivered_at = $15, collect = $16, collect_currency = $17
		WHERE id = $1`,
		p.ID, p.State, p.WeightGrams, p.Carrier, p.Service, p.Label, p.LabelText, p.Reference, p.Number, p.URL,
		p.Status, micros(p.StatusAt), micros(p.LateAt), micros(p.ShippedAt), micros(p.DeliveredAt), p.Collect.Minor, p.Collect.Currency)
	return err
}

func selectParcel(ctx context.Context, tx *db.Tx, id ParcelID) (Parcel, error) {
	return db.One(ctx, tx, scanParcel, `SELECT `+parcelColumns+` FROM shipment_parcels WHERE id = $1`, id)
}

func selectParcels(ctx context.Context, tx *db.Tx, of order.ID) ([]Parcel, error) {
	return db.All(ctx, tx, scanParcel, `SELECT `+parcelColumns+` FROM shipment_parcels WHERE order_id = $1 ORDER BY id LIMIT 1000`, of)
}

func selectContents(ctx context.Context, tx *db.Tx, ids []ParcelID) (map[ParcelID][]Units, error) {
	in, args := catalog.OneOf(1, ids)
	of := map[ParcelID][]Units{}
	_, err := db.All(ctx, tx, func(row db.Row) (struct{}, error) {
		var id ParcelID
		var u Units
		err := row.Scan(&id, &u.Line, &u.Units)
		of[id] = append(of[id], u)
		return struct{}{}, err
	}, `SELECT parcel, line_id, units FROM shipment_parcel_lines WHERE parcel IN (`+in+`) ORDER BY parcel, line_id`, args...)
	return of, err
}

// insertEvents returns how many were new.
func insertEvents(ctx context.Context, tx *db.Tx, id ParcelID, events []carriage.Event) (fresh int64, err error) {
	for _, e := range events {
		n, err := tx.Exec(ctx, `
			INSERT INTO shipment_events (parcel, event, at, status, code, text, place, until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (parcel, event) DO NOTHING`, id, e.ID, db.Micros(e.At), e.Status, e.Code, e.Text, e.Place, micros(e.Until))
		if err != nil {
			return fresh, err
		}
		fresh += n
	}
	return fresh, nil
}

func selectEvents(ctx context.Context, tx *db.Tx, id ParcelID) ([]carriage.Event, error) {
	return db.All(ctx, tx, func(row db.Row) (e carriage.Event, err error) {
		var at, until int64
		err = row.Scan(&e.ID, &at, &e.Status, &e.Code, &e.Text, &e.Place, &until)
		e.At = db.Time(at)
		if until > 0 {
			e.Until = db.Time(until)
		}
		return e, err
	}, `SELECT event, at, status, code, text, place, until FROM shipment_events WHERE parcel = $1 ORDER BY at, event LIMIT 1000`, id)
}

func selectLateFulfilments(ctx context.Context, tx *db.Tx, until string, limit int) ([]Fulfilment, error) {
	return db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM shipment_fulfilments
		WHERE state IN ('open', 'on_hold', 'accepted', 'picking', 'packed') AND kind = 'ship' AND late_at = 0
			AND promise_to <> '' AND promise_to < $1
		ORDER BY promise_to, id LIMIT $2`, until, limit)
}

// candidate is a parcel that may be late, and whose clock says so.
type candidate struct {
	parcel   Parcel
	location string
}

func selectLateParcels(ctx context.Context, tx *db.Tx, until string, limit int) ([]candidate, error) {
	return db.All(ctx, tx, func(row db.Row) (c candidate, err error) {
		return c, row.Scan(&c.parcel.ID, &c.parcel.Fulfilment, &c.parcel.PromiseTo, &c.location)
	}, `
		SELECT p.id, p.fulfilment, p.promise_to, f.location FROM shipment_parcels p JOIN shipment_fulfilments f ON f.id = p.fulfilment
		WHERE p.state = 'shipped' AND p.late_at = 0 AND p.promise_to <> '' AND p.promise_to < $1
			AND p.status NOT IN ('out_for_delivery', 'available_for_pickup', 'delivered')
		ORDER BY p.promise_to, p.id LIMIT $2`, until, limit)
}

// selectOrdersAfter names a page of orders that have fulfilments.
func selectOrdersAfter(ctx context.Context, tx *db.Tx, after order.ID, limit int) ([]order.ID, error) {
	return db.All(ctx, tx, func(row db.Row) (id order.ID, err error) { return id, row.Scan(&id) }, `
		SELECT DISTINCT order_id FROM shipment_fulfilments WHERE order_id > $1 ORDER BY order_id LIMIT $2`, after, limit)
}

func updatePolled(ctx context.Context, tx *db.Tx, id ParcelID) error {
	_, err := tx.Exec(ctx, `UPDATE shipment_parcels SET polled_at = $2 WHERE id = $1`, id, db.Micros(tx.Now))
	return err
}

// leaseParcels takes up parcels that nobody has asked about since.
func leaseParcels(ctx context.Context, tx *db.Tx, which string, since time.Time, limit int) ([]ParcelID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ParcelID, err error) { return id, row.Scan(&id) }, `
		UPDATE shipment_parcels SET polled_at = $1 WHERE id IN (
			SELECT id FROM shipment_parcels WHERE `+which+` AND polled_at <= $2 ORDER BY polled_at, id LIMIT $3`+tx.SkipLocked()+`)
		RETURNING id`, db.Micros(tx.Now), db.Micros(since), limit)
}

func selectByNumber(ctx context.Context, tx *db.Tx, carrier, number string) ([]ParcelID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ParcelID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM shipment_parcels WHERE carrier = $1 AND number = $2 AND number <> '' ORDER BY id LIMIT 10`, carrier, number)
}

func insertLabel(ctx context.Context, tx *db.Tx, id ParcelID, pdf []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO shipment_labels (parcel, pdf) VALUES ($1, $2) ON CONFLICT (parcel) DO NOTHING`, id, pdf)
	return err
}

func selectLabel(ctx context.Context, tx *db.Tx, id ParcelID) ([]byte, error) {
	return db.One(ctx, tx, func(row db.Row) (pdf []byte, err error) { return pdf, row.Scan(&pdf) }, `SELECT pdf FROM shipment_labels WHERE parcel = $1`, id)
}

// selectWaiting counts, by location, what nobody has packed yet.
func selectWaiting(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	at := map[string]int64{}
	_, err := db.All(ctx, tx, func(row db.Row) (none struct{}, err error) {
		var location string
		var n int64
		err = row.Scan(&location, &n)
		at[location] = n
		return none, err
	}, `SELECT location, COUNT(*) FROM shipment_fulfilments WHERE state IN ('open', 'accepted', 'picking') GROUP BY location LIMIT 10000`)
	return at, err
}

func insertWave(ctx context.Context, tx *db.Tx, w Wave) error {
	_, err := tx.Exec(ctx, `INSERT INTO shipment_waves (id, location, staff, created_at) VALUES ($1, $2, $3, $4)`, w.ID, w.Location, w.Staff, db.Micros(w.CreatedAt))
	return err
}

// upsertPart puts a fulfilment into a wave, out of the one it was in.
func upsertPart(ctx context.Context, tx *db.Tx, wave WaveID, of ID, box int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO shipment_wave_parts (fulfilment, wave, position) VALUES ($1, $2, $3)
		ON CONFLICT (fulfilment) DO UPDATE SET wave = excluded.wave, position = excluded.position`, of, wave, box)
	return err
}

func selectWave(ctx context.Context, tx *db.Tx, id WaveID) (Wave, error) {
	return db.One(ctx, tx, func(row db.Row) (w Wave, err error) {
		var at int64
		err = row.Scan(&w.ID, &w.Location, &w.Staff, &at)
		w.CreatedAt = db.Time(at)
		return w, err
	}, `SELECT id, location, staff, created_at FROM shipment_waves WHERE id = $1`, id)
}

func selectParts(ctx context.Context, tx *db.Tx, wave WaveID) ([]Part, error) {
	all, err := db.All(ctx, tx, func(row db.Row) (p Part, err error) { return p, row.Scan(&p.Box, &p.ID) }, `
		SELECT position, fulfilment FROM shipment_wave_parts WHERE wave = $1 ORDER BY position LIMIT 100`, wave)
	if err != nil || len(all) == 0 {
		return all, err
	}
	ids := make([]ID, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	in, args := catalog.OneOf(1, ids)
	found, err := db.All(ctx, tx, scan, `SELECT `+columns+` FROM shipment_fulfilments WHERE id IN (`+in+`) ORDER BY id`, args...)
	for i := range all {
		for _, f := range found {
			if f.ID == all[i].ID {
				all[i].Fulfilment = f
			}
		}
	}
	return all, err
}

// selectOpenWaves names those of which something is being picked; its units may
// all be picked and wait to be packed.
func selectOpenWaves(ctx context.Context, tx *db.Tx, location string, limit int) ([]WaveID, error) {
	return db.All(ctx, tx, func(row db.Row) (id WaveID, err error) { return id, row.Scan(&id) }, `
		SELECT w.id FROM shipment_waves w
		WHERE w.location = $1 AND EXISTS (SELECT 1 FROM shipment_wave_parts p JOIN shipment_fulfilments f ON f.id = p.fulfilment
			WHERE p.wave = w.id AND f.state = 'picking')
		ORDER BY w.id DESC LIMIT $2`, location, limit)
}

func selectGatherable(ctx context.Context, tx *db.Tx, location string, limit int) ([]ID, error) {
	return db.All(ctx, tx, func(row db.Row) (id ID, err error) { return id, row.Scan(&id) }, `
		SELECT id FROM shipment_fulfilments WHERE location = $1 AND state IN ('open', 'accepted') AND sourced = 1 ORDER BY id LIMIT $2`, location, limit)
}

// sendingColumns are parcelColumns of a parcel that is joined as p.
var sendingColumns = "p." + strings.ReplaceAll(strings.Join(strings.Fields(parcelColumns), " "), ", ", ", p.")

func selectSendings(ctx context.Context, tx *db.Tx, f SendingFilter) ([]Sending, error) {
	return db.All(ctx, tx, func(row db.Row) (s Sending, err error) {
		s.Parcel, err = scanParcel(beyond{row, []any{&s.OrderNumber, &s.Location}})
		return s, err
	}, `
		SELECT `+sendingColumns+`, f.number, f.location
		FROM shipment_parcels p JOIN shipment_fulfilments f ON f.id = p.fulfilment
		WHERE ($1 = '' OR p.state = $1) AND ($2 = '' OR p.number = $2 OR f.number = $2) AND ($3 = '' OR f.location = $3)
			AND ($4 = 0 OR p.late_at > 0 AND p.state IN ('packed', 'shipped')) AND ($5 = '' OR p.id < $5)
		ORDER BY p.id DESC LIMIT $6`, string(f.State), f.Number, f.Location, flag(f.Late), string(f.Before), f.Limit)
}

// beyond is a row with more columns than its first reader asks for.
type beyond struct {
	db.Row
	more []any
}

func (b beyond) Scan(into ...any) error { return b.Row.Scan(append(into, b.more...)...) }
