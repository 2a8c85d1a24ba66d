package admin

import (
	"slices"
	"strings"

	"korzo/platform/exception"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
	"korzo/purchase/settlement"
)

// timeline puts everything known of a payment into one order.
func (v *visit) timeline(s signals) []toldLine {
	var all []toldLine
	for _, x := range s.Signals {
		all = append(all, v.signalLine(x, s))
	}
	for _, d := range s.Decisions {
		all = append(all, v.decisionLine(d))
	}
	for _, r := range s.Rows {
		all = append(all, v.rowLine(r))
	}
	for _, t := range s.Troubles {
		all = append(all, v.troubleLine(t))
	}
	slices.SortStableFunc(all, func(a, b toldLine) int { return a.At.Compare(b.At) })
	return all
}

func (v *visit) signalLine(x payment.Signal, s signals) toldLine {
	l := toldLine{At: x.At, Tone: x.Kind, Head: v.word("signal", x.Kind)}
	if x.Amount.Minor != 0 {
		l.Head += " · " + v.Money(x.Amount)
	}
	switch {
	case x.Kind == "asked":
		l.Tone, l.Text, l.Detail = x.State, v.T("admin.payments.asked", "Gateway", x.Detail), string(x.Attempt)
		if c := s.Cards[x.Attempt]; c != (payment.Card{}) {
			l.Text += " · " + strings.TrimSpace(c.Name()+" "+c.Country)
		}
	case x.Kind == "notice":
		l.Text = v.T("admin.payments.noticed", "Gateway", x.Actor, "Kind", x.Detail)
	case x.Kind == "fee":
		l.Text = x.Actor
	case strings.HasPrefix(x.Kind, "movement_"):
		l.Tone, l.Text = x.State, strings.Trim(v.who(s.Names, x.Actor)+" · "+x.Detail, " ·")
	case x.Detail != "":
		l.Text = v.word("decline", x.Detail)
	}
	return l
}

func (v *visit) decisionLine(d route.Logged) toldLine {
	l := toldLine{At: d.At, Tone: "decided", Head: v.T("admin.payments.decided", "Gateway", d.Chosen)}
	if d.Chosen == "" {
		l.Head = v.T("admin.payments.decided_none")
	}
	var why []string
	for _, s := range d.Why {
		if s.Taken || s.Kind == "gateway" {
			why = append(why, strings.Trim(s.Name+": "+s.Text, ": "))
		}
	}
	l.Text = strings.Join(why, "; ")
	return l
}

func (v *visit) rowLine(r settlement.Row) toldLine {
	l := toldLine{At: r.At, Tone: string(r.Verdict), Head: v.T("admin.payments.settled", "Kind", v.word("settled", string(r.Kind)), "Amount", v.Money(r.Gross)),
		Detail: r.ID}
	if r.Fee.Minor != 0 {
		l.Text = v.T("admin.payments.fee", "Amount", v.Money(r.Fee))
	}
	return l
}

func (v *visit) troubleLine(t exception.Exception) toldLine {
	l := toldLine{At: t.FirstAt, Tone: "open", Head: v.word("trouble", t.Kind), Text: t.Text}
	if !t.IsOpen() {
		l.Tone = "resolved"
	}
	return l
}
