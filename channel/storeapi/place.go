package storeapi

import (
	"context"

	"korzo/delivery/locality"
	"korzo/platform/db"
	"korzo/value/address"
)

type placesInput struct {
	Country string `query:"country" required:"true" pattern:"^[A-Z]{2}$" doc:"ISO 3166, in capitals"`
	Query   string `query:"q" required:"true" minLength:"1" maxLength:"80" doc:"The beginning of a postal code, or of a city"`
}

type placesOutput struct {
	Body struct {
		Places []locality.Place `json:"places" doc:"At most 6, for completion while somebody types. Known are places that at least five different people had something delivered to"`
		Region string           `json:"region,omitempty" doc:"The region that a whole postal code is in, where the country's codes tell"`
	}
}

// completePlace says what a postal code or a city may become: a suggestion, by
// which nothing is refused.
func (a *API) completePlace(ctx context.Context, in *placesInput) (*placesOutput, error) {
	out := new(placesOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out.Body.Places, err = locality.Complete(ctx, tx, in.Country, in.Query)
		return err
	})
	if out.Body.Places == nil {
		out.Body.Places = []locality.Place{}
	}
	if r, ok := address.RegionOf(in.Country, in.Query); ok {
		out.Body.Region = r.Key
	}
	return out, err
}
