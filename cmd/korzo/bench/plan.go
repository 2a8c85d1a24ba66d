package bench

import (
	"database/sql/driver"
	"encoding/gob"
	"fmt"
	"os"
	"strings"
	"sync"

	"korzo/platform/db"
)

// Plan is what a purchase asks of the database.
type Plan struct {
	Requests int  `json:"requests"`
	Answered Cost `json:"until_answered"`
	Later    Cost `json:"after_the_answer"` // facts, capture, mail
}

// Cost counts what was asked of the database.
type Cost struct {
	Statements int `json:"statements"`
	Commits    int `json:"commits"`
	Reads      int `json:"reads"`
}

// String says what a purchase costs.
func (p Plan) String() string {
	return fmt.Sprintf("%d requests with %s, and after the answer %s", p.Requests, p.Answered, p.Later)
}

// String says it in words.
func (c Cost) String() string {
	return fmt.Sprintf("%d statements in %d commits and %d reads", c.Statements, c.Commits, c.Reads)
}

// Trace is all that purchases asked of a database, in the order in which it can
// be asked again of a copy from before them. Its fields are stored as gob.
type Trace struct {
	Queries []string
	Groups  []Group
}

// Group is what some purchases asked for that were made at once: each of them,
// and then the facts and jobs of all.
type Group struct {
	Purchases [][]Transaction
	Later     []Transaction
}

// Transaction is one of a trace.
type Transaction struct {
	Reads      bool
	Statements []Statement
}

// Statement is one of a transaction.
type Statement struct {
	Query      int // among the trace's
	Args       []any
	Rows, Sent bool
}

func cost(all []Transaction) (c Cost) {
	for _, t := range all {
		c.Statements += len(t.Statements)
		if t.Reads {
			c.Reads++
		} else {
			c.Commits++
		}
	}
	return c
}

// named tells gob the types of arguments that it does not know by itself.
func named() {
	gob.Register(absent(true))
	gob.Register([]byte{})
}

// write keeps a trace in a file, for another process.
func (t Trace) write(file string) error {
	named()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := gob.NewEncoder(f).Encode(t); err != nil {
		_ = f.Close()
		return fmt.Errorf("write a trace: %w", err)
	}
	return f.Close()
}

func readTrace(file string) (t Trace, err error) {
	named()
	f, err := os.Open(file)
	if err != nil {
		return t, err
	}
	defer func() { _ = f.Close() }()
	if err := gob.NewDecoder(f).Decode(&t); err != nil {
		return t, fmt.Errorf("read a trace: %w", err)
	}
	return t, nil
}

// recorder writes down what one transaction after the other asks for.
type recorder struct {
	mu      sync.Mutex
	known   map[string]int
	queries []string
	last    *db.Tx
	all     []Transaction
}

// watch has r told of every statement on d.
func (r *recorder) watch(d *db.DB) {
	r.known = map[string]int{}
	d.Trace(r.tell)
}

func (r *recorder) tell(s db.Statement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Tx != r.last {
		r.last = s.Tx
		r.all = append(r.all, Transaction{Reads: s.Reads()})
	}
	query, ok := r.known[s.Query]
	if !ok {
		query = len(r.queries)
		r.queries = append(r.queries, strings.Clone(s.Query))
		r.known[s.Query] = query
	}
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		args[i] = plain(a)
	}
	t := &r.all[len(r.all)-1]
	t.Statements = append(t.Statements, Statement{query, args, s.Rows, s.Sent})
}

// plain is an argument as a driver takes it, of a type that a gob knows; bytes
// are copied.
func plain(arg any) any {
	v, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		panic(fmt.Sprintf("an argument of a statement is a %T", arg)) // no database would take it
	}
	switch v := v.(type) {
	case nil:
		return absent(true)
	case []byte:
		if v == nil {
			return absent(true)
		}
		return append([]byte{}, v...)
	}
	return v
}

// absent is NULL: a gob holds no nil.
type absent bool

// taken returns what was written down since it was last called.
func (r *recorder) taken() []Transaction {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all, r.last = nil, nil
	return all
}
