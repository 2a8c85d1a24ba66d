package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"korzo/customer/profile"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/money"
)

const (
	mostUnits = 100_000_000           // of a line, in its steps
	mostValue = 1_000_000_000_000_000 // minor units of a line or an order
	// importedChannel is where orders were placed of which nothing says where.
	importedChannel = "imported"
	importedKind    = "ship"
	// sameOrder is how far from its first row other rows of an order may have been
	// written: systems write the time of each.
	sameOrder = time.Hour
)

// A line of most units at the highest price still fits.
const _ = uint64(1<<63-1) / (maxGroup * mostValue)

// purchase is an order of a file on its way in.
type purchase struct {
	entry   entry
	r       *reporter
	rec     orderRecord
	base    order.Order // as it is here
	then    orderRecord // base as a file has it
	known   bool
	grown   bool         // the file has a line that is not here
	backs   []lineRecord // rows that give something back
	subject string
}

// order applies an order of a file, or what one gives back.
func (e entry) order(ctx context.Context, tx *db.Tx, r *reporter) (outcome, error) {
	p := &purchase{entry: e, r: r, subject: orElse(e.fields.text("number"), e.fields.text("id"))}
	if err := p.find(ctx, tx); err != nil {
		return same, err
	}
	if err := p.read(ctx, tx); err != nil || failed(r.rows) > 0 {
		return same, err
	}
	what := same
	if p.known || len(p.rec.Lines) > 0 {
		var err error
		if what, err = p.write(ctx, tx); err != nil || failed(r.rows) > 0 {
			return same, err
		}
	}
	back, err := p.giveBack(ctx, tx)
	if err == nil {
		for _, left := range e.left {
			r.tallies.add(worthOf(r, tallyRefused, left.fields, left.fields))
		}
	}
	return max(what, back), err
}

func (p *purchase) say(row int64, column, reason string) {
	p.r.say(LevelError, row, column, p.subject, reason)
}

// find looks whether the order is here: by its id, its cart, its number.
func (p *purchase) find(ctx context.Context, tx *db.Tx) (err error) {
	f := p.entry.fields
	cart := f.text("cart")
	if source := p.r.run.mapping.Source; cart == "" && source != "" {
		cart = source + ":" + f.text("number")
	}
	p.rec.Cart = cart
	switch {
	case f.text("id") != "":
		p.base, err = order.Find(ctx, tx, order.ID(f.text("id")))
	case cart != "":
		p.base, err = order.FindByCart(ctx, tx, cart)
	case f.text("number") != "":
		p.base, err = order.FindByNumber(ctx, tx, f.text("number"))
	default:
		p.say(p.entry.row, "number", "names no order: give it a number")
		return nil
	}
	if errors.Is(err, order.ErrNotFound) {
		return nil
	}
	p.known = err == nil
	return err
}

// read puts the file's fields over what is known, and parts lines from rows
// that give something back.
func (p *purchase) read(ctx context.Context, tx *db.Tx) error {
	if p.known {
		returns, err := returnsOf(ctx, tx, p.base)
		if err != nil {
			return err
		}
		contacts, err := contactsOf(ctx, tx, p.r.desk, []order.Order{p.base})
		if err != nil {
			return err
		}
		p.rec = orderOf(p.base, contacts[profile.ContactID(p.base.Contact)], returns)
		p.then = p.rec
	}
	erased := p.known && p.rec.Customer != p.base.Customer
	p.entry.fields.into(places(orderFields, &p.rec), func(column, reason string) { p.say(p.entry.row, column, reason) })
	if away := p.rec.PlacedAt.Sub(p.base.PlacedAt).Abs(); p.base.Imported && away <= sameOrder {
		p.rec.PlacedAt = p.base.PlacedAt
	}
	if erased { // an old file does not bring back who was erased
		p.rec.Customer, p.rec.Name, p.rec.Email, p.rec.Phone, p.rec.ShipTo, p.rec.BillTo = "", "", "", "", address.Address{}, address.Address{}
		p.rec.Company, p.rec.VATID, p.rec.Words = "", "", nil
	}
	p.lines(p.rec.Lines)
	if p.grown { // the sums that are here are no longer those of the lines
		f := p.entry.fields
		p.rec.Subtotal, p.rec.Discount, p.rec.Tax, p.rec.Total = f.text("subtotal"), f.text("discount"), f.text("tax"), f.text("total")
	}
	return nil
}

