package transfer

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// cut shortens s to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

var (
	// silent are elements whose content nobody reads.
	silent = []string{"script", "style", "template", "head", "noscript", "iframe", "object", "svg"}
	// breaks begin a new line.
	breaks   = regexp.MustCompile(`^(br|p|div|li|ul|ol|tr|table|h[1-6]|section|article|blockquote|hr)$`)
	tooEmpty = regexp.MustCompile(`\n{3,}`)
	spaces   = regexp.MustCompile(`[ \t\r\f\v\x{a0}]+`)
)

// textOf is what a person reads of HTML: tags, scripts, styles and comments are
// gone, entities are the letters they stand for, paragraphs are lines. It is
// text: who shows it escapes it. What is no HTML stays as it is.
func textOf(body string) string {
	if !strings.ContainsAny(body, "<&") {
		return strings.TrimSpace(body)
	}
	var b strings.Builder
	body = strings.ToValidUTF8(body, "?")
	lower := lowerASCII(body)
	for at := 0; at < len(body); {
		open := strings.IndexByte(body[at:], '<')
		if open < 0 {
			b.WriteString(spaced(body[at:]))
			break
		}
		b.WriteString(spaced(body[at : at+open]))
		at += open
		name, end := tag(lower, at)
		switch {
		case name == "":
			b.WriteByte('<')
		case breaks.MatchString(strings.TrimPrefix(name, "/")):
			b.WriteByte('\n')
			if name == "li" {
				b.WriteString("• ")
			}
			if name == "/p" {
				b.WriteByte('\n')
			}
		}
		at = end
		if slices.Contains(silent, name) {
			close := strings.Index(lower[at:], "</"+name)
			if close < 0 {
				break
			}
			at += close
		}
	}
	return tidy(html.UnescapeString(b.String()))
}

// tag reads a tag that begins at a byte: its name in small letters, "!" for a
// comment, "" for a < that begins none; and the byte after it.
func tag(lower string, at int) (name string, end int) {
	rest := lower[at+1:]
	if strings.HasPrefix(rest, "!--") {
		if i := strings.Index(rest, "-->"); i >= 0 {
			return "!", at + 1 + i + len("-->")
		}
		return "!", len(lower)
	}
	if rest == "" || rest[0] != '/' && rest[0] != '!' && rest[0] != '?' && (rest[0] < 'a' || rest[0] > 'z') {
		return "", at + 1
	}
	n := strings.IndexAny(rest[1:], " \t\r\n/>") + 1
	if n == 0 {
		return rest, len(lower)
	}
	var quote byte
	for i := n; i < len(rest); i++ {
		switch c := rest[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return rest[:n], at + 1 + i + 1
		}
	}
	return rest[:n], len(lower)
}

// lowerASCII keeps every byte where it is.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// spaced is text between tags: its line ends are spaces.
func spaced(s string) string { return strings.ReplaceAll(s, "\n", " ") }

func tidy(s string) string {
	lines := strings.Split(spaces.ReplaceAllString(s, " "), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.TrimSpace(tooEmpty.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"))
}
