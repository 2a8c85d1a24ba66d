package lite

import (
	"database/sql"
	"fmt"
	"reflect"
	"strconv"
	"unsafe"

	engine "modernc.org/sqlite/lib"
)

// Scan copies the row that the statement stands on into dest, one pointer for
// each column. NULL fits only where there is room for it: a pointer to a
// pointer, a []byte, an any or a sql.Scanner.
func (s *Stmt) Scan(dest ...any) error {
	if len(dest) != s.columns {
		return fmt.Errorf("a row has %d columns, and %d are asked for", s.columns, len(dest))
	}
	for i, d := range dest {
		if err := s.column(int32(i), d); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

func (s *Stmt) column(i int32, dest any) error {
	kind := engine.Xsqlite3_column_type(s.c.tls, s.handle, i)
	switch d := dest.(type) {
	case *string:
		if kind == engine.SQLITE_TEXT {
			*d = s.textAt(i)
			return nil
		}
	case *int64:
		if kind == engine.SQLITE_INTEGER {
			*d = engine.Xsqlite3_column_int64(s.c.tls, s.handle, i)
			return nil
		}
	case *[]byte:
		*d = s.bytesAt(i, kind)
		return nil
	case *any:
		*d = s.value(i, kind)
		return nil
	case sql.Scanner:
		return d.Scan(s.value(i, kind))
	}
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("a row is read into pointers, not into a %T", dest)
	}
	return s.set(i, kind, p.Elem())
}

// set puts a column into a value of any type that has room for it.
func (s *Stmt) set(i, kind int32, v reflect.Value) error {
	if kind == engine.SQLITE_NULL {
		if k := v.Kind(); k == reflect.Pointer || k == reflect.Slice {
			v.SetZero()
			return nil
		}
		return fmt.Errorf("NULL does not fit into a %s", v.Type())
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s.textAt(i))
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return s.setInt(i, kind, v)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := reflect.New(reflect.TypeFor[int64]()).Elem()
		if err := s.setInt(i, kind, n); err != nil {
			return err
		}
		if n.Int() < 0 || v.OverflowUint(uint64(n.Int())) {
			return fmt.Errorf("%d does not fit into a %s", n.Int(), v.Type())
		}
		v.SetUint(uint64(n.Int()))
		return nil
	case reflect.Bool:
		if kind == engine.SQLITE_INTEGER {
			v.SetBool(engine.Xsqlite3_column_int64(s.c.tls, s.handle, i) != 0)
			return nil
		}
	case reflect.Float32, reflect.Float64:
		if kind == engine.SQLITE_FLOAT || kind == engine.SQLITE_INTEGER {
			v.SetFloat(engine.Xsqlite3_column_double(s.c.tls, s.handle, i))
			return nil
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(s.bytesAt(i, kind))
			return nil
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return s.set(i, kind, v.Elem())
	}
	return fmt.Errorf("%s does not fit into a %s", kinds[kind], v.Type())
}

func (s *Stmt) setInt(i, kind int32, v reflect.Value) error {
	n := engine.Xsqlite3_column_int64(s.c.tls, s.handle, i)
	if kind == engine.SQLITE_TEXT {
		var err error
		if n, err = strconv.ParseInt(s.textAt(i), 10, 64); err != nil {
			return err
		}
	}
	if kind == engine.SQLITE_FLOAT && float64(n) != engine.Xsqlite3_column_double(s.c.tls, s.handle, i) || kind == engine.SQLITE_BLOB || v.OverflowInt(n) {
		return fmt.Errorf("%s does not fit into a %s", kinds[kind], v.Type())
	}
	v.SetInt(n)
	return nil
}

// kinds are SQLite's types of values in words.
var kinds = map[int32]string{engine.SQLITE_INTEGER: "an integer", engine.SQLITE_FLOAT: "a float", engine.SQLITE_TEXT: "a text",
	engine.SQLITE_BLOB: "a blob", engine.SQLITE_NULL: "NULL"}

// value is a column as what SQLite has it for.
func (s *Stmt) value(i, kind int32) any {
	switch kind {
	case engine.SQLITE_INTEGER:
		return engine.Xsqlite3_column_int64(s.c.tls, s.handle, i)
	case engine.SQLITE_FLOAT:
		return engine.Xsqlite3_column_double(s.c.tls, s.handle, i)
	case engine.SQLITE_TEXT:
		return s.textAt(i)
	case engine.SQLITE_BLOB:
		return s.bytesAt(i, kind)
	}
	return nil
}

func (s *Stmt) textAt(i int32) string {
	p := engine.Xsqlite3_column_text(s.c.tls, s.handle, i)
	n := int(engine.Xsqlite3_column_bytes(s.c.tls, s.handle, i))
	if p == 0 || n == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(memory(p)), n))
}

// bytesAt is nil for NULL only.
func (s *Stmt) bytesAt(i, kind int32) []byte {
	if kind == engine.SQLITE_NULL {
		return nil
	}
	p := engine.Xsqlite3_column_blob(s.c.tls, s.handle, i)
	n := int(engine.Xsqlite3_column_bytes(s.c.tls, s.handle, i))
	b := make([]byte, n)
	if p != 0 && n > 0 {
		copy(b, unsafe.Slice((*byte)(memory(p)), n))
	}
	return b
}
