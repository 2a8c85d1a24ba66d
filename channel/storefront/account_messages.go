package storefront

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"korzo/customer/profile"
	"korzo/engagement/message"
	"korzo/platform/db"
)

// perLetters is how many messages a page lists.
const perLetters = 20

type messagesPage struct {
	member
	sent []message.Sent
	next string
}

type letterPage struct {
	member
	sent message.Sent
	mail message.Mail
}

// lettersOf are the contacts of the person that a customer is: what was written
// to them, was written to one of these.
func (s *Shop) lettersOf(ctx context.Context, tx *db.Tx, m *member) ([]string, error) {
	ids, err := profile.PersonContacts(ctx, tx, m.who.Person)
	all := make([]string, 0, len(ids))
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all, err
}

// messages lists what the shop wrote to a customer.
func (s *Shop) messages(w http.ResponseWriter, r *http.Request) error {
	var p messagesPage
	m, done, err := s.asMember(w, r, "/account/messages", "shop.account.messages", func(ctx context.Context, tx *db.Tx, m *member) error {
		contacts, err := s.lettersOf(ctx, tx, m)
		if err == nil {
			p.sent, err = message.To(ctx, tx, contacts, message.ID(r.URL.Query().Get("before")), perLetters+1)
		}
		if len(p.sent) > perLetters {
			p.sent = p.sent[:perLetters]
			p.next = "/account/messages?" + url.Values{"before": {string(p.sent[perLetters-1].ID)}}.Encode()
		}
		return err
	})
	if done {
		return err
	}
	p.member = m
	return write(w, r, http.StatusOK, messagesTemplate(p))
}

// letter shows one message as it was written. One that signed somebody in has
// nothing to say any more.
func (s *Shop) letter(w http.ResponseWriter, r *http.Request) error {
	var p letterPage
	m, done, err := s.asMember(w, r, "/account/messages", "shop.account.messages", func(ctx context.Context, tx *db.Tx, m *member) error {
		contacts, err := s.lettersOf(ctx, tx, m)
		if err == nil {
			p.sent, err = message.Find(ctx, tx, message.ID(r.PathValue("message")))
		}
		if err == nil && !slices.Contains(contacts, p.sent.Contact) {
			err = message.ErrNotFound
		}
		return err
	})
	if done {
		return err
	}
	p.member = m
	if p.sent.Kind != message.KindSignIn && s.Mailer != nil {
		if p.mail, err = s.Mailer.Preview(r.Context(), p.sent.ID); err != nil {
			return err
		}
	}
	return write(w, r, http.StatusOK, letterTemplate(p))
}

// subject is that of a mail; a text message is called by what it is about.
func (p letterPage) subject() string { return cmp.Or(p.mail.Subject, p.kindName(p.sent.Kind)) }

// kindName is what a message is about.
func (p page) kindName(k message.Kind) string { return p.T("shop.message." + string(k)) }
