package lite

import (
	"database/sql/driver"
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"modernc.org/libc"
	engine "modernc.org/sqlite/lib"
)

// Stmt is a prepared statement. It runs once at a time: between Query and
// Reset it stands on its rows.
type Stmt struct {
	c       *Conn
	handle  uintptr
	columns int
	takes   []int // the argument of each parameter
	needs   int   // arguments

	buffer uintptr // holds the texts and blobs that are bound
	size   int
	used   int
}

// keptBuffer bounds the buffer that a statement keeps for its next run.
const keptBuffer = 16 << 10

// Close frees the statement.
func (s *Stmt) Close() error {
	rc := engine.Xsqlite3_finalize(s.c.tls, s.handle)
	s.handle = 0
	s.free()
	return s.c.check(rc)
}

func (s *Stmt) free() {
	if s.buffer != 0 {
		libc.Xfree(s.c.tls, s.buffer)
		s.buffer, s.size = 0, 0
	}
}

// Exec runs the statement to its end and returns how many rows it changed.
func (s *Stmt) Exec(args []any) (changed int64, err error) {
	if err := s.Query(args); err != nil {
		return 0, err
	}
	for more := true; more && err == nil; {
		more, err = s.Step()
	}
	if err == nil {
		changed = engine.Xsqlite3_changes64(s.c.tls, s.c.db)
	}
	s.Reset()
	return changed, err
}

// Query binds the arguments. Step then leads from row to row, and Reset ends it.
func (s *Stmt) Query(args []any) error {
	if len(args) < s.needs {
		return fmt.Errorf("the statement takes %d arguments, and %d are given", s.needs, len(args))
	}
	if err := s.reserve(args); err != nil {
		return err
	}
	for i, at := range s.takes {
		if err := s.bind(int32(i+1), args[at]); err != nil {
			return fmt.Errorf("argument $%d: %w", at+1, err)
		}
	}
	return nil
}

// Step goes to the next row and reports whether there is one.
func (s *Stmt) Step() (row bool, err error) {
	switch rc := engine.Xsqlite3_step(s.c.tls, s.handle); rc {
	case engine.SQLITE_ROW:
		return true, nil
	case engine.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.check(rc)
	}
}

// Reset makes the statement ready to be run again. What failed was told by Step.
func (s *Stmt) Reset() {
	_ = engine.Xsqlite3_reset(s.c.tls, s.handle)
	if s.size > keptBuffer {
		_ = engine.Xsqlite3_clear_bindings(s.c.tls, s.handle)
		s.free()
	}
}

// reserve makes room for all texts and blobs at once, so that the buffer does
// not move while they are bound.
func (s *Stmt) reserve(args []any) error {
	need := 0
	for _, at := range s.takes {
		need += lengthOf(args[at])
	}
	s.used = 0
	if need <= s.size {
		return nil
	}
	s.free()
	s.size = max(need, 256)
	if s.buffer = libc.Xmalloc(s.c.tls, libc.Tsize_t(s.size)); s.buffer == 0 {
		s.size = 0
		return &Error{engine.SQLITE_NOMEM, "no memory for a statement's arguments"}
	}
	return nil
}

// lengthOf is how much of the buffer an argument takes.
func lengthOf(arg any) int {
	switch v := arg.(type) {
	case nil, int64, int:
		return 0
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.String, reflect.Slice:
		return v.Len()
	case reflect.Pointer:
		if !v.IsNil() {
			return lengthOf(v.Elem().Interface())
		}
	}
	return 0
}

// put copies bytes into the buffer and returns where they are. The address of
// nothing is not 0, which would be NULL.
func (s *Stmt) put(text string) uintptr {
	at := s.buffer + uintptr(s.used)
	if len(text) > 0 {
		copy(unsafe.Slice((*byte)(memory(at)), len(text)), text)
		s.used += len(text)
	}
	return at
}

func (s *Stmt) bind(i int32, arg any) error {
	switch v := arg.(type) {
	case nil:
		return s.c.check(engine.Xsqlite3_bind_null(s.c.tls, s.handle, i))
	case int64:
		return s.c.check(engine.Xsqlite3_bind_int64(s.c.tls, s.handle, i, v))
	case int:
		return s.c.check(engine.Xsqlite3_bind_int64(s.c.tls, s.handle, i, int64(v)))
	case string:
		return s.text(i, v)
	case []byte:
		return s.blob(i, v)
	}
	return s.reflected(i, arg)
}

func (s *Stmt) text(i int32, v string) error {
	if s.buffer == 0 {
		if err := s.reserveOne(); err != nil {
			return err
		}
	}
	return s.c.check(engine.Xsqlite3_bind_text(s.c.tls, s.handle, i, s.put(v), int32(len(v)), engine.SQLITE_STATIC))
}

func (s *Stmt) blob(i int32, v []byte) error {
	if v == nil {
		return s.c.check(engine.Xsqlite3_bind_null(s.c.tls, s.handle, i))
	}
	if s.buffer == 0 {
		if err := s.reserveOne(); err != nil {
			return err
		}
	}
	return s.c.check(engine.Xsqlite3_bind_blob(s.c.tls, s.handle, i, s.put(unsafe.String(unsafe.SliceData(v), len(v))), int32(len(v)), engine.SQLITE_STATIC))
}

// reserveOne gives an empty text an address.
func (s *Stmt) reserveOne() error {
	s.size = 256
	if s.buffer = libc.Xmalloc(s.c.tls, libc.Tsize_t(s.size)); s.buffer == 0 {
		s.size = 0
		return &Error{engine.SQLITE_NOMEM, "no memory for a statement's arguments"}
	}
	return nil
}

// reflected binds named types, such as ids, by what they are made of.
func (s *Stmt) reflected(i int32, arg any) error {
	if v, ok := arg.(driver.Valuer); ok {
		value, err := v.Value()
		if err != nil {
			return err
		}
		return s.bind(i, value)
	}
	v := reflect.ValueOf(arg)
	switch v.Kind() {
	case reflect.String:
		return s.text(i, v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return s.bind(i, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return fmt.Errorf("%d is too large", v.Uint())
		}
		return s.bind(i, int64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return s.c.check(engine.Xsqlite3_bind_double(s.c.tls, s.handle, i, v.Float()))
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return s.blob(i, v.Bytes())
		}
	case reflect.Pointer:
		if v.IsNil() {
			return s.bind(i, nil)
		}
		return s.bind(i, v.Elem().Interface())
	}
	return fmt.Errorf("a %T cannot be kept", arg)
}
