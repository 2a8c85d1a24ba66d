package shipment

import (
	"context"
	"fmt"

	"korzo/platform/db"
)

// Sending is a parcel in a list, with the order and the location it is of. It
// has no lines.
type Sending struct {
	Parcel
	OrderNumber string
	Location    string
}

// SendingFilter narrows a list of parcels; what is zero narrows nothing.
type SendingFilter struct {
	State    ParcelState
	Number   string // the carrier's, whole, or our order's
	Location string
	Late     bool     // away and not expected in time
	Before   ParcelID // the last one of the page before
	Limit    int      // 1 to 100; 0 is 100
}

// Sendings returns parcels, the newest first.
func Sendings(ctx context.Context, tx *db.Tx, f SendingFilter) ([]Sending, error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 100
	}
	all, err := selectSendings(ctx, tx, f)
	if err != nil {
		return nil, fmt.Errorf("list parcels: %w", err)
	}
	return all, nil
}
