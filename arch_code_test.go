package korzo

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	essayLines = 4   // of package documentation, at least
	longest    = 70  // lines of a function: a screen
	roomyFile  = 400 // lines of a file that deserve a look
	fullFile   = 700 // lines no file exceeds
)

// packagesHaveEssays: the documentation of a package says what it keeps, the
// one idea, what is never true, in one of its files.
func packagesHaveEssays(h *house) (complaints []string) {
	best := map[string]int{}
	for _, f := range h.goFiles(false) {
		lines := 0
		if f.syntax.Doc != nil && !f.generated {
			for line := range strings.Lines(f.syntax.Doc.Text()) {
				if strings.TrimSpace(line) != "" {
					lines++
				}
			}
		}
		best[f.dir] = max(best[f.dir], lines)
	}
	for _, dir := range slices.Sorted(maps.Keys(best)) {
		if best[dir] < essayLines {
			complaints = append(complaints, fmt.Sprintf("%s: the package's essay has %d lines; say what it keeps, its one idea and what is never true", dir, best[dir]))
		}
	}
	return complaints
}

// plainMethods are those that an interface everyone knows asks for: the
// standard library's and event.Event's. Their name is their explanation.
var plainMethods = map[string]bool{
	"Error": true, "String": true, "Unwrap": true, "Is": true, "As": true, "ServeHTTP": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true,
	"Len": true, "Less": true, "Swap": true, "Kind": true, "Key": true,
}

func exportsAreExplained(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		if f.generated {
			continue
		}
		missing := func(n ast.Node, name string) {
			complaints = append(complaints, fmt.Sprintf("%s: %s is exported and not explained", f.at(n), name))
		}
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Doc == nil && exported(d) {
					missing(d, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if name := unexplained(d, s); name != "" {
						missing(s, name)
					}
				}
			}
		}
	}
	return complaints
}

// exported says whether others can call d and its name alone does not explain it.
func exported(d *ast.FuncDecl) bool {
	if !d.Name.IsExported() {
		return false
	}
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	for {
		switch t := receiver.(type) {
		case *ast.StarExpr:
			receiver = t.X
		case *ast.IndexExpr:
			receiver = t.X
		case *ast.IndexListExpr:
			receiver = t.X
		case *ast.Ident:
			return t.IsExported() && !plainMethods[d.Name.Name]
		default:
			return false
		}
	}
}

// unexplained returns an exported name of s that has no comment. A group of
// constants or variables may share one; a type needs to be named in it.
func unexplained(d *ast.GenDecl, s ast.Spec) string {
	switch s := s.(type) {
	case *ast.TypeSpec:
		alone := d.Doc != nil && !d.Lparen.IsValid()
		if s.Name.IsExported() && s.Doc == nil && !alone && !namedInGroup(d, s.Name.Name) {
			return s.Name.Name
		}
	case *ast.ValueSpec:
		if s.Doc != nil || s.Comment != nil || d.Doc != nil {
			return ""
		}
		for _, name := range s.Names {
			always := name.Name == "Schema" // the embedded schema/
			if name.IsExported() && !always && !namedInGroup(d, name.Name) {
				return name.Name
			}
		}
	}
	return ""
}

// namedInGroup says whether a comment of the group d speaks of name.
func namedInGroup(d *ast.GenDecl, name string) bool {
	text := d.Doc.Text()
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			text += s.Doc.Text()
		case *ast.ValueSpec:
			text += s.Doc.Text()
		}
	}
	return regexp.MustCompile(`\b` + name + `\b`).MatchString(text)
}

func codeFits(h *house) (complaints []string) {
	for _, f := range h.goFiles(true) {
		if f.generated {
			continue
		}
		if n := f.lines(); n > fullFile {
			complaints = append(complaints, fmt.Sprintf("%s has %d lines, more than %d: it holds more than one idea", f.name, n, fullFile))
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			n := f.span(fn)
			if f.isTest() {
				n -= f.tableLines(fn.Body)
			}
			if n > longest {
				complaints = append(complaints, fmt.Sprintf("%s: %s has %d lines, more than %d", f.at(fn), fn.Name.Name, n, longest))
			}
		}
	}
	return complaints
}

func (f *file) span(n ast.Node) int {
	return f.set.Position(n.End()).Line - f.set.Position(n.Pos()).Line + 1
}

// tableLines counts the lines of a test's tables: cases are data.
func (f *file) tableLines(body *ast.BlockStmt) (lines int) {
	ast.Inspect(body, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if ok {
			lines += f.span(table) - 1
		}
		return !ok
	})
	return lines
}

// noInit: wiring is plain calls in app, in an order one can read. An init runs
// before anyone can say no, also in every test that links the package.
func noInit(h *house) (complaints []string) {
	for _, f := range h.goFiles(true) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" && !f.generated {
				complaints = append(complaints, fmt.Sprintf("%s: no init; call it from app, or compute it in a variable", f.at(fn)))
			}
		}
	}
	return complaints
}

