package adminapi

import (
	"context"
	"strings"

	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/purchase/order"
)

// fulfilmentBody is a fulfilment as the API promises it.
type fulfilmentBody struct {
	ID       string               `json:"id"`
	Name     string               `json:"name" doc:"The order's number and the place in it: 10042-1"`
	Order    string               `json:"order"`
	Kind     string               `json:"kind" enum:"ship,pickup"`
	Location string               `json:"location"`
	Status   string               `json:"status" doc:"open, on_hold, accepted, picking, packed, ready, shipped, delivered, rejected, moved, expired, canceled"`
	Reason   string               `json:"reason,omitempty"`
	Promise  promiseBody          `json:"promise"`
	Late     string               `json:"late_since,omitempty" format:"date-time"`
	Actions  []string             `json:"actions" doc:"What may be done now"`
	Lines    []fulfilmentLineBody `json:"lines"`
	Parcels  []parcelBody         `json:"parcels"`
	Owed     *owedBody            `json:"owed,omitempty" doc:"To be paid before it is handed over"`
	Created  string               `json:"created_at" format:"date-time"`
}

type promiseBody struct {
	From string `json:"from,omitempty" format:"date"`
	To   string `json:"to,omitempty" format:"date"`
}

type fulfilmentLineBody struct {
	Line     string `json:"line"`
	SKU      string `json:"sku"`
	Title    string `json:"title"`
	Units    int64  `json:"units"`
	Picked   int64  `json:"picked"`
	Packed   int64  `json:"packed"`
	Shipped  int64  `json:"shipped"`
	Canceled int64  `json:"canceled"`
}

type parcelBody struct {
	ID        string      `json:"id"`
	Status    string      `json:"status" enum:"packed,shipped,delivered,canceled"`
	Label     string      `json:"label" enum:"none,asked,made,refused"`
	Carrier   string      `json:"carrier,omitempty"`
	Number    string      `json:"number,omitempty"`
	URL       string      `json:"url,omitempty"`
	Collect   *amountBody `json:"collect,omitempty" doc:"What the carrier collects at the door"`
	Tracking  string      `json:"tracking_status,omitempty" doc:"The carrier's word"`
	Shipped   string      `json:"shipped_at,omitempty" format:"date-time"`
	Delivered string      `json:"delivered_at,omitempty" format:"date-time"`
}

func fulfilmentOf(f shipment.Fulfilment, parcels []shipment.Parcel) fulfilmentBody {
	b := fulfilmentBody{ID: string(f.ID), Name: f.Label(), Order: string(f.Order), Kind: f.Kind, Location: f.Location, Status: string(f.State), Reason: f.Reason,
		Promise: promiseBody{f.PromiseFrom, f.PromiseTo}, Late: rfc3339(f.LateAt), Actions: []string{}, Lines: []fulfilmentLineBody{}, Parcels: []parcelBody{}, Created: rfc3339(f.CreatedAt)}
	for _, a := range f.Actions() {
		b.Actions = append(b.Actions, string(a))
	}
	for _, l := range f.Lines {
		b.Lines = append(b.Lines, fulfilmentLineBody{string(l.Line), l.SKU, l.Title, l.Units, l.Picked, l.Packed, l.Shipped, l.Canceled})
	}
	for _, p := range parcels {
		if p.Fulfilment == f.ID {
			parcel := parcelBody{ID: string(p.ID), Status: string(p.State), Label: string(p.Label), Carrier: p.Carrier, Number: p.Number, URL: p.URL,
				Tracking: string(p.Status), Shipped: rfc3339(p.ShippedAt), Delivered: rfc3339(p.DeliveredAt)}
			if p.Collect.Minor > 0 {
				c := amountOf(p.Collect)
				parcel.Collect = &c
			}
			b.Parcels = append(b.Parcels, parcel)
		}
	}
	return b
}

type listFulfilmentsInput struct {
	Order    string `query:"order"`
	Location string `query:"location"`
	Kind     string `query:"kind" enum:"ship,pickup"`
	Status   string `query:"status" doc:"Left out: every one with work to be done"`
	PageInput
}

