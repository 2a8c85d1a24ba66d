package admin

import (
	"context"
	"io"
	"strconv"

	"korzo/backoffice/listing"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// mailList describes what the shop wrote, and what became of it.
func (a *Admin) mailList() list[message.Sent] {
	return list[message.Sent]{
		name: "mails", path: Prefix + "/mails", read: "messages.read", lead: "admin.mail.lead", tabs: "state", changes: mailChanges(),
		columns: []column[message.Sent]{
			{name: "what", title: "admin.col.what", fixed: true, cell: plainCell(func(v *visit, m message.Sent) string { return v.word("mail", string(m.Kind)) }),
				text: func(_ *visit, m message.Sent) string { return string(m.Kind) }},
			{name: "about", title: "admin.exception.about", cell: func(v *visit, m message.Sent) templ.Component { return v.aboutCell(m.Ref) },
				text: func(_ *visit, m message.Sent) string { return m.Ref }},
			textColumn("medium", "admin.mail.medium", false, func(v *visit, m message.Sent) string { return v.word("medium", string(m.Medium)) }),
			{name: "state", title: "admin.col.status", cell: func(v *visit, m message.Sent) templ.Component { return v.fateCell(m) },
				text: func(_ *visit, m message.Sent) string { return m.State }},
			{name: "when", title: "admin.col.when", cell: func(v *visit, m message.Sent) templ.Component { return v.moment(m.CreatedAt) },
				text: func(_ *visit, m message.Sent) string { return stamp(m.CreatedAt) }},
			{name: "tries", title: "admin.col.tries", number: true, extra: true, cell: plainCell(func(v *visit, m message.Sent) string { return v.Number(m.Tries) }),
				text: func(_ *visit, m message.Sent) string { return strconv.FormatInt(m.Tries, 10) }},
			textColumn("locale", "admin.mail.language", true, func(_ *visit, m message.Sent) string { return m.Locale }),
			textColumn("wording", "admin.mail.wording", true, func(_ *visit, m message.Sent) string { return string(m.Wording) }),
			textColumn("arm", "admin.experiment.arm", true, func(_ *visit, m message.Sent) string { return m.Arm }),
		},
		filters: []listFilter{
			{name: "state", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("state", "admin.all", mailStates...), nil
			}},
			{name: "kind", label: "admin.col.what", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				kinds := make([]string, 0, len(message.Kinds()))
				for _, k := range message.Kinds() {
					kinds = append(kinds, string(k))
				}
				return v.words("mail", "admin.all", kinds...), nil
			}},
			{name: "medium", label: "admin.mail.medium", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
				return v.words("medium", "admin.all", string(message.ByMail), string(message.ByText)), nil
			}},
		},
		page: func(v *visit, tx *db.Tx, at listing.State, limit int) ([]message.Sent, string, error) {
			limit = min(limit, mostRows)
			all, err := message.List(v.ctx(), tx, message.Filter{State: at.Filter("state"), Kind: message.Kind(at.Filter("kind")), Medium: message.Medium(at.Filter("medium")),
				Before: message.ID(at.After), Limit: limit})
			if err != nil || len(all) < limit {
				return all, "", err
			}
			return all, string(all[limit-1].ID), nil
		},
		key:   func(m message.Sent) string { return string(m.ID) },
		label: func(m message.Sent) string { return string(m.Kind) + " " + m.Ref },
		none:  "admin.mail.none_sent",
		head:  func(v *visit) templ.Component { return v.mailsHead() },
		note:  a.keptPart,
	}
}

// keptPart shows the mails and texts that are kept instead of being sent.
func (a *Admin) keptPart(v *visit) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		keeps := false
		err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			keeps, err = a.keeps(v, tx)
			return err
		})
		if err != nil || !keeps {
			return err
		}
		all, err := a.Inbox.List(ctx, pageSize)
		if err != nil {
			return err
		}
		return v.inbox(all).Render(ctx, w)
	})
}
