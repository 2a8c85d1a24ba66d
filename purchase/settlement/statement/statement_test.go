package statement_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/purchase/settlement/statement"
	"korzo/value/money"

	"github.com/google/go-cmp/cmp"
)

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// whole is a statement with all that was told of it.
type whole struct {
	statement.Summary
	Rows    []statement.Row
	Entries []statement.Entry
}

func readAll(format string, from io.Reader, m statement.Mapping) (w whole, err error) {
	w.Summary, err = statement.Read(format, from, m, statement.Each{
		Row:   func(r statement.Row) error { w.Rows = append(w.Rows, r); return nil },
		Entry: func(e statement.Entry) error { w.Entries = append(w.Entries, e); return nil },
	})
	return w, err
}

func read(t *testing.T, format, file string) whole {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s, err := readAll(format, f, statement.Mapping{})
	if err != nil {
		t.Fatal(err)
	}
	if n := int64(len(s.Rows) + len(s.Entries)); n != s.Count {
		t.Errorf("%d were told, the summary says %d", n, s.Count)
	}
	return s
}

// brief is what most tests look at of a row.
type brief struct {
	ID, Kind, Reference, Payout string
	Gross, Fee                  int64
}

func briefs(rows []statement.Row) (all []brief) {
	for _, r := range rows {
		all = append(all, brief{r.ID, string(r.Kind), r.Reference, r.Payout, r.Gross.Minor, r.Fee.Minor})
	}
	return all
}

func TestAStripePayoutReportAddsUpToItsPayout(t *testing.T) {
	rows := read(t, "stripe", "stripe-payout.csv").Rows
	want := []brief{
		{"txn_1", "charge", "att_1", "po_1", 129_00, 2_18},
		{"txn_2", "refund", "att_1", "po_1", -29_00, 0},
		{"txn_3", "charge", "att_2", "po_1", 46_15, 1_50},
		{"txn_4", "dispute", "att_2", "po_1", -46_15, 20_00},
		{"txn_5", "fee", "", "po_1", 0, 3_00},
		{"txn_6", "payout", "", "po_1", -73_32, 0},
	}
	if diff := cmp.Diff(want, briefs(rows)); diff != "" {
		t.Error(diff)
	}
	if rows[2].Amount != money.Of(50_00, "USD") || rows[2].Gross != eur(46_15) {
		t.Errorf("what was exchanged: the customer saw %v, settled %v", rows[2].Amount, rows[2].Gross)
	}
	if sum := statement.Sum(rows); len(sum) != 1 || sum[0] != eur(0) {
		t.Errorf("the rows of a payout and the payout sum to %v, not to nothing", sum)
	}
	if at := time.Date(2030, 1, 2, 12, 0, 3, 0, time.UTC); !rows[0].At.Equal(at) || rows[0].GatewayID != "pi_1" {
		t.Errorf("%+v", rows[0])
	}
}

func TestAPayPalSettlementReport(t *testing.T) {
	rows := read(t, "paypal", "paypal-stl.csv").Rows
	want := []brief{
		{"1AB", "charge", "att_1", "", 129_00, 3_60},
		{"2AB", "refund", "att_1", "", -29_00, 0},
		{"3AB", "dispute", "att_1", "", -100_00, 0},
		{"4AB", "fee", "", "", 0, 16_00},
		{"5AB", "payout", "", "WIRE77", -50_00, 0},
	}
	if diff := cmp.Diff(want, briefs(rows)); diff != "" {
		t.Error(diff)
	}
	if at := time.Date(2030, 1, 3, 16, 0, 1, 0, time.UTC); !rows[0].At.Equal(at) {
		t.Errorf("at %v, want %v", rows[0].At, at)
	}
}

func TestAPayPalActivityDownloadLeavesOutWhatIsPending(t *testing.T) {
	want := []brief{
		{"1AB", "charge", "att_1", "", 1129_00, 3_60},
		{"2AB", "refund", "att_1", "", -29_00, 0},
		{"5AB", "payout", "", "5AB", -500_00, 0},
	}
	if diff := cmp.Diff(want, briefs(read(t, "paypal", "paypal-activity.csv").Rows)); diff != "" {
		t.Error(diff)
	}
}

