package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"korzo/backoffice/listing"
	"korzo/offer/market"
	"korzo/platform/fault"
	"korzo/ui"

	"github.com/a-h/templ"

	"korzo/platform/db"
	"korzo/platform/exception"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
	"korzo/purchase/settlement"
	"korzo/value/money"
)

// paidRow is a payment in the list; Number is its order's, "" where none was placed.
type paidRow struct {
	payment.Listed
	Number string
}

// paymentsNote is the figures of the list's time, below the title.
type paymentsNote struct {
	Figures []payment.Figure
	By      string
	During  payment.Between
}

var errPaymentFilter = fault.New(fault.Invalid, "admin.payment_filter", "write the amount like 12.90 or 1290 JPY and the days like 2030-01-31")

// paymentList describes the list of payments.
func (a *Admin) paymentList() list[paidRow] {
	return list[paidRow]{
		name: "payments", path: Prefix + "/payments", read: "orders.read", live: payment.Topic,
		columns: paymentColumns(), filters: a.paymentFilters(), tabs: "status",
		page:  paymentPage,
		key:   func(l paidRow) string { return string(l.ID) },
		label: func(l paidRow) string { return string(l.ID) },
		none:  "admin.payments.none",
		note:  a.paymentFigures,
	}
}

func paymentColumns() []column[paidRow] {
	type row = paidRow
	return []column[row]{
		{name: "when", title: "admin.col.when", fixed: true, cell: func(v *visit, l row) templ.Component { return v.paymentCell(l) },
			text: func(_ *visit, l row) string { return stamp(l.CreatedAt) }},
		textColumn("id", "admin.payments.id", true, func(_ *visit, l row) string { return string(l.ID) }),
		{name: "status", title: "admin.col.status", cell: func(v *visit, l row) templ.Component { return v.paymentState(l) },
			text: func(_ *visit, l row) string { return l.Status() }},
		{name: "way", title: "admin.payments.way", cell: func(v *visit, l row) templ.Component { return v.paymentWay(l) },
			text: func(_ *visit, l row) string { return l.Method + " " + l.Gateway }},
		{name: "market", title: "admin.col.market", cell: plainCell(func(v *visit, l row) string { return v.market(l.Market) }),
			text: func(_ *visit, l row) string { return l.Market }},
		textColumn("channel", "admin.field.channel", true, func(_ *visit, l row) string { return l.Channel }),
		{name: "order", title: "admin.order.one", cell: func(v *visit, l row) templ.Component { return v.paymentOrder(l) },
			text: func(_ *visit, l row) string { return l.Number }},
		sumColumn("amount", "admin.col.amount", false, func(l row) money.Amount { return l.Amount }),
		textColumn("currency", "admin.customer.currency", true, func(_ *visit, l row) string { return string(l.Amount.Currency) }),
		sumColumn("captured", "admin.payment.captured", true, func(l row) money.Amount { return l.Captured }),
		sumColumn("refunded", "admin.payments.refunded", true, func(l row) money.Amount { return l.Refunded }),
	}
}

func (a *Admin) paymentFilters() []listFilter {
	return []listFilter{
		{name: "q", label: "admin.payments.search", kind: "search"},
		{name: "status", label: "admin.col.status", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) {
			return v.words("state", "admin.all", payment.Statuses...), nil
		}},
		{name: "gateway", label: "admin.field.gateway", options: func(v *visit, _ *db.Tx) ([]ui.Option, error) { return v.choices(a.Payments.Names()), nil }},
		{name: "market", label: "admin.field.market", options: func(v *visit, tx *db.Tx) ([]ui.Option, error) {
			all, err := market.All(v.ctx(), tx)
			return v.marketOptions(all, "admin.all"), err
		}},
		{name: "method", label: "admin.field.method"},
		{name: "channel", label: "admin.field.channel"},
		{name: "amount", label: "admin.field.amount"},
		{name: "from", label: "admin.field.from", kind: "date"},
		{name: "until", label: "admin.field.until", kind: "date"},
	}
}

