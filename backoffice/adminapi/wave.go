package adminapi

import (
	"context"

	"korzo/delivery/carriage"
	"korzo/fulfilment/shipment"
	"korzo/offer/catalog"
	"korzo/platform/db"
)

// waveBody is fulfilments that are picked in one walk.
type waveBody struct {
	ID       string         `json:"id"`
	Location string         `json:"location"`
	Staff    string         `json:"staff,omitempty"`
	Created  string         `json:"created_at" format:"date-time"`
	Left     int64          `json:"units_left"`
	Boxes    []waveBoxBody  `json:"boxes"`
	Stops    []waveStopBody `json:"stops" doc:"What is picked, in the order of the walk"`
}

type waveBoxBody struct {
	Box        int64  `json:"box"`
	Fulfilment string `json:"fulfilment"`
	Label      string `json:"label"`
	Status     string `json:"status"`
}

type waveStopBody struct {
	Variant string          `json:"variant"`
	SKU     string          `json:"sku"`
	Title   string          `json:"title"`
	Units   int64           `json:"units"`
	Picked  int64           `json:"picked"`
	Boxes   []waveShareBody `json:"boxes"`
}

type waveShareBody struct {
	Box    int64 `json:"box"`
	Units  int64 `json:"units"`
	Picked int64 `json:"picked,omitempty"`
}

func waveOf(w shipment.Wave) waveBody {
	b := waveBody{ID: string(w.ID), Location: w.Location, Staff: w.Staff, Created: rfc3339(w.CreatedAt), Left: w.Left(), Boxes: []waveBoxBody{}, Stops: []waveStopBody{}}
	for _, p := range w.Parts {
		b.Boxes = append(b.Boxes, waveBoxBody{p.Box, string(p.ID), p.Label(), string(p.State)})
	}
	for _, s := range w.Stops() {
		b.Stops = append(b.Stops, waveStopBody{string(s.Variant), s.SKU, s.Title, s.Units, s.Picked, sharesOf(s.Boxes)})
	}
	return b
}

func sharesOf(all []shipment.Share) []waveShareBody {
	bodies := []waveShareBody{}
	for _, s := range all {
		bodies = append(bodies, waveShareBody{s.Box, s.Units, s.Picked})
	}
	return bodies
}

type waveOutput struct{ Body waveBody }

type waveInput struct {
	ID shipment.WaveID `path:"id"`
}

type gatherInput struct {
	Body struct {
		Fulfilments []string `json:"fulfilments,omitempty" maxItems:"30" doc:"Of one location; their boxes are numbered in this order"`
		Location    string   `json:"location,omitempty" doc:"Without fulfilments: the oldest that wait there"`
	}
}

// gatherWave begins to pick fulfilments together.
func (a *API) gatherWave(ctx context.Context, in *gatherInput) (*waveOutput, error) {
	var w shipment.Wave
	err := a.change(ctx, "wave.gather", in.Body.Location, func(tx *db.Tx) (err error) {
		var ids []shipment.ID
		for _, of := range in.Body.Fulfilments {
			ids = append(ids, shipment.ID(of))
		}
		if len(ids) == 0 && in.Body.Location != "" {
			if ids, err = shipment.Ready(ctx, tx, in.Body.Location); err != nil {
				return err
			}
		}
		w, err = shipment.Gather(ctx, tx, ids, shipment.By{Actor: string(from(ctx).ID)})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &waveOutput{waveOf(w)}, nil
}

type wavesInput struct {
	Location string `query:"location" required:"true"`
}

// listWaves lists what is being picked together at a location.
func (a *API) listWaves(ctx context.Context, in *wavesInput) (*list[waveBody], error) {
	bodies := []waveBody{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := shipment.Waves(ctx, tx, in.Location)
		for _, w := range all {
			bodies = append(bodies, waveOf(w))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

func (a *API) showWave(ctx context.Context, in *waveInput) (*waveOutput, error) {
	out := new(waveOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		w, err := shipment.FindWave(ctx, tx, in.ID)
		out.Body = waveOf(w)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type takeInput struct {
	ID   shipment.WaveID `path:"id"`
	Body struct {
		Code    string `json:"code,omitempty" maxLength:"64" doc:"A SKU or bar code; or name the variant"`
		Variant string `json:"variant,omitempty"`
		Units   int64  `json:"units,omitempty" minimum:"1" maximum:"1000000" doc:"Left out: 1"`
	}
}

type takenOutput struct {
	Body struct {
		Into []waveShareBody `json:"into" doc:"The boxes they go into"`
		Wave waveBody        `json:"wave"`
	}
}

// takeWave notes units that lie in the hand and says into which boxes they go.
func (a *API) takeWave(ctx context.Context, in *takeInput) (*takenOutput, error) {
	out := new(takenOutput)
	err := a.change(ctx, "wave.take", string(in.ID), func(tx *db.Tx) error {
		w, err := shipment.FindWave(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		variant := catalog.VariantID(in.Body.Variant)
		if variant == "" {
			if variant, err = w.Lacks(ctx, tx, in.Body.Code); err != nil {
				return err
			}
		}
		into, err := shipment.Take(ctx, tx, in.ID, variant, max(in.Body.Units, 1), shipment.By{Actor: string(from(ctx).ID)})
		if err != nil {
			return err
		}
		out.Body.Into = sharesOf(into)
		w, err = shipment.FindWave(ctx, tx, in.ID)
		out.Body.Wave = waveOf(w)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// offerBody is what a carrier asks for a parcel.
type offerBody struct {
	Carrier    string     `json:"carrier"`
	Service    string     `json:"service"`
	Name       string     `json:"name"`
	Cost       amountBody `json:"cost"`
	TransitMin int        `json:"transit_min_days"`
	TransitMax int        `json:"transit_max_days"`
}

// listOffers asks the carriers what they want for a parcel.
func (a *API) listOffers(ctx context.Context, in *parcelInput) (*list[offerBody], error) {
	all, err := a.Dispatch.Rates(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	bodies := []offerBody{}
	for _, o := range all {
		bodies = append(bodies, offerBody{o.Carrier, o.Service, o.Name, amountOf(o.Cost), o.TransitMin, o.TransitMax})
	}
	return listOf(bodies, ""), nil
}

type tellInput struct {
	ID   shipment.ParcelID `path:"id"`
	Body struct {
		Status string `json:"status" enum:"pre_transit,in_transit,out_for_delivery,available_for_pickup,delivered,return_to_sender,failure" doc:"What happens to it"`
	}
}

// tellParcel has a sandbox carrier do something with a parcel.
func (a *API) tellParcel(ctx context.Context, in *tellInput) (*fulfilmentOutput, error) {
	if err := a.Dispatch.Tell(ctx, in.ID, carriage.Status(in.Body.Status)); err != nil {
		return nil, err
	}
	var of shipment.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := shipment.FindParcel(ctx, tx, in.ID)
		of = p.Fulfilment
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.showFulfilment(ctx, &fulfilmentInput{of})
}
