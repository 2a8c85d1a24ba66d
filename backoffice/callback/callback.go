// Package callback is where foreign machines call in: gateways tell that
// something happened to a payment.
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

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/purchase/dispute"
	"korzo/purchase/payment"
)

// maxNotice bounds a notice's body, in bytes.
const maxNotice = 1 << 18

var errRead = fault.New(fault.Invalid, "callback.body", "the notice could not be read whole; send it again")

// Door takes the calls.
type Door struct {
	DB       *db.DB
	Payments *payment.Payments
}

// Routes is all that may be called.
func (d *Door) Routes(mux *http.ServeMux) {
	mux.Handle("POST /callbacks/payments/{gateway}", web.Handler(d.notice))
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
	if n.Disputed != nil {
		err = d.DB.Write(r.Context(), func(tx *db.Tx) error { return dispute.Hear(r.Context(), tx, g.Name(), *n.Disputed) })
	} else {
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
