// Package file hands a document out in the formats there are: PDF for people,
// XML for machines.
//
// The one idea is that every door gives the same bytes under the same name: the
// shop's page, the admin and both APIs call Render and add nothing.
//
// Never true: a file that tells something else than the document it was made of.
package file

import (
	"fmt"

	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/purchase/document"
	"korzo/purchase/document/pdf"
	"korzo/purchase/document/ubl"
)

// The formats of a document.
const (
	PDF = "pdf"
	XML = "xml" // UBL in the core of EN 16931; XRechnung from a German seller
)

// ErrFormat reports a format that there is not.
var ErrFormat = fault.New(fault.Invalid, "document.format", "a document comes as pdf or as xml: choose one of these")

// File is a document in a format.
type File struct {
	Name string // "DE-000001.pdf"
	Type string // its media type
	Body []byte
}

// Render returns a document in a format; "" is PDF. The PDF speaks l's language
// and leads to link. It returns ErrFormat, or ubl.ErrNot where there can be no XML.
func Render(c document.Content, format string, l i18n.Locale, link string) (f File, err error) {
	switch format {
	case PDF, "":
		f = File{Name: c.Number + ".pdf", Type: "application/pdf"}
		f.Body, err = pdf.Render(c, l, link)
	case XML:
		f = File{Name: c.Number + ".xml", Type: "application/xml"}
		f.Body, err = ubl.Render(c)
	default:
		err = ErrFormat
	}
	return f, err
}

// Disposition is the header under which a browser keeps the file by its name.
func (f File) Disposition() string { return fmt.Sprintf("attachment; filename=%q", f.Name) }