func (a *API) listFulfilments(ctx context.Context, in *listFulfilmentsInput) (*list[fulfilmentBody], error) {
	if err := in.behind("ful"); err != nil {
		return nil, err
	}
	var bodies []fulfilmentBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := shipment.List(ctx, tx, shipment.Filter{Order: order.ID(in.Order), Location: in.Location, Kind: in.Kind, State: shipment.State(in.Status), After: shipment.ID(in.After), Limit: in.Limit})
		for _, f := range all {
			bodies = append(bodies, fulfilmentOf(f, nil))
		}
		if n := len(all); n == in.Limit {
			next = string(all[n-1].ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type fulfilmentInput struct {
	ID shipment.ID `path:"id"`
}

type fulfilmentOutput struct{ Body fulfilmentBody }

func (a *API) showFulfilment(ctx context.Context, in *fulfilmentInput) (*fulfilmentOutput, error) {
	out := new(fulfilmentOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		f, err := shipment.Find(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		parcels, err := shipment.Parcels(ctx, tx, f.Order)
		if err != nil {
			return err
		}
		out.Body = fulfilmentOf(f, parcels)
		out.Body.Owed, err = a.owes(ctx, tx, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type unitsBody struct {
	Line  string `json:"line"`
	Units int64  `json:"units" minimum:"1"`
}

func unitsOf(all []unitsBody) (units []shipment.Units) {
	for _, u := range all {
		units = append(units, shipment.Units{Line: order.LineID(u.Line), Units: u.Units})
	}
	return units
}

type actInput struct {
	ID     shipment.ID `path:"id"`
	Action string      `path:"action" enum:"accept,pick,pack,ready,hand_over,split,merge,move,hold,release,reject,cancel,send_instead" doc:"One of the fulfilment's actions"`
	Body   struct {
		Lines    []unitsBody `json:"lines,omitempty" maxItems:"500" doc:"Left out: all that is left, where the action takes units"`
		Weight   int64       `json:"weight_grams,omitempty" minimum:"0" doc:"To pack"`
		Code     string      `json:"code,omitempty" doc:"To hand over"`
		Proxy    bool        `json:"proxy,omitempty" doc:"Somebody else collects"`
		Into     string      `json:"into,omitempty" doc:"To merge"`
		Location string      `json:"location,omitempty" doc:"To move"`
		Why      string      `json:"why,omitempty" enum:"not_found,damaged,no_capacity,other" doc:"To reject"`
		Reason   string      `json:"reason,omitempty" maxLength:"200" doc:"To hold, to cancel, or to hand over without the code"`
	}
}

// actFulfilment does one of a fulfilment's actions. Actions are commands and
// safe to repeat: what was done already is refused or changes nothing.
func (a *API) actFulfilment(ctx context.Context, in *actInput) (*fulfilmentOutput, error) {
	err := a.change(ctx, "fulfilment."+in.Action, string(in.ID), func(tx *db.Tx) error { return a.act(ctx, tx, in) })
	if err != nil {
		return nil, err
	}
	return a.showFulfilment(ctx, &fulfilmentInput{in.ID})
}

func (a *API) act(ctx context.Context, tx *db.Tx, in *actInput) (err error) {
	by, units := shipment.By{Actor: string(from(ctx).ID), Reason: in.Body.Reason, Keeper: a.Keeper}, unitsOf(in.Body.Lines)
	switch in.Action {
	case "accept":
		return shipment.Accept(ctx, tx, in.ID, by)
	case "pick":
		_, err = shipment.Pick(ctx, tx, in.ID, units, by)
	case "pack":
		_, err = shipment.Pack(ctx, tx, in.ID, units, in.Body.Weight, by)
	case "ready":
		_, err = pickup.Ready(ctx, tx, a.Keeper, in.ID, by)
	case "hand_over":
		err = a.handOver(ctx, tx, in, units, by)
	case "split":
		_, err = shipment.Split(ctx, tx, in.ID, units, by)
	case "merge":
		return shipment.Merge(ctx, tx, in.ID, shipment.ID(in.Body.Into), by)
	case "move":
		return shipment.Relocate(ctx, tx, in.ID, in.Body.Location, by)
	case "hold":
		return shipment.Hold(ctx, tx, in.ID, by)
	case "release":
		return shipment.Release(ctx, tx, in.ID, by)
	case "reject":
		return shipment.Reject(ctx, tx, in.ID, units, in.Body.Why, by)
	case "cancel":
		return shipment.Cancel(ctx, tx, in.ID, units, true, by)
	case "send_instead":
		err = shipment.SendInstead(ctx, tx, in.ID, by)
	}
	return err
}

func (a *API) handOver(ctx context.Context, tx *db.Tx, in *actInput, units []shipment.Units, by shipment.By) error {
	f, err := shipment.Find(ctx, tx, in.ID)
	if err != nil {
		return err
	}
	if code := strings.TrimSpace(in.Body.Code); code != "" {
		t, err := pickup.ByCode(ctx, tx, a.Keeper, f.Location, code)
		if err == nil && t.Fulfilment != in.ID {
			err = pickup.ErrNotFound
		}
		if err != nil {
			return err
		}
	}
	_, err = pickup.HandOver(ctx, tx, a.Keeper, pickup.Hand{Location: f.Location, Code: in.Body.Code, Task: in.ID, Units: units, Proxy: in.Body.Proxy, By: by})
	return err
}

type parcelInput struct {
	ID shipment.ParcelID `path:"id"`
}

type bookInput struct {
	ID   shipment.ParcelID `path:"id"`
	Body struct {
		Carrier string `json:"carrier,omitempty" example:"sandbox" doc:"Left out: the first that the order's checkout flow names, else the shop's first"`
		Service string `json:"service,omitempty" doc:"Left out: the carrier's usual one"`
		Weight  int64  `json:"weight_grams,omitempty" minimum:"0" doc:"Left out: what the catalog says of its content"`
	}
}

// bookParcel has a carrier make a label. An answer whose label is asked means
// that the carrier is silent; it is asked again under the same reference.
func (a *API) bookParcel(ctx context.Context, in *bookInput) (*fulfilmentOutput, error) {
	p, err := a.Dispatch.Book(ctx, in.ID, in.Body.Carrier, in.Body.Service, in.Body.Weight, shipment.By{Actor: string(from(ctx).ID)})
	if err != nil {
		return nil, err
	}
	return a.showFulfilment(ctx, &fulfilmentInput{p.Fulfilment})
}

type labelOutput struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (a *API) showParcelLabel(ctx context.Context, in *parcelInput) (*labelOutput, error) {
	out := &labelOutput{Type: "application/pdf"}
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body, err = shipment.LabelPDF(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) shipParcel(ctx context.Context, in *parcelInput) (*fulfilmentOutput, error) {
	return a.changeParcel(ctx, in, "parcel.ship", shipment.Ship)
}

func (a *API) unpackParcel(ctx context.Context, in *parcelInput) (*fulfilmentOutput, error) {
	return a.changeParcel(ctx, in, "parcel.unpack", shipment.Unpack)
}

func (a *API) deliverParcel(ctx context.Context, in *parcelInput) (*fulfilmentOutput, error) {
	return a.changeParcel(ctx, in, "parcel.deliver", func(ctx context.Context, tx *db.Tx, id shipment.ParcelID, _ shipment.By) error {
		return shipment.Deliver(ctx, tx, id, tx.Now)
	})
}

func (a *API) changeParcel(ctx context.Context, in *parcelInput, action string, do func(context.Context, *db.Tx, shipment.ParcelID, shipment.By) error) (*fulfilmentOutput, error) {
	var of shipment.ID
	err := a.change(ctx, action, string(in.ID), func(tx *db.Tx) error {
		p, err := shipment.FindParcel(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		of = p.Fulfilment
		return do(ctx, tx, in.ID, shipment.By{Actor: string(from(ctx).ID)})
	})
	if err != nil {
		return nil, err
	}
	return a.showFulfilment(ctx, &fulfilmentInput{of})
}

// fulfilmentRoutes are those of what is sent and handed over.
func (a *API) fulfilmentRoutes(r routes) {
	add(r, "POST", "/waves", "Fulfilment", "Begin to pick fulfilments together", "stock.write", a.gatherWave)
	add(r, "GET", "/waves", "Fulfilment", "List what is picked together", "stock.read", a.listWaves)
	add(r, "GET", "/waves/{id}", "Fulfilment", "Show what is picked together", "stock.read", a.showWave)
	add(r, "POST", "/waves/{id}/take", "Fulfilment", "Note what was picked, and say into which boxes it goes", "stock.write", a.takeWave)
	add(r, "GET", "/parcels/{id}/rates", "Fulfilment", "Ask the carriers what they want for a parcel", "stock.read", a.listOffers)
	add(r, "POST", "/parcels/{id}/tell", "Fulfilment", "Have a sandbox carrier do something with a parcel", "stock.write", a.tellParcel)
	add(r, "GET", "/fulfilments", "Fulfilment", "List fulfilments", "stock.read", a.listFulfilments)
	add(r, "GET", "/fulfilments/{id}", "Fulfilment", "Show a fulfilment", "stock.read", a.showFulfilment)
	add(r, "POST", "/fulfilments/{id}/{action}", "Fulfilment", "Do one of a fulfilment's actions", "stock.write", a.actFulfilment)
	add(r, "POST", "/fulfilments/{id}/payments", "Fulfilment", "Take the money of what is ready to be collected", "stock.write", a.takePayment)
	add(r, "POST", "/fulfilments/{id}/pay-link", "Fulfilment", "Make a link for what is to be paid when it is collected", "stock.write", a.askPayment)
	add(r, "POST", "/fulfilments/{id}/payments/{step}", "Fulfilment", "Go on with who stands at the terminal, or is asked on their phone", "stock.write", a.attendPayment)
	add(r, "POST", "/parcels/{id}/label", "Fulfilment", "Have a carrier make the label of a parcel", "stock.write", a.bookParcel)
	add(r, "GET", "/parcels/{id}/label", "Fulfilment", "Show the label of a parcel", "stock.read", a.showParcelLabel)
	add(r, "POST", "/parcels/{id}/ship", "Fulfilment", "Say that a parcel has left", "stock.write", a.shipParcel)
	add(r, "POST", "/parcels/{id}/unpack", "Fulfilment", "Unpack a parcel", "stock.write", a.unpackParcel)
	add(r, "POST", "/parcels/{id}/deliver", "Fulfilment", "Say that a parcel has arrived", "stock.write", a.deliverParcel)
}
