package storeapi

import (
	"context"
	"slices"

	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/platform/db"
)

// consentBody is what a customer said last about a purpose.
type consentBody struct {
	Purpose string `json:"purpose" enum:"offers,reviews,figures"`
	Given   bool   `json:"given"`
	Words   string `json:"words,omitempty" doc:"What they were asked; left out: they were never asked"`
	SaidAt  string `json:"said_at,omitempty" format:"date-time"`
	Waits   bool   `json:"waits,omitempty" doc:"They were sent a mail, and it is not confirmed yet: nothing is allowed before"`
}

type consentsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []consentBody `json:"data"`
	}
}

// myConsents tells of every purpose whether the customer allows it now.
func (a *API) myConsents(ctx context.Context, _ *struct{}) (*consentsOutput, error) {
	out := &consentsOutput{CacheControl: "private, no-store"}
	out.Body.Data = []consentBody{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		now, err := consent.Now(ctx, tx, who)
		if err != nil {
			return err
		}
		waiting, err := consent.Waiting(ctx, tx, who)
		for _, p := range consent.Purposes {
			said := now[p]
			out.Body.Data = append(out.Body.Data, consentBody{string(p), said.Given, said.Words, rfc3339(said.SaidAt), slices.Contains(waiting, p)})
		}
		return err
	})
}

type sayInput struct {
	Purpose consent.Purpose `path:"purpose"`
	Body    struct {
		Given  bool   `json:"given"`
		Words  string `json:"words" maxLength:"4000" doc:"The very words that the customer read, kept as proof"`
		Locale string `json:"locale,omitempty" maxLength:"20"`
	}
}

// sayConsent writes down what the customer said. A yes to mail counts once its
// mailbox has confirmed it.
func (a *API) sayConsent(ctx context.Context, in *sayInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		return consent.Set(ctx, tx, a.Keeper, who, consent.Answer{Purpose: in.Purpose, Given: in.Body.Given, Words: in.Body.Words, Locale: in.Body.Locale, Source: "api"})
	})
}

// messageBody is something that the shop wrote to a customer.
type messageBody struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" example:"order_placed"`
	Medium    string `json:"medium" enum:"mail,text"`
	Status    string `json:"status"`
	Ref       string `json:"ref,omitempty" doc:"What it is about: an order's id"`
	CreatedAt string `json:"created_at" format:"date-time"`
	SentAt    string `json:"sent_at,omitempty" format:"date-time"`
	Subject   string `json:"subject,omitempty" doc:"Of one that is shown alone"`
	Text      string `json:"text,omitempty" doc:"Of one that is shown alone"`
}

func messageOf(m message.Sent) messageBody {
	return messageBody{ID: string(m.ID), Kind: string(m.Kind), Medium: string(m.Medium), Status: m.State, Ref: m.Ref, CreatedAt: rfc3339(m.CreatedAt), SentAt: rfc3339(m.SentAt)}
}

type messagesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []messageBody `json:"data"`
		Page pageBody      `json:"page"`
	}
}

// contactsOf are the contacts of the person that a customer is.
func (a *API) contactsOf(ctx context.Context, tx *db.Tx, who profile.CustomerID) ([]string, error) {
	c, err := profile.Find(ctx, tx, a.Keeper, who)
	if err != nil {
		return nil, err
	}
	ids, err := profile.PersonContacts(ctx, tx, c.Person)
	all := make([]string, 0, len(ids))
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all, err
}

// myMessages is everything that was written to the customer, the newest first.
func (a *API) myMessages(ctx context.Context, in *pageInput) (*messagesOutput, error) {
	out := &messagesOutput{CacheControl: "private, no-store"}
	out.Body.Data = []messageBody{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		contacts, err := a.contactsOf(ctx, tx, who)
		if err != nil {
			return err
		}
		sent, err := message.To(ctx, tx, contacts, message.ID(in.After), in.Limit+1)
		if len(sent) > in.Limit {
			sent = sent[:in.Limit]
			out.Body.Page = pageBody{string(sent[in.Limit-1].ID), true}
		}
		for _, m := range sent {
			out.Body.Data = append(out.Body.Data, messageOf(m))
		}
		return err
	})
}

type messageInput struct {
	ID message.ID `path:"id"`
}

type messageOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         messageBody
}

// showMessage shows one message with its words. One that signed somebody in has
// nothing to say any more.
func (a *API) showMessage(ctx context.Context, in *messageInput) (*messageOutput, error) {
	var sent message.Sent
	err := a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		contacts, err := a.contactsOf(ctx, tx, who)
		if err != nil {
			return err
		}
		sent, err = message.Find(ctx, tx, in.ID)
		if err == nil && !slices.Contains(contacts, sent.Contact) {
			err = message.ErrNotFound
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &messageOutput{"private, no-store", messageOf(sent)}
	if sent.Kind != message.KindSignIn && a.Mailer != nil && sent.Medium == message.ByMail {
		m, err := a.Mailer.Preview(ctx, sent.ID)
		if err != nil {
			return nil, err
		}
		out.Body.Subject, out.Body.Text = m.Subject, m.Text
	}
	return out, nil
}
