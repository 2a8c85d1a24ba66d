package banner_test

import (
	"errors"
	"testing"

	"korzo/engagement/banner"
	"korzo/platform/i18n"
	"korzo/platform/rule"
)

func TestEveryLanguageSaysWhatIsWrongWithABanner(t *testing.T) {
	words := i18n.Load()
	if err := errors.Join(words.Add(banner.Messages()), words.Add(rule.Messages())); err != nil {
		t.Fatal(err)
	}
	for _, missing := range words.Missing() {
		t.Error(missing)
	}
}
