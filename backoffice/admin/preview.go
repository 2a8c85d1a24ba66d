package admin

import (
	"cmp"
	"net/http"

	"korzo/engagement/message"
)

func previewLocales() []string { return message.Locales() }

// showPreviews shows every kind of message as it would look, in each language.
func (a *Admin) showPreviews(v *visit) error {
	var kinds []string
	for _, k := range message.Kinds() {
		kinds = append(kinds, string(k))
	}
	kind, locale := cmp.Or(v.query("kind"), string(message.KindConfirmation)), cmp.Or(v.query("locale"), v.Tag())
	_, text, err := message.Sample(message.Kind(kind), locale, message.Wording{})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.previewsPage(kinds, kind, locale, text))
}

// showPreviewBody is the mail itself, for the frame on its page.
func (a *Admin) showPreviewBody(v *visit) error {
	return v.writeSample(message.Kind(v.r.PathValue("kind")), message.Wording{})
}

// writeSample answers with a mail of a kind as it would look, in a wording.
func (v *visit) writeSample(kind message.Kind, in message.Wording) error {
	m, _, err := message.Sample(kind, v.query("locale"), in)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Security-Policy", mailCSP)
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.w.Write([]byte(m.HTML)) // a reader who has left is no error
	return nil
}
