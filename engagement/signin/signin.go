// Package signin lets customers in by a mail: a link for the browser that asked,
// and a code for who reads mail elsewhere.
//
// Ask queues the mail and gives the browser a ticket. Nothing that signs anybody
// in is stored: link and code are derived from the request's id when the mail is
// written (Secrets), and the tables of platform/auth hold their hashes. Whoever
// asks gets the same answer whether the address has an account or not.
//
// Never true: a mail that signs in another browser than the one that asked; an
// answer that tells whether somebody is a customer.
package signin

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/seal"
)

// request names one asked-for mail: what link and code are derived from.
type request string

// Wish is somebody who wants to sign in by mail.
type Wish struct {
	Email  string
	Locale string
	Shop   string // what the shop is called in the mail
	IP     string
}

// Ask mails link and code to a customer and returns the ticket for the browser,
// also when there is no such customer: then it is good for nothing. It returns
// profile.ErrEmail, or auth.ErrLimited after five mails in a quarter of an hour.
func Ask(ctx context.Context, d *db.DB, k *seal.Keeper, w Wish) (ticket string, err error) {
	if ok, text := profile.CheckEmail(w.Email); !ok {
		return "", profile.ErrEmail.With(text)
	}
	ticket = id.Secret("")
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := auth.Ask(ctx, tx, auth.RealmCustomer, profile.HashEmail(k, w.Email), w.IP); err != nil {
			return err
		}
		who, err := profile.FindByEmail(ctx, tx, k, w.Email)
		if errors.Is(err, profile.ErrNotFound) || errors.Is(err, profile.ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		ref := id.New[request]("mgc", tx.Now)
		token, code := Secrets(k, string(ref))
		if err := auth.KeepMagic(ctx, tx, auth.RealmCustomer, string(who.ID), auth.Magic{Token: token, Code: code, Ticket: ticket}); err != nil {
			return err
		}
		return message.Queue(ctx, tx, message.Message{Kind: message.KindSignIn, Locale: w.Locale, Contact: string(who.Contact),
			Ref: string(ref), Data: message.Letter{Shop: w.Shop}})
	})
	if err != nil {
		return "", fmt.Errorf("sign in by mail: %w", err)
	}
	return ticket, nil
}

// codes is how many codes there are.
const codes = 1_000_000

// Secrets are the token and the code of the mail that a reference names: the
// same each time it is written.
func Secrets(k *seal.Keeper, ref string) (token, code string) {
	var n uint64
	for _, c := range []byte(k.Token("signin.code", ref)) {
		n = n*257 + uint64(c) // wraps: all that counts is that it is spread evenly
	}
	digits := strconv.FormatUint(codes+n%codes, 10)
	return k.Token("signin.link", ref), digits[1:]
}