// clockless are the wings whose every effect is a function of the database, the
// request and tx.Now. Reading the machine's clock there would give one
// transaction two times (a hold that expires before it begins), make a replay
// differ from the first run, and escape the clock that tests set. What lies
// below them (platform) owns the clock; what lies above (doors, app, cmd) may
// measure how long things take, but not inside a transaction: there, too, the
// time is tx.Now. That second half holds everywhere but in the db package.
var clockless = words("value offer ui customer delivery purchase fulfilment engagement marketplace insight")

// foreigners speak with machines that are not ours, outside any transaction,
// and need the real time to judge how old a signature is; the bank is such a
// machine. For them only the second half holds.
var foreigners = []string{
	"purchase/payment/gateway",
	"purchase/payment/bank",
	"delivery/carrier",
	"engagement/message/sender",
}

func oneClock(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		clock := f.nameOf("time")
		if clock == "" || f.inDB() {
			continue
		}
		foreign := slices.ContainsFunc(foreigners, func(dir string) bool { return within(f.dir, dir) })
		reads := func(n ast.Node) bool {
			return mentions(n, clock, "Now") || mentions(n, clock, "Since") || mentions(n, clock, "Until")
		}
		if clockless[f.wing()] && !foreign {
			for _, n := range where(f.syntax, reads) {
				complaints = append(complaints, fmt.Sprintf("%s reads the machine's clock: use tx.Now, or take the time as a parameter", f.at(n)))
			}
			continue
		}
		for _, fn := range functionsWith(f.syntax, isTx(f)) {
			for _, n := range where(fn, reads) {
				complaints = append(complaints, fmt.Sprintf("%s reads the machine's clock inside a transaction: use tx.Now", f.at(n)))
			}
		}
	}
	return complaints
}

// abroad are the packages whose mention in a function with a transaction means
// that a lock may wait for somebody else's machine.
var abroad = map[string][]string{
	"net/http": {"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm", "NewRequest", "NewRequestWithContext"},
	"net":      {"Dial", "DialTimeout", "Dialer", "LookupHost"},
	"net/smtp": {"Dial", "SendMail"},
	"os/exec":  {"Command", "CommandContext"},
}

// seamTypes are interfaces behind which a foreign machine answers. A function
// takes one of them or a transaction, never both.
var seamTypes = map[string]string{
	"korzo/purchase/payment":   "Gateway",
	"korzo/delivery/carrier":   "Carrier",
	"korzo/engagement/message": "Sender",
}

func noCallInTransaction(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		for _, fn := range functionsWith(f.syntax, isTx(f)) {
			for pkg, names := range abroad {
				for _, n := range where(fn, mentionsAny(f.nameOf(pkg), names)) {
					complaints = append(complaints, fmt.Sprintf("%s calls abroad inside a transaction: write, call outside, write again", f.at(n)))
				}
			}
			if parameters(fn, isSeam(f)) {
				complaints = append(complaints, fmt.Sprintf("%s takes a transaction and somebody else's machine: call it outside", f.at(fn)))
			}
		}
	}
	slices.Sort(complaints)
	return complaints
}

// mentions says whether n is pkg.name.
func mentions(n ast.Node, pkg, name string) bool {
	s, ok := n.(*ast.SelectorExpr)
	if !ok || pkg == "" || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

func mentionsAny(pkg string, names []string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		return slices.ContainsFunc(names, func(name string) bool { return mentions(n, pkg, name) })
	}
}

// isTx tells the type *db.Tx, as f writes it.
func isTx(f *file) func(ast.Expr) bool {
	name := f.nameOf(module + "/platform/db")
	return func(e ast.Expr) bool {
		star, ok := e.(*ast.StarExpr)
		return ok && mentions(star.X, name, "Tx")
	}
}

// isSeam tells a seam's interface, as f writes it.
func isSeam(f *file) func(ast.Expr) bool {
	return func(e ast.Expr) bool {
		for pkg, name := range seamTypes {
			id, own := e.(*ast.Ident)
			if mentions(e, f.nameOf(pkg), name) || own && id.Name == name && pkg == path.Join(module, f.dir) {
				return true
			}
		}
		return false
	}
}

// functionsWith returns the functions, named or not, that have a parameter of
// a type. What stands inside one of them is not returned again.
func functionsWith(root ast.Node, isType func(ast.Expr) bool) (all []ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		if parameters(n, isType) {
			all = append(all, n)
			return false
		}
		return true
	})
	return all
}

// parameters says whether n is a function with a parameter of a type.
func parameters(n ast.Node, isType func(ast.Expr) bool) bool {
	var t *ast.FuncType
	switch fn := n.(type) {
	case *ast.FuncDecl:
		t = fn.Type
	case *ast.FuncLit:
		t = fn.Type
	default:
		return false
	}
	return slices.ContainsFunc(t.Params.List, func(p *ast.Field) bool { return isType(p.Type) })
}

// where returns the parts of root for which is holds.
func where(root ast.Node, is func(ast.Node) bool) (all []ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		if n != nil && is(n) {
			all = append(all, n)
		}
		return true
	})
	return all
}
