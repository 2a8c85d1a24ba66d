package admin

import (
	"net/http"

	"korzo/engagement/message"
	"korzo/platform/db"
)

// mailCSP shuts a mail in: it may look as it was written and do nothing else.
const mailCSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

// post is what the shop wrote: the mails that were kept, and every message's fate.
type post struct {
	Kept  []message.Kept
	Keeps bool
	Sent  []message.Sent
	Next  string
}

func (a *Admin) listMails(v *visit) error {
	var p post
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Keeps, err = a.keeps(v, tx); err != nil {
			return err
		}
		p.Sent, err = message.List(v.ctx(), tx, message.Filter{State: v.query("state"), Before: message.ID(v.query("before")), Limit: pageSize})
		return err
	})
	if err != nil {
		return err
	}
	if p.Keeps {
		if p.Kept, err = a.Inbox.List(v.ctx(), pageSize); err != nil {
			return err
		}
	}
	if len(p.Sent) == pageSize {
		p.Next = string(p.Sent[pageSize-1].ID)
	}
	return v.show(http.StatusOK, v.mailsPage(p))
}

// keeps says whether mails are kept and shown instead of sent.
func (a *Admin) keeps(v *visit, tx *db.Tx) (bool, error) {
	if a.Office == nil {
		return a.Inbox != nil, nil
	}
	return a.Office.Keeps(v.ctx(), tx)
}

func (a *Admin) findMail(v *visit) (message.Kept, error) {
	if a.Inbox == nil {
		return message.Kept{}, message.ErrNotFound
	}
	return a.Inbox.Find(v.ctx(), v.r.PathValue("id"))
}

func (a *Admin) showMail(v *visit) error {
	kept, err := a.findMail(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.mailPage(kept))
}

// showMailBody is the mail itself, for the frame on its page.
func (a *Admin) showMailBody(v *visit) error {
	kept, err := a.findMail(v)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Security-Policy", mailCSP)
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Cache-Control", "private, no-store")
	_, _ = v.w.Write([]byte(kept.Mail.HTML)) // a reader who has left is no error
	return nil
}
