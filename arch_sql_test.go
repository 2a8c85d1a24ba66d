package korzo

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// foreignTablesInTests lists the test files that may name tables of other
// packages: the seeds of the walls, and those that break the books on purpose
// to see it noticed.
var foreignTablesInTests = []string{
	"arch_bites_test.go",
	"app/verify_test.go",
	"purchase/payment/gateway/sandbox/sandbox_test.go", // empties the bank's book
	"journey",
}

// tablesHaveOneOwner: a table belongs to the package whose name its name
// begins with (order_lines to purchase/order) and is named nowhere but there.
func tablesHaveOneOwner(h *house) (complaints []string) {
	owners, complaints := owners(h)
	for _, f := range h.goFiles(true) {
		if f.inDB() || f.isTest() && mayNameForeign(f.name) {
			continue
		}
		if !f.isTest() && lastPart(f.name) != "sql.go" {
			continue // SQL there is a breach of its own
		}
		for _, s := range sqlTexts(f) {
			for _, r := range references(s.text) {
				if complaint := whose(f, r, owners); complaint != "" {
					complaints = append(complaints, fmt.Sprintf("%s %s", f.at(s.node), complaint))
				}
			}
		}
	}
	return complaints
}

// owners maps the prefix of table names to the package that owns them. The
// prefix is only the last part of a path, so it must be unique among owners.
func owners(h *house) (byPrefix map[string]string, complaints []string) {
	byPrefix = map[string]string{}
	for _, f := range h.files {
		dir := f.dir
		if lastPart(dir) == "schema" {
			dir = path.Dir(dir)
		} else if lastPart(f.name) != "sql.go" {
			continue
		}
		prefix := lastPart(dir)
		if other, taken := byPrefix[prefix]; taken && other != dir {
			complaints = append(complaints, fmt.Sprintf("%s and %s would both own tables named %s_…: rename one", other, dir, prefix))
		}
		byPrefix[prefix] = dir
	}
	return byPrefix, complaints
}

func mayNameForeign(name string) bool {
	for _, allowed := range foreignTablesInTests {
		if within(name, allowed) {
			return true
		}
	}
	return false
}

// whose says what is wrong with naming table r in f, or "". In tests a table
// that nobody owns is a scratch table.
func whose(f *file, r reference, owners map[string]string) string {
	if r.table == assembled {
		return "puts FROM and the name of a table together: write both in one text, so that the owner can be seen"
	}
	prefix, _, cut := strings.Cut(r.table, "_")
	owner, known := owners[prefix]
	switch {
	case known && cut && owner == f.dir:
		if r.how == defines && !f.isTest() {
			return fmt.Sprintf("defines %s: that belongs into schema/", r.table)
		}
		return ""
	case f.isTest() && (!known || !cut):
		return ""
	case known && cut:
		return fmt.Sprintf("names %s, a table of %s: call that package", r.table, owner)
	}
	return fmt.Sprintf("names %s, which no package owns: a table is called %s_…", r.table, lastPart(f.dir))
}

var (
	schemaName = regexp.MustCompile(`^([a-z0-9]+)_[0-9]{3}\.sql$`)
	appendOnly = regexp.MustCompile(`(?m)^-- append-only: *(\S+)`)
)

// schemasDefineTheirOwn: a schema file touches its own package's tables; it may
// refer to those of lower floors.
func schemasDefineTheirOwn(h *house) (complaints []string) {
	owners, _ := owners(h)
	for _, f := range h.files {
		if f.isGo() {
			continue
		}
		dir := path.Dir(f.dir)
		prefix := lastPart(dir)
		if m := schemaName.FindStringSubmatch(lastPart(f.name)); lastPart(f.dir) != "schema" || m == nil || m[1] != prefix {
			complaints = append(complaints, fmt.Sprintf("%s: a schema file is called schema/%s_001.sql", f.name, lastPart(path.Dir(f.dir))))
			continue
		}
		refs := references(string(f.text))
		for _, m := range appendOnly.FindAllStringSubmatch(string(f.text), -1) {
			refs = append(refs, reference{m[1], defines})
		}
		for _, r := range refs {
			first, _, cut := strings.Cut(r.table, "_")
			if first == prefix && cut {
				continue
			}
			if owner, ok := owners[first]; !ok || r.how != refers || floorOf(owner) >= floorOf(dir) {
				complaints = append(complaints, fmt.Sprintf("%s names %s, which is no table of %s nor of a lower floor", f.name, r.table, dir))
			}
		}
	}
	return complaints
}

