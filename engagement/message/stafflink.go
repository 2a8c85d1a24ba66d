package message

import (
	"context"
	"encoding/json"
	"fmt"
)

// StaffLink is what the mail says that lets somebody of staff set a password: the
// first one, or another when Reset. It holds the link, so no row keeps it: it is
// written and sent in one go.
type StaffLink struct {
	Shop  string
	Name  string // the reader's
	By    string // who invites; "" for a reset
	Reset bool
	URL   string
}

var staffLinkForm = mustForm("staff_link", func(data []byte, _ Addressee) (any, error) {
	var l StaffLink
	err := json.Unmarshal(data, &l)
	return l, err
}, func(data any) bool { _, ok := data.(StaffLink); return ok })

// SendStaffLink mails a link to somebody of staff. The same id has the same
// Message-ID. Call it outside any transaction; an error that is ErrRefused is a
// no for ever.
func (m *Mailer) SendStaffLink(ctx context.Context, id, email, locale string, l StaffLink) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	mail, err := staffLinkForm.write(locale, data, Addressee{})
	if err != nil {
		return fmt.Errorf("write staff link %s: %w", id, err)
	}
	mail.MessageID, mail.To, mail.ToName = id+"@"+m.domain, email, l.Name
	if err := m.sendUnder(ctx, "", locale, mail); err != nil {
		return fmt.Errorf("mail staff link %s: %w", id, err)
	}
	return nil
}