// lines puts the file's lines over those that are here, in their places; new
// ones follow.
func (p *purchase) lines(here []lineRecord) {
	all, seen := slices.Clone(here), make([]bool, len(here))
	for _, part := range p.entry.parts {
		l, at := lineRecord{}, lineAt(here, seen, part)
		if at >= 0 {
			l, seen[at] = here[at], true
		}
		l.row = part.row
		part.fields.into(places(lineFields, &l), func(column, reason string) { p.say(part.row, column, reason) })
		switch {
		case l.Quantity < 0:
			p.backs = append(p.backs, l)
		case at >= 0:
			all[at] = l
		default:
			all, p.grown = append(all, l), p.known
		}
	}
	p.rec.Lines = all
}

// lineAt finds the line that a part is about: by its id, else the first not
// seen with its SKU and quantity; -1 for none.
func lineAt(lines []lineRecord, seen []bool, part part) int {
	id, sku, quantity := part.fields.text("line_id"), part.fields.text("sku"), string(part.fields["quantity"])
	for i, l := range lines {
		if !seen[i] && (id != "" && l.ID == id || id == "" && l.SKU == sku && strconv.FormatInt(l.Quantity, 10) == quantity) {
			return i
		}
	}
	return -1
}

// write imports the order, or sees that it is the one that is here.
func (p *purchase) write(ctx context.Context, tx *db.Tx) (outcome, error) {
	past, err := p.past(ctx, tx)
	if err != nil || failed(p.r.rows) > 0 {
		return same, err
	}
	if p.known {
		return p.again(ctx, tx, past)
	}
	if err := p.owner(ctx, tx, &past); err != nil || failed(p.r.rows) > 0 {
		return same, err
	}
	_, err = p.r.desk.numbers.Import(ctx, tx, past)
	if err != nil {
		return same, p.r.refused(err, p.entry.row, "number", p.subject)
	}
	p.tally(tallyOrdered)
	return created, nil
}

// again sees that an order that is here is the same, or tells more of one that
// was imported: rows that stand in another place of the file.
func (p *purchase) again(ctx context.Context, tx *db.Tx, past order.Past) (outcome, error) {
	var more []order.Line
	if n := len(p.then.Lines); p.base.Imported {
		past.Lines = slices.DeleteFunc(past.Lines, func(l order.Line) bool {
			isNew := !slices.ContainsFunc(p.then.Lines, func(t lineRecord) bool { return t.ID == string(l.ID) })
			if isNew {
				more = append(more, l)
			}
			return isNew
		})
		if len(past.Lines) == n && len(more) > 0 {
			past.Subtotal, past.Discount, past.Shipping, past.Tax, past.Total = p.base.Subtotal, p.base.Discount, p.base.Shipping, p.base.Tax, p.base.Total
		}
	}
	p.compare(past)
	if failed(p.r.rows) > 0 || len(more) == 0 {
		p.tally(tallyKnown)
		return same, nil
	}
	p.tally(tallyOrdered)
	return changed, order.Extend(ctx, tx, p.base.ID, more)
}

func (p *purchase) tally(what string) {
	for _, part := range p.entry.parts {
		if sums := worthOf(p.r, what, part.fields, p.entry.fields); part.fields["quantity"] != nil && part.fields["quantity"][0] != '-' {
			p.r.tallies.add(sums)
		}
	}
}

// compare refuses an order that is here and is another.
func (p *purchase) compare(past order.Past) {
	who := profile.Contact{Name: p.rec.Name, Email: p.rec.Email, Phone: p.rec.Phone, Company: p.rec.Company, VATID: p.rec.VATID, Shipping: p.rec.ShipTo, Billing: p.rec.BillTo, Words: p.rec.Words}
	now := orderOf(order.Order{ID: past.ID, Number: past.Number, State: past.State, HoldReason: past.HoldReason, PlacedAt: past.PlacedAt, Draft: past.Draft}, who, past.Returns)
	if column, row := p.different(now); column != "" {
		p.say(row, column, "is another in the order that is here: an order is a record and is not changed by an import; correct the file, or leave the order out")
	}
}

