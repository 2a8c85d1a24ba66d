// Package segment keeps rules by which customers belong together: those who
// bought three times, who have been away for half a year, who are worth more
// than most.
//
// A segment is a name and a rule over what is known of a customer. Who fulfils
// it is decided whenever somebody asks, from facts read in the same moment, and
// kept nowhere: nobody stays in a segment they have left, and a rule that is
// changed holds for everyone at once. Whom the merchant puts together by hand is
// a group.
//
// Sums are in the currency of whoever asks: of the cart's market for a flow, of
// the customer's own for their page. Segments are few and asked for with every
// checkout, so they are remembered.
//
// Never true: a segment that speaks of anything but the customer, or of segments.
package segment

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/rule"
)

// Schema is the package's table.
//
//go:embed schema/*.sql
var Schema embed.FS

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of segments that cannot be kept, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages(), rule.Messages())

// The failures a caller can act on.
var (
	ErrNotFound = fault.New(fault.NotFound, "segment.not_found", "there is no such segment; look at the list of segments")
	ErrInvalid  = fault.New(fault.Invalid, "segment.invalid", "the segment is not complete: mend the fields named")
	ErrVersion  = fault.New(fault.Conflict, "segment.version", "somebody changed this segment meanwhile; look at it again")
)

const (
	maxSegments = 200
	maxName     = 120
)

// ID names a segment: "seg_01j…".
type ID string

// Named reports whether an id is a segment's, where those of groups stand too.
func Named(id string) bool { return strings.HasPrefix(id, "seg_") }

// Draft is a segment as it is written.
type Draft struct {
	Name string // for staff
	Rule string // over a customer's facts: customer.orders >= 3
}

// Segment is a draft that is kept.
type Segment struct {
	ID ID
	Draft
	ChangedAt time.Time
	Version   int64
}

// ready is a segment with its rule made ready; nil for one that cannot be read
// any more, which nobody fulfils.
type ready struct {
	Segment
	rule *rule.Program
}

const memory = "segment"

var remembered = remember.New(memory, func(ctx context.Context, tx *db.Tx) ([]ready, error) {
	all, err := selectSegments(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	kept := make([]ready, len(all))
	for i, s := range all {
		kept[i].Segment = s
		if p, err := visitor.Compile(s.Rule); err == nil {
			kept[i].rule = p
		}
	}
	return kept, nil
})

// All returns every segment by name. It costs no statement where they are
// remembered.
func All(ctx context.Context, tx *db.Tx) ([]Segment, error) {
	kept, err := remembered.Get(ctx, tx)
	all := make([]Segment, len(kept))
	for i, s := range kept {
		all[i] = s.Segment
	}
	return all, err
}

// Find returns a segment, or ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, id ID) (Segment, error) {
	all, err := All(ctx, tx)
	if err != nil {
		return Segment{}, err
	}
	if i := slices.IndexFunc(all, func(s Segment) bool { return s.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Segment{}, ErrNotFound
}

// Asks reports whether the rule of some segment speaks of a fact: what nobody
// asks for need not be read before Of.
func Asks(ctx context.Context, tx *db.Tx, fact string) (bool, error) {
	kept, err := remembered.Get(ctx, tx)
	return slices.ContainsFunc(kept, func(s ready) bool { return s.rule != nil && slices.Contains(s.rule.Facts(), fact) }), err
}

// Of returns the ids of the segments that a customer fulfils now, by name; none
// of a guest. A rule that fails does not hold.
func Of(ctx context.Context, tx *db.Tx, b visitor.Buyer) (ids []string, err error) {
	kept, err := remembered.Get(ctx, tx)
	if err != nil || !b.Known {
		return nil, err
	}
	for _, s := range kept {
		if s.rule != nil && fulfils(s.rule, b, tx.Now) {
			ids = append(ids, string(s.ID))
		}
	}
	return ids, nil
}

// Fulfils reports whether a customer would be in a segment by the rule as it is
// written. It returns ErrInvalid.
func (d Draft) Fulfils(b visitor.Buyer, now time.Time) (bool, error) {
	var wrong flaw.List
	d.Rule = strings.TrimSpace(d.Rule)
	p := d.checkRule(&wrong)
	err := wrong.As(ErrInvalid, english)
	return err == nil && b.Known && fulfils(p, b, now), err
}

func fulfils(p *rule.Program, b visitor.Buyer, now time.Time) bool {
	v := visitor.Visit{Customer: b, At: now}
	holds, err := p.True(v.Tell(p.Facts()))
	return holds && err == nil
}

// check returns ErrInvalid as a flaw.Error that names each field at fault.
func (d *Draft) check() error {
	d.Name, d.Rule = strings.TrimSpace(d.Name), strings.TrimSpace(d.Rule)
	var wrong flaw.List
	wrong.If(d.Name == "" || utf8.RuneCountInString(d.Name) > maxName, "name", "segment.flaw.name", "Most", maxName)
	d.checkRule(&wrong)
	return wrong.As(ErrInvalid, english)
}

// checkRule looks at the rule alone.
func (d *Draft) checkRule(wrong *flaw.List) *rule.Program {
	if d.Rule == "" {
		wrong.Blame("rule", "segment.flaw.empty")
		return nil
	}
	p, err := visitor.Compile(d.Rule)
	if err != nil {
		wrong.Rule("rule", err)
		return nil
	}
	for _, fact := range p.Facts() {
		wrong.If(!strings.HasPrefix(fact, "customer.") || fact == "customer.segments", "rule", "segment.flaw.fact", "Fact", fact)
	}
	return p
}

// CheckRule returns ErrInvalid where the rule cannot be one of a segment, whatever
// it is called: for who tries it first.
func (d Draft) CheckRule() error {
	var wrong flaw.List
	d.Rule = strings.TrimSpace(d.Rule)
	d.checkRule(&wrong)
	return wrong.As(ErrInvalid, english)
}

// Create keeps a new segment. It returns ErrInvalid naming each field at fault.
func Create(ctx context.Context, tx *db.Tx, d Draft) (ID, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	all, err := All(ctx, tx)
	if err != nil {
		return "", err
	}
	if len(all) >= maxSegments {
		var many flaw.List
		many.Blame("name", "segment.flaw.many", "Most", maxSegments)
		return "", many.As(ErrInvalid, english)
	}
	made := id.New[ID]("seg", tx.Now)
	if err := insertSegment(ctx, tx, made, d); err != nil {
		return "", fmt.Errorf("create segment: %w", err)
	}
	return made, remember.Touch(ctx, tx, memory)
}

// Change writes a segment anew; it holds for everyone at once. A version of 0 is
// not compared. It returns ErrInvalid, ErrNotFound or ErrVersion.
func Change(ctx context.Context, tx *db.Tx, id ID, version int64, d Draft) error {
	if err := d.check(); err != nil {
		return err
	}
	n, err := updateSegment(ctx, tx, id, version, d)
	if err != nil {
		return fmt.Errorf("change segment %s: %w", id, err)
	}
	if n == 0 {
		if _, err := Find(ctx, tx, id); errors.Is(err, ErrNotFound) {
			return err
		}
		return ErrVersion
	}
	return remember.Touch(ctx, tx, memory)
}

// Delete takes a segment away; rules that name it hold for nobody by it. Doing
// it again changes nothing.
func Delete(ctx context.Context, tx *db.Tx, id ID) error {
	n, err := deleteSegment(ctx, tx, id)
	if err != nil || n == 0 {
		return err
	}
	return remember.Touch(ctx, tx, memory)
}