func TestABankStatementSplitsWhatWasBookedTogether(t *testing.T) {
	f := read(t, "camt053", "bank.xml")
	type line struct {
		ID, Reference, Text string
		Minor               int64
	}
	var got []line
	for _, e := range f.Entries {
		got = append(got, line{e.ID, e.Reference, e.Text, e.Amount.Minor})
	}
	want := []line{{"B1", "po_1", "STRIPE PAYOUT po_1", 73_32}, {"B2/1", "", "Order att_7", 100_00}, {"B2/2", "", "rent", 50_00}, {"B3", "", "", -32_50}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if b := f.Balances; len(b) != 1 || b[0].Opening.Minor+73_32+150_00-32_50 != b[0].Close.Minor {
		t.Errorf("the balances do not follow from the entries: %+v", b)
	}
}

func TestATableOfAnyKindIsReadByItsMapping(t *testing.T) {
	m := statement.Mapping{ID: "Vorgang", Kind: "Art", Reference: "Referenz", Amount: "Betrag", Fee: "Gebühr", Currency: "Währung", At: "Datum", Comma: true,
		Kinds: map[string]statement.Kind{"Zahlung": statement.Charge, "Erstattung": statement.Refund}}
	text := "Vorgang;Art;Referenz;Betrag;Gebühr;Währung;Datum\nV1;Zahlung;att_1;1.234,50;0,35;EUR;03.01.2030\nV2;Erstattung;att_1;-10;;EUR;04.01.2030\n"
	f, err := readAll("generic", strings.NewReader(text), m)
	if err != nil {
		t.Fatal(err)
	}
	want := []brief{{"V1", "charge", "att_1", "", 1234_50, 35}, {"V2", "refund", "att_1", "", -10_00, 0}}
	if diff := cmp.Diff(want, briefs(f.Rows)); diff != "" {
		t.Error(diff)
	}
}

func TestAFileIsBelievedWholeOrNotAtAll(t *testing.T) {
	const head = "id,kind,reference,amount,fee,currency,at\n"
	const list = "remittance,reference,amount,currency,date\n"
	for name, c := range map[string]struct{ format, text, says string }{
		"no such format":             {"mt940", "x", "choose one of the formats"},
		"nothing":                    {"generic", "", "no header"},
		"a header alone":             {"generic", head, "no rows"},
		"a column is missing":        {"generic", "id,amount,currency\n1,2,EUR\n", `no column "at"`},
		"half an amount":             {"generic", head + "1,charge,a,1.999,0,EUR,2030-01-02\n", "line 2"},
		"no currency":                {"generic", head + "1,charge,a,1,0,XXX,2030-01-02\n", "line 2"},
		"a day that is none":         {"generic", head + "1,charge,a,1,0,EUR,2030-13-02\n", "no time"},
		"a kind nobody knows":        {"generic", head + "1,wish,a,1,0,EUR,2030-01-02\n", "kind"},
		"an id twice":                {"generic", head + "1,charge,a,1,0,EUR,2030-01-02\n1,charge,b,1,0,EUR,2030-01-02\n", "line 2 before"},
		"no id":                      {"generic", head + ",charge,a,1,0,EUR,2030-01-02\n", "no id"},
		"more than any payment":      {"generic", head + "1,charge,a,99999999999999999,0,EUR,2030-01-02\n", "line 2"},
		"a good row, then a bad one": {"generic", head + "1,charge,a,1,0,EUR,2030-01-02\n2,charge,a,x,0,EUR,2030-01-02\n", "line 3"},
		"a net that is not":          {"stripe", "id,type,currency,amount,fee,net,created\n1,charge,eur,10,1,8,2030-01-02\n", "line 2"},
		"cash of no remittance":      {"remittance", list + ",a,1,EUR,2030-01-02\n", "in which remittance"},
		"cash of no parcel":          {"remittance", list + "r,,1,EUR,2030-01-02\n", "no reference"},
		"cash that is none":          {"remittance", list + "r,a,0,EUR,2030-01-02\n", "more than nothing"},
		"a remittance in two moneys": {"remittance", list + "r,a,1,EUR,2030-01-02\nr,b,1,HUF,2030-01-02\n", "one currency"},
		"not XML":                    {"camt053", "<Document><Stmt", "not XML"},
		"XML of something else":      {"camt053", "<a><b/></a>", "no bank statement"},
		"a statement of no account":  {"camt053", "<Stmt></Stmt>", "no account"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := statement.Read(c.format, strings.NewReader(c.text), statement.Mapping{}, statement.Each{})
			if !errors.Is(err, statement.ErrFile) && !errors.Is(err, statement.ErrFormat) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want what says %q", err, c.says)
			}
			if s.Count != 0 || len(s.Balances) != 0 {
				t.Errorf("and yet it came to %+v", s)
			}
		})
	}
}

