package admin

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/purchase/cart"
)

// stock is all that the page of one SKU shows.
type stock struct {
	Variant   catalog.Variant
	Product   catalog.Product
	Policy    inventory.Policy
	Levels    []inventory.Level
	Locations map[string]inventory.Location
	Moves     []inventory.Movement
	Next      int64 // the Seq to go on before; 0 at the end
	Names     map[string]string
	Kept      []kept // from channels
	Waiting   []inventory.Waiting
}

// mostHeld is how many holds the page of a SKU lists.
const mostHeld = 20

// waiter says for whom units are held: a payment that is under way, or a
// checkout that has not come to it.
func (v *visit) waiter(w inventory.Waiting) string {
	if strings.HasPrefix(w.Holder, cart.HolderPrefix) {
		return v.T("admin.stock.held_checkout")
	}
	return v.T("admin.stock.held_payment")
}

// showStock is the list of stock, or the page of the SKU that the address names.
func (a *Admin) showStock(v *visit) error {
	l := a.stockList()
	at := shownList{At: l.shape().Read(v.r.URL.Query())}
	if v.query("sku") == "" {
		return showList(a, v, l, at, http.StatusOK)
	}
	s, err := a.loadStock(v, v.query("sku"))
	if errors.Is(err, catalog.ErrSKUNotFound) {
		v.refusal = v.faultText(err)
		return showList(a, v, l, at, http.StatusNotFound)
	}
	if err != nil {
		return err
	}
	f := v.form()
	f.set("key", newKey())
	f.setPolicyFields(s.Policy)
	f.setKept(s.Kept)
	return v.show(http.StatusOK, v.stockPage(s, f))
}

func (a *Admin) loadStock(v *visit, sku string) (s stock, err error) {
	before, _ := strconv.ParseInt(v.query("before"), 10, 64) // what is no number is the first page
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if err = s.load(v.ctx(), tx, sku, before); err != nil {
			return err
		}
		s.Kept, err = keptBack(v, tx, s.Variant.ID)
		return err
	})
	return s, err
}

func (s *stock) load(ctx context.Context, tx *db.Tx, sku string, before int64) (err error) {
	if s.Variant, err = catalog.FindSKU(ctx, tx, sku); err != nil {
		return err
	}
	if s.Product, err = catalog.Find(ctx, tx, s.Variant.Product); err != nil {
		return err
	}
	if s.Levels, err = inventory.Levels(ctx, tx, s.Variant.ID); err != nil {
		return err
	}
	if s.Policy, err = inventory.FindPolicy(ctx, tx, s.Variant.ID); err != nil {
		return err
	}
	if s.Waiting, err = inventory.WaitingFor(ctx, tx, string(s.Variant.ID), mostHeld); err != nil {
		return err
	}
	all, err := inventory.Locations(ctx, tx)
	if err != nil {
		return err
	}
	s.Locations = map[string]inventory.Location{}
	for _, l := range all {
		s.Locations[l.ID] = l
	}
	if s.Moves, err = inventory.Movements(ctx, tx, s.Variant.ID, max(0, before), pageSize); err != nil {
		return err
	}
	if len(s.Moves) == pageSize {
		s.Next = s.Moves[pageSize-1].Seq
	}
	s.Names, err = names(ctx, tx)
	return err
}

// place is a location's name, or its id when it has none any more.
func (s stock) place(id string) string {
	if l, ok := s.Locations[id]; ok && l.Name != "" {
		return l.Name
	}
	return id
}

func (s stock) total() (t inventory.Level) {
	for _, l := range s.Levels {
		t.OnHand, t.Reserved, t.Incoming = t.OnHand+l.OnHand, t.Reserved+l.Reserved, t.Incoming+l.Incoming
	}
	return t
}

func (a *Admin) adjustStock(v *visit) error {
	f := v.form()
	sku := f.get("sku")
	adjustment := inventory.Adjustment{Location: f.get("location"), Delta: f.whole("delta"), Reason: f.get("reason"),
		Cause: f.get("cause"), Ref: f.get("ref"), Actor: v.staff.Subject}
	if f.ok() && adjustment.Delta == 0 {
		f.blame("delta", "admin.problem.delta")
	}
	if adjustment.Reason == "" {
		f.blame("reason", "admin.problem.reason")
	}
	var err error
	if f.ok() {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			_, err := v.once(tx, "admin.stock.adjust", func() (string, error) { return v.adjust(tx, sku, adjustment) })
			return err
		})
		if err == nil {
			return v.done(link(Prefix+"/stock", "sku", sku), "stock_adjusted")
		}
	}
	return a.refuseStock(v, f, sku, err)
}

func (v *visit) adjust(tx *db.Tx, sku string, a inventory.Adjustment) (string, error) {
	variant, err := catalog.FindSKU(v.ctx(), tx, sku)
	if err != nil {
		return "", err
	}
	a.Variant = variant.ID
	if _, err := inventory.Adjust(v.ctx(), tx, a); err != nil {
		return "", err
	}
	return sku, v.record(tx, "stock.adjust", string(variant.ID), "location", a.Location, "delta", strconv.FormatInt(a.Delta, 10))
}

// refuseStock shows the page of a SKU again with the form as it was typed.
func (a *Admin) refuseStock(v *visit, f *form, sku string, err error) error {
	status := http.StatusUnprocessableEntity
	if errors.Is(err, idempotency.ErrReused) {
		f.set("key", newKey())
	}
	if err != nil {
		if status, err = v.refused(err); err != nil {
			return err
		}
	}
	s, err := a.loadStock(v, sku)
	if err != nil {
		return err
	}
	if !f.has("key") {
		f.set("key", newKey())
	}
	if !f.has("mode") {
		f.setPolicyFields(s.Policy)
	}
	if !f.hasAny("keep.") {
		f.setKept(s.Kept)
	}
	return v.show(status, v.stockPage(s, f))
}
