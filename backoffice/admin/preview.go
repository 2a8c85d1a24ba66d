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
	_, text, err := message.Sample(message.Kind(kind), locale)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.previewsPage(kinds, kind, locale, text))
}

// showPreviewBody is the mail itself, for the frame on its page.
func (a *Admin) showPreviewBody(v *visit) error {
	m, _, err := message.Sample(message.Kind(v.r.PathValue("kind")), v.query("locale"))
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Security-Policy", mailCSP)
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = v.w.Write([]byte(m.HTML)) // a reader who has left is no error
	return nil
}
