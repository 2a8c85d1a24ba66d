package route_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment"
	"korzo/purchase/payment/route"
)

// outcome is what a gateway can make of an attempt.
type outcome struct {
	name  string
	state payment.State
	code  string
	// other says that another gateway may be tried after it.
	other bool
	next  route.Action // what follows at a gateway that has no other behind it
}

var outcomes = []outcome{
	{"authorised", payment.StateAuthorized, "", false, route.ActionDone},
	{"taken", payment.StateCaptured, "", false, route.ActionDone},
	{"declined by the issuer for no reason", payment.StateDeclined, payment.DeclineCard, true, route.ActionAsk},
	{"stolen", payment.StateDeclined, payment.DeclineLost, false, route.ActionStop},
	{"never sent", payment.StateDeclined, payment.DeclineGateway, true, route.ActionAsk},
	{"silent", payment.StateUnknown, "", false, route.ActionLookUp},
	{"not decided", payment.StatePending, "", false, route.ActionLookUp},
	{"asking the shopper", payment.StateAction, "", false, route.ActionLookUp},
}

func after(t testing.TB, d *db.DB, r *route.Router, f route.Facts, tries ...route.Try) (n route.Next) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		n, err = r.After(t.Context(), tx, f, tries)
		return err
	})
	return n
}

// B is tried only after A is known to have failed, for a reason that another
// gateway may mend; and nobody is tried after B.
func TestASecondGatewayIsTriedOnlyAfterAKnownFailure(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		f := with(card, func(f *route.Facts) { f.Route = []string{"a", "b"} })
		for _, first := range outcomes {
			for _, second := range outcomes {
				t.Run(first.name+", then "+second.name, func(t *testing.T) {
					at := map[string]outcome{"a": first, "b": second}
					r, asked := newRouter(), []string{}
					var tries []route.Try
					last := route.Next{Action: route.ActionRetry, Gateway: decide(t, d, r, f).Order[0]}
					for last.Action == route.ActionRetry && len(tries) < 9 {
						o := at[last.Gateway]
						asked = append(asked, last.Gateway)
						tries = append(tries, route.Try{Gateway: last.Gateway, State: o.state, Code: o.code})
						last = after(t, d, r, f, tries...)
					}
					want, ends := []string{"a"}, first.next
					if first.other {
						want, ends = []string{"a", "b"}, second.next
					}
					if !slices.Equal(asked, want) || last.Action != ends || last.Gateway != "" {
						t.Errorf("asked %v, then %s %s; want %v, then %s: %v", asked, last.Action, last.Gateway, want, ends, last.Why)
					}
				})
			}
		}
	})
}

func TestWhatFollowsATry(t *testing.T) {
	declined := func(gateway, code string) route.Try { return route.Try{gateway, payment.StateDeclined, code} }
	cases := []struct {
		name    string
		tries   []route.Try
		action  route.Action
		gateway string
	}{
		{"a code nobody wrote down stops", []route.Try{declined("a", "purple")}, route.ActionStop, ""},
		{"no money means another card", []route.Try{declined("a", payment.DeclineFunds)}, route.ActionAsk, ""},
		{"a soft decline steps up at the same gateway", []route.Try{declined("a", payment.DeclineStepUp)}, route.ActionStepUp, "a"},
		{"it steps up once", []route.Try{declined("a", payment.DeclineStepUp), declined("a", payment.DeclineStepUp)}, route.ActionAsk, ""},
		{"a decline after it goes elsewhere", []route.Try{declined("a", payment.DeclineStepUp), declined("a", payment.DeclineCard)}, route.ActionRetry, "b"},
		{"three tries are the most", []route.Try{declined("a", payment.DeclineStepUp), declined("a", payment.DeclineCard), declined("b", payment.DeclineCard)}, route.ActionAsk, ""},
		{"an earlier silence forbids all others", []route.Try{{"a", payment.StateUnknown, ""}, declined("b", payment.DeclineCard)}, route.ActionLookUp, ""},
		{"a written attempt may have been sent", []route.Try{{"a", payment.StateWritten, ""}}, route.ActionLookUp, ""},
		{"money at an earlier try ends it", []route.Try{{"a", payment.StateCaptured, ""}, declined("b", payment.DeclineCard)}, route.ActionDone, ""},
		{"what was given up asks the shopper", []route.Try{{"a", payment.StateAbandoned, ""}}, route.ActionAsk, ""},
		{"what never arrived and was forbidden goes elsewhere", []route.Try{{"a", payment.StateAbandoned, route.CodeUnheard}}, route.ActionRetry, "b"},
		{"what somebody let go stops", []route.Try{{"a", payment.StateVoided, ""}}, route.ActionStop, ""},
		{"a decline without a code is one without a reason", []route.Try{declined("a", "")}, route.ActionRetry, "b"},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, c := range cases {
			n := after(t, d, newRouter(), card, c.tries...)
			if n.Action != c.action || n.Gateway != c.gateway {
				t.Errorf("%s: %s %q, want %s %q: %v", c.name, n.Action, n.Gateway, c.action, c.gateway, n.Why)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := newRouter().After(t.Context(), tx, card, nil)
			return err
		})
		if !errors.Is(err, route.ErrInvalid) {
			t.Errorf("after no try: %v, want ErrInvalid", err)
		}
	})
}

