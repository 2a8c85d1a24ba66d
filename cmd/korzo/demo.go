package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"korzo/app"
	"korzo/app/demo"
	"korzo/platform/auth"
	"korzo/platform/db"
)

type demoCommand struct {
	Data     string `default:"korzo-demo" help:"Folder of the demo shop; remove it to start afresh."`
	Database string `placeholder:"URL" help:"sqlite:PATH or postgres://USER@HOST/NAME, empty at first. A file in the data folder if left out."`
	Listen   string `default:"127.0.0.1:8080" help:"Address to listen on."`
	Browser  bool   `default:"true" negatable:"" help:"Open a browser when there is a display."`
}

// Help is shown below the flags.
func (demoCommand) Help() string {
	return `Opens a shop with about 200 products, three markets, customers and 90 days of orders, and a sandbox bank that moves no money. Keys for the APIs are in DIR/keys.json. What you do is kept for the next start.

  korzo demo
  korzo demo --listen 127.0.0.1:9000 --data /tmp/try --no-browser`
}

// Run keeps the demo open until it is told to stop.
func (c *demoCommand) Run(ctx context.Context, t *terminal) error {
	t.atLeast(slog.LevelWarn)
	began := time.Now()
	l, err := listen(c.Listen)
	if err != nil {
		return err
	}
	o, err := c.open(ctx, t, l)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	o.greet(t, time.Since(began))
	if c.Browser {
		browse(urlOf(l))
	}
	// The bank closes last: what the shop still asks it, it answers.
	banking, stop := context.WithCancel(context.WithoutCancel(ctx))
	closed := make(chan error, 1)
	go func() { closed <- o.bank.serve(banking) }()
	err = o.shop.serve(ctx)
	stop()
	return errors.Join(err, <-closed)
}

// openedDemo is a filled shop with its bank.
type openedDemo struct {
	dir    string
	url    string
	bank   *openedBank
	shop   *openedShop
	keys   demoKeys
	report demo.Report
}

// demoKeys is what keys.json holds.
type demoKeys struct {
	Publishable string `json:"publishable"`
	Secret      string `json:"secret"`
}

const keysFile = "keys.json"

func (c *demoCommand) open(ctx context.Context, t *terminal, l net.Listener) (*openedDemo, error) {
	if err := folder(c.Data); err != nil {
		return nil, err
	}
	door, err := listenAgain(c.Data)
	if err != nil {
		return nil, err
	}
	o := &openedDemo{dir: c.Data, url: urlOf(l)}
	if o.bank, err = openBank(ctx, c.Data, door, o.url+"/callbacks/payments/sandbox"); err != nil {
		return nil, errors.Join(err, door.Close())
	}
	o.shop, err = openShop(ctx, l, app.Config{Data: c.Data, Database: c.Database, Gateways: []string{o.bank.gateway}, BaseURL: o.url, Log: slog.Default()})
	if err != nil {
		return nil, errors.Join(err, door.Close(), o.bank.db.Close())
	}
	if err := o.fill(ctx, t); err != nil {
		return nil, errors.Join(err, o.shop.local.Close(), o.shop.app.Close(), door.Close(), o.bank.db.Close())
	}
	return o, nil
}

// fill fills an empty shop, and sees that there are keys.
func (o *openedDemo) fill(ctx context.Context, t *terminal) error {
	if _, err := os.Stat(filepath.Join(o.dir, keysFile)); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(t.err, "Filling the shop with goods, customers and orders …")
	}
	a := o.shop.app
	report, err := demo.Fill(ctx, demo.Shop{DB: a.DB, Keeper: a.Keeper, Media: a.Media}, time.Now())
	if err != nil {
		return err
	}
	o.report = report
	if report.Filled {
		o.keys = demoKeys{report.Publishable, report.Secret}
		return o.keepKeys()
	}
	b, err := os.ReadFile(filepath.Join(o.dir, keysFile))
	if errors.Is(err, fs.ErrNotExist) {
		return o.makeKeys(ctx)
	}
	if err == nil && json.Unmarshal(b, &o.keys) != nil {
		err = fmt.Errorf("%s cannot be read: remove it, and new keys are made", filepath.Join(o.dir, keysFile))
	}
	return err
}

// makeKeys makes new keys for a shop that was filled and has lost its file of
// keys, or was stopped before it was written.
func (o *openedDemo) makeKeys(ctx context.Context) error {
	err := o.shop.app.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if _, o.keys.Publishable, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Publishable, Name: "demo", Channel: demo.Channel}); err != nil {
			return err
		}
		_, o.keys.Secret, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Secret, Name: "demo", Scopes: []string{auth.ScopeAll}})
		return err
	})
	if err != nil {
		return err
	}
	return o.keepKeys()
}

func (o *openedDemo) keepKeys() error {
	b, err := json.Marshal(o.keys)
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(o.dir, keysFile), append(b, '\n'))
}

// greet says what there is to try.
func (o *openedDemo) greet(t *terminal, took time.Duration) {
	fmt.Fprintf(t.out, `Korzo is open (%[5]s). Ctrl-C closes it; %[3]s keeps it.

  Shop        %[1]s/
  Admin       %[1]s/admin    sign in as %[2]s with %[6]s
  Store API   %[1]s/store/v1/docs
  Admin API   %[1]s/admin/v1/docs
  API keys    %[3]s/keys.json

Try it from another terminal:

  KEY=%[4]s
  curl -s "%[1]s/store/v1/products?limit=3" -H "Authorization: Bearer $KEY"
  curl -s %[1]s/store/v1/carts -H "Authorization: Bearer $KEY" \
    -H "Content-Type: application/json" -d '{"market":"DE"}'
  %[7]s verify --data %[3]s

Pay with what the sandbox bank understands: sandbox:approve, sandbox:decline,
sandbox:challenge, sandbox:timeout_before, sandbox:timeout_after, sandbox:late,
sandbox:duplicate. No money moves.
`, o.url, o.report.StaffEmail, o.dir, o.keys.Publishable, took.Round(10*time.Millisecond), o.report.StaffPassword, os.Args[0])
}
