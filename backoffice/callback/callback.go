// Package callback is where foreign machines call in: gateways tell that
// something happened to a payment, carriers that something happened to a parcel.
//
// A notice is believed only with its sender's signature, and then only so far:
// it says about which reference the gateway's own book should be asked. Notices
// come late, twice and out of order, and none of that matters.
//
// Never true: a state taken from the body of a notice.
package callback

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"korzo/delivery/carriage"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/dispute"
	"korzo/purchase/payment"
	"korzo/purchase/payment/vault"
)

// maxNotice bounds a notice's body, in bytes.
const maxNotice = 1 << 18

var errRead = fault.New(fault.Invalid, "callback.body", "the notice could not be read whole; send it again")

// Door takes the calls.
type Door struct {
	DB       *db.DB
	Payments *payment.Payments
	Vault    *vault.Vault
	Dispatch *shipment.Desk
}

// Routes is all that may be called.
func (d *Door) Routes(mux *http.ServeMux) {
	mux.Handle("POST /callbacks/payments/{gateway}", web.Handler(d.notice))
	mux.Handle("POST /callbacks/carriers/{carrier}", web.Handler(d.parcel))
}

// parcel has the carrier asked about the parcels that it calls in about.
func (d *Door) parcel(w http.ResponseWriter, r *http.Request) error {
	c, err := d.Dispatch.Carriers.Find(r.PathValue("carrier"))
	if err != nil {
		return err
	}
	n, ok := c.(carriage.Notifier)
	if !ok {
		return carriage.ErrForged // it never calls
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxNotice))
	if err != nil {
		return errRead
	}
	notices, err := n.Read(r.Header, body)
	if err != nil {
		return fmt.Errorf("notice of %s: %w", c.Name(), err)
	}
	numbers := make([]string, len(notices))
	for i, n := range notices {
		numbers[i] = n.Number
	}
	if err := d.Dispatch.Told(r.Context(), c.Name(), numbers); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Door) notice(w http.ResponseWriter, r *http.Request) error {
	g, err := d.Payments.Gateway(r.PathValue("gateway"))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxNotice))
	if err != nil {
		return errRead
	}
	n, err := g.VerifyWebhook(r.Header, body)
	if err != nil {
		return fmt.Errorf("notice of %s: %w", g.Name(), err)
	}
	switch {
	case n.Kept != "":
		err = d.Vault.Told(r.Context(), g.Name(), n.Kept)
	case n.Disputed != nil:
		err = d.DB.Write(r.Context(), func(tx *db.Tx) error { return dispute.Hear(r.Context(), tx, g.Name(), *n.Disputed) })
	default:
		err = d.Payments.Notified(r.Context(), g.Name(), n)
	}
	if errors.Is(err, payment.ErrNotFound) {
		err = nil // genuine, but not about us: an account may serve others too, and sending it again would not help
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