// different names the first column in which an order is another than the one
// that is here, and its row; "" when there is none.
func (p *purchase) different(now orderRecord) (column string, row int64) {
	if c := firstOther(members(orderFields, &p.then), members(orderFields, &now)); c != "" {
		return c, p.entry.row
	}
	if len(p.then.Lines) != len(now.Lines) {
		return "quantity", p.entry.row
	}
	for i := range now.Lines {
		j := slices.IndexFunc(p.then.Lines, func(l lineRecord) bool { return l.ID == now.Lines[i].ID })
		if j < 0 {
			return "line_id", p.rec.Lines[i].row
		}
		if c := firstOther(members(lineFields, &p.then.Lines[j]), members(lineFields, &now.Lines[i])); c != "" {
			return c, p.rec.Lines[i].row
		}
	}
	return "", 0
}

func firstOther(a, b []member) string {
	for i := range a {
		if string(a[i].value) != string(b[i].value) {
			return a[i].name
		}
	}
	return ""
}

// past is the order whole, with all that the file leaves out.
func (p *purchase) past(ctx context.Context, tx *db.Tx) (order.Past, error) {
	o := &p.rec
	m, err := p.place(ctx, tx)
	if err != nil || failed(p.r.rows) > 0 {
		return order.Past{}, err
	}
	out := order.Past{ID: order.ID(o.ID), Number: o.Number, State: order.State(orElse(o.State, string(order.StateCompleted))), HoldReason: o.HoldReason, PlacedAt: o.PlacedAt}
	a := amounts{money.Currency(orElse(o.Currency, string(m.Currency))), func(column, reason string) { p.say(p.entry.row, column, reason) }}
	included := m.TaxIncluded
	if o.TaxIncluded != nil {
		included = *o.TaxIncluded
	}
	out.Draft = order.Draft{Cart: o.Cart, Market: o.Market, Channel: orElse(o.Channel, importedChannel), Entity: orElse(o.Entity, string(m.Entity)),
		Locale: orElse(o.Locale, m.Locale), Customer: o.Customer, Flow: o.Flow, FlowVersion: o.FlowVersion, Arm: o.Arm, TaxIncluded: included, TaxReason: o.TaxReason, Extras: o.Extras,
		Source: orElse(o.Source, orElse(p.r.run.mapping.Source, "import")), IsTest: o.IsTest}
	if out.Cart == "" {
		out.Cart = out.Source + ":" + o.Number
	}
	if !slices.Contains([]order.State{order.StatePlaced, order.StateOnHold, order.StateCompleted, order.StateCanceled}, out.State) {
		p.say(p.entry.row, "state", fmt.Sprintf("%.40q is no state of an order: use placed, on_hold, completed or canceled", out.State))
	}
	if _, err := money.Parse("0", a.c); err != nil {
		p.say(p.entry.row, "currency", fmt.Sprintf("%.10q is no currency: use a code such as EUR", a.c))
		return out, nil
	}
	p.groups(&out, a)
	for i := range o.Lines {
		p.line(&out, &o.Lines[i], a)
	}
	p.returns(&out, a)
	p.totals(&out, a)
	return out, nil
}

// place sees that market and time make sense.
func (p *purchase) place(ctx context.Context, tx *db.Tx) (m market.Market, err error) {
	o := &p.rec
	o.Market = orElse(o.Market, p.r.run.Market)
	if m, err = market.Find(ctx, tx, o.Market); errors.Is(err, market.ErrNotFound) {
		p.say(p.entry.row, "market", fmt.Sprintf("%.40q is no market of this shop: name one in the file or with --market", o.Market))
		return m, nil
	}
	if o.PlacedAt.Year() < 1970 || o.PlacedAt.After(tx.Now.Add(24*time.Hour)) {
		p.say(p.entry.row, "placed_at", "an order was placed between 1970 and now: write the time as 2010-12-01T08:26:00Z")
	}
	if len(o.Number) > 60 || len(o.Cart) > 200 {
		p.say(p.entry.row, "number", "a number has at most 60 characters, a cart's id 200: shorten it")
	}
	return m, err
}

