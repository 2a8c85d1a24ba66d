package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/customer/segment"
	"korzo/customer/standing"
	"korzo/customer/wallet"
	"korzo/customer/wishlist"
	"korzo/engagement/message"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/cart"
	"korzo/purchase/order"
	"korzo/ui"
	"korzo/value/money"
)

var errErase = fault.New(fault.Invalid, "admin.erase", "write ERASE to delete everything that tells who this is; it cannot be undone")

// dossier is everything known of a customer on one page.
type dossier struct {
	client
	Erased     bool
	Orders     []order.Order
	Worth      []money.Amount // what their orders left, by currency
	WorthCount int
	Predicted  money.Amount
	Addresses  []profile.Saved
	Wallets    []wallet.Balance
	Credit     []wallet.Change
	Points     pointsAccount
	AllGroups  []group.Group
	GroupIDs   []string
	Segments   []segment.Segment // that they fulfil now
	Carts      []cart.Cart
	Goods      map[catalog.VariantID]string
	Messages   []message.Sent
	Seen       []experiment.Seen
	Experiment map[experiment.ID]string
	Notes      []profile.Note
	Entries    []audit.Recorded
	Staff      map[string]string
	Currencies []money.Currency
	Passkeys   int
	Consents   map[consent.Purpose]consent.Answer
	wants      wants
	form       *form
}

// customerPages are those of who buys.
func (a *Admin) customerPages() []page {
	return append(listPages(a, a.customerList()), []page{
		{"GET /admin/customers/{id}", "customers.read", "customers", a.showCustomer},
		{"GET /admin/customers/{id}/export.json", "customers.write", "customers", a.exportCustomer},
		{"POST /admin/customers/{id}/note", "customers.write", "customers", a.noteCustomer},
		{"POST /admin/customers/{id}/groups", "customers.write", "customers", a.groupCustomer},
		{"POST /admin/customers/{id}/credit", "credit.write", "customers", a.creditCustomer},
		{"POST /admin/customers/{id}/points", "credit.write", "customers", a.adjustPoints},
		{"POST /admin/customers/{id}/erase", "customers.write", "customers", a.eraseCustomer},
		{"POST /admin/customer-groups", "customers.write", "customers", a.makeGroup},
	}...)
}

func (a *Admin) showCustomer(v *visit) error { return a.answerCustomer(v, http.StatusOK, v.form()) }

func (a *Admin) answerCustomer(v *visit, status int, f *form) error {
	d := dossier{form: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return a.readCustomer(v, tx, profile.CustomerID(v.r.PathValue("id")), &d) })
	if errors.Is(err, profile.ErrErased) {
		d.Erased, err = true, nil
	}
	if err != nil {
		return err
	}
	if !f.has("key") {
		f.set("key", newKey())
	}
	return v.show(status, v.customerPage(d))
}

// readCustomer asks every wing what it knows.
func (a *Admin) readCustomer(v *visit, tx *db.Tx, id profile.CustomerID, d *dossier) (err error) {
	d.ID = id
	if d.Orders, _, err = order.List(v.ctx(), tx, order.Filter{Customer: string(id), Limit: 20}); err != nil {
		return err
	}
	if v.can("audit.read") {
		if d.Entries, err = audited(v.ctx(), tx, string(id)); err != nil {
			return err
		}
	}
	if d.Staff, err = names(v.ctx(), tx); err != nil {
		return err
	}
	customer, err := profile.Find(v.ctx(), tx, a.Keeper, id)
	if err != nil {
		return err
	}
	known, err := clients(v, tx, []profile.Customer{customer})
	if err != nil {
		return err
	}
	d.client = known[0]
	for _, read := range []func(*visit, *db.Tx, *dossier) error{a.readPerson, readMoney, readJourney, a.readWants} {
		if err := read(v, tx, d); err != nil {
			return err
		}
	}
	return nil
}

