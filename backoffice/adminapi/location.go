package adminapi

import (
	"context"

	"korzo/offer/inventory"
	"korzo/platform/db"
	"korzo/platform/fault"
)

var errLocationTaken = fault.New(fault.Conflict, "adminapi.location_taken", "a location of this id exists: change it with PATCH, or choose another id")

type locationBody struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Country  string       `json:"country"`
	City     string       `json:"city"`
	Zone     string       `json:"zone"`
	Priority int64        `json:"priority"`
	Ships    bool         `json:"ships"`
	Pickup   bool         `json:"pickup"`
	Till     bool         `json:"till" doc:"What is collected there may be paid there"`
	Closed   bool         `json:"closed"`
	Address  *addressBody `json:"address,omitempty"`
}

func locationOf(l inventory.Location) locationBody {
	return locationBody{l.ID, l.Name, l.Country, l.City, l.Zone, l.Priority, l.Ships, l.Pickup, l.Till, l.Closed, addressOf(l.Address)}
}

func (a *API) listLocations(ctx context.Context, _ *struct{}) (*list[locationBody], error) {
	var bodies []locationBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := inventory.Locations(ctx, tx)
		for _, l := range all {
			bodies = append(bodies, locationOf(l))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

// LocationPatch says what is to be different; what is left out stays.
type LocationPatch struct {
	Name     *string      `json:"name,omitempty" maxLength:"200"`
	Country  *string      `json:"country,omitempty" minLength:"2" maxLength:"2"`
	City     *string      `json:"city,omitempty" maxLength:"200"`
	Zone     *string      `json:"zone,omitempty" example:"Europe/Berlin"`
	Priority *int64       `json:"priority,omitempty" minimum:"0" maximum:"1000" doc:"The lowest is asked first"`
	Ships    *bool        `json:"ships,omitempty"`
	Pickup   *bool        `json:"pickup,omitempty"`
	Till     *bool        `json:"till,omitempty" doc:"Whether what is collected there may be paid there"`
	Address  *addressBody `json:"address,omitempty"`
}

func (p LocationPatch) apply(l *inventory.Location) {
	set(&l.Name, p.Name)
	set(&l.Country, p.Country)
	set(&l.City, p.City)
	set(&l.Zone, p.Zone)
	set(&l.Priority, p.Priority)
	set(&l.Ships, p.Ships)
	set(&l.Pickup, p.Pickup)
	set(&l.Till, p.Till)
	if p.Address != nil {
		l.Address = p.Address.address()
	}
	l.Closed = false
}

type createLocationInput struct {
	Body struct {
		ID string `json:"id" example:"loc_berlin"`
		LocationPatch
	}
}

type locationOutput struct {
	Body locationBody
}

func (a *API) createLocation(ctx context.Context, in *createLocationInput) (*locationOutput, error) {
	l := inventory.Location{ID: in.Body.ID}
	in.Body.apply(&l)
	err := a.change(ctx, "location.create", l.ID, func(tx *db.Tx) error {
		if _, err := inventory.FindLocation(ctx, tx, l.ID); err == nil {
			return errLocationTaken
		}
		return inventory.SaveLocation(ctx, tx, l)
	})
	if err != nil {
		return nil, err
	}
	return &locationOutput{locationOf(l)}, nil
}

type updateLocationInput struct {
	ID   string `path:"id"`
	Body LocationPatch
}

// updateLocation changes a location; a closed one is open again.
func (a *API) updateLocation(ctx context.Context, in *updateLocationInput) (*locationOutput, error) {
	out := new(locationOutput)
	err := a.change(ctx, "location.update", in.ID, func(tx *db.Tx) error {
		l, err := inventory.FindLocation(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		in.Body.apply(&l)
		out.Body = locationOf(l)
		return inventory.SaveLocation(ctx, tx, l)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type locationInput struct {
	ID string `path:"id"`
}

func (a *API) closeLocation(ctx context.Context, in *locationInput) (*struct{}, error) {
	return nil, a.change(ctx, "location.close", in.ID, func(tx *db.Tx) error { return inventory.CloseLocation(ctx, tx, in.ID) })
}
