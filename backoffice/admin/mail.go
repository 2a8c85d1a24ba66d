package admin

import (
	"net/http"

	"korzo/engagement/message"
	"korzo/platform/db"
)

// mailCSP shuts a mail in: it may look as it was written and do nothing else.
const mailCSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

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