// Whatever bytes come, reading ends with rows that keep their promises, or with
// a refusal and none.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"stripe-payout.csv", "paypal-stl.csv", "paypal-activity.csv", "bank.xml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for i := range statement.Formats {
			f.Add(uint8(i), string(text))
		}
	}
	f.Add(uint8(3), "id,kind,reference,amount,fee,currency,at\n1,charge,a,(1.50),-0.1,JPY,2030-01-02\n")
	f.Fuzz(func(t *testing.T, format uint8, text string) {
		s, err := readAll(statement.Formats[int(format)%len(statement.Formats)], strings.NewReader(text), statement.Mapping{})
		if err != nil {
			if s.Count > 0 {
				t.Fatal("refused, and a summary all the same")
			}
			return
		}
		ids := map[string]bool{}
		for _, r := range s.Rows {
			key := string(r.Kind) + r.ID
			if r.ID == "" || ids[key] || r.Gross.Minus(r.Fee) != r.Net || r.At.IsZero() || len(r.Text) > 500 {
				t.Fatalf("%+v", r)
			}
			ids[key] = true
		}
		for _, e := range s.Entries {
			if e.ID == "" || e.Account == "" || e.At.IsZero() {
				t.Fatalf("%+v", e)
			}
		}
		statement.Sum(s.Rows)
	})
}

// long is a file of n lines, made while it is read.
type long struct {
	head, foot string
	line       func(i int) string
	n, i       int
	rest       string
	read       int64
}

func (l *long) Read(p []byte) (int, error) {
	for l.rest == "" {
		switch {
		case l.i == 0:
			l.rest = l.head
		case l.i <= l.n:
			l.rest = l.line(l.i)
		case l.i == l.n+1:
			l.rest = l.foot
		default:
			return 0, io.EOF
		}
		l.i++
	}
	n := copy(p, l.rest)
	l.rest, l.read = l.rest[n:], l.read+int64(n)
	return n, nil
}

