package message

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"regexp"
	"strings"
	"sync"
	"text/template"
)

//go:embed templates
var templateFiles embed.FS

// fallback is the language for readers whose own we do not write.
const fallback = "en"

// form writes one kind of message: a layout, and words per language.
type form struct {
	text  *template.Template
	html  *htmltemplate.Template
	words map[string]map[string]string // locale → name → text
	read  func(data []byte, to Addressee) (any, error)
	fits  func(data any) bool
}

// templates are the messages we can write.
var templates = addLetters(addNotices(map[Kind]form{
	KindPaymentLink: paymentLinkForm,
	KindConfirmation: mustForm("order_confirmation", func(data []byte, to Addressee) (any, error) {
		var c Confirmation
		if err := json.Unmarshal(data, &c); err != nil {
			return nil, err
		}
		c.Name, c.Address, c.TrackURL = to.Name, to.Address, to.Link
		return c, nil
	}, func(data any) bool { _, ok := data.(Confirmation); return ok }),
	KindDownloads: mustForm("downloads", func(data []byte, to Addressee) (any, error) {
		var d Downloads
		if err := json.Unmarshal(data, &d); err != nil {
			return nil, err
		}
		d.Name, d.Files, d.TrackURL = to.Name, to.Files, to.Link
		return d, nil
	}, func(data any) bool { _, ok := data.(Downloads); return ok }),
}))

// Confirmation is what the mail about a new order says. Amounts and dates are
// formatted for the reader already; an empty one is left out.
type Confirmation struct {
	Shop        string     `json:"shop"`
	Number      string     `json:"number"`
	Lines       []LineItem `json:"lines"`
	Subtotal    string     `json:"subtotal"`
	Discount    string     `json:"discount,omitempty"` // with its sign: "−5,00 €"
	Shipping    string     `json:"shipping,omitempty"`
	Tax         string     `json:"tax,omitempty"`
	TaxIncluded bool       `json:"tax_included"` // the total holds the tax already
	Total       string     `json:"total"`
	Owed        string     `json:"owed,omitempty"`        // of it, to be paid where it is collected
	Promise     string     `json:"promise,omitempty"`     // "5.–7. Januar"
	Withdraw    int64      `json:"withdraw,omitempty"`    // days to withdraw within; 0: nothing is said of it
	FreeReturn  bool       `json:"free_return,omitempty"` // the shop pays the way back

	// What follows is the reader's own. It comes from the Lookup and is not stored.
	Name     string   `json:"-"`
	Address  []string `json:"-"`
	TrackURL string   `json:"-"`
}

// Downloads is what the mail says that brings digital goods.
type Downloads struct {
	Shop   string `json:"shop"`
	Number string `json:"number"`

	// What follows comes from the Lookup and is not stored: links open files.
	Name     string `json:"-"`
	Files    []File `json:"-"`
	TrackURL string `json:"-"`
}

// LineItem is one line of an order.
type LineItem struct {
	Title    string `json:"title"`
	Quantity int64  `json:"quantity"`
	Total    string `json:"total"`
}

// mustForm reads templates/name.html, .txt and .words.json, which are
// compiled in: one that cannot be read is a bug.
func mustForm(name string, read func([]byte, Addressee) (any, error), fits func(any) bool) form {
	f := form{
		text: template.Must(template.ParseFS(templateFiles, "templates/"+name+".txt")),
		html: htmltemplate.Must(htmltemplate.New(name+".html").Funcs(drawn).ParseFS(templateFiles, "templates/"+name+".html")),
		read: read, fits: fits,
	}
	words, err := templateFiles.ReadFile("templates/" + name + ".words.json")
	if err == nil {
		err = json.Unmarshal(words, &f.words)
	}
	if err == nil && f.words[fallback] == nil {
		err = fmt.Errorf("no words in %s", fallback)
	}
	if err != nil {
		panic(fmt.Sprintf("template %s: %v", name, err))
	}
	return f
}

// locale finds the nearest language there are words in: de-AT, de, en.
func (f form) locale(wanted string) string {
	wanted = strings.ReplaceAll(wanted, "_", "-")
	for wanted != "" {
		if f.words[wanted] != nil {
			return wanted
		}
		cut := strings.LastIndexByte(wanted, '-')
		wanted = wanted[:max(cut, 0)]
	}
	return fallback
}

// page is what the templates see: {{.W.greeting}}, {{.D.Number}}.
type page struct {
	Lang    string
	Subject string
	W       map[string]string
	D       any
}

// wordText is what a kind says in a text.
const wordText = "text"

// by writes a message for a medium: of a text only Text and Locale are filled.
func (f form) by(m Medium, locale string, data []byte, to Addressee) (Mail, error) {
	written, err := f.write(locale, data, to)
	if m != ByText || err != nil {
		return written, err
	}
	d, err := f.read(data, to)
	if err != nil {
		return Mail{}, err
	}
	body, err := fill(wordText, f.words[written.Locale][wordText], d)
	return Mail{Locale: written.Locale, Text: strings.Join(strings.Fields(body), " ")}, err
}

// parsed are words that were read as a template before, by what they say. They
// are compiled in, so there are a few hundred.
var parsed sync.Map

// doubled is a full stop after a date or an abbreviation that has one already.
var doubled = regexp.MustCompile(`([^.\s])\.\.(\s|$)`)

// fill writes words that may name the data. What ends in a full stop, as dates do
// in German and Hungarian, ends a sentence with that one.
func fill(name, words string, d any) (string, error) {
	t, ok := parsed.Load(words)
	if !ok {
		read, err := template.New(name).Option("missingkey=error").Parse(words)
		if err != nil {
			return "", fmt.Errorf("word %s: %w", name, err)
		}
		t, _ = parsed.LoadOrStore(words, read)
	}
	var b strings.Builder
	if err := t.(*template.Template).Execute(&b, d); err != nil {
		return "", fmt.Errorf("word %s: %w", name, err)
	}
	text := b.String()
	if strings.Contains(text, "..") {
		text = doubled.ReplaceAllString(text, "$1.$2")
	}
	return text, nil
}

// write fills both layouts. The words may name the data: "Order {{.Number}}".
func (f form) write(locale string, data []byte, to Addressee) (Mail, error) {
	d, err := f.read(data, to)
	if err != nil {
		return Mail{}, fmt.Errorf("read its data: %w", err)
	}
	lang := f.locale(locale)
	p := page{Lang: lang, W: map[string]string{}, D: d}
	for name, words := range f.words[lang] {
		if p.W[name], err = fill(name, words, d); err != nil {
			return Mail{}, err
		}
	}
	p.Subject = strings.Join(strings.Fields(p.W["subject"]), " ") // one line, whatever a shop is called
	var text, html bytes.Buffer
	if err := f.text.Execute(&text, p); err != nil {
		return Mail{}, err
	}
	if err := f.html.Execute(&html, p); err != nil {
		return Mail{}, err
	}
	return Mail{Locale: lang, Subject: p.Subject, Text: text.String(), HTML: html.String()}, nil
}
