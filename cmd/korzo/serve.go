package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"korzo/app"
	"korzo/platform/web"
)

type serveCommand struct {
	place
	Listen      string         `default:"127.0.0.1:8080" help:"Address to listen on."`
	BaseURL     string         `placeholder:"URL" help:"Where shoppers reach the shop, for links in mails and from gateways. The listening address if left out."`
	Gateway     []string       `placeholder:"URL" sep:" " help:"A payment gateway, such as sandbox://ACCOUNT:SECRET@HOST:PORT. May be repeated; they are asked in this order."`
	VATRegister string         `placeholder:"URL" help:"Which register VAT ids of buyers are checked with: vies:, vies:?requester=DE136695976 for a proof, or fake:. Without it their form is enough."`
	Carrier     []string       `placeholder:"URL" sep:" " help:"Who carries parcels: sandbox:, or table:RATES.json. May be repeated; parcels can always be brought to the post."`
	Mail        string         `default:"kept:" help:"smtp://USER:PASSWORD@HOST:587, or kept: to keep mails and show them in the admin."`
	Text        string         `default:"kept:" help:"https://:TOKEN@HOST/PATH of an SMS gateway, or kept: to keep texts and show them in the admin."`
	MailFrom    string         `placeholder:"ADDRESS" help:"Sender of mails, as Name <shop@example.com>."`
	MaxConns    int            `default:"16" help:"Connections to PostgreSQL."`
	Trusted     []netip.Prefix `name:"trusted-proxy" placeholder:"CIDR" help:"A proxy whose X-Forwarded-For is believed, such as 10.0.0.0/8. May be repeated."`
	Private     bool           `name:"private-webhooks" help:"Let receivers of webhooks be at private addresses and speak http."`
	JSON        bool           `name:"json" env:"-" help:"Print the address as JSON once the shop is open."`
}

// Help is shown below the flags.
func (serveCommand) Help() string {
	return `The schema is brought up to date at the start. The shop stops cleanly on Ctrl-C and SIGTERM: requests under way are answered, payments under way are finished or left for the next start to settle.

A new shop sells nowhere yet: korzo setup says where, korzo staff add lets you into the admin.

  korzo serve --data /var/lib/korzo --base-url https://shop.example \
    --gateway sandbox://demo:SECRET@127.0.0.1:9090`
}

// Run keeps the shop open until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, t *terminal) error {
	t.atLeast(slog.LevelInfo)
	l, err := listen(c.Listen)
	if err != nil {
		return err
	}
	config := c.config()
	config.Carriers, config.VATRegister = c.Carrier, c.VATRegister
	config.Gateways, config.BaseURL, config.Mail, config.Text, config.MailFrom, config.MaxConns = c.Gateway, c.BaseURL, c.Mail, c.Text, c.MailFrom, c.MaxConns
	config.Log, config.TrustedProxies, config.PrivateWebhooks = slog.Default(), c.Trusted, c.Private
	if config.BaseURL == "" {
		config.BaseURL = urlOf(l)
	}
	o, err := openShop(ctx, l, config)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if c.JSON {
		err = writeJSON(t.out, map[string]string{"url": urlOf(l), "base_url": config.BaseURL})
	} else {
		_, err = fmt.Fprintf(t.err, "Korzo is open at %s (data in %s)\n", config.BaseURL, c.Data)
	}
	return errors.Join(err, o.serve(ctx))
}

// listen opens the shop's address.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program: choose another address with --listen, such as --listen 127.0.0.1:8081", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: choose an address of this machine with --listen, such as --listen 127.0.0.1:8080", err)
	}
	return l, nil
}

// urlOf is where a browser on this machine finds a listener.
func urlOf(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// openedShop is a shop with its doors, not yet answering.
type openedShop struct {
	app   *app.App
	shop  net.Listener
	local net.Listener
}

// openShop opens the database and both doors.
func openShop(ctx context.Context, l net.Listener, c app.Config) (*openedShop, error) {
	if err := folder(c.Data); err != nil {
		return nil, err
	}
	local, err := listenLocal(c.Data)
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, c)
	if err != nil {
		return nil, errors.Join(explained(err, c), local.Close())
	}
	return &openedShop{a, l, local}, nil
}

// explained adds what an operator needs to an error of opening.
func explained(err error, c app.Config) error {
	if strings.HasPrefix(c.Database, "postgres") {
		return fmt.Errorf("open the shop: %w", err)
	}
	return fmt.Errorf("open the shop in %s: %w", c.Data, err)
}

// serve answers until ctx ends, then lets everything finish, in the order in
// which things need each other.
func (o *openedShop) serve(ctx context.Context) error {
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	serving, stop := context.WithCancel(ctx)
	var background, doors sync.WaitGroup
	background.Go(func() { o.app.Run(working) })
	background.Go(func() { economize(working) })
	var errLocal error
	doors.Go(func() {
		defer stop()
		errLocal = web.Serve(serving, o.local, o.app.Local())
	})
	err := web.Serve(serving, o.shop, o.app.Handler)
	stop()
	doors.Wait()
	o.app.Checkout.Wait()
	rest()
	background.Wait()
	return errors.Join(err, errLocal, o.app.Close())
}
