package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"korzo/platform/db"
)

// Plan is what a purchase asks of the database: its transactions and, in each,
// the kinds of its statements in order.
type Plan struct {
	Requests     int           `json:"requests"`
	Transactions []Transaction `json:"transactions"`
}

// Transaction is one of a plan.
type Transaction struct {
	Request    int      `json:"request"`         // 1 is the first; facts, capture and mail come after the last
	Later      bool     `json:"later,omitempty"` // after the buyer was answered: facts, capture, mail
	Write      bool     `json:"write"`
	Statements []string `json:"statements"` // select, insert, update or delete
}

// String says what a purchase costs.
func (p Plan) String() string {
	var count [2]struct{ commits, reads, statements int }
	for _, t := range p.Transactions {
		c := &count[0]
		if t.Later {
			c = &count[1]
		}
		c.statements += len(t.Statements)
		if t.Write {
			c.commits++
		} else {
			c.reads++
		}
	}
	return fmt.Sprintf("%d requests with %d statements in %d commits and %d reads, and after the answer %d statements in %d commits and %d reads",
		p.Requests, count[0].statements, count[0].commits, count[0].reads, count[1].statements, count[1].commits, count[1].reads)
}

// recorder writes down a plan while one purchase runs alone. Each transaction
// asks the clock once when it begins; that is how they are told apart.
type recorder struct {
	mu    sync.Mutex
	on    bool
	later bool
	at    int // the request
	plan  Plan
}

// watch has r told of everything that happens on d.
func (r *recorder) watch(d *db.DB) {
	clock := d.Now
	d.Now = func() time.Time { r.begin(); return clock() }
	d.OnStatement(func(_ context.Context, query string) { r.statement(query) })
}

// set says whether what follows is written down, and as what.
func (r *recorder) set(on, later bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.later = on, later
	if !later {
		r.at = 0
	}
}

// next says that another request begins.
func (r *recorder) next() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at++
}

func (r *recorder) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.on {
		r.plan.Transactions = append(r.plan.Transactions, Transaction{Request: r.at, Later: r.later})
	}
}

func (r *recorder) statement(query string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.plan.Transactions); r.on && n > 0 {
		t := &r.plan.Transactions[n-1]
		kind := kindOf(query)
		t.Statements = append(t.Statements, kind)
		t.Write = t.Write || kind != "select"
	}
}

// kindOf is the kind of a statement. A WITH is what its last part is.
func kindOf(query string) string {
	words := strings.Fields(strings.ToLower(query))
	if len(words) > 0 && words[0] != "with" {
		words = words[:1]
	}
	for _, w := range words {
		if w == "insert" || w == "update" || w == "delete" {
			return w
		}
	}
	return "select"
}

// finished returns the plan without transactions that did nothing.
func (r *recorder) finished() Plan {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
	p := Plan{Requests: r.at}
	for _, t := range r.plan.Transactions {
		if len(t.Statements) > 0 {
			p.Transactions = append(p.Transactions, t)
		}
	}
	return p
}
