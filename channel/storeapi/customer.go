package storeapi

import (
	"context"

	"korzo/customer/profile"
	"korzo/platform/auth"
	"korzo/platform/db"
)

// customerBody is the signed-in customer.
type customerBody struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Locale string `json:"locale,omitempty"`
	Market string `json:"market,omitempty"`
	Phone  string `json:"phone,omitempty"`
	Since  string `json:"since" format:"date-time"`
}

type customerOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         customerBody
}

type sessionOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Token    string `json:"token" doc:"Send it as Customer-Token"`
		Customer string `json:"customer"`
		EndsAt   string `json:"ends_at" format:"date-time"`
	}
}

type registerInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"400"`
		Name     string `json:"name,omitempty" maxLength:"400"`
		Password string `json:"password" maxLength:"1000" doc:"8 characters or more"`
		Market   string `json:"market,omitempty"`
		Locale   string `json:"locale,omitempty" maxLength:"20"`
	}
}

// register makes a customer and signs her in.
func (a *API) register(ctx context.Context, in *registerInput) (*sessionOutput, error) {
	hash, err := auth.HashPassword(ctx, in.Body.Password) // slow on purpose: outside any transaction
	if err != nil {
		return nil, err
	}
	var s auth.Session
	var token string
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		market, err := from(ctx).market(ctx, tx, in.Body.Market)
		if err != nil {
			return err
		}
		c, err := profile.Register(ctx, tx, a.Keeper, profile.Registration{Name: in.Body.Name, Email: in.Body.Email, Locale: in.Body.Locale, Market: market})
		if err != nil {
			return err
		}
		if err := auth.SetPassword(ctx, tx, auth.RealmCustomer, string(c.ID), profile.HashEmail(a.Keeper, c.Email), hash); err != nil {
			return err
		}
		s, token, err = auth.StartSession(ctx, tx, auth.RealmCustomer, string(c.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	return signedIn(s, token), nil
}

func signedIn(s auth.Session, token string) *sessionOutput {
	out := &sessionOutput{CacheControl: "private, no-store"}
	out.Body.Token, out.Body.Customer, out.Body.EndsAt = token, s.Subject, rfc3339(s.EndsAt)
	return out
}

type signInInput struct {
	Body struct {
		Email    string `json:"email" maxLength:"400"`
		Password string `json:"password" maxLength:"1000"`
	}
}

func (a *API) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	s, token, err := auth.SignIn(ctx, a.DB, auth.RealmCustomer, profile.HashEmail(a.Keeper, in.Body.Email), in.Body.Password, from(ctx).ip)
	if err != nil {
		return nil, err
	}
	return signedIn(s, token), nil
}

type tokenInput struct {
	Token string `header:"Customer-Token"`
}

func (a *API) signOut(ctx context.Context, in *tokenInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		return auth.SignOut(ctx, tx, auth.RealmCustomer, in.Token)
	})
}

func (a *API) me(ctx context.Context, _ *struct{}) (*customerOutput, error) {
	who := from(ctx)
	if who.Customer == "" {
		return nil, errNotSignedIn
	}
	out := &customerOutput{CacheControl: "private, no-store"}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := profile.Find(ctx, tx, a.Keeper, profile.CustomerID(who.Customer))
		if err != nil {
			return err
		}
		contact, err := profile.FindContact(ctx, tx, a.Keeper, c.Contact)
		out.Body = customerBody{string(c.ID), c.Name, c.Email, c.Locale, c.Market, contact.Phone, rfc3339(c.CreatedAt)}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
