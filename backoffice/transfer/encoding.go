package transfer

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The encodings a file may be in. Any other must be saved as one of them.
const (
	encodingUTF8 = "utf-8"
	encoding1252 = "windows-1252"
)

// sniffer finds out how a file is written while it passes by.
type sniffer struct {
	rest    []byte // the beginning of a character whose end has not come
	letters int64  // characters of several bytes, as UTF-8 has them
	broken  int64  // bytes that are none
}

// Write looks at the next bytes. It never fails.
func (s *sniffer) Write(p []byte) (int, error) {
	n := len(p)
	if len(s.rest) > 0 {
		p = append(s.rest, p...)
		s.rest = nil
	}
	for len(p) > 0 {
		if p[0] < utf8.RuneSelf {
			p = p[1:]
			continue
		}
		if !utf8.FullRune(p) {
			s.rest = append([]byte(nil), p...)
			break
		}
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			s.broken++
		} else {
			s.letters++
		}
		p = p[size:]
	}
	return n, nil
}

// encoding is Windows-1252 when something is no UTF-8 and nothing shows that it
// was meant to be; a mixture stays UTF-8, and its broken cells are reported.
func (s *sniffer) encoding() string {
	if s.broken+int64(len(s.rest)) > 0 && s.letters == 0 {
		return encoding1252
	}
	return encodingUTF8
}

// decoded is a cell in UTF-8.
func decoded(encoding, cell string) string {
	if encoding != encoding1252 {
		return cell
	}
	text, err := charmap.Windows1252.NewDecoder().String(cell)
	if err != nil {
		return cell // the check of cells will say so
	}
	return text
}
