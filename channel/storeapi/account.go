package storeapi

import (
	"context"
	"slices"
	"time"

	"korzo/customer/privacy"
	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/id"
	"korzo/purchase/order"
	"korzo/value/address"
)

// fresh is how lately somebody must have signed in to change their password or
// to end the account: a borrowed phone is not enough.
const fresh = 15 * time.Minute

var (
	errFresh = fault.New(fault.Forbidden, "storeapi.fresh", "sign in again and repeat this with the new token: that was more than fifteen minutes ago")
	errSure  = fault.New(fault.Invalid, "storeapi.sure", "send confirm=true once the customer has said that the account is to end: there is no way back")
)

// mine reads something of the signed-in customer's.
func (a *API) mine(ctx context.Context, read func(tx *db.Tx, who profile.CustomerID) error) error {
	who := profile.CustomerID(from(ctx).Customer)
	if who == "" {
		return errNotSignedIn
	}
	return a.DB.Read(ctx, func(tx *db.Tx) error { return read(tx, who) })
}

// forMe runs a verb for the signed-in customer.
func (a *API) forMe(ctx context.Context, verb func(tx *db.Tx, who profile.CustomerID) error) error {
	who := profile.CustomerID(from(ctx).Customer)
	if who == "" {
		return errNotSignedIn
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error { return verb(tx, who) })
}

// lately is nil for who signed in a moment ago.
func (a *API) lately(ctx context.Context) error {
	c := from(ctx)
	switch {
	case c.Customer == "":
		return errNotSignedIn
	case a.DB.Now().Sub(c.since) >= fresh:
		return errFresh
	}
	return nil
}

type changeMeInput struct {
	Body struct {
		Name  *string `json:"name,omitempty" maxLength:"400"`
		Phone *string `json:"phone,omitempty" maxLength:"100"`
	}
}

// changeMe changes what the customer is called and where they are reached; what
// is left out stays.
func (a *API) changeMe(ctx context.Context, in *changeMeInput) (*customerOutput, error) {
	err := a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		c, err := profile.Find(ctx, tx, a.Keeper, who)
		if err != nil {
			return err
		}
		contact, err := profile.FindContact(ctx, tx, a.Keeper, c.Contact)
		if err != nil {
			return err
		}
		name, phone := c.Name, contact.Phone
		if in.Body.Name != nil {
			name = *in.Body.Name
		}
		if in.Body.Phone != nil {
			phone = *in.Body.Phone
		}
		return profile.Rename(ctx, tx, a.Keeper, who, name, phone)
	})
	if err != nil {
		return nil, err
	}
	return a.me(ctx, nil)
}

type passwordInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1000" doc:"8 characters or more"`
	}
}

// setPassword ends all other sessions, tells the customer by mail, and answers
// with a new session.
func (a *API) setPassword(ctx context.Context, in *passwordInput) (*sessionOutput, error) {
	if err := a.lately(ctx); err != nil {
		return nil, err
	}
	hash, err := auth.HashPassword(ctx, in.Body.Password) // slow on purpose: outside any transaction
	if err != nil {
		return nil, err
	}
	var s auth.Session
	var token string
	err = a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		c, err := profile.Find(ctx, tx, a.Keeper, who)
		if err != nil {
			return err
		}
		if err := auth.SetPassword(ctx, tx, auth.RealmCustomer, string(who), profile.HashEmail(a.Keeper, c.Email), hash); err != nil {
			return err
		}
		if s, token, err = auth.StartSession(ctx, tx, auth.RealmCustomer, string(who)); err != nil {
			return err
		}
		channel, err := market.FindChannel(ctx, tx, from(ctx).key.Channel)
		if err != nil {
			return err
		}
		return message.Queue(ctx, tx, message.Message{Kind: message.KindChanged, Locale: c.Locale, Contact: string(c.Contact), Ref: id.New[string]("chg", tx.Now),
			Data: message.Letter{Shop: channel.Name}})
	})
	if err != nil {
		return nil, err
	}
	return signedIn(s, token), nil
}

type deleteMeInput struct {
	Confirm bool `query:"confirm" doc:"true, once the customer has said so"`
}

// deleteMe forgets the customer for good. Not while an order is on its way.
func (a *API) deleteMe(ctx context.Context, in *deleteMeInput) (*struct{}, error) {
	if err := a.lately(ctx); err != nil {
		return nil, err
	}
	if !in.Confirm {
		return nil, errSure
	}
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error { return a.Privacy.Erase(ctx, tx, who) })
}

// savedAddress is an address in a customer's book.
type savedAddress struct {
	ID      string `json:"id"`
	Default bool   `json:"default" doc:"A checkout fills it in first"`
	addressBody
}

type addressesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []savedAddress `json:"data"`
	}
}

// listAddresses is the address book.
func (a *API) listAddresses(ctx context.Context, _ *struct{}) (*addressesOutput, error) {
	out := &addressesOutput{CacheControl: "private, no-store"}
	out.Body.Data = []savedAddress{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		book, err := profile.Addresses(ctx, tx, a.Keeper, who)
		for _, s := range book {
			out.Body.Data = append(out.Body.Data, savedAddress{string(s.ID), s.Default, *addressOf(s.Address)})
		}
		return err
	})
}

type addressInput struct {
	Body addressBody
}

type addressIDOutput struct {
	Body struct {
		ID string `json:"id"`
	}
}

// typed is an address as the book takes it.
func (b addressBody) typed() address.Address { return b.address().Clean() }

