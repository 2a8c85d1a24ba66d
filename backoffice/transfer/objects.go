package transfer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// objects reads JSON objects one by one: an array of them, one per line, or
// one after the other.
type objects struct {
	io.Closer
	r  *bufio.Reader
	n  int64
	at int64
}

func openObjects(f io.ReadSeekCloser, run Run) (*objects, error) {
	if _, err := f.Seek(run.At, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return &objects{Closer: f, r: bufio.NewReader(f), n: run.Rows, at: run.At}, nil
}

func (o *objects) row() int64 { return o.n }

// take returns the next object as it is written, whatever stands between.
func (o *objects) take() ([]byte, error) {
	var text []byte
	depth, quoted, escaped := 0, false, false
	for {
		b, err := o.r.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && len(text) > 0 {
				o.n++
				return text, nil // cut off: the decoder will say so
			}
			return nil, err
		}
		o.at++
		if depth == 0 && strings.IndexByte(" \t\r\n,[]\xef\xbb\xbf", b) >= 0 {
			if len(text) > 0 {
				o.n++
				return text, nil // no object: the decoder will say so
			}
			continue
		}
		if text = append(text, b); len(text) > maxRowBytes {
			o.n++
			return nil, ErrLongRow
		}
		switch {
		case escaped:
			escaped = false
		case quoted && b == '\\':
			escaped = true
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{':
			depth++
		case b == '}':
			depth--
		}
		if depth <= 0 && b == '}' && !quoted {
			o.n++
			return text, nil
		}
	}
}
