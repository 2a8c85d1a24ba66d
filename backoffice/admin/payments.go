package admin

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
	"korzo/purchase/settlement"
	"korzo/value/money"
)

// paymentsFilters are the parts of the address that narrow the list.
var paymentsFilters = []string{"status", "gateway", "method", "market", "channel", "amount", "from", "until", "q"}

// payments is a page of the list of payments with the figures of its time.
type payments struct {
	Page     []payment.Listed
	Next     string
	Figures  []payment.Figure
	By       string
	During   payment.Between
	Markets  []string
	Gateways []string
	Bad      string // what of the filter cannot be read
}

// paymentFilter reads the list's address. A day is one of the shop's own.
func (v *visit) paymentFilter() (f payment.Filter, bad string) {
	f = payment.Filter{Status: v.query("status"), Gateway: v.query("gateway"), Method: v.query("method"), Market: v.query("market"),
		Channel: v.query("channel"), Text: v.query("q"), After: payment.ID(v.query("after")), Limit: pageSize}
	day := func(name string) time.Time {
		at, err := time.ParseInLocation(time.DateOnly, v.query(name), v.zone)
		if err != nil && v.query(name) != "" {
			bad = name
		}
		return at
	}
	if f.During.From = day("from"); v.query("from") == "" {
		f.During.From = time.Time{}
	}
	if until := day("until"); v.query("until") != "" && bad == "" {
		f.During.Until = until.AddDate(0, 0, 1)
	}
	if text := v.query("amount"); text != "" {
		amount, err := money.Parse(decimal(text), "EUR") // most currencies have two decimals
		if f.Minor = amount.Minor; err != nil || amount.Minor <= 0 {
			bad = "amount"
		}
	}
	return f, bad
}

// figuresOf is the time the figures are of: the list's, or the last 30 days.
func (v *visit) figuresOf(f payment.Filter) payment.Between {
	b := f.During
	if b.From.IsZero() {
		b.From = v.now.AddDate(0, 0, -30)
	}
	return b
}

func (a *Admin) listPayments(v *visit) error {
	f, bad := v.paymentFilter()
	p := payments{By: v.query("by"), During: v.figuresOf(f), Gateways: a.Payments.Names(), Bad: bad}
	if p.By == "" {
		p.By = "gateway"
	}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		markets, err := marketsByID(v.ctx(), tx)
		if err != nil {
			return err
		}
		for id := range markets {
			p.Markets = append(p.Markets, id)
		}
		if bad != "" {
			return nil
		}
		if strings.HasPrefix(f.Text, "#") || len(f.Text) > 0 && len(f.Text) < 20 { // an order's number
			found, _, err := order.List(v.ctx(), tx, order.Filter{Number: strings.TrimPrefix(f.Text, "#"), Limit: 1})
			if err != nil {
				return err
			}
			if len(found) == 1 {
				f.Text, f.Order = "", string(found[0].ID)
			}
		}
		var next payment.ID
		if p.Page, next, err = payment.List(v.ctx(), tx, f); err != nil {
			return err
		}
		p.Next = string(next)
		if v.can("reports.read") {
			p.Figures, err = payment.Figures(v.ctx(), tx, p.By, p.During)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.paymentsPage(p))
}

// maxRows is the most rows of a table that is downloaded.
const maxRows = 20_000

// downloadPayments is the list as a table, with the same filters.
func (a *Admin) downloadPayments(v *visit) error {
	f, _ := v.paymentFilter()
	f.After, f.Limit = "", 100
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="payments.csv"`)
	v.w.Header().Set("Cache-Control", "private, no-store")
	out := csv.NewWriter(v.w)
	_ = out.Write([]string{"id", "at", "status", "amount", "captured", "refunded", "currency", "method", "gateway", "attempts", "decline_code", "market", "channel", "order"})
	for range maxRows / f.Limit {
		var page []payment.Listed
		var next payment.ID
		err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
			page, next, err = payment.List(v.ctx(), tx, f)
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range page {
			_ = out.Write([]string{string(l.ID), stamp(l.CreatedAt), l.Status(), l.Amount.Decimal(), l.Captured.Decimal(), l.Refunded.Decimal(), string(l.Amount.Currency),
				l.Method, l.Gateway, strconv.FormatInt(l.Attempts, 10), l.Decline, l.Market, l.Channel, l.Order})
		}
		if f.After = next; next == "" {
			break
		}
	}
	out.Flush()
	return out.Error()
}

// told is a line of a payment's timeline, whoever it came from.
type toldLine struct {
	At     time.Time
	Tone   string // a state whose badge it bears
	Head   string
	Text   string
	Detail string
}

// signals is all that is known of a payment, oldest first.
type signals struct {
	Signals   []payment.Signal
	Decisions []route.Logged
	Rows      []settlement.Row
	Troubles  []exception.Exception
	Names     map[string]string
}

// readSignals loads what a payment's timeline shows.
func readSignals(v *visit, tx *db.Tx, p paid) (s signals, err error) {
	ctx := v.ctx()
	if s.Signals, err = payment.Signals(ctx, tx, p.ID); err != nil {
		return s, err
	}
	if s.Decisions, err = route.Decisions(ctx, tx, string(p.ID)); err != nil {
		return s, err
	}
	for _, t := range p.Attempts {
		rows, err := settlement.RowsOf(ctx, tx, t.ID)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, rows...)
		troubles, err := exception.About(ctx, tx, string(t.ID))
		if err != nil {
			return s, err
		}
		s.Troubles = append(s.Troubles, troubles...)
	}
	s.Names, err = names(ctx, tx)
	return s, err
}
