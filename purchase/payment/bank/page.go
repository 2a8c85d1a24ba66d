package bank

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
	"korzo/value/money"
)

// The pages on which a person decides.
const (
	pageProof  = "proof"  // the cardholder proves who they are
	pageSleepy = "sleepy" // the same, and silence is a yes
	pageCard   = "card"   // the card is typed here
	pagePlan   = "plan"   // the card is known, the instalments are not
	pageApp    = "app"    // plays the app, wallet or provider of any other method
)

//go:embed pages/*
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages/*.html"))

var errDecided = fault.New(fault.Conflict, "bank.decided", "this payment is decided already")

func (b *Bank) pageRoutes(mux *http.ServeMux) {
	for pattern, h := range map[string]web.Handler{
		"GET /challenge/{id}": b.serveProof, "POST /challenge/{id}": b.answerProof,
		"GET /pay/{id}": b.servePage, "POST /pay/{id}": b.answerPage,
		"GET /wallets/{asking}": b.serveWallet, "POST /wallets/{asking}": b.answerWallet,
		"GET /fields": b.serveFields, "POST /fields/tokens": b.serveToken,
		"GET /phone": b.servePhone, "POST /phone": b.makeCode, "GET /phone/{code}": b.serveCode, "POST /phone/{code}": b.answerCode, "GET /phone/{code}/image": b.serveCodeImage,
		"GET /cards": b.serveCards, "GET /scenes": b.serveScenes, "POST /scenes": b.playScene,
	} {
		mux.Handle(pattern, web.SameOrigin(h))
	}
	mux.Handle("GET /pages/", http.FileServerFS(files))
}

// view is what a page shows.
type view struct {
	Payment
	Bank, Title string
	Sum         string
	Return      string
	Page        string
	Open        bool
	Error       string
	Typed       url.Values
	Plans       []planView
	Cards       []Card
	Email       string
	People      []known
}

type planView struct {
	Count             int64
	Each, Last, Total string
	First             bool
}

func (b *Bank) name() string {
	if b.config.Second {
		return "Second sandbox bank"
	}
	return "Sandbox bank"
}

func sum(minor int64, currency string) string {
	if currency == "" {
		return "" // a card is kept, and nothing is paid
	}
	return money.Of(minor, money.Currency(currency)).Decimal() + " " + currency
}

// viewOf fills a page about a payment.
func (b *Bank) viewOf(p Payment, r *http.Request) view {
	v := view{Payment: p, Bank: b.name(), Title: b.name(), Sum: sum(p.Amount, p.Currency), Return: p.returnURL, Page: p.page,
		Open: p.State == "action_required", Typed: r.PostForm, Cards: cards}
	if name, ok := players[p.kind]; ok && p.page == pageApp {
		v.Title = name
	}
	if p.page == pagePlan {
		for i, plan := range plansOf(read(p.instrument).card, p.Amount) {
			v.Plans = append(v.Plans, planView{plan.Count, sum(plan.Each, p.Currency), sum(plan.Last, p.Currency), sum(plan.Total, p.Currency), i == 0})
		}
	}
	return v
}

// players are whose part the page of a kind plays.
var players = map[string]string{
	"swish": "Swish, played by the sandbox", "paypal": "PayPal, played by the sandbox", "venmo": "Venmo, played by the sandbox",
	"wallet": "A wallet, played by the sandbox", "pay_later": "A lender, played by the sandbox",
}

// load finds the payment of a page.
func (b *Bank) load(r *http.Request) (p Payment, err error) {
	err = b.db.Read(r.Context(), func(tx *db.Tx) error {
		p, err = selectByID(r.Context(), tx, r.PathValue("id"))
		return err
	})
	if errors.Is(err, db.ErrNoRow) {
		err = errNotFound
	}
	return p, err
}

func (b *Bank) serveProof(w http.ResponseWriter, r *http.Request) error {
	p, err := b.load(r)
	if err != nil {
		return err
	}
	v := b.viewOf(p, r)
	return showAs(w, http.StatusOK, "proof.html", leading(v), anybody, v)
}

func (b *Bank) servePage(w http.ResponseWriter, r *http.Request) error {
	p, err := b.load(r)
	if err != nil {
		return err
	}
	if p.page == pageProof && p.State == "action_required" {
		http.Redirect(w, r, "/challenge/"+p.ID, http.StatusSeeOther)
		return nil
	}
	return show(w, http.StatusOK, "pay.html", b.viewOf(p, r))
}

// answerProof takes the cardholder's yes or no. A yes is kept as proof, which
// another bank accepts.
func (b *Bank) answerProof(w http.ResponseWriter, r *http.Request) error {
	return b.decided(w, r, func(p *Payment) (string, error) {
		if r.FormValue("answer") != "yes" {
			return "authentication_failed", nil
		}
		p.Proof = prove(*p)
		return refusal(p.instrument), nil
	})
}

// answerPage takes what a person did on one of the other pages.
func (b *Bank) answerPage(w http.ResponseWriter, r *http.Request) error {
	p, err := b.load(r)
	if err != nil {
		return err
	}
	if p.State != "action_required" || p.page == pageApp || r.FormValue("answer") == "no" {
		return b.decided(w, r, func(*Payment) (string, error) {
			if r.FormValue("answer") != "yes" {
				return "cancelled", nil
			}
			return "", nil
		})
	}
	return b.typed(w, r, p)
}

// typed takes a card or a plan from the bank's own page. A number that is not
// published is refused, and forgotten with the request.
func (b *Bank) typed(w http.ResponseWriter, r *http.Request, p Payment) error {
	switch p.page {
	case pageCard:
		card, err := try(r.FormValue("number"), r.FormValue("expiry"), r.FormValue("code"), b.db.Now())
		if err != nil {
			v := b.viewOf(p, r)
			v.Error = web.ProblemOf(err).Detail
			v.Typed = url.Values{"expiry": {r.FormValue("expiry")}} // the number is not sent back
			return show(w, http.StatusUnprocessableEntity, "pay.html", v)
		}
		p.instrument = token(card, nonce())
		if p.kind == "instalments" {
			p.page = pagePlan
			return b.onward(w, r, p)
		}
	case pagePlan:
		count, err := strconv.ParseInt(r.FormValue("plan"), 10, 64)
		if err != nil || count != 1 && !offered(read(p.instrument).card, p.Amount, count) {
			return show(w, http.StatusUnprocessableEntity, "pay.html", b.viewOf(p, r))
		}
		p.instrument = WithPlan(p.instrument, count)
	default:
		return errDecided
	}
	p.State = "authorized"
	b.follow(&p, order{Kind: p.kind, Instrument: p.instrument}, read(p.instrument))
	if p.State == "authorized" && p.capture {
		p.State, p.Captured = "captured", p.Amount
	}
	return b.onward(w, r, p)
}

// onward keeps what a page came to and goes where that leads: to another page,
// or back to the shop.
func (b *Bank) onward(w http.ResponseWriter, r *http.Request, p Payment) error {
	open := p.State == "action_required"
	if !open {
		p.due = time.Time{}
	}
	err := b.db.Write(r.Context(), func(tx *db.Tx) error {
		n, err := updateState(r.Context(), tx, p, "action_required")
		if err == nil && n == 0 {
			err = errDecided
		}
		if err != nil || open {
			return err
		}
		return b.notify(r.Context(), tx, p, "")
	})
	b.wake()
	if err != nil {
		return err
	}
	if open {
		http.Redirect(w, r, b.shown(p).ActionURL, http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, p.returnURL, http.StatusSeeOther)
	return nil
}

// decided settles an open payment as its person answered, and leads back to
// the shop.
func (b *Bank) decided(w http.ResponseWriter, r *http.Request, say func(p *Payment) (no string, err error)) error {
	var p Payment
	err := b.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if p, err = selectByID(r.Context(), tx, r.PathValue("id")); err != nil || p.State != "action_required" {
			return err
		}
		no, err := say(&p)
		if err != nil {
			return err
		}
		return b.settle(r.Context(), tx, &p, no)
	})
	b.wake()
	if errors.Is(err, db.ErrNoRow) {
		err = errNotFound
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, p.returnURL, http.StatusSeeOther)
	return nil
}

// anybody may frame the page of proof: a shop's checkout shows it in a frame, as
// issuers' pages are shown under EMV 3-D Secure, and that checkout may itself
// stand in a page that no bank has heard of. It bears nothing but a yes and a no
// about one sum, which is written on it.
const anybody = "http: https:"

// leading is where the forms of a page may lead: to the bank, and back to the shop.
func leading(v view) string {
	form := "'self'"
	if u, err := url.Parse(v.Return); err == nil && slices.Contains([]string{"http", "https"}, u.Scheme) {
		form += " " + u.Scheme + "://" + u.Host
	}
	return form
}

// show sends a page of the bank that nobody may frame.
func show(w http.ResponseWriter, status int, name string, v view) error {
	return showAs(w, status, name, leading(v), "", v)
}

// showAs sends a page under a policy that lets its forms lead only where form
// says, and only the framing origins, "" for none, put it into a frame.
func showAs(w http.ResponseWriter, status int, name, form, framing string, v any) error {
	var body strings.Builder
	if err := pages.ExecuteTemplate(&body, name, v); err != nil {
		return fmt.Errorf("show %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; form-action "+form+
		"; base-uri 'none'; frame-ancestors "+cmp.Or(framing, "'none'"))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, err := w.Write([]byte(body.String()))
	return err
}
