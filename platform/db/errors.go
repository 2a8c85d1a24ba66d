package db

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"korzo/platform/db/lite"
	"korzo/platform/fault"

	"github.com/jackc/pgx/v5/pgconn"
)

var (
	// ErrNoRow reports that One found nothing. Packages turn it into their own not-found error.
	ErrNoRow = fault.New(fault.NotFound, "db.no_row", "no such row: check the id")
	// ErrUnique reports that a row with the same unique value exists.
	ErrUnique = fault.New(fault.Conflict, "db.unique", "a row with the same unique value exists: choose another value, or use the row that is there")
	// ErrCheck reports that a CHECK refused a row: an invariant was about to break.
	ErrCheck = fault.New(fault.Internal, "db.check", "a row was refused by the database's own check")
	// ErrReference reports that a row refers to one that is not there, or that others still refer to it.
	ErrReference = fault.New(fault.Internal, "db.reference", "a row refers to one that does not exist")
	// ErrText reports a text that PostgreSQL cannot keep: a NUL, or bytes that are not UTF-8.
	ErrText = fault.New(fault.Invalid, "db.text", "a text holds a character that cannot be kept: leave out NULs, and send UTF-8")
	// ErrNested reports a Write or Read inside a Write or Read, which could wait for itself for ever.
	ErrNested = fault.New(fault.Internal, "db.nested", "a transaction was begun inside another: pass the tx down instead of opening a second one")
	// ErrReadOnly reports a Savepoint or a write in a Read.
	ErrReadOnly = fault.New(fault.Internal, "db.read_only", "this transaction only reads: use Write")
	// ErrClosed reports work on a closed database.
	ErrClosed = fault.New(fault.Unavailable, "db.closed", "the database is closed: the shop is shutting down, try again in a moment")
	// ErrBusy reports that the writer's turn or a connection could not be had in time.
	ErrBusy = fault.New(fault.Unavailable, "db.busy", "the database has been busy for too long: try again in a moment")
	// ErrDown reports that PostgreSQL cannot be reached or has dropped the line. Whether a commit under way was kept is not known.
	ErrDown = fault.New(fault.Unavailable, "db.down", "the database cannot be reached: try again in a moment, with the same Idempotency-Key if there was one")
	// ErrLocked reports that another process holds the SQLite file.
	ErrLocked = fault.New(fault.Conflict, "db.locked", "the database file is in use by another process: stop that process, or choose another data folder")
	// ErrURL reports a database URL that names neither SQLite nor PostgreSQL.
	ErrURL = fault.New(fault.Invalid, "db.url", "the database URL must begin with sqlite: (a path follows) or postgres://")
	// ErrEdited reports that a migration file changed after it was applied.
	ErrEdited = fault.New(fault.Internal, "db.migration_edited", "a released migration file was edited: restore it, and put the change into a new file")
	// ErrOver reports a statement on a transaction that has ended.
	ErrOver = fault.New(fault.Internal, "db.over", "this transaction has ended: use its tx only inside the function it was given to")
	// ErrDropped reports that a transaction went on after a statement in it failed.
	ErrDropped = fault.New(fault.Internal, "db.error_dropped", "a statement of this transaction failed before: return its error, or contain it with Savepoint")
)

// PostgreSQL's error codes and SQLite's extended result codes that mean something to us.
const (
	pgUnique        = "23505"
	pgReference     = "23503"
	pgCheck         = "23514"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgLockTimeout   = "55P03"
	pgReadOnly      = "25006"
	pgNoText        = "22021"
	pgCanceled      = "57014" // by statement_timeout: nothing here cancels
	pgIdle          = "25P03"
	pgFull          = "53300"
	pgShutdown      = "57P01"
	pgCrashed       = "57P02"
	pgStarting      = "57P03"
	pgLine          = "08" // the class of what befalls a connection

	sqliteBusy       = 5
	sqliteNoMem      = 7
	sqliteReadOnly   = 8
	sqliteInterrupt  = 9
	sqliteIOErr      = 10
	sqliteCorrupt    = 11
	sqliteFull       = 13
	sqliteCheck      = 275
	sqliteReference  = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// named puts the database's error into our words; what has none passes as it is.
func named(err error) error {
	var ours *fault.Error
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case pgUnique:
			ours = ErrUnique
		case pgReference:
			ours = ErrReference
		case pgCheck:
			ours = ErrCheck
		case pgLockTimeout, pgCanceled, pgIdle, pgFull:
			ours = ErrBusy
		case pgShutdown, pgCrashed, pgStarting:
			ours = ErrDown
		case pgReadOnly:
			ours = ErrReadOnly
		case pgNoText:
			ours = ErrText
		default:
			if strings.HasPrefix(e.Code, pgLine) {
				ours = ErrDown
			}
		}
	} else if down(err) {
		ours = ErrDown
	} else if e, ok := errors.AsType[*lite.Error](err); ok {
		switch e.Code() {
		case sqliteUnique, sqlitePrimaryKey:
			ours = ErrUnique
		case sqliteReference:
			ours = ErrReference
		case sqliteCheck:
			ours = ErrCheck
		case sqliteBusy:
			ours = ErrBusy
		case sqliteReadOnly:
			ours = ErrReadOnly
		}
	}
	if ours == nil {
		return err
	}
	return fmt.Errorf("%w: %w", ours, err)
}

// down reports whether err tells of the way to PostgreSQL, not of a statement.
func down(err error) bool {
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	_, line := errors.AsType[*net.OpError](err)
	return connect || line || pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// LostRace reports whether err means that the transaction lost a race with
// another and will be run again by Write: whoever handles errors inside a
// transaction passes such a one on.
func LostRace(err error) bool { return lostRace(err) }

func lostRace(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == pgSerialization || e.Code == pgDeadlock)
}

// fatal reports whether err may have made SQLite roll back the whole shared
// transaction, not only the statement.
func fatal(err error) bool {
	e, ok := errors.AsType[*lite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqliteBusy, sqliteNoMem, sqliteInterrupt, sqliteIOErr, sqliteCorrupt, sqliteFull:
		return true
	}
	return false
}
