package widget

import (
	"embed"
	"io/fs"
	"strings"

	"korzo/platform/i18n"
)

//go:embed messages/*.json
var files embed.FS

// Messages are the names of widgets and what is said of settings, for
// i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages())

func say(id string, args ...any) i18n.Say { return i18n.Saying("widget.problem."+id, args...) }

// Say is the kind's title in any language.
func (k Kind) Say() i18n.Say { return i18n.Saying("widget.name." + k.Name) }

// Unfit is settings that no widget can be made from. It is ErrSettings.
type Unfit struct{ Fields []Wrong }

// Wrong is a setting at fault.
type Wrong struct {
	Field string // "amounts.EUR.1"; "" for the settings as a whole
	Say   i18n.Say
}

func unfit(field string, text i18n.Say) error { return &Unfit{[]Wrong{{field, text}}} }

// Error names each field at fault, in English.
func (u *Unfit) Error() string {
	texts := make([]string, len(u.Fields))
	for i, w := range u.Fields {
		texts[i] = w.Say.In(english())
		if w.Field != "" {
			texts[i] = w.Field + ": " + texts[i]
		}
	}
	return strings.Join(texts, "; ")
}

// Unwrap makes it an ErrSettings with this text.
func (u *Unfit) Unwrap() error { return ErrSettings.With(u.Error()) }
