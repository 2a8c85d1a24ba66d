package statement

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"korzo/value/money"
)

// camt is the part of ISO 20022 camt.053 that we read. Namespaces differ by
// version and are not looked at.
type camtStatement struct {
	Account  string        `xml:"Acct>Id>IBAN"`
	Other    string        `xml:"Acct>Id>Othr>Id"`
	Balances []camtBalance `xml:"Bal"`
	Entries  []camtEntry   `xml:"Ntry"`
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

// readCamt reads the booked entries of every statement in the file. An entry of
// several payments is one Entry each, when their sum is the entry's.
func readCamt(text []byte) (entries []Entry, balances []Balance, err error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Entity, d.Strict = nil, true
	found := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if !found {
				return nil, nil, ErrFile.With("the file holds no bank statement; export it as camt.053")
			}
			for i := range entries { // XML has no lines that tell: they are counted
				entries[i].Line = i + 1
			}
			return entries, balances, nil
		}
		if err != nil {
			return nil, nil, ErrFile.With("the file is not XML; export it again as camt.053: " + err.Error())
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "Stmt" {
			continue
		}
		found = true
		var s camtStatement
		if err := d.DecodeElement(&s, &start); err != nil {
			return nil, nil, ErrFile.With("the statement cannot be read: " + err.Error())
		}
		if s.Account = first(s.Account, s.Other); s.Account == "" || len(s.Account) > 60 {
			return nil, nil, ErrFile.With("the statement names no account")
		}
		more, balance, err := s.read(len(entries))
		if err != nil {
			return nil, nil, err
		}
		if entries = append(entries, more...); len(entries) > maxRows {
			return nil, nil, ErrFile.With("the file has more than 500,000 entries; export a shorter time")
		}
		balances = append(balances, balance)
	}
}

func (s camtStatement) read(before int) ([]Entry, Balance, error) {
	b := Balance{Account: s.Account}
	for _, x := range s.Balances {
		a, err := x.Amount.read(x.Side)
		if err != nil {
			return nil, b, ErrFile.With("a balance cannot be read: " + err.Error())
		}
		switch x.Code {
		case "OPBD", "PRCD":
			b.Opening = a
		case "CLBD":
			b.Close = a
		}
	}
	var all []Entry
	for i, n := range s.Entries {
		if status := first(strings.TrimSpace(n.Status.Code), strings.TrimSpace(n.Status.Text), "BOOK"); status != "BOOK" {
			continue
		}
		parts, err := n.read(s.Account, before+i+1)
		if err != nil {
			return nil, b, wrong(before+i+1, err.Error())
		}
		all = append(all, parts...)
	}
	return all, b, nil
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
