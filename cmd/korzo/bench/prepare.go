package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/app"
	"korzo/app/demo"
	"korzo/offer/catalog"
	"korzo/offer/inventory"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/value/money"

	"github.com/jackc/pgx/v5"
)

// makeDatabase chooses the shop's database; on PostgreSQL it makes one.
func (s *stand) makeDatabase(ctx context.Context, where string) error {
	if where == "sqlite" {
		s.database = "sqlite:" + filepath.Join(s.data(), "shop.db")
		return nil
	}
	u, err := url.Parse(where)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return errors.New("name the database as sqlite or postgres://USER@HOST/NAME")
	}
	name := "korzo_bench_" + strconv.Itoa(os.Getpid())
	if err := execute(ctx, where, "CREATE DATABASE "+name); err != nil {
		return fmt.Errorf("make a database for the bench: %w", err)
	}
	s.drop = func() error {
		return execute(context.WithoutCancel(ctx), where, "DROP DATABASE "+name+" WITH (FORCE)")
	}
	u.Path = "/" + name
	s.admin, s.database, s.backends = where, u.String(), name
	return nil
}

func execute(ctx context.Context, where, statement string) error {
	c, err := pgx.Connect(ctx, where)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, statement)
	return errors.Join(err, c.Close(ctx))
}

