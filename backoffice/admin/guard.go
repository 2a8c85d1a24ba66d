package admin

import (
	"net/http"
	"strings"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment/guard"
)

// guarding is what keeps card testers out, with its limits as a form.
type guarding struct {
	guard.State
	Settings guard.Settings
	form     *form
}

// guardPages are the pages of what keeps card testers out.
func (a *Admin) guardPages() []page {
	return []page{
		{"GET /admin/protection", "routing.read", "protection", a.showGuard},
		{"POST /admin/protection", "routing.write", "protection", a.saveGuard},
		{"POST /admin/protection/reset", "routing.write", "protection", a.resetGuard},
		{"POST /admin/protection/calm", "routing.write", "protection", a.calmGuard},
		{"POST /admin/protection/pardon", "routing.write", "protection", a.pardon},
	}
}

func (a *Admin) showGuard(v *visit) error {
	f := v.newForm()
	g, err := a.guarding(v, f)
	if err != nil {
		return err
	}
	f.fillGuard(g.Settings)
	return v.show(http.StatusOK, v.guardPage(g))
}

func (a *Admin) guarding(v *visit, f *form) (g guarding, err error) {
	err = a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		g.Settings, err = guard.FindSettings(v.ctx(), tx)
		return err
	})
	g.State, g.form = a.Guard.State(g.Settings, v.now), f
	return g, err
}

// fillGuard writes the limits as people type them: minutes and percent.
func (f *form) fillGuard(s guard.Settings) {
	for _, l := range s.Limits {
		name := string(l.Kind) + "."
		f.setNumber(name+"minutes", int64(l.Window/time.Minute))
		f.setNumber(name+"challenge", l.Challenge)
		f.setNumber(name+"stop", l.Stop)
		f.setNumber(name+"tries", l.Tries)
	}
	b := s.Breaker
	f.setNumber("shop.minutes", int64(b.Window/time.Minute))
	f.setNumber("shop.fewest", b.Fewest)
	f.setNumber("shop.declined", b.RatePPM/10_000)
	f.setNumber("shop.hold", int64(b.Hold/time.Minute))
}

// minutes reads a length of time.
func (f *form) minutes(name string) time.Duration { return time.Duration(f.whole(name)) * time.Minute }

func (a *Admin) saveGuard(v *visit) error {
	f := v.form()
	_, status, err := a.put(v, f, "guard.limits", func(tx *db.Tx) (string, error) {
		for _, kind := range guard.Kinds {
			name := string(kind) + "."
			l := guard.Limit{Kind: kind, Window: f.minutes(name + "minutes"), Challenge: f.whole(name + "challenge"), Stop: f.whole(name + "stop"), Tries: f.whole(name + "tries")}
			if err := guard.SaveLimit(v.ctx(), tx, l); err != nil {
				f.wrong(name+"minutes", v.word("trace", string(kind))+": "+v.faultText(err))
			}
		}
		b := guard.Breaker{Window: f.minutes("shop.minutes"), Fewest: f.whole("shop.fewest"), RatePPM: f.ppm("shop.declined"), Hold: f.minutes("shop.hold")}
		if err := guard.SaveBreaker(v.ctx(), tx, b); err != nil {
			f.wrong("shop.minutes", v.faultText(err))
		}
		return "shop", nil
	})
	if err != nil {
		return err
	}
	if status == 0 {
		return v.done(Prefix+"/protection", "saved")
	}
	g, err := a.guarding(v, f)
	if err != nil {
		return err
	}
	return v.show(status, v.guardPage(g))
}

func (a *Admin) resetGuard(v *visit) error {
	return a.guarded(v, "guard.reset", "shop", func(tx *db.Tx) error { return guard.Reset(v.ctx(), tx) })
}

func (a *Admin) calmGuard(v *visit) error {
	return a.guarded(v, "guard.calm", "shop", func(tx *db.Tx) error { return a.Guard.Calm(v.ctx(), tx) })
}

func (a *Admin) pardon(v *visit) error {
	trace := v.form().get("trace")
	return a.guarded(v, "guard.pardon", trace, func(tx *db.Tx) error { return a.Guard.Pardon(v.ctx(), tx, trace) })
}

func (a *Admin) guarded(v *visit, action, subject string, verb func(tx *db.Tx) error) error {
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := verb(tx); err != nil {
			return err
		}
		return v.record(tx, action, subject)
	})
	if err != nil {
		return err
	}
	return v.done(Prefix+"/protection", "saved")
}

// short is enough of a trace to tell it from the others.
func short(trace string) string {
	_, hash, _ := strings.Cut(trace, ":")
	return hash[:min(len(hash), 6)]
}
