package bank

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/fault"
)

var errWallet = fault.New(fault.NotFound, "bank.wallet", "this wallet is closed; go back to the shop and open it again")

// pageWallet plays a wallet that is asked who buys before anything is paid.
const pageWallet = "wallet"

// Asking is a shop's wish that a wallet tell who buys and where it goes. The bank
// keeps none of it: the address of the page bears it, signed.
type Asking struct {
	Reference string   `json:"reference"`
	Kind      string   `json:"kind"`
	Amount    int64    `json:"amount"`
	Currency  string   `json:"currency"`
	Countries []string `json:"countries"` // an address in one of them; none: no address is asked for
	ReturnURL string   `json:"return_url"`
	Until     int64    `json:"until"`
}

// Told is what somebody let their wallet tell, and what to pay with from then on.
type Told struct {
	Reference  string `json:"reference"`
	Instrument string `json:"instrument"`
	Email      string `json:"email"`
	Person
	Until int64 `json:"until"`
}

// Person is somebody whom the wallets know, who is nobody. The zero Person has
// told no address.
type Person struct {
	Name       string `json:"name,omitempty"`
	Line1      string `json:"line1,omitempty"`
	City       string `json:"city,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

// walletEmail is whose wallets they all are.
const walletEmail = "ada@example.com"

// people are the addresses in the wallets.
var people = []Person{
	{"Ada Lovelace", "Torstraße 1", "Berlin", "", "10119", "DE", "+49 30 1234567"},
	{"Ada Lovelace", "Stephansplatz 1", "Wien", "", "1010", "AT", "+43 1 234567"},
	{"Lovász Ada", "Fő utca 1.", "Budapest", "", "1011", "HU", "+36 1 234 5678"},
	{"Ada Lovelace", "Storgatan 1", "Stockholm", "", "111 22", "SE", "+46 8 123 456"},
	{"Ada Lovelace", "1 Main Street", "New York", "NY", "10001", "US", "+1 212 555 0100"},
}

// walletToken begins the instrument that a wallet gave: it has been agreed to.
const walletToken = "wallet."

func (b *Bank) walletRoutes(mux *http.ServeMux) {
	mux.Handle("POST /v1/wallets", b.merchant(b.serveAsk))
	mux.Handle("GET /v1/wallets/{told}", b.merchant(b.serveTold))
}

// signed is a text for an address that only this bank can have written.
func (b *Bank) signed(v any) (string, error) {
	text, err := json.Marshal(v)
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + b.mark(body), err
}

func (b *Bank) mark(body string) string {
	mac := hmac.New(sha256.New, []byte(b.config.Secret))
	mac.Write([]byte("wallet:" + body))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// unsigned reads what signed wrote.
func (b *Bank) unsigned(text string, into any) error {
	body, mark, _ := strings.Cut(text, ".")
	plain, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || !hmac.Equal([]byte(mark), []byte(b.mark(body))) || json.Unmarshal(plain, into) != nil {
		return errWallet
	}
	return nil
}

// serveAsk gives a shop the page on which its shopper opens a wallet.
func (b *Bank) serveAsk(w http.ResponseWriter, r *http.Request) error {
	var a Asking
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil || a.Reference == "" || a.Amount <= 0 {
		return errAmount
	}
	a.Until = b.db.Now().Add(b.config.Patience).Unix()
	page, err := b.signed(a)
	if err != nil {
		return err
	}
	return answer(w, map[string]string{"action_url": b.base() + "/wallets/" + page})
}

// serveTold tells a shop what its shopper came back with.
func (b *Bank) serveTold(w http.ResponseWriter, r *http.Request) error {
	var t Told
	if err := b.unsigned(r.PathValue("told"), &t); err != nil {
		return err
	}
	if t.Reference == "" || t.Instrument == "" || b.db.Now().After(time.Unix(t.Until, 0)) {
		return errWallet
	}
	return answer(w, t)
}

// asked is the wish of a wallet's page.
func (b *Bank) asked(r *http.Request) (a Asking, err error) {
	if err = b.unsigned(r.PathValue("asking"), &a); err == nil && (a.ReturnURL == "" || b.db.Now().After(time.Unix(a.Until, 0))) {
		err = errWallet
	}
	return a, err
}

func (b *Bank) serveWallet(w http.ResponseWriter, r *http.Request) error {
	a, err := b.asked(r)
	if err != nil {
		return err
	}
	v := b.viewOf(Payment{Amount: a.Amount, Currency: a.Currency, State: "action_required", kind: a.Kind, page: pageWallet, returnURL: a.ReturnURL}, r)
	v.Title, v.Email = players[a.Kind], walletEmail
	for i, p := range people {
		if slices.Contains(a.Countries, p.Country) {
			v.People = append(v.People, known{strconv.Itoa(i), p})
		}
	}
	return show(w, http.StatusOK, "wallet.html", v)
}

// known is one of the addresses to choose from.
type known struct {
	At string
	Person
}

// answerWallet leads back to the shop with what was told, or with nothing.
func (b *Bank) answerWallet(w http.ResponseWriter, r *http.Request) error {
	a, err := b.asked(r)
	if err != nil {
		return err
	}
	back, err := url.Parse(a.ReturnURL)
	if err != nil {
		return errWallet
	}
	if r.FormValue("answer") == "yes" {
		t := Told{Reference: a.Reference, Instrument: prefix + walletToken + nonce(), Email: walletEmail, Until: b.db.Now().Add(b.config.Patience).Unix()}
		if i, err := strconv.Atoi(r.FormValue("person")); err == nil && i >= 0 && i < len(people) && slices.Contains(a.Countries, people[i].Country) {
			t.Person = people[i]
		}
		told, err := b.signed(t)
		if err != nil {
			return err
		}
		back.RawQuery = url.Values{"wallet": {told}}.Encode()
	}
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
	return nil
}