// readPerson is what stands under their own key, and what was said to them.
func (a *Admin) readPerson(v *visit, tx *db.Tx, d *dossier) (err error) {
	if d.Addresses, err = profile.Addresses(v.ctx(), tx, a.Keeper, d.ID); err != nil {
		return err
	}
	if d.Notes, err = profile.Notes(v.ctx(), tx, a.Keeper, d.Person); err != nil {
		return err
	}
	keys, err := passkey.List(v.ctx(), tx, auth.RealmCustomer, string(d.ID))
	if d.Passkeys = len(keys); err != nil {
		return err
	}
	if d.Consents, err = consent.Now(v.ctx(), tx, d.ID); err != nil {
		return err
	}
	if d.AllGroups, err = group.List(v.ctx(), tx); err != nil {
		return err
	}
	if d.Segments, err = segmentsOf(v.ctx(), tx, d.client); err != nil {
		return err
	}
	if d.GroupIDs, err = group.Of(v.ctx(), tx, string(d.ID)); err != nil || !v.can("messages.read") {
		return err
	}
	contacts, err := profile.PersonContacts(v.ctx(), tx, d.Person)
	if err != nil {
		return err
	}
	for _, o := range d.Orders {
		if c := profile.ContactID(o.Contact); c != "" && !slices.Contains(contacts, c) {
			contacts = append(contacts, c)
		}
	}
	ids := make([]string, 0, len(contacts))
	for _, c := range contacts[:min(len(contacts), 100)] {
		ids = append(ids, string(c))
	}
	d.Messages, err = message.OfContacts(v.ctx(), tx, ids, 20)
	return err
}

// readMoney is what they were worth, may be worth, and are owed.
func readMoney(v *visit, tx *db.Tx, d *dossier) (err error) {
	worth, err := metric.Of(v.ctx(), tx, string(d.ID))
	if err != nil {
		return err
	}
	sums := map[money.Currency]int64{}
	for _, w := range worth {
		sums[w.Currency] += w.Contribution()
	}
	for c, n := range sums {
		d.Worth = append(d.Worth, money.Of(n, c))
	}
	slices.SortFunc(d.Worth, func(a, b money.Amount) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	d.WorthCount = len(worth)
	markets, err := market.All(v.ctx(), tx)
	if err != nil {
		return err
	}
	for _, m := range markets {
		if c := m.Currency; !slices.Contains(d.Currencies, c) {
			d.Currencies = append(d.Currencies, c)
		}
	}
	fit, err := lifetime.Last(v.ctx(), tx)
	if err != nil {
		return err
	}
	if fit.Currency != "" {
		d.Predicted = money.Of(d.Standing.Predicted, fit.Currency)
	}
	if d.Wallets, err = wallet.Balances(v.ctx(), tx, d.ID); err != nil {
		return err
	}
	for _, b := range d.Wallets {
		some, err := wallet.History(v.ctx(), tx, d.ID, b.Available.Currency, 0, 10)
		if err != nil {
			return err
		}
		d.Credit = append(d.Credit, some...)
	}
	d.Points, err = readPoints(v.ctx(), tx, d.ID)
	return err
}

// readJourney is what they are about to buy, and what they were shown.
func readJourney(v *visit, tx *db.Tx, d *dossier) (err error) {
	if d.Carts, err = cart.Of(v.ctx(), tx, string(d.ID)); err != nil {
		return err
	}
	d.Goods = map[catalog.VariantID]string{}
	var wanted []catalog.VariantID
	for _, c := range d.Carts {
		for _, l := range c.Lines {
			wanted = append(wanted, l.Variant)
		}
	}
	if d.wants.saved, err = wishlist.SavedOf(v.ctx(), tx, wishlist.Of(d.ID)); err != nil {
		return err
	}
	for _, s := range d.wants.saved {
		wanted = append(wanted, s.Variant)
	}
	items, err := catalog.Sellable(v.ctx(), tx, wanted)
	if err != nil {
		return err
	}
	for id, it := range items {
		d.Goods[id] = it.Title + " · " + it.SKU
	}
	if d.Seen, err = experiment.SeenBy(v.ctx(), tx, string(d.ID)); err != nil {
		return err
	}
	d.Experiment = map[experiment.ID]string{}
	for _, s := range d.Seen {
		e, err := experiment.Find(v.ctx(), tx, s.Experiment)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		d.Experiment[s.Experiment] = e.Name
	}
	return nil
}

// keepCustomer does something to a customer and leads back to them.
func (a *Admin) keepCustomer(v *visit, action, done string, verb func(ctx context.Context, tx *db.Tx, id profile.CustomerID) ([]string, error)) error {
	id := profile.CustomerID(v.r.PathValue("id"))
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		detail, err := verb(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		return v.record(tx, action, string(id), detail...)
	})
	if err != nil {
		status, rest := v.refused(err)
		if rest != nil || status == http.StatusNotFound {
			return err
		}
		return a.answerCustomer(v, status, v.form())
	}
	return v.done(Prefix+"/customers/"+string(id), done)
}

