package settlement_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway"
	"korzo/purchase/payment/gatewaytest/eviltest"
	"korzo/purchase/settlement"
	"korzo/purchase/settlement/statement"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

var schemas = []fs.FS{event.Schema, job.Schema, ledger.Schema, exception.Schema, order.Schema, payment.Schema, settlement.Schema}

// desk is Payments with a gateway of a true book and one that takes transfers,
// and the desk where statements are matched.
type desk struct {
	*testing.T
	d       *db.DB
	gateway *eviltest.Gateway
	pay     *payment.Payments
	settle  *settlement.Settlements
	made    int
}

func each(t *testing.T, test func(d *desk)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := open(t, d, eviltest.Mix{})
		test(w)
		w.balanced()
	})
}

// open makes a desk on a database; mix is how evil the gateway is.
func open(t *testing.T, d *db.DB, mix eviltest.Mix) *desk {
	t.Helper()
	w := &desk{T: t, d: d}
	w.gateway = eviltest.New("card", 1, mix, d.Now, func(string, http.Header, []byte) {})
	byHand, err := gateway.Open("manual://DE89370400440532013000?holder=Korzo")
	if err != nil {
		t.Fatal(err)
	}
	report := func(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
	}
	atDoor, err := gateway.Open("cash://door?currencies=EUR&ceiling=EUR:500.00")
	if err != nil {
		t.Fatal(err)
	}
	w.pay = payment.New(d, append(append(byHand, atDoor...), w.gateway), nil, report)
	w.settle = settlement.New(d, w.pay)
	t.Cleanup(w.pay.Wait)
	return w
}

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// paid is an attempt of 100.00 that was taken.
func (w *desk) paid() payment.Attempt {
	w.Helper()
	a := w.attempt("card", true)
	if a.State == payment.StateAuthorized {
		if err := w.pay.CaptureRest(w.Context(), a.Payment); err != nil {
			w.Fatal(err)
		}
	}
	return w.find(a.ID)
}

func (w *desk) attempt(gateway string, capture bool) (a payment.Attempt) {
	w.Helper()
	kind := map[string]string{"card": "card", "manual": "transfer", "cash": "cod"}[gateway]
	for a.State != payment.StateAuthorized && a.State != payment.StateCaptured { // some of the gateway's customers are declined
		w.made++
		dbtest.Write(w.T, w.d, func(tx *db.Tx) (err error) {
			a, err = w.pay.Open(w.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(w.made)}, Market: "DE", Amount: eur(100_00),
				Method: kind, Kind: kind, Gateway: gateway, Instrument: "tok", Capture: capture})
			return err
		})
		var err error
		if a, err = w.pay.Pay(w.Context(), a); err != nil {
			w.Fatal(err)
		}
	}
	return a
}

func (w *desk) find(id payment.AttemptID) (a payment.Attempt) {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) (err error) {
		a, err = payment.FindAttempt(w.Context(), tx, id)
		return err
	})
	return a
}

const head = "id,kind,reference,amount,fee,currency,payout,at\n"

// read reads a table of rows and matches it.
func (w *desk) read(rows ...string) (settlement.File, settlement.Result) {
	w.Helper()
	return w.give(settlement.Upload{Source: "card", Format: "generic", Name: "card.csv", Text: strings.NewReader(head + strings.Join(rows, "\n") + "\n"), Actor: "stf_ada"})
}

func (w *desk) give(u settlement.Upload) (settlement.File, settlement.Result) {
	w.Helper()
	f, _, err := w.settle.Read(w.Context(), u)
	if err != nil {
		w.Fatal(err)
	}
	r, err := w.settle.Match(w.Context(), f.ID)
	if err != nil {
		w.Fatal(err)
	}
	return f, r
}

// waiting lists, sorted, the kinds of exceptions that wait.
func (w *desk) waiting() (kinds []string) {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
		all, err := exception.List(w.Context(), tx, exception.Filter{Open: true, Oldest: true})
		for _, e := range all {
			kinds = append(kinds, strings.TrimPrefix(e.Kind, "settlement."))
		}
		return err
	})
	slices.Sort(kinds)
	return kinds
}

func (w *desk) balance(account string) (n int64) {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) (err error) {
		n, err = ledger.Balance(w.Context(), tx, account, "EUR")
		return err
	})
	return n
}

func (w *desk) balanced() {
	w.Helper()
	dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
		r, err := ledger.Check(w.Context(), tx)
		if !r.Balanced {
			w.Errorf("the ledger: %v", r.Problems)
		}
		wrong, err2 := payment.Verify(w.Context(), tx)
		for _, text := range wrong {
			w.Error(text)
		}
		return errors.Join(err, err2)
	})
}

