package flow

// Published says that from now on new checkouts may be given this version of a flow.
type Published struct {
	Flow    ID    `json:"flow"`
	Version int64 `json:"version"`
}

// Kind names the fact.
func (Published) Kind() string { return "flow.published" }

// Key orders the facts of one flow.
func (p Published) Key() string { return string(p.Flow) }

// Archived says that a flow is no longer given to anyone. Checkouts that
// pinned it go on with it.
type Archived struct {
	Flow ID `json:"flow"`
}

// Kind names the fact.
func (Archived) Kind() string { return "flow.archived" }

// Key orders the facts of one flow.
func (a Archived) Key() string { return string(a.Flow) }