func (a *Admin) noteCustomer(v *visit) error {
	return a.keepCustomer(v, "customer.note", "note_added", func(ctx context.Context, tx *db.Tx, id profile.CustomerID) ([]string, error) {
		c, err := profile.Find(ctx, tx, a.Keeper, id)
		if err != nil {
			return nil, err
		}
		return nil, profile.AddNote(ctx, tx, a.Keeper, c.Person, v.staff.Subject, v.form().get("text"))
	})
}

// groupCustomer puts a customer in the ticked groups and gives the tags and the tier typed.
func (a *Admin) groupCustomer(v *visit) error {
	f := v.form()
	return a.keepCustomer(v, "customer.groups", "groups_saved", func(ctx context.Context, tx *db.Tx, id profile.CustomerID) ([]string, error) {
		before, err := group.Of(ctx, tx, string(id))
		if err != nil {
			return nil, err
		}
		was, err := standing.Of(ctx, tx, string(id))
		if err != nil {
			return nil, err
		}
		for _, g := range f.all("groups") {
			if !slices.Contains(before, g) {
				if err := group.Add(ctx, tx, group.ID(g), []string{string(id)}); err != nil {
					return nil, err
				}
			}
		}
		for _, g := range before {
			if !slices.Contains(f.all("groups"), g) {
				if err := group.Remove(ctx, tx, group.ID(g), []string{string(id)}); err != nil {
					return nil, err
				}
			}
		}
		var tags []string
		for t := range strings.SplitSeq(f.get("tags"), ",") {
			if t = strings.TrimSpace(t); t != "" {
				tags = append(tags, t)
			}
		}
		if err := standing.SetTags(ctx, tx, string(id), tags); err != nil {
			return nil, err
		}
		tier := strings.TrimSpace(f.get("tier"))
		return []string{"groups.before", strings.Join(before, " "), "groups.after", strings.Join(f.all("groups"), " "),
			"tags.before", strings.Join(was.Tags, ", "), "tags.after", strings.Join(tags, ", "),
			"tier.before", was.Tier, "tier.after", tier}, standing.SetTier(ctx, tx, string(id), tier)
	})
}

func (a *Admin) makeGroup(v *visit) error {
	f := v.form()
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		g, err := group.Create(v.ctx(), tx, f.get("name"))
		if err != nil {
			return err
		}
		return v.record(tx, "customer_group.create", string(g.ID))
	})
	if err != nil {
		return err
	}
	return v.done(local(f.get("back")), "group_made")
}

// creditCustomer gives store credit: goodwill, once per form.
func (a *Admin) creditCustomer(v *visit) error {
	f := v.form()
	amount, given := f.amount("amount", money.Currency(f.get("currency")))
	if !given || amount.Minor <= 0 {
		if f.error("amount") == "" {
			f.blame("amount", "admin.problem.amount")
		}
		return a.answerCustomer(v, http.StatusUnprocessableEntity, f)
	}
	return a.keepCustomer(v, "customer.credit", "credit_given", func(ctx context.Context, tx *db.Tx, id profile.CustomerID) ([]string, error) {
		if _, err := profile.Find(ctx, tx, a.Keeper, id); err != nil {
			return nil, err
		}
		_, err := wallet.Give(ctx, tx, wallet.Grant{Customer: id, Amount: amount, Source: wallet.SourceGoodwill, Key: f.get("key"),
			By: wallet.By{Actor: v.staff.Subject, Reason: f.get("reason")}})
		return []string{"amount", amount.Decimal() + " " + string(amount.Currency)}, err
	})
}