// row writes a row of a report.
func row(id, kind string, a payment.Attempt, amount, fee string) string {
	return fmt.Sprintf("%s,%s,%s,%s,%s,EUR,,2030-01-02 12:00:00", id, kind, a.ID, amount, fee)
}

// Every way in which a gateway's report can differ from our books has a name,
// and is a row that waits for a person.
func TestEveryKindOfDifference(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(w *desk) []string
		waits   []string // kinds, settlement's without their prefix
		agree   int      // attempts that match after all
	}{
		"nothing differs": {func(w *desk) []string { return []string{row("1", "charge", w.paid(), "100", "1.25")} }, nil, 1},
		"no attempt of ours": {func(w *desk) []string {
			return []string{row("1", "charge", w.paid(), "100", "1"), "2,charge,att_strange,50.00,1.00,EUR,,2030-01-02 12:00:00"}
		}, []string{"unknown"}, 1},
		"another currency": {func(w *desk) []string {
			return []string{strings.Replace(row("1", "charge", w.paid(), "100", "0"), "EUR", "USD", 1)}
		}, []string{"currency"}, 0},
		"charged twice": {func(w *desk) []string {
			a := w.paid()
			return []string{row("1", "charge", a, "100", "0"), row("2", "charge", a, "100", "0")}
		}, []string{"twice"}, 0},
		"more than we know of, and the gateway's book knows no more": {func(w *desk) []string {
			a := w.attempt("card", false)
			if _, err := w.pay.Capture(w.Context(), a.Payment, eur(60_00), "k", payment.By{}); err != nil {
				w.Fatal(err)
			}
			return []string{row("1", "charge", a, "70", "0")}
		}, []string{"more"}, 0},
		"less than we know of": {func(w *desk) []string { return []string{row("1", "charge", w.paid(), "99", "0")} }, []string{"less"}, 0},
		"a refund in the gateway's own pages is booked when the gateway's book has it": {func(w *desk) []string {
			a := w.paid()
			w.gateway.Alter(string(a.ID), func(e *eviltest.Entry) { e.Refunded.Minor = 30_00 })
			return []string{row("1", "charge", a, "100", "0"), row("2", "refund", a, "-30", "0")}
		}, []string{payment.TroubleForeign}, 1},
		"a refund that even the gateway's book knows nothing of": {func(w *desk) []string {
			a := w.paid()
			return []string{row("1", "charge", a, "100", "0"), row("2", "refund", a, "-30", "0")}
		}, []string{"refunded"}, 0},
		"a refund that never settled": {func(w *desk) []string {
			a := w.paid()
			if _, err := w.pay.Refund(w.Context(), a.Payment, eur(30_00), "k", payment.By{}); err != nil {
				w.Fatal(err)
			}
			dbtest.Clock(w.d).Advance(8 * 24 * time.Hour)
			return []string{row("1", "charge", a, "100", "0")}
		}, []string{"unsettled"}, 0},
		"a refund on its way into a report": {func(w *desk) []string {
			a := w.paid()
			if _, err := w.pay.Refund(w.Context(), a.Payment, eur(30_00), "k", payment.By{}); err != nil {
				w.Fatal(err)
			}
			return []string{row("1", "charge", a, "100", "0")}
		}, nil, 1},
		"charged after it was declined, and the check gives it back": {func(w *desk) []string {
			a := w.declined()
			w.gateway.Alter(string(a.ID), func(e *eviltest.Entry) { e.Status, e.Captured = payment.StatusCaptured, eur(100_00) })
			return []string{row("1", "charge", a, "100", "0")}
		}, []string{"ended", payment.TroubleLate}, 0},
		"charged after it was declined, and given back": {func(w *desk) []string {
			a := w.declined()
			return []string{row("1", "charge", a, "100", "0"), row("2", "refund", a, "-100", "0")}
		}, nil, 1},
		"in our books, and in no report": {func(w *desk) []string {
			first := w.paid()
			dbtest.Clock(w.d).Advance(2 * time.Hour)
			w.paid()
			dbtest.Clock(w.d).Advance(2 * time.Hour)
			last := w.paid()
			return []string{row("1", "charge", first, "100", "0"), strings.Replace(row("3", "charge", last, "100", "0"), "12:00", "16:00", 1)}
		}, []string{"missing"}, 2},
		"a payout that is not its rows": {func(w *desk) []string {
			return []string{strings.Replace(row("1", "charge", w.paid(), "100", "2"), ",EUR,,", ",EUR,po_1,", 1), "2,payout,,-97.00,0,EUR,po_1,2030-01-03"}
		}, []string{"payout"}, 1},
		"a payout that is its rows": {func(w *desk) []string {
			return []string{strings.Replace(row("1", "charge", w.paid(), "100", "2"), ",EUR,,", ",EUR,po_1,", 1), "2,payout,,-98.00,0,EUR,po_1,2030-01-03"}
		}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *desk) {
				rows := c.prepare(w)
				f, r := w.read(rows...)
				if diff := cmp.Diff(c.waits, w.waiting()); diff != "" {
					w.Errorf("what waits for a person: %s", diff)
				}
				if r.Matched+r.Undone != c.agree {
					w.Errorf("%d attempts agree, want %d: %+v", r.Matched+r.Undone, c.agree, r)
				}
				before := w.waiting()
				again, twice, err := w.settle.Read(w.Context(), settlement.Upload{Source: "card", Format: "generic", Name: "again.csv", Text: strings.NewReader(head + strings.Join(rows, "\n") + "\n")})
				if err != nil || !twice || again.ID != f.ID {
					w.Errorf("given again: %+v, %v, %v", again, twice, err)
				}
				if _, err := w.settle.Match(w.Context(), f.ID); err != nil {
					w.Error(err)
				}
				if diff := cmp.Diff(before, w.waiting()); diff != "" {
					w.Errorf("matching again changed what waits: %s", diff)
				}
			})
		})
	}
}

