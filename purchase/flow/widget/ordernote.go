package widget

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"korzo/platform/db"
)

// orderNote takes words for whoever packs the order.
var orderNote = Kind{Name: "order_note", Title: "Note to the shop", Doc: "Words for whoever packs the order; staff see them on it.",
	Places: []string{PlaceDelivery, PlacePayment, PlaceContact},
	Schema: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
		"label": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 80}, "description": "What the field is called, by language; left out: Note for us."},
		"length": {"type": "integer", "minimum": 20, "maximum": 1000, "description": "How long it may be; left out: 500 characters."}}}`),
	Example: json.RawMessage(`{"label": {"en": "A note for us", "de": "Nachricht an uns"}, "length": 500}`),
	Answers: []Answer{{Name: "text", Doc: "The note", Private: true, Max: 1000}},
	make: func(s json.RawMessage) (Widget, error) {
		n, err := read[noteField](s)
		if n.Length == 0 {
			n.Length = 500
		}
		return n, err
	}}

type noteField struct {
	silent
	Label  Text `json:"label"`
	Length int  `json:"length"`
}

// NoteData is what a door draws of the note.
type NoteData struct {
	Label  string `json:"label,omitempty"` // "": the door's own
	Text   string `json:"text"`
	Length int    `json:"length"`
}

func (n noteField) Hear(said Answers, _ Scene) (Answers, Act, error) {
	text := strings.TrimSpace(said["text"])
	switch {
	case text == "":
		return nil, Act{}, nil
	case len([]rune(text)) > n.Length:
		return nil, Act{}, ErrAnswer.With(fmt.Sprintf("shorten the note to %d characters", n.Length))
	}
	return Answers{"text": text}, Act{}, nil
}

func (n noteField) Look(_ context.Context, _ *db.Tx, kept Answers, s Scene) (any, error) {
	return NoteData{n.Label.In(s.Locale), kept["text"], n.Length}, nil
}