// eraseCustomer deletes by law, as the customer could by themselves: see package
// privacy. Gifts are revoked first. Orders keep their lines and totals.
func (a *Admin) eraseCustomer(v *visit) error {
	f := v.form()
	if f.get("confirm") != "ERASE" {
		v.refusal = v.faultText(errErase)
		return a.answerCustomer(v, http.StatusUnprocessableEntity, f)
	}
	return a.keepCustomer(v, "customer.erase", "customer_erased", func(ctx context.Context, tx *db.Tx, id profile.CustomerID) ([]string, error) {
		owed, err := wallet.Close(ctx, tx, id, wallet.By{Actor: v.staff.Subject, Reason: "erasure"})
		if err != nil {
			return nil, err
		}
		var texts []string
		for _, o := range owed {
			texts = append(texts, o.Decimal()+" "+string(o.Currency))
		}
		return []string{"owed", strings.Join(texts, ", ")}, a.Privacy.Erase(ctx, tx, id)
	})
}

// exportCustomer is everything known of a customer as a file for them.
func (a *Admin) exportCustomer(v *visit) error {
	d := dossier{form: v.newForm()}
	id := profile.CustomerID(v.r.PathValue("id"))
	var record profile.Record
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		if record, err = profile.FindRecord(v.ctx(), tx, a.Keeper, id); err != nil {
			return err
		}
		if err := a.readCustomer(v, tx, id, &d); err != nil {
			return err
		}
		return v.record(tx, "customer.export", string(id))
	})
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+string(id)+`.json"`)
	v.w.Header().Set("Cache-Control", "private, no-store")
	out := json.NewEncoder(v.w)
	out.SetIndent("", "  ")
	return out.Encode(exported(record, d))
}

// exported is the shape of the file: what a person may ask for (GDPR 15, 20).
func exported(r profile.Record, d dossier) map[string]any {
	orders, notes, credit, points, messages := []any{}, []any{}, []any{}, []any{}, []any{}
	for _, o := range d.Orders {
		orders = append(orders, map[string]any{"id": o.ID, "number": o.Number, "placed_at": o.PlacedAt.UTC().Format(time.RFC3339), "total": o.Total.Decimal(), "currency": o.Total.Currency, "status": o.State})
	}
	for _, n := range d.Notes {
		notes = append(notes, map[string]any{"at": stamp(n.At), "text": n.Text})
	}
	for _, c := range d.Credit {
		credit = append(credit, map[string]any{"at": stamp(c.At), "kind": c.Kind, "amount": c.Amount.Decimal(), "currency": c.Amount.Currency})
	}
	for _, c := range d.Points.History {
		points = append(points, map[string]any{"at": stamp(c.At), "kind": c.Kind, "points": c.Amount.Minor})
	}
	for _, m := range d.Messages {
		messages = append(messages, map[string]any{"at": stamp(m.CreatedAt), "kind": m.Kind, "state": m.State})
	}
	addresses := []any{}
	for _, s := range r.Book {
		addresses = append(addresses, s.Address)
	}
	return map[string]any{"id": r.ID, "external_id": r.ExternalID, "name": r.Name, "email": r.Email, "phone": r.Phone, "locale": r.Locale, "market": r.Market,
		"registered_at": stamp(r.CreatedAt), "addresses": addresses, "orders": orders, "store_credit": credit, "points": points, "messages": messages, "notes": notes,
		"groups": d.Groups, "tags": d.Tags, "tier": d.Tier}
}

func (v *visit) currencyOptions(all []money.Currency) (options []ui.Option) {
	for _, c := range all {
		options = append(options, ui.Option{Value: string(c), Label: string(c)})
	}
	return options
}
