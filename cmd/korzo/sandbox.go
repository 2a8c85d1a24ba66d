package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/web"
	"korzo/purchase/payment/bank"
)

type sandboxCommand struct {
	Data    string `default:"korzo-bank" env:"KORZO_BANK_DATA" help:"Folder of the bank's book and secret."`
	Listen  string `default:"127.0.0.1:9090" env:"KORZO_BANK_LISTEN" help:"Address to listen on."`
	Webhook string `placeholder:"URL" env:"-" help:"Where the bank tells the shop what happened: SHOP/callbacks/payments/sandbox. Without it the shop asks."`
	Shop    string `placeholder:"ORIGIN" env:"-" help:"The shop that may show the bank's card fields, such as https://shop.example. That of the webhook if left out."`
	Second  bool   `env:"-" help:"Be the second bank, with another tongue and other habits: the gateway sandbox2."`
	JSON    bool   `name:"json" env:"-" help:"Print the address as JSON."`
}

// Help is shown below the flags.
func (sandboxCommand) Help() string {
	return `The bank keeps its own book in its own file, so it remembers what a crashed shop forgot. Instruments say what it does: sandbox:approve, decline, insufficient_funds, challenge, timeout_before, timeout_after, late, duplicate, error_after, garbage, wrong_amount, soft_decline. Its card fields take published test cards only: see /cards on its address.`
}

// Run keeps the bank open until it is told to stop.
func (c *sandboxCommand) Run(ctx context.Context, t *terminal) error {
	t.atLeast(slog.LevelWarn)
	l, err := listen(c.Listen)
	if err != nil {
		return err
	}
	b, err := openBank(ctx, c.Data, l, bank.Config{Webhook: c.Webhook, Shop: c.Shop, Second: c.Second})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if c.JSON {
		err = writeJSON(t.out, map[string]string{"gateway": b.gateway, "url": "http://" + l.Addr().String()})
	} else {
		_, err = fmt.Fprintf(t.out, "The sandbox bank is open. Start the shop with\n  korzo serve --gateway %s\n", b.gateway)
	}
	return errors.Join(err, b.serve(ctx))
}

// openedBank is a sandbox bank with its door, not yet answering.
type openedBank struct {
	bank    *bank.Bank
	db      *db.DB
	door    net.Listener
	gateway string // its address, with the secret
}

const (
	bankFile   = "bank.db"
	bankSecret = "bank.secret"
	bankAddr   = "bank.addr"
)

// openBank opens the bank's book in dir.
func openBank(ctx context.Context, dir string, l net.Listener, c bank.Config) (*openedBank, error) {
	if err := folder(dir); err != nil {
		return nil, err
	}
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, bankFile))
	if err != nil {
		return nil, fmt.Errorf("open the sandbox bank in %s: %w", dir, err)
	}
	secret, err := keptOnce(filepath.Join(dir, bankSecret), func() string { return id.Secret("sbx_") })
	if err == nil {
		err = d.Migrate(ctx, bank.Schema)
	}
	if err == nil {
		err = writePrivate(filepath.Join(dir, bankAddr), []byte(l.Addr().String()+"\n"))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the sandbox bank in %s: %w", dir, err), d.Close())
	}
	base := "http://" + l.Addr().String()
	scheme := "sandbox"
	if c.Second {
		scheme = "sandbox2"
	}
	c.Secret = secret
	b := bank.New(d, func() string { return base }, c)
	return &openedBank{b, d, l, scheme + "://demo:" + secret + "@" + l.Addr().String()}, nil
}

// serve answers until ctx ends.
func (b *openedBank) serve(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { b.bank.Run(running) })
	err := web.Serve(ctx, b.door, b.bank.Handler())
	stop()
	background.Wait()
	return errors.Join(err, b.db.Close())
}

// listenAgain opens the port that the bank in dir had before, so that a shop
// that crashed finds the same bank; or any free one.
func listenAgain(dir string) (net.Listener, error) {
	if addr, err := os.ReadFile(filepath.Join(dir, bankAddr)); err == nil {
		if l, err := net.Listen("tcp", strings.TrimSpace(string(addr))); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the sandbox bank: %w", err)
	}
	return l, nil
}

// keptOnce reads a secret from a file, or makes it and keeps it there.
func keptOnce(path string, made func() string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	secret := made()
	return secret, writePrivate(path, []byte(secret+"\n"))
}

// writePrivate writes a whole file that only its owner may read, or none.
func writePrivate(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
