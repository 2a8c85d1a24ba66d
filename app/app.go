// Package app builds the shop from its parts. Nothing is found or injected:
// what is used is made here, by name, in the order of the floors.
//
// Beside the wiring it holds the three lists a newcomer looks for: what
// follows from a fact (reactions_<wing>.go), what recurs (schedule.go), and
// whose tables there are (schemas.go).
//
// Never true: a rule of commerce decided here; a goroutine that Close does not
// wait for.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"korzo/backoffice/admin"
	"korzo/backoffice/adminapi"
	"korzo/backoffice/callback"
	"korzo/backoffice/listing"
	"korzo/backoffice/transfer"
	"korzo/backoffice/webhook"
	"korzo/channel/embed"
	"korzo/channel/feed"
	"korzo/channel/flag"
	"korzo/channel/storeapi"
	"korzo/channel/storefront"
	"korzo/customer/experiment"
	"korzo/customer/privacy"
	"korzo/customer/segment"
	"korzo/delivery/carrier"
	"korzo/delivery/point"
	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/fulfilment/shipment"
	"korzo/insight/funnel"
	"korzo/insight/trial"
	"korzo/offer/media"
	"korzo/offer/search"
	"korzo/offer/search/engine"
	"korzo/platform/auth/passkey"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/i18n"
	"korzo/platform/job"
	"korzo/platform/mask"
	"korzo/platform/rule"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/checkout"
	"korzo/purchase/document/pdf"
	"korzo/purchase/download"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/giftcard/paper"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/route"
	"korzo/purchase/payment/vault"
	"korzo/purchase/settlement"
)

// Config is everything an operator may set. The zero Config keeps a shop in
// the folder "korzo-data" without a gateway.
type Config struct {
	Data     string   // folder of the database file, the key and the pictures; "korzo-data" when empty
	Database string   // "sqlite:PATH" or "postgres://…"; a file in Data when empty
	Gateways []string // addresses, in the order they are asked
	Carriers []string // addresses of who carries parcels; the manual one is always there
	BaseURL  string   // where shoppers reach the shop; "http://127.0.0.1:8080" when empty
	Mail     string   // "smtp://…" or "kept:"; kept when empty
	MailFrom string   // the sender of mails
	// VATRegister is the register that VAT ids of buyers are checked with, see
	// register.Open; "" asks nobody.
	VATRegister string
	Text        string // "https://…" of an SMS gateway, or "kept:"; kept when empty
	MaxConns    int    // to PostgreSQL; 16 when 0
	Log         *slog.Logger

	// TrustedProxies may tell a shopper's address in X-Forwarded-For.
	TrustedProxies []netip.Prefix

	// PrivateWebhooks lets receivers of webhooks be at private addresses and
	// speak http: for tests, and shops whose receivers stand in the house.
	PrivateWebhooks bool
}

// App is a running shop.
type App struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Payments *payment.Payments
	Router   *route.Router
	Guard    *guard.Guard
	Checkout *checkout.Checkout
	Carriers carrier.Fleet
	Dispatch *shipment.Desk
	Settle   *settlement.Settlements
	Amend    *amend.Amendments
	Vault    *vault.Vault
	Links    *paylink.Links
	Privacy  *privacy.Desk
	Passkeys *passkey.Keys
	Media    *blob.FolderStore
	Files    *blob.FolderStore // of digital goods; nothing in it is served by name
	Pictures *media.Pipeline
	Search   *search.Search
	Desk     *transfer.Desk
	Changes  *listing.Desk
	Words    *i18n.Catalog
	Mailer   *message.Mailer
	Office   *sender.Office // where mails and texts go; it keeps them too
	Outbox   message.Sender // the same, as an Inbox where mails are kept
	Bus      *event.Bus
	Jobs     *job.Pool
	Webhooks *webhook.Sender
	Admin    *admin.Admin
	Shop     *storefront.Shop
	Handler  http.Handler
	notes    funnel.Notes   // what shoppers were told, until it is written
	broken   trial.Failures // whom something of ours failed, until it is written
	config   Config
}

