package bank

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/fault"
	"korzo/value/card"
)

// What is wrong with a card as it was typed. None of them tells the number.
var (
	errNumber = fault.New(fault.Invalid, "bank.number", "only published test cards are taken here, such as 4242 4242 4242 4242; never type your own")
	errExpiry = fault.New(fault.Invalid, "bank.expiry", "write the month and year until which the card is valid, such as 12/34")
	errCode   = fault.New(fault.Invalid, "bank.code", "write the security code: three digits, four on American Express")
)

// try checks a card as it was typed.
func try(number, typed, code string, now time.Time) (Card, error) {
	card, ok := published(number)
	if !ok {
		return Card{}, errNumber
	}
	if _, ok := readExpiry(typed, now); !ok {
		return Card{}, errExpiry
	}
	want := 3
	if card.Brand == "amex" {
		want = 4
	}
	if len(digits(code)) != want {
		return Card{}, errCode
	}
	return card, nil
}

// readExpiry understands a month and year as people type them; ok is false for
// what is over or no month.
func readExpiry(typed string, now time.Time) (e card.Expiry, ok bool) {
	month, year, parted := strings.Cut(strings.ReplaceAll(typed, " ", ""), "/")
	m, err := strconv.Atoi(month)
	y, err2 := strconv.Atoi(year)
	if !parted || err != nil || err2 != nil || m < 1 || m > 12 || len(year) != 2 && len(year) != 4 {
		return card.Expiry{}, false
	}
	if len(year) == 2 {
		y += 2000
	}
	return card.Expiry{Year: y, Month: m}, !time.Date(y, time.Month(m)+1, 1, 0, 0, 0, 0, time.UTC).Before(now) && y < now.Year()+30
}

// nonce is some letters that tell one token from another. Digits are left out:
// a run of them could look like a card number.
func nonce() string {
	const letters = "abcdefghjkmnpqrstvwxyz"
	raw := make([]byte, 14)
	_, _ = rand.Read(raw) // never fails
	for i := range raw {
		raw[i] = letters[int(raw[i])%len(letters)]
	}
	return string(raw)
}

// languages are those that the fields speak.
var languages = []string{"en", "de", "hu"}

var spoken = map[string]map[string]string{
	"en": {"number": "Card number", "expiry": "Valid until (MM/YY)", "code": "Security code",
		"bank.number": "Only published test cards are taken here, such as 4242 4242 4242 4242. Never type your own.",
		"bank.expiry": "Write the month and year until which the card is valid, such as 12/34.",
		"bank.code":   "Write the security code: three digits, four on American Express.", "title": "Card", "offline": "The bank did not answer. Try once more."},
	"de": {"number": "Kartennummer", "expiry": "Gültig bis (MM/JJ)", "code": "Prüfziffer",
		"bank.number": "Hier werden nur veröffentlichte Testkarten angenommen, etwa 4242 4242 4242 4242. Geben Sie nie Ihre eigene ein.",
		"bank.expiry": "Schreiben Sie Monat und Jahr, bis zu denen die Karte gilt, etwa 12/34.",
		"bank.code":   "Schreiben Sie die Prüfziffer: drei Stellen, bei American Express vier.", "title": "Karte", "offline": "Die Bank hat nicht geantwortet. Versuchen Sie es noch einmal."},
	"hu": {"number": "Kártyaszám", "expiry": "Lejárat (HH/ÉÉ)", "code": "Biztonsági kód",
		"bank.number": "Itt csak közzétett tesztkártyák fogadhatók el, például 4242 4242 4242 4242. Soha ne a sajátját írja be.",
		"bank.expiry": "Írja be a hónapot és az évet, ameddig a kártya érvényes, például 12/34.",
		"bank.code":   "Írja be a biztonsági kódot: három számjegy, American Expressnél négy.", "title": "Kártya", "offline": "A bank nem válaszolt. Próbálja újra."},
}

// fieldsView is the page in the shop's frame.
type fieldsView struct {
	Lang  string
	Words map[string]string
	Shop  string
}

// serveFields is the page that a shop frames: fields whose content its own page
// cannot read. Only the shop that the bank knows may frame it.
func (b *Bank) serveFields(w http.ResponseWriter, r *http.Request) error {
	lang, _, _ := strings.Cut(r.FormValue("lang"), "-")
	if !slices.Contains(languages, lang) {
		lang = "en"
	}
	return showAs(w, http.StatusOK, "fields.html", "'none'", b.config.Shop, fieldsView{lang, spoken[lang], b.config.Shop})
}

// serveToken takes a card from the bank's own fields and gives what stands for
// it. The number is looked up and forgotten: it is not kept, logged or answered.
func (b *Bank) serveToken(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Number string `json:"number"`
		Expiry string `json:"expiry"`
		Code   string `json:"code"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return errNumber
	}
	now := b.db.Now()
	card, err := try(in.Number, in.Expiry, in.Code, now)
	if err != nil {
		return err
	}
	expires, _ := readExpiry(in.Expiry, now)
	w.Header().Set("Cache-Control", "no-store")
	return answer(w, map[string]string{"instrument": token(card, dated(nonce(), expires)), "brand": card.Brand, "last": card.Last(), "country": card.Country})
}

// serveCards is the list of published cards, for people who try the shop.
func (b *Bank) serveCards(w http.ResponseWriter, _ *http.Request) error {
	return show(w, http.StatusOK, "cards.html", view{Bank: b.name(), Title: b.name(), Cards: cards})
}
