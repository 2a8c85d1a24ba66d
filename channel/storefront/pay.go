package storefront

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"korzo/platform/db"
	"korzo/platform/idempotency"
	"korzo/platform/web"
	"korzo/purchase/checkout"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/paymethod"
	"korzo/value/money"
)

// place completes a checkout. A form that is sent twice bears one key, so it
// is one try, and both get its answer.
func (s *Shop) place(w http.ResponseWriter, r *http.Request, v *visit, c checkout.View, in url.Values) error {
	expected := money.Of(agreed(in, "agreed"), c.Quote.Currency)
	var due *money.Amount
	if in.Has("due") {
		due = new(money.Of(agreed(in, "due"), c.Quote.Currency))
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%s%d:%s", expected.Currency, expected.Minor, in.Get("due")))
	reply, _, err := s.Checkout.Complete(r.Context(), checkout.Request{
		Session: c.Session.ID, Caller: v.caller(), Expected: expected, Due: due, BodyHash: hex.EncodeToString(hash[:]),
		Key:  idempotency.Key{Principal: "storefront", Route: "complete:" + string(c.Session.ID), Key: in.Get("key")},
		From: checkout.From{IP: web.ClientIP(r), Agent: r.UserAgent()},
	})
	if errors.Is(err, checkout.ErrInFlight) || errors.Is(err, idempotency.ErrReused) {
		return see(w, r, "/checkout/wait")
	}
	if err != nil {
		return err
	}
	now, err := s.Checkout.Find(r.Context(), c.Session.ID, v.caller())
	if err != nil {
		return err
	}
	if now.State == checkout.StateOpen && now.Failure == nil {
		return s.refuse(w, r, v, now, reply, in.Get("step"))
	}
	return s.forward(w, r, now, "?go=bank")
}

// refuse shows a checkout again that the business said no to before anything
// began: the total has moved, someone else was faster.
func (s *Shop) refuse(w http.ResponseWriter, r *http.Request, v *visit, c checkout.View, reply idempotency.Reply, step string) error {
	var answer struct {
		Messages []checkout.Message `json:"messages"`
	}
	if err := json.Unmarshal(reply.Body, &answer); err != nil {
		return fmt.Errorf("read the answer of a checkout: %w", err)
	}
	p := s.checkoutPage(r.Context(), v, c, step)
	for _, m := range answer.Messages {
		same := func(o checkout.Message) bool { return o.Code == m.Code && o.Path == m.Path }
		if !slices.ContainsFunc(p.said, same) {
			p.said = append(p.said, m)
		}
	}
	p.checked = true
	if err := s.known(r.Context(), &p); err != nil {
		return err
	}
	return write(w, r, http.StatusUnprocessableEntity, checkoutTemplate(p))
}

// forward sends a shopper to the page that shows where their checkout stands.
func (s *Shop) forward(w http.ResponseWriter, r *http.Request, c checkout.View, waiting string) error {
	switch c.Status {
	case checkout.StatusCompleted:
		if frameOf(r) != nil {
			return see(w, r, "/checkout/done")
		}
		s.letIn(w, r, c.Placed.ID, c.Placed.Token)
		return see(w, r, orderPath(c.Placed.ID))
	case checkout.StatusInProgress, checkout.StatusEscalation:
		return see(w, r, "/checkout/wait"+waiting)
	case checkout.StatusCanceled:
		return see(w, r, "/cart")
	}
	return see(w, r, "/checkout?step="+stepPayment)
}

type waitPage struct {
	page
	checkout.View
	bank  bool   // the shopper goes to the bank's page by themselves now
	part  string // what the shopper has to do: partQR, partApp or partThere
	way   paymethod.Method
	until time.Time
	proof bool // the bank's page stands within this one, in the frame of another
	still bool // they asked to give the payment up, and it is not known whether it could be
}

// wait is shown while a payment is not decided. It looks again by itself, and
// ends at the order or back at the checkout.
func (s *Shop) wait(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	if c.Status != checkout.StatusInProgress && c.Status != checkout.StatusEscalation {
		return s.forward(w, r, *c, "")
	}
	p := waitPage{page: s.page(v, v.T("shop.wait.title")).own(), View: *c, still: r.URL.Query().Has("still")}
	p.bare, p.again = true, p.at("/checkout/wait")
	p.part, p.way, p.until = shoppersPart(r, *c)
	p.proof = p.frame != nil && p.part == partThere && s.Checkout.Payments().Framable(c.NextURL)
	if p.part == partThere && c.Status == checkout.StatusEscalation && r.URL.Query().Get("go") == "bank" && p.frame == nil {
		// A page between, because a form's answer may not lead to another site.
		p.bank, p.again, p.leave = true, "", c.NextURL
	}
	return write(w, r, http.StatusOK, waitTemplate(p))
}

// comeBack is where the bank sends a shopper: perhaps into another browser,
// where nothing is known of them but the attempt.
func (s *Shop) comeBack(w http.ResponseWriter, r *http.Request) error {
	attempt := payment.AttemptID(r.PathValue("attempt"))
	v, err := s.visit(r)
	if err != nil {
		return err
	}
	session, err := s.Checkout.FindByAttempt(r.Context(), attempt)
	if errors.Is(err, payment.ErrNotFound) {
		return checkout.ErrNotFound
	}
	if err != nil {
		return err
	}
	if s.Sync != nil {
		if _, err := s.Sync(r.Context(), attempt); err != nil { // the poller asks again
			slog.WarnContext(r.Context(), "bank not asked when the shopper came back", "id", web.RequestID(r.Context()), "error", err)
		}
	}
	c, err := s.Checkout.Find(r.Context(), session, v.caller())
	if errors.Is(err, checkout.ErrNotFound) {
		return see(w, r, "/sign-in?next=/checkout")
	}
	if err != nil {
		return err
	}
	if v.cart.ID == c.Session.Cart {
		return s.forward(w, r, c, "")
	}
	return s.comeIn(w, r, v, c)
}

// returnLife is how long after the order a way back from the bank opens it in
// a browser that we do not know: long enough for a bank's app, too short for
// an address found in a history.
const returnLife = time.Hour

// comeIn lets a shopper go on in another browser than they began in.
func (s *Shop) comeIn(w http.ResponseWriter, r *http.Request, v *visit, c checkout.View) error {
	if c.Status == checkout.StatusCompleted {
		fresh := false
		err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
			o, err := order.Head(r.Context(), tx, c.Placed.ID)
			fresh = tx.Now.Sub(o.PlacedAt) < returnLife
			return err
		})
		if err != nil {
			return err
		}
		if !fresh {
			return see(w, r, orderPath(c.Placed.ID))
		}
		return s.forward(w, r, c, "")
	}
	if v.cart.ID != "" && v.open() {
		return see(w, r, "/cart") // a cart of their own is not taken from them
	}
	web.SetCookie(w, r, cookieCart, string(c.Session.Cart), month)
	return s.forward(w, r, c, "")
}
