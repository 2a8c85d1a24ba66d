package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"korzo/app"
	"korzo/platform/auth"
)

type keyCommands struct {
	Create keyCreate `cmd:"" help:"Make a key. Its secret is shown this once."`
	List   keyList   `cmd:"" help:"List keys, newest first."`
	Revoke keyRevoke `cmd:"" help:"End a key for good."`
}

type keyCreate struct {
	place
	Name    string   `arg:"" help:"What the key is for."`
	Kind    string   `enum:"publishable,secret" default:"secret" env:"-" help:"publishable may stand in a page and buys in one channel; secret belongs on a server and runs the shop."`
	Channel string   `default:"web" env:"-" help:"Channel of a publishable key."`
	Scope   []string `placeholder:"ACTION" env:"-" help:"What a secret key may do: actions such as orders.read, wings such as stock.*, or * for all. May be repeated."`
	JSON    bool     `name:"json" env:"-" help:"Print JSON."`
}

// Help is shown below the flags.
func (keyCreate) Help() string {
	return "Actions: " + strings.Join(auth.Actions(), ", ") + "."
}

// Run makes the key and prints its secret alone on standard output.
func (c *keyCreate) Run(ctx context.Context, t *terminal) error {
	in := app.NewKey{Kind: c.Kind, Name: c.Name, Scopes: c.Scope}
	if c.Kind == auth.Publishable {
		in.Channel = c.Channel
	} else if len(c.Scope) == 0 {
		return fmt.Errorf("a secret key needs to know what it may do: add --scope orders.read, or --scope '*' for everything")
	}
	var made app.Key
	err := c.use(ctx, func(s *shop) error { return s.ask(ctx, http.MethodPost, "/keys", in, &made) })
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(t.out, made)
	}
	fmt.Fprintf(t.err, "Key %s (%s). Keep its secret: it is not shown again.\n", made.ID, made.Kind)
	_, err = fmt.Fprintln(t.out, made.Secret)
	return err
}

type keyList struct {
	place
	JSON bool `name:"json" env:"-" help:"Print JSON."`
}

// Run lists the keys without their secrets.
func (c *keyList) Run(ctx context.Context, t *terminal) error {
	var keys []app.Key
	err := c.use(ctx, func(s *shop) error { return s.ask(ctx, http.MethodGet, "/keys", nil, &keys) })
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(t.out, keys)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tNAME\tENDS IN\tMAY\tUSED\tSTATE")
	for _, k := range keys {
		may, state := strings.Join(k.Scopes, ","), "good"
		if k.Kind == auth.Publishable {
			may = "buy in " + k.Channel
		}
		if !k.RevokedAt.IsZero() {
			state = "revoked " + day(k.RevokedAt)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Kind, k.Name, k.Hint, may, day(k.LastUsedAt), state)
	}
	return w.Flush()
}

func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Format(time.DateOnly)
}

type keyRevoke struct {
	place
	ID   string `arg:"" help:"The key's id (key_…), as key list shows it."`
	JSON bool   `name:"json" env:"-" help:"Print JSON."`
}

// Run ends a key.
func (c *keyRevoke) Run(ctx context.Context, t *terminal) error {
	err := c.use(ctx, func(s *shop) error {
		return s.ask(ctx, http.MethodDelete, "/keys/"+url.PathEscape(c.ID), nil, &struct{}{})
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(t.out, map[string]any{"id": c.ID, "revoked": true})
	}
	_, err = fmt.Fprintf(t.out, "Key %s is revoked.\n", c.ID)
	return err
}
