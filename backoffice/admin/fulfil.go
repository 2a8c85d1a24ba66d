package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"korzo/delivery/carriage"
	"korzo/delivery/point"
	"korzo/delivery/sourcing"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/purchase/order"
	"korzo/ui"
)

// fulfilStates are those that the queue may be narrowed to.
var fulfilStates = []string{string(shipment.StateOpen), string(shipment.StateAccepted), string(shipment.StatePicking), string(shipment.StatePacked),
	string(shipment.StateReady), string(shipment.StateOnHold), string(shipment.StateShipped), string(shipment.StateDelivered)}

// queue is what stands above the work of a location.
type queue struct {
	places []inventory.Location
	waves  []shipment.Wave // that are picked at the location now
	form   *form
}

// work is a fulfilment with all that is done to it on one page.
type work struct {
	shipment.Fulfilment
	place    inventory.Location
	places   []inventory.Location
	parcels  []shipment.Parcel
	stories  map[shipment.ParcelID][]carriage.Event
	siblings []shipment.Fulfilment
	task     *pickup.Task
	owed     pickup.Owed   // before it is handed over
	link     string        // the address by which it can be paid; "" for none
	presents []string      // what a simulated terminal may be shown
	taken    *pickup.Taken // just now
	held     order.State
	carriers []carriage.Carrier
	desk     *shipment.Desk
	rated    shipment.ParcelID // whose prices were asked for
	offers   []shipment.Offer
	sourced  []sourcing.Decision // of its order, where its location was chosen
	names    map[string]string
	point    *point.Point // the carrier's, where its parcels are collected
	form     *form
}

// fulfilPages are those of what is sent and handed over.
func (a *Admin) fulfilPages() []page {
	return slices.Concat(listPages(a, a.fulfilList(nil)), listPages(a, a.parcelList()), []page{
		{"GET /admin/fulfilments/{id}", "stock.read", "fulfilments", a.showFulfilment},
		{"POST /admin/fulfilments/{id}", "stock.write", "fulfilments", a.workFulfilment},
		{"POST /admin/pickup", "stock.write", "fulfilments", a.findCode},
		{"GET /admin/parcels/{id}/label", "stock.read", "fulfilments", a.showLabel},
		{"GET /admin/mails/previews", "messages.read", "mails", a.showPreviews},
		{"GET /admin/mails/previews/{kind}/body", "messages.read", "mails", a.showPreviewBody},
	})
}

// answerQueue answers with the work of a location, after something typed there
// was refused.
func (a *Admin) answerQueue(v *visit, status int, f *form) error {
	l := a.fulfilList(f)
	return showList(a, v, l, shownList{At: l.shape().Read(v.r.URL.Query())}, status)
}

func (a *Admin) showFulfilment(v *visit) error {
	return a.answerFulfilment(v, http.StatusOK, shipment.ID(v.r.PathValue("id")), v.form())
}

func (a *Admin) answerFulfilment(v *visit, status int, id shipment.ID, f *form) error {
	return a.answerTaken(v, status, id, f, nil)
}

// answerTaken is answerFulfilment after money was taken.
func (a *Admin) answerTaken(v *visit, status int, id shipment.ID, f *form, taken *pickup.Taken) error {
	w := work{form: f, taken: taken, stories: map[shipment.ParcelID][]carriage.Event{}, desk: a.Dispatch}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return w.load(v, tx, a, id) })
	if asked := shipment.ParcelID(v.query("rates")); err == nil && slices.ContainsFunc(w.parcels, func(p shipment.Parcel) bool { return p.ID == asked && p.State == shipment.ParcelPacked }) {
		w.rated = asked
		w.offers, err = a.Dispatch.Rates(v.ctx(), asked)
	}
	if err != nil {
		return err
	}
	return v.show(status, v.workPage(w))
}

