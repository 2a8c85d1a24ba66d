// Package ui is the look that every door shares: design tokens, base styles,
// and the components that pages are made of: those of every page, and those of
// goods (tile, gallery, bag), which only shoppers use, but which stand with all
// others on the living page of the admin.
//
// The one idea is the role: a page never names a colour or a size but what it
// is for (surface, text, accent, space-4), as a CSS custom property. Light and
// dark are two sets of values of the same roles, and a merchant's theme
// replaces values, nothing else. One accent marks the one thing to do next.
//
// Components are templ functions without texts of their own: what they say
// comes from the door, in the reader's language. The page around them (head,
// header, footer) is the door's too.
//
// Never true: a component that needs a script; a control without a label that
// stays; a text smaller than 14 px; a target smaller than 44 px on touch.
package ui

import (
	_ "embed"
	"strings"
)

var (
	//go:embed css/tokens.css
	tokens string
	//go:embed css/base.css
	base string
	//go:embed css/components.css
	components string
	//go:embed css/goods.css
	goods string
)

// CSS is tokens, base styles, components and those of goods, in that order: a door puts its
// own styles after it and serves all as one file.
func CSS() string { return strings.Join([]string{tokens, base, components, goods}, "\n") }

// Tone says how a piece of news is meant. The zero Tone is plain.
type Tone string

// The tones, each with a colour role and an icon of its own.
const (
	ToneInfo    Tone = "info"
	ToneGood    Tone = "good"
	ToneWarning Tone = "warning"
	ToneError   Tone = "error"
)

func (t Tone) icon() string {
	switch t {
	case ToneGood:
		return "check"
	case ToneWarning, ToneError:
		return "warning"
	}
	return "info"
}

// Input is one field of a form, with all of its states.
type Input struct {
	Name         string
	Label        string
	Value        string
	Error        string // what is wrong and what to do; shown under the field
	Hint         string // shown under the label
	Type         string // "text" when empty
	Autocomplete string // the WHATWG token: "shipping postal-code"
	Mode         string // inputmode: "numeric"
	MaxLength    int
	Required     bool
	Optional     string     // the word for it, when the field may stay empty
	Options      []Option   // makes it a select
	Rows         int        // makes it a field of so many lines
	Key          string     // after its name in its id, where a page has several such forms
	Bare         bool       // in a table: its column's head is the label that stays
	Press        string     // the id of a button that a change presses, where there is a script
	Multiple     bool       // of files: several at once
	Accept       string     // of files: which kinds
	Live         bool       // a change is worth asking the server for new totals
	Complete     string     // where a script asks what typing may become
	Width        InputWidth // how wide its answer is
}

// InputWidth is how much of a row a field takes on a wide screen.
type InputWidth string

// The widths. The zero width is a whole row.
const (
	Wide   InputWidth = ""
	Half   InputWidth = "half"
	Narrow InputWidth = "narrow"
	Rest   InputWidth = "rest" // what a narrow one leaves
)

// Option is one answer of a select.
type Option struct {
	Value, Label string
}

// id is the field's id in the page: names are unique in a form, and where a page
// has several forms of one sort, each has a Key.
func (f Input) id() string { return "f-" + f.Name + f.Key }

func (f Input) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// described lists what explains the field to a screen reader.
func (f Input) described() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	return strings.Join(ids, " ")
}

func (f Input) class() string {
	class := "field"
	if f.Bare {
		class += " field-bare"
	}
	if f.Width != Wide {
		class += " field-" + string(f.Width)
	}
	if f.Error != "" {
		class += " field-wrong"
	}
	return class
}