// SQL is written in capitals; the second line catches who does not.
var looksLikeSQL = regexp.MustCompile(`\b(SELECT|INSERT\s+(OR\s+[A-Z]+\s+)?INTO|UPDATE\s+\S+\s+(AS\s+\S+\s+)?SET|DELETE\s+FROM|(CREATE|ALTER|DROP)\s+(UNIQUE\s+)?(TABLE|INDEX|TRIGGER|VIEW))\b|` +
	`(?is:\bselect\s.*\sfrom\s+[a-z]+_[a-z]|\binsert\s+into\s+[a-z]+_[a-z]|\bupdate\s+[a-z]+_[a-z_]+\s+(as\s+\w+\s+)?set\s|\bdelete\s+from\s+[a-z]+_[a-z])`)

func sqlLivesInItsFile(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		if f.inDB() || lastPart(f.name) == "sql.go" {
			continue
		}
		for _, s := range sqlTexts(f) {
			complaints = append(complaints, fmt.Sprintf("%s holds SQL: it belongs into sql.go of the package that owns the table", f.at(s.node)))
		}
	}
	return complaints
}

// text is a string in a Go file, with what is added to it by +.
type text struct {
	node ast.Node
	text string
}

// sqlTexts returns the strings of f that are SQL.
func sqlTexts(f *file) (texts []text) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			_, isImport := n.(*ast.ImportSpec)
			return !isImport
		}
		joined, whole := joinedText(e)
		if whole && (looksLikeSQL.MatchString(joined) || lastPart(f.name) == "sql.go" && fragment.MatchString(joined)) {
			texts = append(texts, text{n, joined})
		}
		return !whole
	})
	return texts
}

// fragment is a part of a statement that names a table.
var fragment = regexp.MustCompile(`\b(FROM|JOIN|INTO|UPDATE)\s+[a-z"]`)

// unknownPart stands for a part of a string that is only known at run time.
const unknownPart = " \x00 "

// joinedText returns the string that e is, and whether it is one.
func joinedText(e ast.Expr) (joined string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.ParenExpr:
		return joinedText(e.X)
	case *ast.BinaryExpr:
		left, okLeft := joinedText(e.X)
		right, okRight := joinedText(e.Y)
		if e.Op != token.ADD || !okLeft && !okRight {
			return "", false
		}
		if !okLeft {
			left = unknownPart
		}
		if !okRight {
			right = unknownPart
		}
		return left + right, true
	}
	return "", false
}

// reference is a table as a statement names it.
type reference struct {
	table string
	how   int
}

// How a table is named.
const (
	reads = iota
	writes
	defines
	refers
)

// assembled is the table of a reference whose name is put together.
const assembled = "\x00"

var token_ = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)|'(?:[^']|'')*'|"[^"]*"|[A-Za-z_][A-Za-z0-9_]*|\$?[0-9]+|%[a-z]|\S`)

// tokens cuts SQL into words, texts, numbers and signs, without comments.
func tokens(sql string) []string {
	all := token_.FindAllString(sql, -1)
	kept := all[:0]
	for _, t := range all {
		if !strings.HasPrefix(t, "--") && !strings.HasPrefix(t, "/*") {
			kept = append(kept, strings.Trim(t, `"`))
		}
	}
	return kept
}

// reader finds the tables in a row of tokens.
type reader struct {
	tokens []string
	ctes   map[string]bool
	depth  []scope
	onIs   bool // the next ON names a table: CREATE INDEX … ON, CREATE TRIGGER … ON
	found  []reference
}

// scope is what a pair of brackets encloses.
type scope struct {
	list     bool // in a list of tables, where a comma brings another
	function bool // the brackets of extract(… FROM …) and its like
}

