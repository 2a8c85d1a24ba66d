package admin

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
)

// flowSimulation is a simulation of one version, and over how many visits.
type flowSimulation struct {
	Version flow.Version
	Asked   int // visits
	flow.Simulation
	Samples []flow.Visit // one of each move
	Digits  int
}

// replayed are the numbers of visits that are offered.
var replayed = []int{100, 500, 2000}

// simulateFlow replays the latest visits against a flow's draft.
func (a *Admin) simulateFlow(v *visit) error {
	s := flowSimulation{Asked: 500}
	if n, err := strconv.Atoi(v.query("visits")); err == nil && slices.Contains(replayed, n) {
		s.Asked = n
	}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		all, err := flow.Versions(v.ctx(), tx, flow.ID(v.r.PathValue("id")))
		if err != nil {
			return err
		}
		s.Version = all[0]
		for _, one := range all {
			if strconv.FormatInt(one.Version, 10) == v.query("version") {
				s.Version = one
			}
		}
		markets, err := market.All(v.ctx(), tx)
		if err != nil {
			return err
		}
		s.Digits = minorDigits(markets)
		visits, err := checkout.Replays(v.ctx(), tx, s.Asked)
		if err != nil {
			return err
		}
		if s.Simulation, err = flow.Simulate(v.ctx(), tx, s.Version.Flow, s.Version.Document, visits); err != nil {
			return err
		}
		for _, m := range s.Moves {
			s.Samples = append(s.Samples, visits[m.First])
		}
		return nil
	})
	if err != nil {
		status, rest := v.refused(err)
		if rest != nil {
			return rest
		}
		return v.show(status, v.flowSimulationPage(s))
	}
	return v.show(http.StatusOK, v.flowSimulationPage(s))
}

// share is a part of a whole in percent, for a bar and for words.
func share(part, whole int) int {
	return part * 100 / max(cmp.Or(whole, 1), 1)
}