func (p *purchase) groups(out *order.Past, a amounts) {
	zero := money.Of(0, a.c)
	for _, g := range p.rec.Groups {
		taxes := a.taxes("groups", g.Taxes)
		out.Groups = append(out.Groups, order.Group{ID: order.GroupID(g.ID), Kind: g.Kind, Method: g.Method, Name: g.Name, Location: g.Location,
			Price: a.of("groups", g.Price, zero), Discount: a.of("groups", g.Discount, zero), Tax: a.of("groups", g.Tax, sumTax(taxes, a.c)), Taxes: taxes,
			PromiseFrom: g.PromiseFrom, PromiseTo: g.PromiseTo})
	}
	if len(out.Groups) == 0 {
		out.Groups = []order.Group{{ID: id.New[order.GroupID]("grp", p.rec.PlacedAt), Kind: importedKind, Method: importedChannel,
			Price: a.of("shipping_price", p.rec.ShippingPrice, zero), Discount: zero, Tax: zero}}
	}
	for _, g := range out.Groups {
		if g.ID == "" || g.Kind != "ship" && g.Kind != "pickup" || g.Price.Less(g.Discount) || sumTax(g.Taxes, a.c) != g.Tax {
			p.say(p.entry.row, "groups", "a group has an id, is of kind ship or pickup, costs no less than its discount, and its tax is the sum of its taxes")
		}
	}
}

// line adds a line whose parts add up.
func (p *purchase) line(out *order.Past, l *lineRecord, a amounts) {
	zero := money.Of(0, a.c)
	say := func(column, reason string) { p.r.say(LevelError, l.row, column, p.subject, reason) }
	a.fail = say
	switch {
	case l.Quantity < 1 || l.Quantity > mostUnits || l.Scale < 0 || l.Scale > 3:
		say("quantity", "a line has a quantity of 1 to 100 million; one below 0 gives back what was bought before")
		return
	case len(l.SKU) > 200 || l.SKU == "":
		say("sku", "a line names what was bought, in at most 200 characters")
		return
	}
	line := order.Line{ID: order.LineID(l.ID), Group: order.GroupID(orElse(l.Group, string(out.Groups[0].ID))), Parent: order.LineID(l.Parent),
		Kind: orElse(l.Kind, catalog.KindGoods), Product: l.Product, Variant: l.Variant, SKU: l.SKU, Title: cut(l.Title, 500), Image: l.Image, Seller: l.Seller,
		Properties: l.Properties, Quantity: l.Quantity, Scale: l.Scale, TaxClass: orElse(l.TaxClass, catalog.TaxStandard), Returned: l.Returned}
	if line.ID == "" {
		line.ID = id.New[order.LineID]("oli", p.rec.PlacedAt)
	}
	line.UnitPrice = a.of("unit_price", l.UnitPrice, zero)
	subtotal := zero
	if line.UnitPrice.Minor <= mostValue/l.Quantity {
		subtotal = line.UnitPrice.Times(l.Quantity).Ratio(1, []int64{1, 10, 100, 1000}[l.Scale], 1)
	} else {
		say("unit_price", "price times quantity is too large for an order: check both")
	}
	line.Subtotal, line.Discount = a.of("line_subtotal", l.Subtotal, subtotal), a.of("line_discount", l.Discount, zero)
	line.Taxes = a.taxes("taxes", l.Taxes)
	line.Tax = a.of("line_tax", l.Tax, sumTax(line.Taxes, a.c))
	line.Refunded = a.of("refunded", l.Refunded, zero)
	p.cost(&line, l, say)
	p.lineSums(out, &line, l, a)
	out.Lines = append(out.Lines, line)
}

func (p *purchase) cost(line *order.Line, l *lineRecord, say func(column, reason string)) {
	if l.UnitCost == "" {
		return
	}
	cost, err := priceOf(l.UnitCost, money.Currency(orElse(l.CostCurrency, string(line.UnitPrice.Currency))))
	if err != nil {
		say("unit_cost", err.Error())
	}
	line.UnitCost = cost
}