// prepare fills the shop, gives it stock for every purchase, and records what
// purchases ask of the database. It ends before the server opens the shop.
func (s *stand) prepare(ctx context.Context, c Config) error {
	a, err := s.shop(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(s.fill(ctx, a, c.Products), a.Close()); err != nil || !slices.Contains(c.Scenarios, purchase) {
		return err
	}
	for _, n := range c.Concurrency {
		if err := s.trace(ctx, n, (1+rounds)*groups(c, n)); err != nil { // the first to warm it
			return fmt.Errorf("record purchases: %w", err)
		}
	}
	return nil
}

// shop opens the shop in this process.
func (s *stand) shop(ctx context.Context) (*app.App, error) {
	quiet := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	return app.New(ctx, app.Config{Data: s.data(), Database: s.database, Gateways: []string{s.gateway}, Log: quiet})
}

func (s *stand) fill(ctx context.Context, a *app.App, products int) error {
	report, err := demo.Fill(ctx, demo.Shop{DB: a.DB, Keeper: a.Keeper, Media: a.Media, Files: a.Files}, time.Now())
	if err != nil {
		return err
	}
	s.keys = keys{report.Publishable, report.Secret}
	if err := generate(ctx, a.DB, report.Products, products); err != nil {
		return fmt.Errorf("generate products: %w", err)
	}
	here := &inProcess{handler: a.Handler}
	if err := s.look(here); err != nil {
		return err
	}
	if err := s.record(ctx, a, here); err != nil {
		return fmt.Errorf("record a purchase: %w", err)
	}
	for _, c := range app.Doctor(ctx, a.DB, app.Config{Data: s.data()}) {
		if c.Name == "database" {
			s.version = c.Text
		}
	}
	return nil
}

// generated is how many products are made in one transaction.
const generated = 250

// generate makes products until there are enough.
func generate(ctx context.Context, d *db.DB, have, want int) error {
	for from := have; from < want; from += generated {
		err := d.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(from+generated, want); i++ {
				if err := generateOne(ctx, tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func generateOne(ctx context.Context, tx *db.Tx, i int) error {
	n := strconv.Itoa(i)
	locations, err := inventory.Locations(ctx, tx)
	if err != nil || len(locations) == 0 {
		return errors.Join(err, errors.New("the shop has no location"))
	}
	p, err := catalog.Create(ctx, tx, catalog.Draft{Slug: "generated-" + n, Title: "Generated thing " + n,
		Description: strings.Repeat("A thing that nobody made, to see how the shop does with many. ", 4),
		Variants:    []catalog.Variant{{SKU: "GEN-" + n, WeightGrams: 300, UnitCost: money.Of(500, "EUR")}}})
	if err != nil {
		return err
	}
	for _, v := range p.Variants {
		if err := pricing.Set(ctx, tx, "DE", v.ID, money.Of(int64(990+i%5000), "EUR")); err != nil {
			return err
		}
		if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v.ID, Location: locations[0].ID, Delta: 100, Reason: "bench"}); err != nil {
			return err
		}
	}
	return nil
}

const (
	bought  = 200       // SKUs that purchases choose from
	plenty  = 1_000_000 // units of each
	mostSee = 1000      // pages that are looked at
)

// look reads what there is, as a client does, and fills the shelves.
func (s *stand) look(d door) error {
	locations, err := ask[struct{ Data []struct{ ID string } }](d, call{method: "GET", path: "/admin/v1/locations", key: s.keys.secret})
	if err != nil || len(locations.Data) == 0 {
		return errors.Join(err, errors.New("the shop has no location"))
	}
	s.goods.location = locations.Data[0].ID
	for after, more := "", true; more && len(s.goods.pages) < mostSee; {
		s.goods.pages = append(s.goods.pages, after)
		page, err := ask[struct {
			Data []struct {
				Slug     string
				Variants []struct {
					SKU       string
					Price     *struct{ Amount int64 }
					Available int64
				}
			}
			Page struct {
				Next    string
				HasMore bool `json:"has_more"`
			}
		}](d, call{method: "GET", path: "/store/v1/products?limit=" + strconv.Itoa(pageOf) + "&after=" + after, key: s.keys.publishable})
		if err != nil {
			return err
		}
		for _, p := range page.Data {
			s.goods.slugs = append(s.goods.slugs, p.Slug)
			for _, v := range p.Variants {
				if v.Price != nil && v.Available > 0 && len(s.goods.skus) < bought {
					s.goods.skus = append(s.goods.skus, v.SKU)
				}
			}
		}
		after, more = page.Page.Next, page.Page.HasMore
	}
	for _, sku := range s.goods.skus {
		if err := s.adjust(d, sku, plenty); err != nil {
			return err
		}
	}
	if len(s.goods.skus) < 2 {
		return errors.New("the shop has fewer than two things to buy")
	}
	return nil
}

// record writes down what one purchase asks for, after others have warmed what
// is remembered.
func (s *stand) record(ctx context.Context, a *app.App, here *inProcess) error {
	const warm = 2
	if _, err := s.purchases(ctx, a, here, nil, warm); err != nil {
		return err
	}
	var r recorder
	r.watch(a.DB)
	defer a.DB.Trace(nil)
	here.requests = 0
	g, err := s.purchases(ctx, a, here, &r, 1)
	if err != nil {
		return err
	}
	s.plan = Plan{Requests: here.requests, Answered: cost(g.Purchases[0]), Later: cost(g.Later)}
	return nil
}

// settle delivers facts and runs jobs until none is left.
func settle(ctx context.Context, a *app.App) error {
	for {
		facts, err := a.Bus.Deliver(ctx, a.DB)
		if err != nil {
			return err
		}
		jobs, err := a.Jobs.RunOnce(ctx)
		if err != nil || facts+jobs == 0 {
			return err
		}
	}
}

// inProcess is the shop's own handler as a door.
type inProcess struct {
	handler  http.Handler
	requests int // so far
}

func (p *inProcess) do(c call) ([]byte, error) {
	p.requests++
	var body bytes.Buffer
	if c.body != nil {
		if err := json.NewEncoder(&body).Encode(c.body); err != nil {
			return nil, err
		}
	}
	r := httptest.NewRequest(c.method, c.path, &body)
	r.Header.Set("Authorization", "Bearer "+c.key)
	r.Header.Set("Content-Type", "application/json")
	if c.once != "" {
		r.Header.Set("Idempotency-Key", c.once)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	if w.Code/100 != 2 {
		return nil, fmt.Errorf("%s %s: %d %.300s", c.method, c.path, w.Code, w.Body.Bytes())
	}
	return w.Body.Bytes(), nil
}
