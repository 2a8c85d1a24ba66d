package experiment

// Moved says that an experiment went from one state of its life to another, or
// that a roll-out reached a stage.
type Moved struct {
	Experiment ID     `json:"experiment"`
	From       State  `json:"from"`
	To         State  `json:"to"`
	Stage      int64  `json:"stage"`
	Reason     string `json:"reason,omitempty"`
}

// Kind names the fact.
func (Moved) Kind() string { return "experiment.moved" }

// Key is the experiment: its facts are delivered in order.
func (e Moved) Key() string { return string(e.Experiment) }
