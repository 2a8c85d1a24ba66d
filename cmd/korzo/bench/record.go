package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"korzo/app"
)

// The limit of a purchase is its own statements, without HTTP and logic: before
// the server opens the shop, purchases are made on it and written down, and what
// was written is run again on a copy of the database from before them.

// A round replays so many purchases for each second that one lasts, about as many
// as a server does, at most most.
const (
	perSecond = 140
	most      = 192
)

// copied is a database as it was before the purchases of a trace.
type copied struct {
	url      string
	backends string // its name in PostgreSQL's process titles; "" on SQLite
	trace    string // the file
}

// groups is how many groups of n purchases are run again in a round.
func groups(c Config, n int) int {
	return max(1, min(most, int(perSecond*c.Duration.Seconds()/rounds))/n)
}

// trace copies the database, and writes down some groups of n purchases.
func (s *stand) trace(ctx context.Context, n, groups int) error {
	to, err := s.copyOf(ctx, n)
	if err != nil {
		return err
	}
	a, err := s.shop(ctx)
	if err != nil {
		return err
	}
	var r recorder
	r.watch(a.DB)
	t, here := Trace{}, &inProcess{handler: a.Handler}
	for range groups {
		g, err := s.purchases(ctx, a, here, &r, n)
		if err != nil {
			return errors.Join(err, a.Close())
		}
		t.Groups = append(t.Groups, g)
	}
	to.trace = filepath.Join(s.dir, "trace-"+strconv.Itoa(n))
	s.copies[n] = to
	t.Queries = r.queries
	return errors.Join(t.write(to.trace), a.Close())
}

// purchases makes some, one after the other, and then has their facts and jobs
// done, as a server does that many buyers use at once. With r it returns what
// they asked for.
func (s *stand) purchases(ctx context.Context, a *app.App, here *inProcess, r *recorder, n int) (g Group, err error) {
	taken := func() []Transaction {
		if r == nil {
			return nil
		}
		return r.taken()
	}
	all := len(s.goods.skus)
	for range n {
		i := rand.IntN(all)
		if err := s.buy(here, s.goods.skus[i], s.goods.skus[(i+1+rand.IntN(all-1))%all]); err != nil {
			return g, err
		}
		a.Checkout.Wait()
		g.Purchases = append(g.Purchases, taken())
	}
	if err := settle(ctx, a); err != nil {
		return g, err
	}
	g.Later = taken()
	return g, nil
}

// copyOf copies the shop's database, which nobody has open.
func (s *stand) copyOf(ctx context.Context, n int) (c copied, err error) {
	if s.backends == "" {
		file := filepath.Join(s.dir, "copy-"+strconv.Itoa(n)+".db")
		return copied{url: "sqlite:" + file}, copyFile(filepath.Join(s.data(), "shop.db"), file)
	}
	name := s.backends + "_" + strconv.Itoa(n)
	if err := execute(ctx, s.admin, "CREATE DATABASE "+name+" TEMPLATE "+s.backends); err != nil {
		return c, fmt.Errorf("copy the database: %w", err)
	}
	before := s.drop
	s.drop = func() error {
		return errors.Join(execute(context.WithoutCancel(ctx), s.admin, "DROP DATABASE "+name+" WITH (FORCE)"), before())
	}
	u, err := url.Parse(s.database)
	if err != nil {
		return c, err
	}
	u.Path = "/" + name
	return copied{url: u.String(), backends: name}, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