// references returns the tables that SQL names, without its CTEs.
func references(sql string) []reference {
	r := &reader{tokens: tokens(sql), ctes: map[string]bool{}, depth: make([]scope, 1)}
	for i := range r.tokens {
		if r.isCTE(i) {
			r.ctes[strings.ToLower(r.tokens[i])] = true
		}
	}
	for i := range r.tokens {
		r.step(i)
	}
	return r.found
}

// word returns token i in capitals, "" beyond the ends.
func (r *reader) word(i int) string {
	if i < 0 || i >= len(r.tokens) {
		return ""
	}
	return strings.ToUpper(r.tokens[i])
}

// isCTE: name [(columns)] AS [[NOT] MATERIALIZED] ( SELECT …
func (r *reader) isCTE(i int) bool {
	if p := r.word(i - 1); p == "TABLE" || p == "EXISTS" || p == "VIEW" || !isName(r.word(i)) {
		return false
	}
	j := i + 1
	if r.word(j) == "(" {
		for j < len(r.tokens) && r.word(j) != ")" {
			j++
		}
		j++
	}
	if r.word(j) != "AS" {
		return false
	}
	for j++; r.word(j) == "NOT" || r.word(j) == "MATERIALIZED"; j++ {
	}
	if r.word(j) != "(" {
		return false
	}
	switch r.word(j + 1) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "VALUES", "WITH":
		return true
	}
	return false
}

func isName(word string) bool {
	return word != "" && (word[0] == '_' || word[0] >= 'A' && word[0] <= 'Z')
}

func (r *reader) step(i int) {
	here := &r.depth[len(r.depth)-1]
	switch word := r.word(i); word {
	case "(":
		r.depth = append(r.depth, scope{function: callsWithFrom[r.word(i-1)]})
	case ")":
		if len(r.depth) > 1 {
			r.depth = r.depth[:len(r.depth)-1]
		}
	case ";":
		r.depth, r.onIs = make([]scope, 1), false
	case ",":
		if here.list {
			r.table(i+1, reads)
		}
	case "FROM":
		r.from(i, here)
	case "JOIN":
		r.table(i+1, reads)
	case "USING":
		here.list = true
		r.table(i+1, reads)
	case "INTO":
		r.table(i+1, writes)
	case "UPDATE":
		if !notAStatement[r.word(i-1)] {
			r.table(i+1, writes)
		}
	case "REFERENCES":
		r.table(i+1, refers)
	case "TABLE", "TRUNCATE":
		r.table(i+1, defines)
	case "INDEX", "TRIGGER":
		r.onIs = r.word(i-1) == "CREATE" || r.word(i-1) == "UNIQUE"
	case "ON":
		if r.onIs {
			r.table(i+1, defines)
			r.onIs = false
		}
	default:
		if endsList[word] {
			here.list = false
		}
	}
}

// from reads FROM, unless it is that of IS DISTINCT FROM or of a function.
func (r *reader) from(i int, here *scope) {
	comparison := r.word(i-1) == "DISTINCT" && (r.word(i-2) == "IS" || r.word(i-2) == "NOT")
	if comparison || here.function {
		return
	}
	here.list = true
	how := reads
	if r.word(i-1) == "DELETE" {
		how = writes
	}
	r.table(i+1, how)
}

// table notes the table named at i, if one is.
func (r *reader) table(i, how int) {
	for fillers[r.word(i)] {
		i++
	}
	if w := r.word(i); w == "\x00" || strings.HasPrefix(w, "%") {
		r.found = append(r.found, reference{assembled, how})
		return
	}
	for r.word(i+1) == "." {
		i += 2
	}
	name := strings.ToLower(r.word(i))
	calls := how == reads && r.word(i+1) == "("
	if !isName(r.word(i)) || calls || r.ctes[name] {
		return
	}
	r.found = append(r.found, reference{name, how})
}

var (
	callsWithFrom = words("EXTRACT SUBSTRING TRIM OVERLAY POSITION")
	notAStatement = words("FOR DO ON KEY BEFORE AFTER OF OR")
	fillers       = words("ONLY LATERAL IF NOT EXISTS TABLE")
	endsList      = words("SELECT WHERE GROUP ORDER LIMIT HAVING WINDOW UNION INTERSECT EXCEPT RETURNING SET VALUES OFFSET FETCH FOR")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