// declined is an attempt that the gateway said no to.
func (w *desk) declined() (a payment.Attempt) {
	w.Helper()
	for range 100 {
		w.made++
		dbtest.Write(w.T, w.d, func(tx *db.Tx) (err error) {
			a, err = w.pay.Open(w.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: fmt.Sprint(w.made)}, Amount: eur(100_00), Method: "card", Kind: "card",
				Gateway: "card", Instrument: "tok"})
			return err
		})
		var err error
		if a, err = w.pay.Pay(w.Context(), a); err != nil {
			w.Fatal(err)
		}
		if a.State == payment.StateDeclined {
			return a
		}
	}
	w.Fatal("the gateway declines nobody")
	return a
}

func TestFeesAreLearnedOnceHoweverOftenAndInWhateverPartsFilesCome(t *testing.T) {
	each(t, func(w *desk) {
		a, b := w.paid(), w.paid()
		one, two := row("1", "charge", a, "100", "1.25"), row("2", "charge", b, "100", "1.50")
		w.read(one)
		w.read(one, two)
		f, _ := w.read(two, "3,fee,,-5.00,0,EUR,,2030-01-02")
		if f.Rows != 2 || f.Known != 1 {
			w.Errorf("%d rows, %d known before", f.Rows, f.Known)
		}
		for account, want := range map[string]int64{"fees:card": 7_75, "clearing:card": 200_00 - 7_75, "suspense:card": 0} {
			if got := w.balance(account); got != want {
				w.Errorf("%s has %d, want %d", account, got, want)
			}
		}
		if got := w.waiting(); got != nil {
			w.Errorf("%v wait", got)
		}
	})
}

func TestAPayoutIsFollowedToTheBank(t *testing.T) {
	each(t, func(w *desk) {
		w.read(strings.Replace(row("1", "charge", w.paid(), "100", "2"), ",EUR,,", ",EUR,po_1234,", 1), "2,payout,,-98.00,0,EUR,po_1234,2030-01-03")
		if got := w.balance("transit:card"); got != 98_00 {
			w.Errorf("%d is on its way to the bank", got)
		}
		_, r := w.give(bank("2030-01-05", entry{"B1", "98.00", "po_1234", "CARD SERVICES"}, entry{"B2", "7.00", "", "interest"}))
		if r.Matched != 1 || w.balance("transit:card") != 0 || w.balance("bank:DE89370400440532013000") != 98_00 || w.balance("clearing:card") != 0 {
			w.Errorf("%+v; on its way %d, at the bank %d, at the gateway %d", r, w.balance("transit:card"), w.balance("bank:DE89370400440532013000"), w.balance("clearing:card"))
		}
		if got := w.waiting(); got != nil {
			w.Errorf("%v wait", got)
		}
	})
}

func TestAPayoutThatIsShortOrLateIsSeen(t *testing.T) {
	each(t, func(w *desk) {
		charge := func(id, payout string) string {
			return strings.Replace(row(id, "charge", w.paid(), "100", "2"), ",EUR,,", ",EUR,"+payout+",", 1)
		}
		w.read(charge("1", "po_short"), "2,payout,,-98.00,0,EUR,po_short,2030-01-03", charge("3", "po_never"), "4,payout,,-98.00,0,EUR,po_never,2030-01-03")
		w.give(bank("2030-01-05", entry{"B1", "90.00", "po_short", ""}))
		if diff := cmp.Diff([]string{"arrival"}, w.waiting()); diff != "" {
			w.Error(diff)
		}
		_, r := w.give(bank("2030-01-20", entry{"B9", "1.00", "", ""}))
		if diff := cmp.Diff([]string{"arrival", "arrival"}, w.waiting()); diff != "" || r.Differences[settlement.Arrival] != 1 {
			w.Error(diff)
		}
		w.give(bank("2030-01-21", entry{"B10", "98.00", "po_never", ""}))
		if diff := cmp.Diff([]string{"arrival"}, w.waiting()); diff != "" {
			w.Errorf("it came at last: %s", diff)
		}
	})
}

