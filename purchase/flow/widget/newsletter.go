package widget

import (
	"context"
	"encoding/json"

	"korzo/platform/db"
)

// Newsletter is the kind whose yes becomes a wish for mail (customer/consent)
// once the order is placed: its mailbox has to confirm it.
const Newsletter = "newsletter"

// newsletter asks whether the shopper wants letters. The box is never ticked
// before they tick it: consent that was not given is none.
var newsletter = Kind{Name: Newsletter, Title: "Newsletter consent", Doc: "Asks for consent to letters, with a box that is never ticked before; once the order is placed the mailbox is asked to confirm it.",
	Places: []string{PlaceContact, PlacePayment},
	Schema: json.RawMessage(`{"type": "object", "required": ["text", "version"], "additionalProperties": false, "properties": {
		"text": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string", "minLength": 10, "maxLength": 500}, "description": "The words beside the box, by language: say what is sent, how often, and that it can be ended."},
		"version": {"type": "string", "minLength": 1, "maxLength": 40, "description": "Names these words in the proof of consent: change it whenever the words change."}}}`),
	Example: json.RawMessage(`{"text": {"en": "Send me news and offers by e-mail, once or twice a month. I can end this at any time.", "de": "Schickt mir ein- bis zweimal im Monat Neues und Angebote per E-Mail. Ich kann das jederzeit beenden."}, "version": "2026-11"}`),
	Answers: []Answer{{Name: "agree", Doc: "yes or no"}},
	make:    func(s json.RawMessage) (Widget, error) { return read[newsletterBox](s) }}

type newsletterBox struct {
	silent
	Text    Text   `json:"text"`
	Version string `json:"version"`
}

// NewsletterData is what a door draws of the consent.
type NewsletterData struct {
	Text    string `json:"text"`
	Version string `json:"version"`
	Agreed  bool   `json:"agreed"`
}

func (n newsletterBox) Hear(said Answers, _ Scene) (Answers, Act, error) {
	if !yes(said["agree"]) {
		return nil, Act{}, nil
	}
	return Answers{"agree": "yes", "version": n.Version}, Act{}, nil
}

func (n newsletterBox) Look(_ context.Context, _ *db.Tx, kept Answers, s Scene) (any, error) {
	return NewsletterData{n.Text.In(s.Locale), n.Version, yes(kept["agree"])}, nil
}