// New opens the database, brings its schema up to date and assembles the shop.
// Nothing recurs until Run.
func New(ctx context.Context, c Config) (*App, error) {
	c = withDefaults(c)
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	keeper, err := seal.Load(filepath.Join(c.Data, "shop.key"))
	if err != nil {
		return nil, err
	}
	d, err := db.OpenWith(ctx, db.Config{URL: c.Database, MaxConns: c.MaxConns, Log: c.Log})
	if err != nil {
		return nil, err
	}
	var a *App
	if err = d.Migrate(ctx, Schemas()...); err == nil {
		a, err = Assemble(ctx, d, keeper, c)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

// Assemble wires the parts on a database that is open already.
func Assemble(ctx context.Context, d *db.DB, keeper *seal.Keeper, c Config) (*App, error) {
	a := &App{DB: d, Keeper: keeper, config: withDefaults(c)}
	return a, a.build(ctx)
}

func withDefaults(c Config) Config {
	for _, v := range []struct {
		at *string
		or string
	}{{&c.Data, "korzo-data"}, {&c.BaseURL, "http://127.0.0.1:8080"}, {&c.Mail, "kept:"}, {&c.Text, "kept:"}, {&c.MailFrom, "Korzo <shop@korzo.example>"}} {
		if *v.at == "" {
			*v.at = v.or
		}
	}
	c.BaseURL = strings.TrimSuffix(c.BaseURL, "/")
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Data, "shop.db")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// stores are where a shop's pictures and the files of digital goods lie.
func stores(data string) (pictures, goods *blob.FolderStore) {
	pictures, goods = blob.Folder(filepath.Join(data, "media")), blob.Folder(filepath.Join(data, "files"))
	goods.MaxBytes = download.MaxBytes
	return pictures, goods
}

func (a *App) build(ctx context.Context) error {
	gateways, err := gateway.Open(a.config.Gateways...)
	if err != nil {
		return err
	}
	if a.Carriers, err = carrier.Open(carrier.Means{DB: a.DB}, a.config.Carriers...); err != nil {
		return err
	}
	a.Media, a.Files = stores(a.config.Data)
	a.Router = route.New(route.Of(gateways), route.Config{})
	a.Guard = guard.New(a.DB)
	vatIDs, err := a.openVATIDs()
	if err != nil {
		return err
	}
	a.Checkout = checkout.New(checkout.Config{VATIDs: vatIDs, DB: a.DB, Keeper: a.Keeper, Answer: storeapi.Answer, BaseURL: a.config.BaseURL,
		Payments: func() *payment.Payments { return a.Payments }, Seen: a.notes.Note, Broke: a.broken.Note, Points: &point.Directory{DB: a.DB, Carriers: a.Carriers}, Router: a.Router, Guard: a.Guard})
	a.Links = paylink.New(paylink.Config{DB: a.DB, Keeper: a.Keeper, Payments: func() *payment.Payments { return a.Payments }, Router: a.Router, Guard: a.Guard, Checkout: a.Checkout, BaseURL: a.config.BaseURL})
	a.Payments = payment.New(a.DB, gateways, map[string]payment.Forward{checkout.OwnerKind: a.Checkout.Forward, paylink.OwnerKind: a.Links.Forward}, report)
	a.Payments.Watch(a.Checkout.Watch)
	a.Payments.Identify(a.Checkout.Payer)
	if a.Search, err = search.Open(ctx, search.Config{DB: a.DB, Log: a.config.Log, Open: func(s *search.Slots) (search.Index, error) {
		return engine.Open(engine.Bleve, filepath.Join(a.config.Data, "search"), s)
	}}); err != nil {
		return err
	}
	a.Bus, a.Jobs, a.Words = new(event.Bus), job.NewPool(a.DB), i18n.Load()
	vatIDs.Register(a.Jobs)
	if err := errors.Join(a.Words.Add(pdf.Messages()), a.Words.Add(paper.Messages()), a.Words.Add(rule.Messages()), a.Words.Add(flow.Messages()), a.Words.Add(widget.Messages()), a.Words.Add(checkout.Messages()), a.Words.Add(message.Messages()), a.Words.Add(banner.Messages()), a.Words.Add(segment.Messages()), a.Words.Add(experiment.Messages()), a.Words.Add(webhook.Messages())); err != nil {
		return err
	}
	if a.Office, err = sender.NewOffice(a.config.Mail, a.config.Text, sender.Means{DB: a.DB, Keeper: a.Keeper, Inside: a.config.PrivateWebhooks}); err != nil {
		return err
	}
	a.Outbox = a.Office
	if a.Mailer, err = message.New(a.DB, a.Outbox, a.config.MailFrom, a.addressee); err != nil {
		return err
	}
	a.Mailer.Texter, a.Mailer.Reader = a.Office, a.readerOf
	a.Settle = settlement.New(a.DB, a.Payments)
	a.Dispatch = &shipment.Desk{DB: a.DB, Keeper: a.Keeper, Carriers: a.Carriers}
	a.Amend = amend.New(amend.Config{DB: a.DB, Payments: a.Payments, Keeper: a.Keeper, Links: a.Links, Works: works{}})
	a.Vault = vault.New(a.DB, a.Payments)
	a.Vault.Register(a.Jobs)
	a.Settle.Register(a.Jobs)
	a.Mailer.Register(a.Jobs)
	a.Pictures = media.New(a.Media)
	transfer.NewFetcher(a.DB, a.Pictures).Register(a.Jobs)
	a.Desk = transfer.New(a.DB, a.Keeper).KeepIn(filepath.Join(a.config.Data, "imports")).Holds(a.Media, a.Files)
	a.Desk.Register(a.Jobs)
	a.Changes = listing.New(a.DB)
	a.Changes.Register(a.Jobs)
	a.Webhooks = &webhook.Sender{DB: a.DB, Keeper: a.Keeper, Private: a.config.PrivateWebhooks, Log: a.config.Log}
	if err := a.openAccount(); err != nil {
		return err
	}
	a.react()
	a.schedule()
	mux := http.NewServeMux()
	if err := a.routes(ctx, mux); err != nil {
		return err
	}
	a.Handler = web.Chain(mask.Requests(web.OpenDoors(mux, storeapi.Prefix+"/", "/ofrep/v1/", "/api/features/"), payment.ErrCardNumber), web.Options{Log: a.config.Log, HTTPS: strings.HasPrefix(a.config.BaseURL, "https://"),
		TrustedProxies: a.config.TrustedProxies})
	return nil
}

// routes opens every door.
func (a *App) routes(ctx context.Context, mux *http.ServeMux) error {
	store, err := (&storeapi.API{DB: a.DB, Keeper: a.Keeper, Checkout: a.Checkout, Amend: a.Amend, Vault: a.Vault, Links: a.Links, Search: a.Search, Catalog: a.Words, BaseURL: a.config.BaseURL,
		Privacy: a.Privacy, Mailer: a.Mailer}).Open(ctx)
	if err != nil {
		return err
	}
	store.Routes(mux)
	(&adminapi.API{DB: a.DB, Links: a.Links, Settle: a.Settle, Amend: a.Amend, Dispatch: a.Dispatch, Keeper: a.Keeper, Catalog: a.Words, Payments: a.Payments, Router: a.Router, Guard: a.Guard, Checkout: a.Checkout, Desk: a.Desk, Files: a.Files,
		Pictures: a.Pictures, Media: a.Media, Private: a.config.PrivateWebhooks}).Routes(mux)
	(&callback.Door{DB: a.DB, Payments: a.Payments, Vault: a.Vault, Dispatch: a.Dispatch}).Routes(mux)
	a.Admin = &admin.Admin{DB: a.DB, Router: a.Router, Guard: a.Guard, Links: a.Links, Settle: a.Settle, Amend: a.Amend, Dispatch: a.Dispatch, Keeper: a.Keeper, Payments: a.Payments, Catalog: a.Words, Inbox: a.Office, Office: a.Office, PrivateWebhooks: a.config.PrivateWebhooks,
		Pictures: a.Pictures, Files: a.Files, Desk: a.Desk, Changes: a.Changes, Mailer: a.Mailer, Privacy: a.Privacy, BaseURL: a.config.BaseURL, EditMail: a.editMail}
	a.Admin.Routes(mux)
	a.Shop = &storefront.Shop{DB: a.DB, Keeper: a.Keeper, Checkout: a.Checkout, Vault: a.Vault, Links: a.Links, Catalog: a.Words, Channel: storefrontChannel,
		BaseURL: a.config.BaseURL, Sync: a.Payments.Sync, Search: a.Search, Files: a.Files, Broke: a.broken.Note,
		Amend: a.Amend, Dispatch: a.Dispatch, Privacy: a.Privacy, Passkeys: a.Passkeys, Mailer: a.Mailer}
	a.Shop.Routes(mux)
	(&embed.Embed{DB: a.DB, Keeper: a.Keeper, Shop: a.Shop}).Routes(mux)
	(&feed.Feed{DB: a.DB, Channel: storefrontChannel, BaseURL: a.config.BaseURL, Media: "/media/"}).Routes(mux)
	(&flag.Door{DB: a.DB, Keeper: a.Keeper}).Routes(mux)
	mux.Handle("GET /media/{name}", a.Media)
	web.HandleProblems(mux)
	return nil
}

// storefrontChannel is the channel that the shop's own pages sell through.
const storefrontChannel = "web"

// report makes trouble with a payment a row that a person sees.
func report(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
	return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
}

// Run does the work nobody waits for until ctx ends, and then waits for it.
func (a *App) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { a.Bus.Run(ctx, a.DB) })
	running.Go(func() { a.Jobs.Run(ctx) })
	running.Go(func() { a.Search.Run(ctx) })
	running.Go(func() { a.Webhooks.Run(ctx) })
	running.Go(func() { a.Guard.Run(ctx) })
	running.Wait()
}

// Close waits for payments under way and lets go of the database. Call it when
// Run has returned and no request is being answered.
func (a *App) Close() error {
	a.Checkout.Wait()
	a.Payments.Wait()
	return errors.Join(a.Search.Close(), a.DB.Close())
}
