// Package lite runs statements on SQLite without database/sql in between.
//
// The pure Go driver asks, for each query, the name and the declared type of
// every column, copies every argument into memory of its own, and guards a
// connection with a mutex although database/sql does so again; that costs
// several times what SQLite takes to find a row. Here a statement is prepared
// once, its arguments go into one buffer that it keeps, and nothing is asked
// that the caller knows.
//
// A Conn and its statements belong to one goroutine at a time; whoever shares
// them sees to that. Nothing here can be cancelled, which is what package db
// wants: a statement that is interrupted would undo its neighbours.
//
// Never true: a row that outlives the next step of its statement.
package lite

import (
	"fmt"
	"strconv"
	"unsafe"

	"modernc.org/libc"
	_ "modernc.org/sqlite" // its init mends the library for Go's stacks
	engine "modernc.org/sqlite/lib"
)

// Error is what SQLite says. Code is its extended result code.
type Error struct {
	code int
	text string
}

// Code is SQLite's extended result code, such as 2067 for a unique violation.
func (e *Error) Code() int { return e.code }

// Error is SQLite's message with the code.
func (e *Error) Error() string { return e.text + " (" + strconv.Itoa(e.code) + ")" }

// pointerSize is the size of what SQLite writes a handle into.
const pointerSize = unsafe.Sizeof(uintptr(0))

// Conn is a connection to a database file.
type Conn struct {
	tls *libc.TLS
	db  uintptr
	out uintptr // two pointers that SQLite answers in
}

// Open opens a file, creating it when it is absent, and applies the pragmas,
// such as "synchronous(full)", in order.
func Open(path string, pragmas ...string) (*Conn, error) {
	c := &Conn{tls: libc.NewTLS()}
	c.out = libc.Xcalloc(c.tls, 2, libc.Tsize_t(pointerSize))
	name, err := libc.CString(path)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	rc := engine.Xsqlite3_open_v2(c.tls, name, c.out, engine.SQLITE_OPEN_READWRITE|engine.SQLITE_OPEN_CREATE|engine.SQLITE_OPEN_NOMUTEX, 0)
	c.db = c.answer(0)
	if rc == engine.SQLITE_OK {
		rc = engine.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	}
	if err := c.check(rc); err != nil {
		_ = c.Close()
		return nil, err
	}
	for _, p := range pragmas {
		if _, err := c.Exec("PRAGMA " + p); err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("set %s: %w", p, err)
		}
	}
	return c, nil
}

// memory is an address of memory that Go does not manage as a pointer.
func memory(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

// answer is one of the pointers SQLite has answered in.
func (c *Conn) answer(i uintptr) uintptr {
	return *(*uintptr)(memory(c.out + i*pointerSize))
}

// Close closes the connection, whose statements must be closed before.
func (c *Conn) Close() error {
	var err error
	if c.db != 0 {
		err = c.check(engine.Xsqlite3_close_v2(c.tls, c.db))
	}
	libc.Xfree(c.tls, c.out)
	c.tls.Close()
	return err
}

// check turns a result code into an error.
func (c *Conn) check(rc int32) error {
	switch rc {
	case engine.SQLITE_OK, engine.SQLITE_ROW, engine.SQLITE_DONE:
		return nil
	}
	text := libc.GoString(engine.Xsqlite3_errstr(c.tls, rc))
	if c.db != 0 {
		if more := libc.GoString(engine.Xsqlite3_errmsg(c.tls, c.db)); more != text {
			text += ": " + more
		}
	}
	return &Error{int(rc), text}
}

// Exec runs a text of one or several statements without arguments, such as a
// schema file, and returns how many rows the last one changed.
func (c *Conn) Exec(script string) (changed int64, err error) {
	text, err := libc.CString(script)
	if err != nil {
		return 0, err
	}
	defer libc.Xfree(c.tls, text)
	for at := text; at != 0 && *(*byte)(memory(at)) != 0; {
		s, rest, err := c.compile(at)
		if err != nil {
			return 0, err
		}
		at = rest
		if s == nil {
			continue // nothing but space or a comment
		}
		changed, err = s.Exec(nil)
		if err != nil {
			_ = s.Close()
			return 0, err
		}
		if err := s.Close(); err != nil {
			return 0, err
		}
	}
	return changed, nil
}

// Prepare compiles the first statement of a text. script says that others
// follow: then it is not compiled, and Exec runs it.
func (c *Conn) Prepare(query string) (s *Stmt, script bool, err error) {
	text, err := libc.CString(query)
	if err != nil {
		return nil, false, err
	}
	defer libc.Xfree(c.tls, text)
	s, rest, err := c.compile(text)
	if err != nil {
		return nil, false, err
	}
	if s != nil && onlySpace(libc.GoString(rest)) {
		return s, false, nil
	}
	if s != nil {
		err = s.Close()
	}
	return nil, true, err
}

// onlySpace reports whether nothing but space and semicolons is left of a script.
func onlySpace(text string) bool {
	for _, r := range text {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' && r != ';' {
			return false
		}
	}
	return true
}

// compile prepares the first statement of a C text and returns what follows it.
func (c *Conn) compile(text uintptr) (s *Stmt, rest uintptr, err error) {
	rc := engine.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, engine.SQLITE_PREPARE_PERSISTENT, c.out, c.out+pointerSize)
	if err := c.check(rc); err != nil {
		return nil, 0, err
	}
	handle, rest := c.answer(0), c.answer(1)
	if handle == 0 {
		return nil, rest, nil
	}
	s = &Stmt{c: c, handle: handle, columns: int(engine.Xsqlite3_column_count(c.tls, handle))}
	return s, rest, s.number()
}

// number finds out which argument each parameter takes: SQLite numbers "$2"
// by where it stands, not by its name.
func (s *Stmt) number() error {
	n := engine.Xsqlite3_bind_parameter_count(s.c.tls, s.handle)
	for i := int32(1); i <= n; i++ {
		name := engine.Xsqlite3_bind_parameter_name(s.c.tls, s.handle, i)
		var at int
		if name != 0 {
			at, _ = strconv.Atoi(libc.GoString(name)[1:])
		}
		if at < 1 {
			_ = s.Close()
			return &Error{engine.SQLITE_ERROR, "parameters are written $1, $2 …"}
		}
		s.takes = append(s.takes, at-1)
		s.needs = max(s.needs, at)
	}
	return nil
}