// A statement's length costs no memory but what tells its ids apart: each of
// these files is read in a part of its own size.
func TestALongStatementIsReadAsAStream(t *testing.T) {
	filler := strings.Repeat("a note that the gateway wrote ", 30)
	for format, l := range map[string]*long{
		"stripe": {head: "balance_transaction_id,reporting_category,currency,gross,fee,net,created_utc,description\n", n: 20_000,
			line: func(i int) string {
				return fmt.Sprintf("txn_%d,charge,eur,12.90,0.40,12.50,2030-01-02 10:00:00,%s\n", i, filler)
			}},
		"generic": {head: "id;kind;reference;amount;fee;currency;at;text\n", n: 20_000,
			line: func(i int) string {
				return fmt.Sprintf("%d;charge;att_%d;12.90;0.40;EUR;2030-01-02;%s\n", i, i, filler)
			}},
		"paypal": {head: `"RH",2030/01/03 00:00:00 +0000,"A","M",011` + "\n" +
			`"CH","Transaction ID","Transaction Event Code","Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency","Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field","Transaction Completion Date","Note"` + "\n",
			n: 20_000,
			line: func(i int) string {
				return fmt.Sprintf(`"SB","%dAB","T0006","CR",1290,"EUR","DR",40,"EUR","att_%d","2030/01/03 10:00:00 +0000","%s"`+"\n", i, i, filler)
			}},
		"camt053": {head: `<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>`, foot: "</Stmt></BkToCstmrStmt></Document>", n: 20_000,
			line: func(i int) string {
				return fmt.Sprintf(`<Ntry><Amt Ccy="EUR">12.90</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2030-01-02</Dt></BookgDt><AcctSvcrRef>B%d</AcctSvcrRef><AddtlNtryInf>%s</AddtlNtryInf></Ntry>`, i, filler)
			}},
	} {
		t.Run(format, func(t *testing.T) {
			before, most, n := held(), uint64(0), 0
			look := func() error {
				if n++; n%4_000 == 0 {
					most = max(most, held())
				}
				return nil
			}
			s, err := statement.Read(format, l, statement.Mapping{}, statement.Each{
				Row: func(statement.Row) error { return look() }, Entry: func(statement.Entry) error { return look() }})
			if err != nil || s.Count != int64(l.n) || n != l.n {
				t.Fatalf("%+v, %v; %d told of %d", s, err, n, l.n)
			}
			const bound = 4 << 20
			if l.read < 4*bound {
				t.Fatalf("a file of %d bytes proves nothing", l.read)
			}
			if most > before+bound {
				t.Errorf("a file of %d MB held %d MB of memory, want less than %d", l.read>>20, (most-before)>>20, bound>>20)
			}
			t.Logf("%d MB read in %.1f MB", l.read>>20, float64(int64(most)-int64(before))/(1<<20))
		})
	}
}

// held is how much memory is in use once what is not is thrown away.
func held() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A quotation mark, or an element, that is never closed does not have the whole
// file read into memory: it is named.
func TestARowWithoutAnEndIsNotReadToTheFiles(t *testing.T) {
	for format, l := range map[string]*long{
		"stripe":  {head: "id,type,currency,amount,fee,net,created,description\n1,charge,eur,1,0,1,2030-01-02,\"", n: 1 << 20, line: func(int) string { return "and so on, and on\n" }},
		"camt053": {head: "<Document><Stmt><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct><Ntry>", n: 1 << 20, line: func(int) string { return "<Other>" + strings.Repeat("and so on ", 500) + "</Other>" }},
	} {
		t.Run(format, func(t *testing.T) {
			_, err := statement.Read(format, l, statement.Mapping{}, statement.Each{})
			if !errors.Is(err, statement.ErrFile) || !strings.Contains(err.Error(), "not closed") || l.read > 20<<20 {
				t.Errorf("%v after %d bytes", err, l.read)
			}
		})
	}
}

// What the columns are called is a first guess; a date with strokes is read as
// it is said.
func TestATableIsLookedAtBeforeItIsRead(t *testing.T) {
	const text = "\ufeffBuchungsnummer;Referenz;Betrag;Gebühr;Währung;Datum;\n1;att_1;-1.100,00;0,40;EUR;12/31/2030\n"
	table, err := statement.Look(strings.NewReader(text), "Währung")
	if err != nil || len(table.Columns) != 6 || len(table.Rows) != 1 || table.Rows[0][5] != "12/31/2030" || !slices.Equal(table.Words, []string{"EUR"}) {
		t.Fatalf("%+v, %v", table, err)
	}
	m := statement.Guess(table)
	if m.ID != "Buchungsnummer" || m.Reference != "Referenz" || m.Amount != "Betrag" || m.Fee != "Gebühr" || m.Currency != "Währung" || m.At != "Datum" || !m.Comma {
		t.Errorf("guessed %+v", m)
	}
	m.MonthFirst = true
	s, err := readAll("generic", strings.NewReader(text), m)
	if err != nil || s.Rows[0].Gross.Minor != -1_100_00 || s.Rows[0].Kind != statement.Refund || s.Rows[0].At.Format(time.DateOnly) != "2030-12-31" {
		t.Errorf("%+v, %v", s.Rows, err)
	}
	if _, err := statement.Look(strings.NewReader("nonsense"), ""); !errors.Is(err, statement.ErrFile) {
		t.Errorf("no table: %v", err)
	}
}
