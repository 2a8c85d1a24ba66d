package checkout

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"korzo/platform/i18n"
	"korzo/purchase/cart"
	"korzo/value/address"
	"korzo/value/money"
)

//go:embed messages/*.json
var files embed.FS

// Messages are the words of a checkout's messages, for i18n.Catalog.Add:
// "checkout.say." and a message's code.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// words are those messages, read when the first one is said.
var words = sync.OnceValue(func() *i18n.Catalog {
	c := i18n.Load()
	if err := c.Add(Messages()); err != nil {
		panic(err) // every test would see it
	}
	return c
})

// sayID is the message of a code.
func sayID(code string) string { return "checkout.say." + code }

// told is messages in the language of a session's locale. English is what they
// were written in.
func told(locale string, all []Message) []Message {
	l := words().Locale(locale)
	if l.Tag() == i18n.Languages[0] || len(all) == 0 {
		return all
	}
	all = slices.Clone(all)
	for i := range all {
		all[i].Content = all[i].in(l)
	}
	return all
}

// in is what a message says in a language, or in English where there are no
// words for it.
func (m Message) in(l i18n.Locale) string {
	if strings.HasPrefix(m.Code, "address.") {
		_, field, _ := strings.Cut(strings.TrimPrefix(m.Path, "$."), ".")
		return l.AddressProblem(m.about.country, address.Problem{Field: field, Code: m.Code, Text: m.Content})
	}
	code := m.Code
	if code == cart.ProblemShort && m.about.left <= 0 {
		code = "sold_out"
	}
	if code == "total_changed" && m.about.total.Currency == "" || !l.Has(sayID(code)) {
		return m.Content
	}
	var missing []string
	for _, need := range m.about.missing {
		missing = append(missing, l.T("checkout.need."+need))
	}
	return l.T(sayID(code), "Count", int(m.about.left), "Points", l.Number(m.about.left), "Total", l.Money(m.about.total), "What", strings.Join(missing, ", "))
}

// about is what a message speaks of, for whoever says it in another language.
type about struct {
	country string // of the address
	left    int64  // pieces, or points
	total   money.Amount
	missing []string // requirements
}

// SayProblem is what keeps a line from being bought, in a language of the shop.
func SayProblem(locale string, p cart.Problem) string {
	m := Message{Code: p.Code, Content: p.Text, about: about{left: p.Available}}
	return cmp.Or(told(locale, []Message{m})[0].Content, p.Text)
}

// SayDuty says in a language of the shop that what is sent crosses a country's
// customs border; "" for no country.
func SayDuty(locale, country string) string {
	if country == "" {
		return ""
	}
	l := words().Locale(locale)
	return l.T("checkout.say.duty", "Country", l.Country(country))
}

// Waiting is the outcome of a tap whose time to be undone has not gone by.
func Waiting(v View) Outcome {
	return Outcome{Status: v.Status, Messages: told(v.Session.Locale, []Message{{Type: "info", Code: "one_click_waiting", Severity: "recoverable",
		Content: "the order is placed when the time to undo it has gone by; read the checkout then"}})}
}
