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
	"strings"
	"time"

	"korzo/app"
	"korzo/app/demo"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/web"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/device"
)

type demoCommand struct {
	Data     string `default:"korzo-demo" help:"Folder of the demo shop; remove it to start afresh."`
	Database string `placeholder:"URL" help:"sqlite:PATH or postgres://USER@HOST/NAME, empty at first. A file in the data folder if left out."`
	Listen   string `default:"127.0.0.1:8080" help:"Address to listen on."`
	Browser  bool   `default:"true" negatable:"" help:"Open a browser when there is a display."`
}

// Help is shown below the flags.
func (demoCommand) Help() string {
	return `Opens a shop with about 200 products, three markets, customers and 90 days of orders, and two sandbox banks that move no money. Keys for the APIs are in DIR/keys.json. What you do is kept for the next start.

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
	// The banks close last: what the shop still asks them, they answer.
	banking, stop := context.WithCancel(context.WithoutCancel(ctx))
	closed := make(chan error, len(o.banks)+1)
	go func() { closed <- web.Serve(banking, o.terminal, device.New(device.Config{Key: o.pairing}).Handler()) }()
	for _, b := range o.banks {
		go func() { closed <- b.serve(banking) }()
	}
	err = o.shop.serve(ctx)
	stop()
	for range cap(closed) {
		err = errors.Join(err, <-closed)
	}
	return err
}

// openedDemo is a filled shop with its banks.
type openedDemo struct {
	dir      string
	url      string
	banks    []*openedBank
	terminal net.Listener // where the card terminal of the shop's counters is
	pairing  string       // its key
	shop     *openedShop
	keys     demoKeys
	report   demo.Report
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
	o := &openedDemo{dir: c.Data, url: urlOf(l)}
	err := o.openBanks(ctx)
	if err == nil {
		o.shop, err = openShop(ctx, l, app.Config{Data: c.Data, Database: c.Database, Gateways: o.gateways(), Carriers: []string{"sandbox:"}, BaseURL: o.url, Log: slog.Default()})
	}
	if err != nil {
		return nil, errors.Join(err, o.closeBanks())
	}
	if err := o.fill(ctx, t); err != nil {
		return nil, errors.Join(err, o.shop.local.Close(), o.shop.app.Close(), o.closeBanks())
	}
	return o, nil
}

// openBanks opens the two sandbox banks, each with a book, a secret and a door
// of its own, and the card terminal.
func (o *openedDemo) openBanks(ctx context.Context) error {
	var err error
	o.pairing = id.Secret("pair_")
	if o.terminal, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return fmt.Errorf("open the terminal: %w", err)
	}
	for _, b := range []struct {
		dir, name string
		second    bool
	}{{o.dir, "sandbox", false}, {filepath.Join(o.dir, "bank2"), "sandbox2", true}} {
		door, err := listenAgain(b.dir)
		if err != nil {
			return err
		}
		opened, err := openBank(ctx, b.dir, door, bank.Config{Webhook: o.url + "/callbacks/payments/" + b.name, Second: b.second})
		if err != nil {
			return errors.Join(err, door.Close())
		}
		o.banks = append(o.banks, opened)
	}
	return nil
}

func (o *openedDemo) closeBanks() (err error) {
	if o.terminal != nil {
		err = o.terminal.Close()
	}
	for _, b := range o.banks {
		err = errors.Join(err, b.door.Close(), b.db.Close())
	}
	return err
}

// gateways are the demo's: the banks, an account to transfer to, a drawer
// and a card terminal.
// The account is a bank's own example, and nobody's.
func (o *openedDemo) gateways() (all []string) {
	for _, b := range o.banks {
		all = append(all, b.gateway)
	}
	return append(all, "manual://DE89370400440532013000?holder=Korzo+Haus+und+Tisch+GmbH&bic=COBADEFFXXX&currencies=EUR,HUF",
		"cash://demo?currencies=EUR,HUF&ceiling=EUR:500.00,HUF:300000.00", "terminal://T1:"+o.pairing+"@"+o.terminal.Addr().String()+"?simulated")
}

// fill fills an empty shop, and sees that there are keys.
func (o *openedDemo) fill(ctx context.Context, t *terminal) error {
	if _, err := os.Stat(filepath.Join(o.dir, keysFile)); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(t.err, "Filling the shop with goods, customers and orders …")
	}
	a := o.shop.app
	report, err := demo.Fill(ctx, demo.Shop{DB: a.DB, Keeper: a.Keeper, Media: a.Media, Files: a.Files}, time.Now())
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

// scenes are the pages on which something goes wrong with the banks.
func (o *openedDemo) scenes() string {
	all := make([]string, len(o.banks))
	for i, b := range o.banks {
		all[i] = "http://" + b.door.Addr().String() + "/scenes"
	}
	return strings.Join(all, " ")
}

// greet says what there is to try.
func (o *openedDemo) greet(t *terminal, took time.Duration) {
	fmt.Fprintf(t.out, `Korzo is open (%[5]s). Ctrl-C closes it; %[3]s keeps it.

  Shop        %[1]s/         sign in as %[9]s with %[10]s
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

Stop a bank, or lose its webhooks, and buy something: %[8]s
`, o.url, o.report.StaffEmail, o.dir, o.keys.Publishable, took.Round(10*time.Millisecond), o.report.StaffPassword, os.Args[0], o.scenes(), o.report.Customer.Email, o.report.Customer.Password)
}
