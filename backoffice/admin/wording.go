package admin

import (
	"net/http"
	"slices"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

func wordingPath(id message.WordingID) string { return Prefix + "/wordings/" + string(id) }

// wordingPages are those of messages in a merchant's own words.
func (a *Admin) wordingPages() []page {
	return append(listPages(a, a.wordingList()), []page{
		{"GET /admin/wordings/new", "messages.write", "mails", a.newWording},
		{"POST /admin/wordings/new", "messages.write", "mails", a.createWording},
		{"GET /admin/wordings/{wording}", "messages.read", "mails", a.showWording},
		{"POST /admin/wordings/{wording}", "messages.write", "mails", a.moveWording},
		{"GET /admin/wordings/{wording}/body", "messages.read", "mails", a.showWordingBody},
	}...)
}

func (a *Admin) wordingList() list[message.Wording] {
	columns := []column[message.Wording]{
		{name: "name", title: "admin.field.name", fixed: true, sorts: true, cell: func(v *visit, w message.Wording) templ.Component { return v.wordingCell(w) },
			text: func(_ *visit, w message.Wording) string { return w.Name }},
		{name: "state", title: "admin.col.status", cell: func(v *visit, w message.Wording) templ.Component { return v.badge("wording_" + w.State) },
			text: func(_ *visit, w message.Wording) string { return w.State }},
		plainColumn("message", "admin.col.what", func(v *visit, w message.Wording) string { return v.word("message", string(w.Kind)) }),
		plainColumn("subject", "admin.wording.subject", func(v *visit, w message.Wording) string {
			mail, _, err := message.Sample(w.Kind, v.Tag(), w)
			if err != nil {
				return ""
			}
			return mail.Subject
		}),
		plainColumn("when", "admin.col.when", func(v *visit, w message.Wording) string { return v.time(w.MadeAt) }),
	}
	return list[message.Wording]{
		name: "wordings", path: Prefix + "/wordings", read: "messages.read", lead: "admin.wording.lead", columns: columns,
		filters: []listFilter{{name: "q", label: "admin.list.search", kind: "search"}},
		page:    whole[message.Wording]{all: func(v *visit, tx *db.Tx) ([]message.Wording, error) { return message.Wordings(v.ctx(), tx) }}.page(columns),
		key:     func(w message.Wording) string { return string(w.ID) },
		label:   func(w message.Wording) string { return w.Name },
		none:    "admin.wording.none",
		first: func(v *visit) (string, string) {
			return v.ifCan("messages.write", Prefix+"/wordings/new"), "admin.wording.new"
		},
		head: func(v *visit) templ.Component { return v.wordingsHead() },
	}
}

// wordableKinds are the messages that may be told in other words.
func (v *visit) wordableKinds() []ui.Option {
	all := []ui.Option{}
	for _, k := range message.Open() {
		all = append(all, ui.Option{Value: string(k), Label: v.word("message", string(k))})
	}
	return all
}

// newWording begins with our own words, or with another version's.
func (a *Admin) newWording(v *visit) error {
	like, kind := message.Wording{}, message.Kind(v.query("kind"))
	if id := v.query("like"); id != "" {
		err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
			like, err = message.FindWording(v.ctx(), tx, message.WordingID(id))
			return err
		})
		if err != nil {
			return err
		}
		kind = like.Kind
	}
	if !slices.Contains(message.Open(), kind) {
		kind = message.KindShipped
	}
	f := v.newForm()
	f.set("key", newKey())
	f.set("kind", string(kind))
	f.set("name", like.Name)
	for _, locale := range message.Locales() {
		words := message.Ours(kind, locale)
		for word, text := range like.Words[locale] {
			words[word] = text
		}
		for word, text := range words {
			f.set(locale+"."+word, text)
		}
	}
	return v.show(http.StatusOK, v.wordingEditor(kind, f))
}

// createWording keeps a version; what was left as ours is no part of it.
func (a *Admin) createWording(v *visit) error {
	f := v.form()
	d := message.WordingDraft{Kind: message.Kind(f.get("kind")), Name: f.get("name"), Words: map[string]map[string]string{}}
	for _, locale := range message.Locales() {
		d.Words[locale] = map[string]string{}
		for word := range message.Ours(d.Kind, locale) {
			d.Words[locale][word] = f.get(locale + "." + word)
		}
	}
	id, status, err := a.put(v, f, "wording.create", func(tx *db.Tx) (string, error) {
		id, err := message.CreateWording(v.ctx(), tx, d)
		return string(id), err
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return v.show(status, v.wordingEditor(d.Kind, f))
	}
	return v.done(wordingPath(message.WordingID(id)), "wording_created")
}

func (a *Admin) wordingOf(v *visit) (w message.Wording, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		w, err = message.FindWording(v.ctx(), tx, message.WordingID(v.r.PathValue("wording")))
		return err
	})
	return w, err
}

func (a *Admin) showWording(v *visit) error { return a.answerWording(v, http.StatusOK) }

func (a *Admin) answerWording(v *visit, status int) error {
	w, err := a.wordingOf(v)
	if err != nil {
		return err
	}
	return v.show(status, v.wordingPage(w))
}

// showWordingBody is the mail in a version's words, for the frame on its page.
func (a *Admin) showWordingBody(v *visit) error {
	w, err := a.wordingOf(v)
	if err != nil {
		return err
	}
	return v.writeSample(w.Kind, w)
}

// moveWording lets a version stand, gives our own words back, or retires it.
func (a *Admin) moveWording(v *visit) error {
	w, err := a.wordingOf(v)
	if err != nil {
		return err
	}
	do := v.form().get("do")
	err = a.DB.Write(v.ctx(), func(tx *db.Tx) (err error) {
		switch do {
		case "stand":
			err = message.Stand(v.ctx(), tx, w.ID)
		case "reset":
			err = message.Reset(v.ctx(), tx, w.Kind)
		case "retire":
			err = message.Retire(v.ctx(), tx, w.ID)
		default:
			return errForm
		}
		if err != nil {
			return err
		}
		return v.record(tx, "wording."+do, string(w.ID))
	})
	if err == nil {
		return v.done(wordingPath(w.ID), "wording_"+do)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerWording(v, status)
}

// wordingMoves are what may be done with a version as it stands.
func wordingMoves(w message.Wording) []string {
	switch w.State {
	case message.WordingKept:
		return []string{"stand", "retire"}
	case message.WordingStanding:
		return []string{"reset"}
	}
	return nil
}

// wordingChoices are what an arm may say of a message: a version that does not
// stand already.
func (v *visit) wordingChoices(tx *db.Tx) (choices []ui.Option, err error) {
	all, err := message.Wordings(v.ctx(), tx)
	for _, w := range all {
		if w.State == message.WordingKept {
			choices = append(choices, ui.Option{Value: "message:" + string(w.Kind) + ":" + string(w.ID),
				Label: v.T("admin.experiment.choice_message", "Message", v.word("message", string(w.Kind)), "Name", w.Name)})
		}
	}
	return choices, err
}