func TestACustomersTransferIsBookedOnceForWhatItNames(t *testing.T) {
	each(t, func(w *desk) {
		whole, part, over := w.attempt("manual", false), w.attempt("manual", false), w.attempt("manual", false)
		statement := bank("2030-01-05", entry{"B1", "100.00", "", "Order " + string(whole.ID)}, entry{"B2", "40.00", "", whose(part)},
			entry{"B3", "120.00", whose(over), ""}, entry{"B4", "100.00", "", "no reference at all"})
		for range 2 {
			w.give(statement)
		}
		for a, want := range map[payment.Attempt]int64{whole: 100_00, part: 40_00, over: 0} {
			if got := w.find(a.ID).Captured; got != eur(want) {
				w.Errorf("%s: %v was booked, want %d", a.ID, got, want)
			}
		}
		if diff := cmp.Diff([]string{"transfer", "transfer"}, w.waiting()); diff != "" {
			w.Error(diff)
		}
	})
}

// whose is the reference that a customer was told to write.
func whose(a payment.Attempt) string { return a.GatewayID }

func TestAStatementIsOfOneOfTheShopsGateways(t *testing.T) {
	each(t, func(w *desk) {
		for _, u := range []settlement.Upload{{Source: "elsewhere", Format: "generic"}, {Source: "card", Format: "camt053"}, {Source: settlement.Bank, Format: "stripe"}} {
			if _, _, err := w.settle.Read(w.Context(), u); !errors.Is(err, settlement.ErrSource) {
				w.Errorf("%+v: %v", u, err)
			}
		}
		if _, _, err := w.settle.Read(w.Context(), settlement.Upload{Source: "card", Format: "generic", Text: strings.NewReader("x")}); !errors.Is(err, statement.ErrFile) {
			w.Errorf("nonsense: %v", err)
		}
		dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
			files, _, err := settlement.List(w.Context(), tx, "", 10)
			if len(files) != 0 {
				w.Errorf("%d files of what was refused", len(files))
			}
			return err
		})
	})
}

// entry is a line of a bank's statement.
type entry struct{ id, amount, reference, text string }

// bank is a statement of the shop's account on a day.
func bank(day string, entries ...entry) settlement.Upload {
	var b strings.Builder
	b.WriteString(`<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>`)
	for _, e := range entries {
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>%s</Dt></BookgDt><AcctSvcrRef>%s</AcctSvcrRef>`+
			`<NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`, e.amount, day, e.id, e.reference, e.text)
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	return settlement.Upload{Source: settlement.Bank, Format: "camt053", Name: "bank.xml", Text: strings.NewReader(b.String())}
}

// A statement is written a part at a time and believed whole: one whose last
// row is bad leaves nothing behind, however many parts came before it.
func TestALongStatementIsKeptInPartsAndBelievedWhole(t *testing.T) {
	each(t, func(w *desk) {
		var rows []string
		for i := range 1_203 {
			rows = append(rows, fmt.Sprintf("r%d,charge,nobody_%d,12.90,0.40,EUR,2030-01-02", i, i))
		}
		give := func(rows []string) (settlement.File, error) {
			f, _, err := w.settle.Read(w.Context(), settlement.Upload{Source: "card", Format: "generic", Name: "long.csv",
				Text: strings.NewReader("id,kind,reference,amount,fee,currency,at\n" + strings.Join(rows, "\n") + "\n")})
			return f, err
		}
		if _, err := give(append(slices.Clone(rows), "r1203,charge,nobody,x,0,EUR,2030-01-02")); !errors.Is(err, statement.ErrFile) || !strings.Contains(err.Error(), "line 1205") {
			w.Errorf("%v, want the bad line named", err)
		}
		dbtest.Read(w.T, w.d, func(tx *db.Tx) error {
			files, _, err := settlement.List(w.Context(), tx, "", 10)
			if len(files) != 0 {
				w.Errorf("%d files of what was refused", len(files))
			}
			return err
		})
		f, err := give(rows)
		if err != nil || f.Rows != 1_203 || f.Known != 0 || f.State != settlement.StateRead {
			w.Fatalf("%+v, %v", f, err)
		}
		var last []settlement.Row
		dbtest.Read(w.T, w.d, func(tx *db.Tx) (err error) {
			last, err = settlement.Rows(w.Context(), tx, f.ID, "", 1_200, 10)
			return err
		})
		if len(last) != 4 || last[3].ID != "r1202" || last[3].Line != 1_204 {
			w.Errorf("the last rows are %+v", last)
		}
	})
}
