package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"korzo/platform/id"
)

const purchase = "purchase"

// scenarios make what one client does, over and over.
var scenarios = map[string]func(s *stand) operation{
	"browse":           func(s *stand) operation { return s.reading(s.listPath, true) },
	"browse_uncached":  func(s *stand) operation { return s.reading(s.listPath, false) },
	"product":          func(s *stand) operation { return s.reading(s.productPath, true) },
	"product_uncached": func(s *stand) operation { return s.reading(s.productPath, false) },
	purchase:           func(s *stand) operation { return s.buying },
}

const (
	skew    = 1.1 // of the Zipf mix: about a fifth of the things get four fifths of the visits
	writing = 100 // one in so many operations is a write
	pageOf  = 20  // products on a page
)

// zipf draws indexes below n, small ones most often.
func zipf(n int) *rand.Zipf {
	return rand.NewZipf(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), skew, 1, uint64(max(n-1, 0)))
}

func (s *stand) listPath(z *rand.Zipf) string {
	after := s.goods.pages[int(z.Uint64())%len(s.goods.pages)]
	return "/store/v1/products?limit=" + strconv.Itoa(pageOf) + "&after=" + after
}

func (s *stand) productPath(z *rand.Zipf) string {
	return "/store/v1/products/" + s.goods.slugs[int(z.Uint64())%len(s.goods.slugs)] + "?market=DE"
}

// unseen numbers the locales that nobody asked for before.
var unseen atomic.Int64

// reading is the Zipf mix with one write in a hundred. Uncached, each request
// asks for a locale that no one did before, so nothing prepared fits; what is
// answered is the same.
func (s *stand) reading(path func(z *rand.Zipf) string, cached bool) operation {
	z := zipf(len(s.goods.slugs))
	n := 0
	return func(_ context.Context, l *line) error {
		if n++; cached && n%writing == 0 {
			return s.adjust(l, s.goods.skus[int(z.Uint64())%len(s.goods.skus)], 1)
		}
		p := path(z)
		if !cached {
			p += "&locale=x-" + strconv.FormatInt(unseen.Add(1), 36)
		}
		_, err := l.do(call{method: "GET", path: p, key: s.keys.publishable})
		return err
	}
}

// adjust changes the stock of a SKU.
func (s *stand) adjust(d door, sku string, delta int64) error {
	_, err := d.do(call{method: "POST", path: "/admin/v1/stock/adjustments", key: s.keys.secret, once: id.New[string]("bench", time.Now()),
		body: map[string]any{"sku": sku, "location": s.goods.location, "delta": delta, "reason": "bench"}})
	return err
}

// checkoutState is what a buyer reads of a checkout.
type checkoutState struct {
	ID       string
	Status   string
	Options  []struct{ ID string } `json:"shipping_options"`
	Methods  []struct{ ID string } `json:"payment_methods"`
	Totals   struct{ Total json.RawMessage }
	Messages json.RawMessage
}

func (s *stand) buying(_ context.Context, l *line) error {
	n := len(s.goods.skus)
	i := rand.IntN(n)
	return s.buy(l, s.goods.skus[i], s.goods.skus[(i+1+rand.IntN(n-1))%n])
}

// buy is one whole purchase: two lines, address, shipping, payment, order.
func (s *stand) buy(d door, first, second string) error {
	key := s.keys.publishable
	cart, err := ask[struct{ ID string }](d, call{method: "POST", path: "/store/v1/carts", key: key,
		body: map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": first, "quantity": 1}}}})
	if err != nil {
		return err
	}
	if _, err := d.do(call{method: "POST", path: "/store/v1/carts/" + cart.ID + "/lines", key: key,
		body: map[string]any{"sku": second, "quantity": 2}}); err != nil {
		return err
	}
	c, err := ask[checkoutState](d, call{method: "POST", path: "/store/v1/checkouts", key: key, body: map[string]any{"cart": cart.ID}})
	if err != nil {
		return err
	}
	path := "/store/v1/checkouts/" + c.ID
	c, err = ask[checkoutState](d, call{method: "PATCH", path: path, key: key, body: map[string]any{
		"email": "ada@example.com", "shipping_address": map[string]string{"name": "Ada Lovelace", "line1": "Torstraße 1",
			"city": "Berlin", "postal_code": "10119", "country": "DE"}}})
	if err != nil {
		return err
	}
	if len(c.Options) == 0 || len(c.Methods) == 0 {
		return fmt.Errorf("the checkout offers %d ways to ship and %d to pay", len(c.Options), len(c.Methods))
	}
	if _, err = d.do(call{method: "PATCH", path: path, key: key, body: map[string]any{"shipping_option": c.Options[0].ID}}); err != nil {
		return err
	}
	return s.pay(d, path, c.Methods[0].ID)
}

func (s *stand) pay(d door, path, method string) error {
	key := s.keys.publishable
	c, err := ask[checkoutState](d, call{method: "PATCH", path: path, key: key,
		body: map[string]any{"payment": map[string]string{"method": method, "instrument": "sandbox:approve"}}})
	if err != nil {
		return err
	}
	done, err := ask[checkoutState](d, call{method: "POST", path: path + "/complete", key: key, once: c.ID,
		body: map[string]any{"expected_total": c.Totals.Total}})
	if err == nil && done.Status != "completed" {
		err = fmt.Errorf("the checkout is %s: %.300s", done.Status, done.Messages)
	}
	return err
}
