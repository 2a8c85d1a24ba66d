package webhook_test

import (
	"errors"
	"testing"

	"korzo/backoffice/webhook"
	"korzo/platform/db"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
)

// What is wrong with an endpoint is said of all its fields at once, in the
// reader's language.
func TestEveryLanguageSaysWhatIsWrongWithAnEndpoint(t *testing.T) {
	words := i18n.Load()
	if err := words.Add(webhook.Messages()); err != nil {
		t.Fatal(err)
	}
	for _, missing := range words.Missing() {
		t.Error(missing)
	}
	each(t, func(s *shop) {
		err := s.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := webhook.Create(t.Context(), tx, webhook.Endpoint{URL: "http://example.com", Kinds: []string{"order.eaten"}}, false)
			return err
		})
		wrong, _ := errors.AsType[*flaw.Error](err)
		if wrong == nil || len(wrong.Flaws) != 2 {
			t.Fatalf("%v", err)
		}
		for i, want := range []string{"kein Ereignis heißt order.eaten: nehmen Sie eines aus GET /admin/v1/webhook-kinds oder * für alle", "beginnen Sie mit https://, damit unterwegs niemand mitliest"} {
			if got := wrong.Flaws[i].In(words.Locale("de")); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
}
