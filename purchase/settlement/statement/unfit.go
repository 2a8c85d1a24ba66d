package statement

import (
	"errors"
	"fmt"
)

// Unfit is a row, or a file, that cannot be read as it was said: what is to be
// said anew is the column of Field. It is an ErrFile.
type Unfit struct {
	Line   int    // 0 for the whole file
	Field  string // one of Fields; "" for what no column is to blame for
	Column string // the file's, that it is read from
	Value  string // what stands there
	Reason Reason
	err    error
}

// Reason is why something is unfit.
type Reason string

// The reasons.
const (
	ReasonUnset    Reason = "unset"    // nobody has said which column it is
	ReasonColumn   Reason = "column"   // the file has no such column
	ReasonEmpty    Reason = "empty"    // nothing stands there
	ReasonTwice    Reason = "twice"    // it stands in an earlier row, too
	ReasonAmount   Reason = "amount"   // it is no amount
	ReasonCurrency Reason = "currency" // it is no currency
	ReasonTime     Reason = "time"     // it is no time
	ReasonKind     Reason = "kind"     // it is no kind of row
)

// Error says it in English, with the remedy.
func (u *Unfit) Error() string { return u.err.Error() }

// Unwrap is an ErrFile.
func (u *Unfit) Unwrap() error { return u.err }

// unfit is u, said in English.
func unfit(u Unfit, text string) error {
	u.err = ErrFile.With(text)
	return &u
}

// wrong is a row that cannot be believed.
func wrong(line int, why error) error {
	said := ErrFile.With(fmt.Sprintf("line %d cannot be read: %v; nothing of the file was taken", line, why))
	if u, ok := errors.AsType[*Unfit](why); ok {
		at := *u
		at.Line, at.err = line, said
		return &at
	}
	return said
}
