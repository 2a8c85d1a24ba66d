package bank

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"korzo/platform/db"
	"korzo/platform/fault"
)

// errScript reports a script that cannot be followed.
var errScript = fault.New(fault.Invalid, "bank.script", "name the script in small letters and digits, and give 1 to 20 outcomes such as soft_decline and approve")

var scriptName = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

// script is what an issuer will say, one outcome for each new reference that is
// paid with "sandbox:script:ID"; the last is said for ever.
type script struct {
	ID       string   `json:"id"`
	Outcomes []string `json:"outcomes"`
	Said     int64    `json:"said"`
}

// serveScript keeps a script. Sending it again begins it anew.
func (b *Bank) serveScript(w http.ResponseWriter, r *http.Request) error {
	var s script
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil || !scriptName.MatchString(s.ID) || len(s.Outcomes) == 0 || len(s.Outcomes) > 20 {
		return errScript
	}
	for _, o := range s.Outcomes {
		if !scriptName.MatchString(o) {
			return errScript
		}
	}
	s.Said = 0
	if err := b.db.Write(r.Context(), func(tx *db.Tx) error { return upsertScript(r.Context(), tx, s) }); err != nil {
		return err
	}
	return answer(w, s)
}

// rehearse turns a scripted outcome into the one whose turn it is.
func (b *Bank) rehearse(ctx context.Context, tx *db.Tx, m manner) (manner, error) {
	id, ok := strings.CutPrefix(m.name, scripted)
	if !ok {
		return m, nil
	}
	m.name = Decline
	s, err := selectScript(ctx, tx, id, tx.ForUpdate())
	if errors.Is(err, db.ErrNoRow) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	m.name = s.Outcomes[min(s.Said, int64(len(s.Outcomes)-1))]
	return m, updateSaid(ctx, tx, id)
}