func TestTheTableIsTheMerchants(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		set := func(rows ...route.Retry) {
			do(t, d, func(ctx context.Context, tx *db.Tx) error {
				for _, row := range rows {
					if err := r.SetRetry(ctx, tx, row); err != nil {
						return err
					}
				}
				return nil
			})
		}
		says := func(gateway, code string, want route.Action) {
			t.Helper()
			if n := after(t, d, r, card, route.Try{gateway, payment.StateDeclined, code}); n.Action != want {
				t.Errorf("%s at %s: %s, want %s", code, gateway, n.Action, want)
			}
		}
		set(route.Retry{Gateway: route.Every, Code: payment.DeclineFunds, Action: route.ActionRetry},
			route.Retry{Gateway: "a", Code: payment.DeclineFunds, Action: route.ActionStop},
			route.Retry{Gateway: "b", Code: "r09", Action: route.ActionStop},
			route.Retry{Gateway: "b", Code: "r09", Action: route.ActionRetry})
		says("a", payment.DeclineFunds, route.ActionStop)
		says("b", payment.DeclineFunds, route.ActionRetry)
		says("b", "r09", route.ActionRetry)
		says("a", "r09", route.ActionStop)
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return route.ResetRetry(ctx, tx, "a", payment.DeclineFunds)
		})
		says("a", payment.DeclineFunds, route.ActionRetry)
		for _, bad := range []route.Retry{
			{Gateway: "a", Code: "unknown", Action: route.ActionRetry}, {Gateway: route.Every, Code: "timeout", Action: route.ActionRetry},
			{Gateway: "z", Code: "x", Action: route.ActionStop}, {Gateway: "a", Code: "Not A Code", Action: route.ActionStop},
			{Gateway: "a", Code: "x", Action: route.ActionLookUp},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return r.SetRetry(t.Context(), tx, bad) })
			if !errors.Is(err, route.ErrInvalid) {
				t.Errorf("%+v: %v, want ErrInvalid", bad, err)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			table, err := route.Retries(t.Context(), tx)
			for _, row := range table {
				changed := row.Code == payment.DeclineFunds || row.Code == "r09"
				if row.Preset == changed || row.Preset && row.Why == "" {
					t.Errorf("%+v: preset rows give their reason, changed ones say so", row)
				}
			}
			return err
		})
	})
}

// Silence at a must not reach b however the rows stand.
func TestNoRowMakesSilenceGoElsewhere(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			return r.SetRetry(ctx, tx, route.Retry{Gateway: route.Every, Code: payment.DeclineGateway, Action: route.ActionRetry})
		})
		for _, state := range []payment.State{payment.StateWritten, payment.StateUnknown, payment.StatePending, payment.StateAction, ""} {
			if n := after(t, d, r, card, route.Try{"a", state, payment.DeclineGateway}); n.Action != route.ActionLookUp || n.Gateway != "" {
				t.Errorf("%q: %s %s, want look_up", state, n.Action, n.Gateway)
			}
		}
	})
}

// Every reason a gateway may give has a row in the preset.
func TestPresetKnowsEveryDecline(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../decline.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Decline") {
			code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
		return true
	})
	if len(codes) < 10 {
		t.Fatalf("found %v in decline.go", codes)
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		dbtest.Read(t, d, func(tx *db.Tx) error {
			table, err := route.Retries(t.Context(), tx)
			for _, code := range codes {
				if !slices.ContainsFunc(table, func(row route.Retry) bool { return row.Code == code && row.Preset }) {
					t.Errorf("%s has no row", code)
				}
			}
			return err
		})
	})
}

func TestABackupThatIsDownIsNotTried(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		r := newRouter()
		for i := range 5 {
			r.Observe(dbtest.Noon, with(card, func(f *route.Facts) { f.Payment = fmt.Sprint("pay_", i) }), "b", route.SeenSilence)
		}
		try := route.Try{"a", payment.StateDeclined, payment.DeclineGateway}
		if n := after(t, d, r, card, try); n.Gateway != "c" || !slices.Equal(n.Order, []string{"c"}) {
			t.Errorf("%s of %v, want c alone because b is down: %v", n.Gateway, n.Order, n.Why)
		}
		onlyB := with(card, func(f *route.Facts) { f.Takers = []string{"a", "b"} })
		if n := after(t, d, r, onlyB, try); n.Action != route.ActionAsk {
			t.Errorf("%s %s, want the shopper asked: %v", n.Action, n.Gateway, n.Why)
		}
		dbtest.Clock(d).Advance(time.Minute)
		if n := after(t, d, r, onlyB, try); n.Gateway != "b" {
			t.Errorf("%s %s, want b probed: %v", n.Action, n.Gateway, n.Why)
		}
		other := with(onlyB, func(f *route.Facts) { f.Payment = "pay_other" })
		if n := after(t, d, r, other, try); n.Action != route.ActionAsk {
			t.Errorf("%s %s, want one probe at a time: %v", n.Action, n.Gateway, n.Why)
		}
	})
}
