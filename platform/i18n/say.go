package i18n

import (
	"io/fs"
	"strings"
	"sync"
)

// Say is something to tell somebody whose language is not known yet: a message
// and what fills it in. Arguments that are a Say, or a list of them, are said in
// the same language. The zero Say says nothing.
type Say struct {
	ID   string
	Args []any // names and values in turn, as of Locale.T
}

// Saying is the message id with args, names and values in turn.
func Saying(id string, args ...any) Say { return Say{id, args} }

// In says it in a reader's language.
func (s Say) In(l Locale) string {
	if s.ID == "" {
		return ""
	}
	args := make([]any, len(s.Args))
	for i, arg := range s.Args {
		switch arg := arg.(type) {
		case Say:
			args[i] = arg.In(l)
		case []Say:
			words := make([]string, len(arg))
			for j, one := range arg {
				words[j] = one.In(l)
			}
			args[i] = strings.Join(words, ", ")
		case []string:
			args[i] = strings.Join(arg, ", ")
		default:
			args[i] = arg
		}
	}
	return l.T(s.ID, args...)
}

// English returns the English of messages alone, read when it is first asked
// for: what a package says of itself where no reader is known. It panics when a
// file is malformed, which every test would see.
func English(files ...fs.FS) func() Locale {
	return sync.OnceValue(func() Locale {
		c := Load()
		for _, one := range files {
			if err := c.Add(one); err != nil {
				panic(err)
			}
		}
		return c.Locale(Languages[0])
	})
}