func (w *work) load(v *visit, tx *db.Tx, a *Admin, id shipment.ID) (err error) {
	if w.Fulfilment, err = shipment.Find(v.ctx(), tx, id); err != nil {
		return err
	}
	if w.place, err = inventory.FindLocation(v.ctx(), tx, w.Location); err != nil {
		return err
	}
	if w.places, err = inventory.Locations(v.ctx(), tx); err != nil {
		return err
	}
	w.names = map[string]string{}
	for _, l := range w.places {
		w.names[l.ID] = l.Name
	}
	decisions, err := sourcing.Decisions(v.ctx(), tx, string(w.Order))
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if slices.Contains(d.Chosen, w.Location) {
			w.sourced = append(w.sourced, d)
		}
	}
	o, err := order.Find(v.ctx(), tx, w.Order)
	if err != nil {
		return err
	}
	w.held, w.point = o.State, shipment.PointOf(o, w.Fulfilment)
	if w.carriers, err = a.Dispatch.Proposed(v.ctx(), tx, o); err != nil {
		return err
	}
	all, err := shipment.Parcels(v.ctx(), tx, w.Order)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Fulfilment == id && p.State != shipment.ParcelCanceled {
			w.parcels = append(w.parcels, p)
			if w.stories[p.ID], err = shipment.Story(v.ctx(), tx, p.ID); err != nil {
				return err
			}
		}
	}
	siblings, err := shipment.OfOrder(v.ctx(), tx, w.Order)
	for _, s := range siblings {
		if s.ID != id && s.State != shipment.StateMoved {
			w.siblings = append(w.siblings, s)
		}
	}
	if err != nil || w.Kind != shipment.KindPickup {
		return err
	}
	if w.owed, err = pickup.Owes(v.ctx(), tx, a.Payments, id); err != nil {
		return err
	}
	if w.presents = a.Payments.Presented(atTerminal); w.owed.Link.ID != "" {
		w.link = a.Links.URL(w.owed.Link.ID)
	}
	task, err := pickup.Find(v.ctx(), tx, id)
	if err == nil {
		w.task = &task
	}
	return nil // one that was made by hand has none
}

func (w work) may(a shipment.Action) bool { return slices.Contains(w.Actions(), a) }

