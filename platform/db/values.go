package db

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// Micros is t as it is stored: microseconds since 1970, and 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros: UTC, and the zero time for 0.
func Time(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// maxParameters is what both databases take in one statement (SQLite 32,766, PostgreSQL 65,535).
const maxParameters = 32_766

type shape struct{ rows, columns, first int }

// shapes keeps the texts that Values made: few shapes, used over and over.
var shapes struct {
	sync.RWMutex
	texts map[shape]string
}

// maxShapes bounds shapes; beyond it texts are made and not kept.
const maxShapes = 4096

// Values returns "($1,$2),($3,$4)": the rows of a multi-row INSERT, or with
// one column the list of an IN with its inner parentheses. first is the number
// of the first placeholder. It panics when the statement would have more
// parameters than a database takes: split the rows before.
func Values(rows, columns, first int) string {
	key := shape{rows, columns, first}
	if rows < 1 || columns < 1 || first < 1 || rows*columns+first-1 > maxParameters {
		panic("db.Values: no such shape: " + strconv.Itoa(rows) + " rows of " + strconv.Itoa(columns))
	}
	shapes.RLock()
	text, ok := shapes.texts[key]
	shapes.RUnlock()
	if ok {
		return text
	}
	text = valuesText(key)
	shapes.Lock()
	defer shapes.Unlock()
	if shapes.texts == nil {
		shapes.texts = map[shape]string{}
	}
	if len(shapes.texts) < maxShapes {
		shapes.texts[key] = text
	}
	return text
}

func valuesText(s shape) string {
	var b strings.Builder
	n := s.first
	for r := range s.rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range s.columns {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			n++
		}
		b.WriteByte(')')
	}
	return b.String()
}
