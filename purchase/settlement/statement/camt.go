package statement

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"korzo/value/money"
)

// camt is the part of ISO 20022 camt.053 that we read. Namespaces differ by
// version and are not looked at.
type camtAccount struct {
	IBAN  string `xml:"Id>IBAN"`
	Other string `xml:"Id>Othr>Id"`
}

type camtBalance struct {
	Code   string     `xml:"Tp>CdOrPrtry>Cd"`
	Amount camtAmount `xml:"Amt"`
	Side   string     `xml:"CdtDbtInd"`
}

type camtAmount struct {
	Currency string `xml:"Ccy,attr"`
	Text     string `xml:",chardata"`
}

type camtEntry struct {
	Amount    camtAmount `xml:"Amt"`
	Side      string     `xml:"CdtDbtInd"`
	Status    camtStatus `xml:"Sts"`
	Date      string     `xml:"BookgDt>Dt"`
	Time      string     `xml:"BookgDt>DtTm"`
	Reference string     `xml:"AcctSvcrRef"`
	ID        string     `xml:"NtryRef"`
	Text      string     `xml:"AddtlNtryInf"`
	Details   []camtPart `xml:"NtryDtls>TxDtls"`
}

// camtStatus is a word in older versions and a code in newer ones.
type camtStatus struct {
	Text string `xml:",chardata"`
	Code string `xml:"Cd"`
}

// camtPart is one payment of an entry that books several at once.
type camtPart struct {
	EndToEnd  string     `xml:"Refs>EndToEndId"`
	Reference string     `xml:"Refs>AcctSvcrRef"`
	Amount    camtAmount `xml:"Amt"`
	Detailed  camtAmount `xml:"AmtDtls>TxAmt>Amt"`
	Side      string     `xml:"CdtDbtInd"`
	Text      []string   `xml:"RmtInf>Ustrd"`
	Creditor  string     `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
}

// maxEntry is how much of the file one entry may take: one books many payments.
const maxEntry = 16 << 20

var errNoAccount = ErrFile.With("the statement names no account")

// camt reads the booked entries of every statement in the file, one element at
// a time. An entry of several payments is one Entry each, when their sum is the
// entry's.
func (s *reading) camt() error {
	d := xml.NewDecoder(s.in)
	d.Entity, d.Strict = nil, true
	found := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if !found {
				return ErrFile.With("the file holds no bank statement; export it as camt.053")
			}
			return nil
		}
		if err != nil {
			return ErrFile.With("the file is not XML; export it again as camt.053: " + err.Error())
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "Stmt" {
			found = true
			if err := s.camtStatement(d); err != nil {
				return err
			}
		}
	}
}

// camtStatement reads one statement to its end. Its account stands before its
// balances, and they before its entries, as the standard has it.
func (s *reading) camtStatement(d *xml.Decoder) error {
	var b Balance
	for {
		token, err := d.Token()
		if err != nil {
			return ErrFile.With("the statement cannot be read: " + err.Error())
		}
		switch token := token.(type) {
		case xml.EndElement: // of the statement: every other is read with its element
			if b.Account == "" {
				return errNoAccount
			}
			s.Balances = append(s.Balances, b)
			return nil
		case xml.StartElement:
			if err := s.camtElement(d, token, &b); err != nil {
				return err
			}
		}
	}
}

// camtElement reads one part of a statement.
func (s *reading) camtElement(d *xml.Decoder, start xml.StartElement, b *Balance) (err error) {
	s.bounded.since = 0
	unread := func(err error) error { return ErrFile.With("the statement cannot be read: " + err.Error()) }
	switch start.Name.Local {
	case "Acct":
		var a camtAccount
		if err := d.DecodeElement(&a, &start); err != nil {
			return unread(err)
		}
		if b.Account = first(a.IBAN, a.Other); b.Account == "" || len(b.Account) > 60 {
			return errNoAccount
		}
	case "Bal":
		var x camtBalance
		if err := d.DecodeElement(&x, &start); err != nil {
			return unread(err)
		}
		return b.read(x)
	case "Ntry":
		var n camtEntry
		if err := d.DecodeElement(&n, &start); err != nil {
			return unread(err)
		}
		return s.camtEntry(b.Account, n)
	default:
		if err := d.Skip(); err != nil {
			return unread(err)
		}
	}
	return nil
}

func (b *Balance) read(x camtBalance) error {
	a, err := x.Amount.read(x.Side)
	if err != nil {
		return ErrFile.With("a balance cannot be read: " + err.Error())
	}
	switch x.Code {
	case "OPBD", "PRCD":
		b.Opening = a
	case "CLBD":
		b.Close = a
	}
	return nil
}

func (s *reading) camtEntry(account string, n camtEntry) error {
	if account == "" {
		return errNoAccount
	}
	if status := first(strings.TrimSpace(n.Status.Code), strings.TrimSpace(n.Status.Text), "BOOK"); status != "BOOK" {
		return nil
	}
	line := int(s.Count) + 1
	parts, err := n.read(account, line)
	if err != nil {
		return wrong(line, err)
	}
	for _, e := range parts {
		if err := s.entry(e); err != nil {
			return err
		}
	}
	return nil
}

func (n camtEntry) read(account string, line int) ([]Entry, error) {
	whole, err := n.Amount.read(n.Side)
	if err != nil {
		return nil, err
	}
	at, err := moment(first(n.Date, n.Time))
	if err != nil {
		return nil, err
	}
	e := Entry{Line: line, ID: first(n.Reference, n.ID), Account: account, Amount: whole, Text: shorten(n.Text), At: at}
	if len(n.Details) == 1 {
		e.fill(n.Details[0])
	}
	if e.ID == "" {
		e.ID = fmt.Sprintf("%s:%s:%s", n.Date, n.Amount.Text, e.Reference)
	}
	if len(n.Details) < 2 {
		return []Entry{e}, nil
	}
	var parts []Entry
	sum := money.Of(0, whole.Currency)
	for i, p := range n.Details {
		amount := p.Amount
		if amount.Text == "" {
			amount = p.Detailed
		}
		one := e
		if one.Amount, err = amount.read(first(p.Side, n.Side)); err != nil || one.Amount.Currency != whole.Currency {
			return []Entry{e}, nil // the parts are told in another way: the whole is what counts
		}
		one.fill(p)
		one.ID = fmt.Sprintf("%s/%d", e.ID, i+1)
		sum.Minor += one.Amount.Minor
		parts = append(parts, one)
	}
	if sum != whole {
		return []Entry{e}, nil
	}
	return parts, nil
}

func (e *Entry) fill(p camtPart) {
	e.ID = first(e.ID, p.Reference)
	if p.EndToEnd != "NOTPROVIDED" {
		e.Reference = shorten(p.EndToEnd)
	}
	if p.Creditor != "" {
		e.Reference = shorten(p.Creditor)
	}
	if text := strings.Join(p.Text, " "); text != "" {
		e.Text = shorten(text)
	}
}

// read is the amount with its sign: what comes in is positive. A reversal's
// side says already which way it went.
func (a camtAmount) read(side string) (money.Amount, error) {
	m, err := decimal(a.Text, money.Currency(strings.ToUpper(a.Currency)), false)
	if err != nil {
		return m, err
	}
	switch strings.TrimSpace(side) {
	case "CRDT":
	case "DBIT":
		m = m.Neg()
	default:
		return m, fmt.Errorf("%.10q is neither CRDT nor DBIT", side)
	}
	return m, nil
}