// workFulfilment does what a button of the page asks.
func (a *Admin) workFulfilment(v *visit) error {
	id, f := shipment.ID(v.r.PathValue("id")), v.form()
	what := f.get("do")
	var err error
	switch what {
	case "book": // a carrier is asked outside any transaction
		carrier, service, _ := strings.Cut(f.get("carrier"), "/")
		_, err = a.Dispatch.Book(v.ctx(), shipment.ParcelID(f.get("parcel")), carrier, service, f.whole("weight"), v.by(f))
	case "take_cash", "take_card", "take_code", "till_look", "till_yes", "till_no", "till_leave":
		return a.takeMoney(v, id, what, f)
	case "till_link", "till_mail", "till_unlink":
		err = a.askByLink(v, id, what)
	case "tell":
		err = a.Dispatch.Tell(v.ctx(), shipment.ParcelID(f.get("parcel")), carriage.Status(f.get("status")))
	default:
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			if err := a.stepFulfilment(v, tx, id, what, f); err != nil {
				return err
			}
			return v.record(tx, "fulfilment."+what, string(id))
		})
	}
	if err == nil {
		return v.done(Prefix+"/fulfilments/"+string(id), "fulfil_"+what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerFulfilment(v, status, id, f)
}

// by is who works, and why.
func (v *visit) by(f *form) shipment.By {
	return shipment.By{Actor: v.staff.Subject, Reason: f.get("reason")}
}

func (a *Admin) stepFulfilment(v *visit, tx *db.Tx, id shipment.ID, what string, f *form) error {
	ctx, by, parcel := v.ctx(), v.by(f), shipment.ParcelID(f.get("parcel"))
	switch what {
	case "accept":
		return shipment.Accept(ctx, tx, id, by)
	case "pick":
		return pickAll(v, tx, id, by)
	case "scan":
		return scan(v, tx, id, f.get("code"), by)
	case "pack":
		units, err := f.lines("pack.")
		if err == nil {
			_, err = shipment.Pack(ctx, tx, id, units, f.whole("weight"), by)
		}
		return err
	case "unpack":
		return shipment.Unpack(ctx, tx, parcel, by)
	case "number":
		return shipment.SetLabel(ctx, tx, parcel, shipment.Label{Carrier: "manual", Number: f.get("number")}, by)
	case "ship":
		return shipment.Ship(ctx, tx, parcel, by)
	case "deliver":
		return shipment.Deliver(ctx, tx, parcel, tx.Now)
	case "ready":
		_, err := pickup.Ready(ctx, tx, a.Keeper, id, by)
		return err
	case "hand":
		return a.handOver(v, tx, id, f)
	}
	return a.changeFulfilment(v, tx, id, what, f)
}

// changeFulfilment is what changes where something comes from, or whether.
func (a *Admin) changeFulfilment(v *visit, tx *db.Tx, id shipment.ID, what string, f *form) error {
	ctx, by := v.ctx(), v.by(f)
	by.Keeper = a.Keeper
	switch what {
	case "hold":
		return shipment.Hold(ctx, tx, id, by)
	case "release":
		return shipment.Release(ctx, tx, id, by)
	case "reject":
		units, err := f.lines("reject.")
		if err == nil {
			err = shipment.Reject(ctx, tx, id, units, f.get("why"), by)
		}
		return err
	case "move":
		return shipment.Relocate(ctx, tx, id, f.get("to"), by)
	case "split":
		units, err := f.lines("units.")
		if err == nil {
			_, err = shipment.Split(ctx, tx, id, units, by)
		}
		return err
	case "merge":
		return shipment.Merge(ctx, tx, id, shipment.ID(f.get("into")), by)
	case "send":
		return shipment.SendInstead(ctx, tx, id, by)
	case "cancel":
		if err := v.staff.Can("payments.refund"); err != nil {
			return err
		}
		return shipment.Cancel(ctx, tx, id, nil, true, by)
	}
	return errForm
}

// lines are units of lines that a form names; none where it asks for no lines,
// and shipment.ErrUnits where it names none of those it asks for.
func (f *form) lines(prefix string) (units []shipment.Units, err error) {
	for name := range f.values {
		line, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		err = shipment.ErrUnits
		if n := f.whole(name); n > 0 {
			units = append(units, shipment.Units{Line: order.LineID(line), Units: n})
		}
	}
	if len(units) > 0 {
		err = nil
	}
	return units, err
}

// pickAll notes everything of a fulfilment as picked.
func pickAll(v *visit, tx *db.Tx, id shipment.ID, by shipment.By) error {
	f, err := shipment.Find(v.ctx(), tx, id)
	if err != nil {
		return err
	}
	var units []shipment.Units
	for _, l := range f.Lines {
		if l.Units > l.Picked {
			units = append(units, shipment.Units{Line: l.Line, Units: l.Units - l.Picked})
		}
	}
	_, err = shipment.Pick(v.ctx(), tx, id, units, by)
	return err
}

// scan notes one unit of what a code names: a SKU, or a bar code of the catalog.
func scan(v *visit, tx *db.Tx, id shipment.ID, code string, by shipment.By) error {
	var variants []string
	f, err := shipment.Find(v.ctx(), tx, id)
	if err != nil {
		return err
	}
	for _, l := range f.Lines {
		known, err := catalog.FindVariant(v.ctx(), tx, l.Variant)
		if err == nil && known.Barcode != "" && known.Barcode == strings.TrimSpace(code) {
			variants = append(variants, string(l.Variant))
		}
	}
	_, err = shipment.Scan(v.ctx(), tx, id, code, variants, by)
	return err
}

// handOver gives what is ready to who says its code.
func (a *Admin) handOver(v *visit, tx *db.Tx, id shipment.ID, f *form) error {
	w, err := shipment.Find(v.ctx(), tx, id)
	if err != nil {
		return err
	}
	h := pickup.Hand{Location: w.Location, Code: f.get("code"), Task: id, Proxy: f.has("proxy"), By: v.by(f)}
	if h.Code != "" {
		t, err := pickup.ByCode(v.ctx(), tx, a.Keeper, w.Location, h.Code)
		if err == nil && t.Fulfilment != id {
			err = pickup.ErrNotFound
		}
		if err != nil {
			return err
		}
	}
	for _, l := range w.Lines {
		if n := f.whole("hand." + string(l.Line)); n > 0 {
			h.Units = append(h.Units, shipment.Units{Line: l.Line, Units: n})
		}
	}
	_, err = pickup.HandOver(v.ctx(), tx, a.Keeper, h)
	return err
}

// findCode opens what waits under a code at a location.
func (a *Admin) findCode(v *visit) error {
	f := v.form()
	var t pickup.Task
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		t, err = pickup.ByCode(v.ctx(), tx, a.Keeper, f.get("location"), f.get("code"))
		return err
	})
	if err == nil {
		http.Redirect(v.w, v.r, Prefix+"/fulfilments/"+string(t.Fulfilment), http.StatusSeeOther)
		return nil
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerQueue(v, status, f)
}

func (a *Admin) showLabel(v *visit) error {
	id := v.r.PathValue("id")
	var pdf []byte
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		pdf, err = shipment.LabelPDF(v.ctx(), tx, shipment.ParcelID(id))
		return err
	})
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", id+".pdf"))
	h.Set("Cache-Control", "private, no-store")
	_, _ = v.w.Write(pdf) // a reader who has left is no error
	return nil
}

// services are what a parcel may be booked by, "carrier service" each.
// tellable are what a sandbox carrier can be told to do with a parcel.
var tellable = []carriage.Status{carriage.StatusInTransit, carriage.StatusOutForDelivery, carriage.StatusAvailable, carriage.StatusDelivered, carriage.StatusFailure, carriage.StatusReturn}

func (w work) services() (options []ui.Option) {
	for _, c := range w.carriers {
		if !c.Traits().Numbers {
			continue
		}
		for _, s := range c.Traits().Services {
			o := ui.Option{Value: c.Name() + "/" + s.Code, Label: s.Name}
			switch to := w.point != nil && w.point.Carrier == c.Name(); {
			case s.Points && to:
				options = append([]ui.Option{o}, options...) // as the buyer chose
			case !s.Points:
				options = append(options, o)
			}
		}
	}
	return options
}
