package db

import "context"

// Statement is one that a transaction ran. Its arguments are the caller's: who
// keeps them copies them.
type Statement struct {
	Tx    *Tx // whose it is, to tell transactions apart
	Query string
	Args  []any
	Rows  bool // it asked for rows
	Sent  bool // nobody waited for what it did
}

// Reads reports whether the statement was one of a Read.
func (s Statement) Reads() bool { return s.Tx.readOnly }

// Trace sets a function that is told of each statement of a Write or Read, as
// OnStatement's is, with all that Again needs; nil sets none. A bench writes
// down with it what it will run again.
func (d *DB) Trace(tell func(Statement)) {
	if tell == nil {
		d.trace.Store(nil)
		return
	}
	d.trace.Store(&tell)
}

// Again runs a statement as it was run, and looks at nothing that it returns.
func (tx *Tx) Again(ctx context.Context, s Statement) error {
	switch {
	case s.Rows:
		return tx.each(ctx, s.Query, s.Args, func(Row) (bool, error) { return true, nil })
	case s.Sent:
		return tx.Send(ctx, nil, s.Query, s.Args...)
	}
	_, err := tx.Exec(ctx, s.Query, s.Args...)
	return err
}
