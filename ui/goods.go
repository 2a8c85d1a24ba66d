package ui

import "github.com/a-h/templ"

// Picture is an image in the sizes there are of it: a browser takes the smallest
// that fills the place it gets. The zero Picture is an empty frame.
type Picture struct {
	Src, Srcset, Sizes string
	Alt                string
	Width, Height      int
	Eager              bool // it is seen first
}

// Goods is a product as a list shows it.
type Goods struct {
	Title, Path string
	Picture     Picture
	Price       string // already written for the reader
	Words       string // in place of a price: "from €9.00", "not sold here"
	Prior       string // what the law wants beside a reduced price
	Unit        string // what a litre or kilogram costs
	Note        string // "sold out"
}

// Answer is one of several that may be chosen, or one box to tick.
type Answer struct {
	Name, Value, Label, Note string
	Box                      bool   // a box instead of a radio button
	Off                      string // what the form says when the box is not ticked
	Low                      bool   // in a list of many
	Checked, Disabled        bool
	Required                 bool
	Data                     templ.Attributes // what scripts and styles know it by
	After                    templ.Component  // stands at its end: a price, an icon
}

// Quantity is a number of units.
type Quantity struct {
	ID, Label, Value string
	Least            string
	Bare             bool   // in a line of a bag: its label is read out
	Wrong            string // the id of the words that say what is wrong; "" when nothing is
}

// Shot is a picture or a film of a gallery.
type Shot struct {
	Picture   // of a film: what is seen before it plays
	Full      string
	Thumb     Picture
	Of        string // which variant it shows; "" for all
	Number    string // "Picture 2 of 5"
	Video     string // address of a film
	VideoType string
}

// Pictures are a gallery with what it says of itself.
type Pictures struct {
	Shots                 []Shot
	ID                    string // before the number of each picture
	Label, Enlarge, Close string
}

// Consent is the question whether more may be kept than is needed.
type Consent struct {
	Label, Action, Back string
	Text                string
	More, MorePath      string
	None, NoneValue     string
	All, AllValue       string
}
