package content

import (
	"net/url"
	"regexp"
	"strings"
)

// BlockKind says what a block is.
type BlockKind string

// The kinds of blocks, with the marks that begin a line of them.
const (
	Heading   BlockKind = "heading"   // "## " and "### "
	Paragraph BlockKind = "paragraph" // anything else
	List      BlockKind = "list"      // "- "
	Steps     BlockKind = "steps"     // "1. "
	Quote     BlockKind = "quote"     // "> "
	Question  BlockKind = "question"  // "? ", with the answer right below
	Picture   BlockKind = "picture"   // "![what it shows](file)"
	Button    BlockKind = "button"    // "=> [words](address)"
	Shelf     BlockKind = "shelf"     // "@ category": goods of it
	Rule      BlockKind = "rule"      // "---"
)

// Block is a part of a body that stands by itself.
type Block struct {
	Kind  BlockKind
	Level int      // of a heading: 2 or 3
	Lines [][]Span // one of most kinds; of a list one per item; of a question the question, then the answer
	URL   string   // of a button, a picture (its file), a shelf (its category's slug)
	Alt   string   // of a picture
}

// Span is a run of words that look alike.
type Span struct {
	Text   string
	Strong bool
	Em     bool
	URL    string // leads there; "" for plain words
}

var (
	pictureForm = regexp.MustCompile(`^!\[([^\]]*)\]\(([a-zA-Z0-9._-]+)\)$`)
	buttonForm  = regexp.MustCompile(`^=> \[([^\]]+)\]\(([^)\s]+)\)$`)
	stepForm    = regexp.MustCompile(`^\d{1,3}\. `)
	shelfForm   = regexp.MustCompile(`^@ ([a-z0-9-]+)$`)
	spanForm    = regexp.MustCompile(`\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)`)
)

// maxBlocks bounds what one body makes.
const maxBlocks = 1000

// Read reads a body into blocks. Every text is one: what no mark begins is a
// paragraph, and what looks like HTML is the words it is made of.
func Read(body string) (all []Block) {
	lines := strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines) && len(all) < maxBlocks; i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		if b, ok := single(line); ok {
			all = append(all, b)
			continue
		}
		kind, mark := begins(line)
		b := Block{Kind: kind, Lines: [][]Span{spans(line[mark:])}}
		for i+1 < len(lines) {
			next := strings.TrimSpace(lines[i+1])
			_, alone := single(next)
			k, m := begins(next)
			if next == "" || alone || k != kind && (kind != Question || k != Paragraph) || kind == Question && k == Question {
				break
			}
			i++
			if kind == Paragraph || kind == Quote {
				b.Lines[0] = append(b.Lines[0], append([]Span{{Text: " "}}, spans(next[m:])...)...)
				continue
			}
			b.Lines = append(b.Lines, spans(next[m:]))
		}
		all = append(all, b)
	}
	return all
}

// single reads a block that is one line.
func single(line string) (b Block, ok bool) {
	if text, ok := strings.CutPrefix(line, "### "); ok {
		return Block{Kind: Heading, Level: 3, Lines: [][]Span{spans(text)}}, true
	}
	if text, ok := strings.CutPrefix(line, "## "); ok {
		return Block{Kind: Heading, Level: 2, Lines: [][]Span{spans(text)}}, true
	}
	if line == "---" {
		return Block{Kind: Rule}, true
	}
	if m := pictureForm.FindStringSubmatch(line); m != nil {
		return Block{Kind: Picture, Alt: m[1], URL: m[2]}, true
	}
	if m := buttonForm.FindStringSubmatch(line); len(m) > 2 && Leads(m[2]) {
		return Block{Kind: Button, URL: m[2], Lines: [][]Span{{{Text: m[1]}}}}, true
	}
	if m := shelfForm.FindStringSubmatch(line); m != nil {
		return Block{Kind: Shelf, URL: m[1]}, true
	}
	return b, false
}

// begins tells what a line begins, and how long its mark is.
func begins(line string) (kind BlockKind, mark int) {
	for m, kind := range map[string]BlockKind{"- ": List, "> ": Quote, "? ": Question} {
		if strings.HasPrefix(line, m) {
			return kind, len(m)
		}
	}
	if m := stepForm.FindString(line); m != "" {
		return Steps, len(m)
	}
	return Paragraph, 0
}

// spans reads bold, italic and links out of a line.
func spans(line string) (all []Span) {
	at := 0
	for _, m := range spanForm.FindAllStringSubmatchIndex(line, -1) {
		if m[0] > at {
			all = append(all, Span{Text: line[at:m[0]]})
		}
		switch {
		case m[2] >= 0:
			all = append(all, Span{Text: line[m[2]:m[3]], Strong: true})
		case m[4] >= 0:
			all = append(all, Span{Text: line[m[4]:m[5]], Em: true})
		case Leads(line[m[8]:m[9]]):
			all = append(all, Span{Text: line[m[6]:m[7]], URL: line[m[8]:m[9]]})
		default:
			all = append(all, Span{Text: line[m[0]:m[1]]})
		}
		at = m[1]
	}
	if at < len(line) {
		all = append(all, Span{Text: line[at:]})
	}
	return all
}

// Leads reports whether an address may be linked to: a page of this shop, https,
// mail or telephone. All else, such as a script, stays words.
func Leads(address string) bool {
	if strings.HasPrefix(address, "/") {
		return !strings.HasPrefix(address, "//") && !strings.Contains(address, `\`)
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" || u.Scheme == "tel")
}