// paymentFilter is what a state of the list asks for. A day is one of the shop's own.
func (v *visit) paymentFilter(at listing.State) (f payment.Filter, err error) {
	f = payment.Filter{Status: at.Filter("status"), Gateway: at.Filter("gateway"), Method: at.Filter("method"), Market: at.Filter("market"),
		Channel: at.Filter("channel"), Text: at.Filter("q"), After: payment.ID(at.After)}
	f.During.From, f.During.Until = v.days(at)
	if at.Filter("from") != "" && f.During.From.IsZero() || at.Filter("until") != "" && f.During.Until.IsZero() {
		return f, errPaymentFilter
	}
	return f, nil
}

// paymentAmount reads the amount that a list is narrowed to: in the currency
// written beside it, else in that of the market it is narrowed to, else in
// whatever currency has the decimals of the shop's first market.
func (v *visit) paymentAmount(tx *db.Tx, f *payment.Filter, text string) error {
	if text == "" {
		return nil
	}
	markets, err := market.All(v.ctx(), tx)
	if err != nil {
		return err
	}
	in := money.Currency("EUR")
	for i, m := range markets {
		if i == 0 || m.ID == f.Market {
			in = m.Currency
		}
		if m.ID == f.Market {
			f.Currency = m.Currency
		}
	}
	number := strings.TrimFunc(strings.ToUpper(text), func(r rune) bool { return r == ' ' || unicode.IsLetter(r) })
	if code := money.Currency(strings.TrimSpace(strings.Replace(strings.ToUpper(text), number, "", 1))); code != "" {
		in, f.Currency = code, code
	}
	amount, err := money.Parse(decimal(number), in)
	if f.Minor = amount.Minor; err != nil || amount.Minor <= 0 {
		return errPaymentFilter
	}
	return nil
}

func paymentPage(v *visit, tx *db.Tx, at listing.State, limit int) ([]paidRow, string, error) {
	f, err := v.paymentFilter(at)
	if err != nil {
		return nil, "", err
	}
	if err := v.paymentAmount(tx, &f, at.Filter("amount")); err != nil {
		return nil, "", err
	}
	f.Limit = limit
	if strings.HasPrefix(f.Text, "#") || len(f.Text) > 0 && len(f.Text) < 20 { // an order's number
		found, _, err := order.List(v.ctx(), tx, order.Filter{Number: strings.TrimPrefix(f.Text, "#"), Limit: 1})
		if err != nil {
			return nil, "", err
		}
		if len(found) == 1 {
			f.Text, f.Order = "", string(found[0].ID)
		}
	}
	page, next, err := payment.List(v.ctx(), tx, f)
	if err != nil {
		return nil, "", err
	}
	ids := make([]order.ID, len(page))
	for i, l := range page {
		ids[i] = order.ID(l.Order)
	}
	numbers, err := order.NumbersOf(v.ctx(), tx, ids)
	rows := make([]paidRow, len(page))
	for i, l := range page {
		rows[i] = paidRow{l, numbers[ids[i]]}
	}
	return rows, string(next), err
}

// paymentFigures are what the payments of the list's time, or of the last thirty
// days, came to. Without the right to figures there are none.
func (a *Admin) paymentFigures(v *visit) templ.Component {
	n := paymentsNote{By: cmp.Or(v.query("by"), "gateway")}
	f, err := v.paymentFilter(a.paymentList().shape().Read(v.r.URL.Query()))
	if n.During = f.During; n.During.From.IsZero() {
		n.During.From = v.now.AddDate(0, 0, -30)
	}
	if err != nil || !v.can("reports.read") || !slices.Contains(payment.Dimensions, n.By) {
		return templ.NopComponent
	}
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		n.Figures, err = payment.Figures(v.ctx(), tx, n.By, n.During)
		return err
	})
	if err != nil {
		return templ.NopComponent
	}
	return v.paymentFiguresOf(n)
}

// maxRows is the most rows of a table that is downloaded.
const maxRows = 20_000

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
	Cards     map[payment.AttemptID]payment.Card
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
	s.Cards = map[payment.AttemptID]payment.Card{}
	for _, t := range p.Attempts {
		s.Cards[t.ID] = t.Card
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
