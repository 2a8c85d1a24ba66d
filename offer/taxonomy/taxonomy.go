// Package taxonomy says where goods stand and by what they are told apart: the
// tree of categories that shoppers walk through, and the attributes (colour,
// capacity, care) that a category's goods have.
//
// A category stands under at most one other, never under itself, however many
// steps away. It names the attributes of its goods; those that stand below it
// inherit them. An attribute has a type, and by it every value is checked and
// brought into one form before it is kept, so that equal things are equal
// texts: a filter counts "12.5" once, not "12,50" beside it. An attribute of
// all goods whatever their category is what others call a custom field; a
// private one is seen by staff alone.
//
// All of it together is a Tree: small, seldom changed, and so remembered whole.
// Reading it costs a transaction no statement of its own. Products keep ids of
// categories and codes of attributes; which products those are is the
// catalog's to know.
package taxonomy

import (
	"embed"
	"time"

	"korzo/platform/fault"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// The failures a caller can act on.
var (
	ErrNotFound  = fault.New(fault.NotFound, "taxonomy.not_found", "there is no such category: it may have been deleted meanwhile")
	ErrAttribute = fault.New(fault.NotFound, "taxonomy.attribute_not_found", "there is no such attribute: use the code of one that exists")
	ErrInvalid   = fault.New(fault.Invalid, "taxonomy.invalid", "the category or attribute is not valid: mend the fields named")
	ErrCircle    = fault.New(fault.Conflict, "taxonomy.circle", "a category cannot stand under itself or one below it: choose another parent")
	ErrDepth     = fault.New(fault.Conflict, "taxonomy.depth", "categories stand at most 8 deep: choose a parent further up")
	ErrSlugTaken = fault.New(fault.Conflict, "taxonomy.slug_taken", "the slug belongs to another category: choose another")
	ErrCodeTaken = fault.New(fault.Conflict, "taxonomy.code_taken", "another attribute has this code: choose another, or change that one")
	ErrVersion   = fault.New(fault.Conflict, "taxonomy.version", "it was changed meanwhile: read it again and repeat your change")
	ErrParent    = fault.New(fault.Conflict, "taxonomy.has_children", "categories stand under this one: move or delete them first")
	ErrUsed      = fault.New(fault.Conflict, "taxonomy.attribute_used", "categories name this attribute: take it out of them first")
	ErrRuled     = fault.New(fault.Conflict, "taxonomy.ruled", "this category is filled by its rule: change the rule, or take it away to choose by hand")
	ErrMany      = fault.New(fault.Conflict, "taxonomy.too_many", "a shop has at most 5000 categories and 500 attributes: delete some first")
)

// Limits of one shop. They keep the tree what can be remembered whole.
const (
	MaxCategories = 5000
	MaxAttributes = 500
	MaxDepth      = 8
	MaxOptions    = 500 // of one attribute
	MaxValues     = 20  // that one product may have of an attribute

	maxTitle       = 120
	maxRule        = 4096
	maxDescription = 5000
	maxText        = 500 // of a value
	maxLocales     = 50
)

// CategoryID names a category: cat_….
type CategoryID string

// Category is a place in the tree.
type Category struct {
	ID          CategoryID
	Parent      CategoryID // "" at the top
	Slug        string     // a–z, 0–9 and hyphens, at most 120
	OldSlugs    []string   // it had before, in order of the alphabet; they lead on to it
	Title       string
	Description string
	Position    int64    // among its siblings; equal ones stand by title
	Hidden      bool     // from shoppers' navigation; its page still answers
	Attributes  []string // codes of those its goods have, beside what it inherits
	// Rule says which products stand in it, for as long as they fulfil it; "" for
	// those that are put in by hand. What it may speak of offer/placement says.
	Rule string
	// Translations are its texts by locale; an empty text falls back.
	Translations map[string]Text
	Version      int64 // 1 when created, one more with every change
	UpdatedAt    time.Time
}

// Text is a category's texts in one locale.
type Text struct {
	Slug        string
	Title       string
	Description string
}

// Type says what the values of an attribute are.
type Type string

// The types, each with the one form its values are kept in.
const (
	TypeText   Type = "text"   // as written, trimmed
	TypeNumber Type = "number" // "12.5": at most 6 decimals, no zeros behind them
	TypeBool   Type = "bool"   // "true" or "false"
	TypeOption Type = "option" // the code of one of Attribute.Options
	TypeDate   Type = "date"   // "2030-01-02"
)

// Attribute is a property that goods have.
type Attribute struct {
	Code       string // a–z, 0–9 and _, at most 40; never changes
	Type       Type
	Unit       string            // of a number: "ml"
	Facet      bool              // shoppers filter by it
	Private    bool              // seen by staff alone
	Everywhere bool              // any product may have it, whatever its categories
	Several    bool              // a product may have more than one value
	Titles     map[string]string // by locale; "" is the base, which it must have
	Options    []Option          // with TypeOption, in order
	Position   int64
	Version    int64
}

// Option is one value that an attribute of TypeOption may have.
type Option struct {
	Code   string            `json:"code"`
	Titles map[string]string `json:"titles"` // as Attribute.Titles
}

// Values are what a product has of its attributes, by code: one text each, or
// several where the attribute allows it, in their kept form.
type Values map[string][]string