// addAddress writes an address into the book; the first becomes the default.
func (a *API) addAddress(ctx context.Context, in *addressInput) (*addressIDOutput, error) {
	out := &addressIDOutput{}
	return out, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		saved, err := profile.AddAddress(ctx, tx, a.Keeper, who, in.Body.typed())
		out.Body.ID = string(saved)
		return err
	})
}

// AddressInput names an address of the book in the path.
type AddressInput struct {
	ID profile.AddressID `path:"id"`
}

type changeAddressInput struct {
	AddressInput
	Body addressBody
}

func (a *API) changeAddress(ctx context.Context, in *changeAddressInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		return profile.ChangeAddress(ctx, tx, a.Keeper, who, in.ID, in.Body.typed())
	})
}

func (a *API) removeAddress(ctx context.Context, in *AddressInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		book, err := profile.Addresses(ctx, tx, a.Keeper, who)
		if err == nil && !slices.ContainsFunc(book, func(s profile.Saved) bool { return s.ID == in.ID }) {
			err = profile.ErrNoAddress
		}
		if err != nil {
			return err
		}
		return profile.RemoveAddress(ctx, tx, who, in.ID)
	})
}

// preferAddress makes an address the one that a checkout fills in first.
func (a *API) preferAddress(ctx context.Context, in *AddressInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		return profile.SetDefaultAddress(ctx, tx, who, in.ID)
	})
}

// orderHead is an order in a list.
type orderHead struct {
	ID       string     `json:"id"`
	Number   string     `json:"number"`
	Status   string     `json:"status" doc:"placed, on_hold, completed, canceled"`
	PlacedAt string     `json:"placed_at" format:"date-time"`
	Total    amountBody `json:"total"`
}

// pageInput asks for a page of a list.
type pageInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After string `query:"after" maxLength:"200"`
}

type ordersOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []orderHead `json:"data"`
		Page pageBody    `json:"page"`
	}
}

// myOrders are the signed-in customer's orders, the newest first.
func (a *API) myOrders(ctx context.Context, in *pageInput) (*ordersOutput, error) {
	out := &ordersOutput{CacheControl: "private, no-store"}
	out.Body.Data = []orderHead{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		all, next, err := order.List(ctx, tx, order.Filter{Customer: string(who), After: order.ID(in.After), Limit: in.Limit})
		for _, o := range all {
			out.Body.Data = append(out.Body.Data, orderHead{string(o.ID), o.Number, string(o.State), rfc3339(o.PlacedAt), amountOf(o.Total)})
		}
		out.Body.Page = pageBody{string(next), next != ""}
		return err
	})
}

// deviceBody is where the customer is signed in.
type deviceBody struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty" example:"Firefox, Windows"`
	Current bool   `json:"current" doc:"It is the session that asks"`
	Since   string `json:"since" format:"date-time"`
	Seen    string `json:"seen,omitempty" format:"date-time"`
}

type sessionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []deviceBody `json:"data"`
	}
}

// mySessions are the devices that the customer is signed in on.
func (a *API) mySessions(ctx context.Context, in *tokenInput) (*sessionsOutput, error) {
	out := &sessionsOutput{CacheControl: "private, no-store"}
	out.Body.Data = []deviceBody{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		all, err := auth.Sessions(ctx, tx, auth.RealmCustomer, string(who), in.Token)
		for _, s := range all {
			out.Body.Data = append(out.Body.Data, deviceBody{string(s.ID), s.Device, s.Here, rfc3339(s.CreatedAt), rfc3339(s.SeenAt)})
		}
		return err
	})
}

type endSessionInput struct {
	ID auth.OpenID `path:"id"`
}

// endSession signs the customer out on one device. One that is gone already
// changes nothing.
func (a *API) endSession(ctx context.Context, in *endSessionInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		return auth.SignOutOf(ctx, tx, auth.RealmCustomer, string(who), in.ID)
	})
}

// exportBody is a file with all that is kept of a customer.
type exportBody struct {
	ID        string `json:"id"`
	Ready     bool   `json:"ready"`
	Bytes     int64  `json:"bytes,omitempty"`
	CreatedAt string `json:"created_at" format:"date-time"`
	EndsAt    string `json:"ends_at,omitempty" format:"date-time" doc:"Until when it can be downloaded"`
}

func exportOf(e privacy.Export) exportBody {
	return exportBody{string(e.ID), e.Ready, e.Bytes, rfc3339(e.CreatedAt), rfc3339(e.EndsAt)}
}

type exportsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []exportBody `json:"data"`
	}
}

func (a *API) myExports(ctx context.Context, _ *struct{}) (*exportsOutput, error) {
	out := &exportsOutput{CacheControl: "private, no-store"}
	out.Body.Data = []exportBody{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		all, err := privacy.List(ctx, tx, who)
		for _, e := range all {
			out.Body.Data = append(out.Body.Data, exportOf(e))
		}
		return err
	})
}

type exportOutput struct {
	Body exportBody
}

// askExport has a file made; asking again within an hour asks for the same.
func (a *API) askExport(ctx context.Context, _ *struct{}) (*exportOutput, error) {
	out := &exportOutput{}
	return out, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		e, err := privacy.Ask(ctx, tx, who)
		out.Body = exportOf(e)
		return err
	})
}

type exportInput struct {
	ID privacy.ID `path:"id"`
}

// openExport downloads such a file.
func (a *API) openExport(ctx context.Context, in *exportInput) (*fileOutput, error) {
	out := &fileOutput{CacheControl: "private, no-store", ContentType: "application/json", Disposition: `attachment; filename="my-data.json"`}
	err := a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) (err error) {
		out.Body, err = a.Privacy.Open(ctx, tx, who, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
