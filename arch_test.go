package korzo

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// floors is the house, ground first. A package may import what stands on a
// lower line, and its own wing, where Go's ban on import cycles keeps order.
// Two wings on one line do not know each other.
var floors = [][]string{
	{"value"},
	{"platform"},
	{"offer", "ui"},
	{"customer"},
	{"delivery"},
	{"purchase"},
	{"fulfilment"},
	{"engagement", "marketplace"},
	{"insight"},
	{"channel", "backoffice"},
	{"app"},
	{"cmd"},
}

// beside stands next to the floors: journey sees every door, and nobody sees
// it; the others hold no Go of the house.
var beside = []string{"journey", "docs", "scripts", "tools"}

const module = "korzo"

// walls are the rules of the house. Each returns one complaint per breach.
var walls = []struct {
	name  string
	check func(h *house) []string
}{
	{"imports go down", importsGoDown},
	{"what is made for tests stays in tests", testPackagesStayInTests},
	{"a seam's implementations are known to its list only", seamsHaveOneList},
	{"only the database package knows the drivers", driversStayInDB},
	{"a folder is named for what it is about", noJunkDrawers},
	{"a table has one owner", tablesHaveOneOwner},
	{"a schema file defines its own tables", schemasDefineTheirOwn},
	{"SQL lives in sql.go", sqlLivesInItsFile},
	{"every package opens with an essay", packagesHaveEssays},
	{"every export is explained", exportsAreExplained},
	{"functions and files fit", codeFits},
	{"nothing happens before main", noInit},
	{"a transaction has one time", oneClock},
	{"no call abroad inside a transaction", noCallInTransaction},
}

func TestWalls(t *testing.T) {
	h := realHouse(t)
	for _, w := range walls {
		t.Run(w.name, func(t *testing.T) {
			for _, complaint := range w.check(h) {
				t.Error(complaint)
			}
		})
	}
}

// Long files are no breach, but worth a look: go test -v -run TestLongFiles.
func TestLongFiles(t *testing.T) {
	for _, f := range realHouse(t).files {
		if n := f.lines(); n > roomyFile && !f.generated {
			t.Logf("%s has %d lines; most have under %d", f.name, n, roomyFile)
		}
	}
}

// house is every source file, read once.
type house struct {
	files []*file
}

// file is a Go file or a schema file.
type file struct {
	name      string // "offer/inventory/sql.go"
	dir       string // "offer/inventory"; "." at the root
	text      []byte
	syntax    *ast.File // nil unless Go
	set       *token.FileSet
	generated bool
}

func (f *file) isGo() bool      { return f.syntax != nil }
func (f *file) isTest() bool    { return strings.HasSuffix(f.name, "_test.go") }
func (f *file) wing() string    { return firstPart(f.dir) }
func (f *file) lines() int      { return bytes.Count(f.text, []byte("\n")) }
func (f *file) inDB() bool      { return f.dir == "platform/db" || strings.HasPrefix(f.dir, "platform/db/") }
func firstPart(p string) string { first, _, _ := strings.Cut(p, "/"); return first }
func lastPart(p string) string  { return path.Base(p) }
func forTests(pkg string) bool {
	return strings.HasSuffix(lastPart(pkg), "test") || firstPart(pkg) == "journey"
}
func within(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

// at says where a node stands.
func (f *file) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.name, f.set.Position(n.Pos()).Line)
}

// imports returns the packages of this module that f imports, by folder, and
// all others by path.
func (f *file) imports() (ours, others []string) {
	for _, spec := range f.syntax.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if below, ok := strings.CutPrefix(p, module+"/"); ok {
			ours = append(ours, below)
		} else {
			others = append(others, p)
		}
	}
	return ours, others
}

// nameOf returns by what name f knows a package, or "" if it does not.
func (f *file) nameOf(pkg string) string {
	for _, spec := range f.syntax.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p == pkg {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return lastPart(p)
		}
	}
	return ""
}

// goFiles returns the Go files, those of tests too when asked for.
func (h *house) goFiles(tests bool) []*file {
	var all []*file
	for _, f := range h.files {
		if f.isGo() && (tests || !f.isTest()) {
			all = append(all, f)
		}
	}
	return all
}

var readOnce = sync.OnceValues(func() (*house, error) { return readHouse(os.DirFS(".")) })

func realHouse(t *testing.T) *house {
	t.Helper()
	h, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// readHouse reads the Go and schema files of a tree. Hidden folders, test data,
// what make builds and modules of their own are not of the house.
func readHouse(tree fs.FS) (*house, error) {
	h := &house{}
	set := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			return enter(tree, name)
		}
		isGo := strings.HasSuffix(name, ".go")
		if !isGo && !strings.HasSuffix(name, ".sql") {
			return nil
		}
		f := &file{name: name, dir: path.Dir(name), set: set}
		if f.text, err = fs.ReadFile(tree, name); err != nil {
			return err
		}
		if isGo {
			f.syntax, err = parser.ParseFile(set, name, f.text, parser.ParseComments|parser.SkipObjectResolution)
			f.generated = err == nil && ast.IsGenerated(f.syntax)
		}
		h.files = append(h.files, f)
		return err
	})
	return h, err
}

func enter(tree fs.FS, dir string) error {
	base := lastPart(dir)
	if dir == "." {
		return nil
	}
	if _, err := fs.Stat(tree, dir+"/go.mod"); err == nil || base[0] == '.' || base == "testdata" || dir == "bin" {
		return fs.SkipDir
	}
	return nil
}

// floorOf returns the floor of a package's wing, counted from 1; 0: none.
func floorOf(pkg string) int {
	return 1 + slices.IndexFunc(floors, func(wings []string) bool { return slices.Contains(wings, firstPart(pkg)) })
}

func importsGoDown(h *house) (complaints []string) {
	for _, f := range h.goFiles(true) {
		at := floorOf(f.dir)
		if at == 0 && f.dir != "." && !slices.Contains(beside, f.wing()) {
			complaints = append(complaints, fmt.Sprintf("%s: no floor is set for %q", f.name, f.wing()))
			continue
		}
		if f.wing() == "journey" || f.isTest() && f.wing() == "app" {
			continue
		}
		ours, _ := f.imports()
		for _, target := range ours {
			down := floorOf(target) > 0 && floorOf(target) < at
			forTest := f.isTest() && within(target, "platform/db/dbtest")
			if !down && !forTest && firstPart(target) != f.wing() {
				complaints = append(complaints, fmt.Sprintf("%s imports %s, which stands no lower; publish a fact, or move what both need down", f.name, target))
			}
		}
	}
	return complaints
}

func testPackagesStayInTests(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		ours, _ := f.imports()
		for _, target := range ours {
			if forTests(target) && !forTests(f.dir) {
				complaints = append(complaints, fmt.Sprintf("%s imports %s, which is for tests", f.name, target))
			}
		}
	}
	return complaints
}

// seams are the folders whose sub-folders are implementations of one
// interface. A new implementation is one folder and one line in the list file
// that has the folder's name.
var seams = []string{
	"offer/search/engine",
	"purchase/payment/gateway",
	"purchase/tax/provider",
	"purchase/tax/vatid/register",
	"purchase/promotion/condition",
	"purchase/promotion/benefit",
	"purchase/flow/widget",
	"purchase/till/fiscal",
	"delivery/price/rule",
	"delivery/carrier",
	"engagement/message/sender",
	"channel/feed",
	"channel/storefront/widget",
}

func seamsHaveOneList(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		ours, _ := f.imports()
		for _, target := range ours {
			for _, seam := range seams {
				inside := within(target, seam) && target != seam
				list := seam + "/" + lastPart(seam) + ".go"
				if inside && f.name != list && !within(f.dir, implementation(seam, target)) && !forTests(f.dir) && !forTests(target) {
					complaints = append(complaints, fmt.Sprintf("%s imports %s: only %s may", f.name, target, list))
				}
			}
		}
	}
	return complaints
}

// implementation returns the folder of the implementation that pkg belongs to.
func implementation(seam, pkg string) string {
	return seam + "/" + firstPart(strings.TrimPrefix(pkg, seam+"/"))
}

// Tests may look behind the db package; so may a bench, which measures what
// the machine does without us.
func driversStayInDB(h *house) (complaints []string) {
	for _, f := range h.goFiles(false) {
		_, others := f.imports()
		for _, p := range others {
			driver := p == "database/sql" || within(p, "github.com/jackc/pgx/v5") || within(p, "modernc.org/sqlite")
			if driver && !f.inDB() && lastPart(f.dir) != "bench" {
				complaints = append(complaints, fmt.Sprintf("%s imports %s: take a *db.Tx instead", f.name, p))
			}
		}
	}
	return complaints
}

var (
	junkFolder = regexp.MustCompile(`(?i)(^|/)(utils?|common|helpers?|misc|managers?|services?|models?|types|base|core|shared|lib|pkg)(/|$)`)
	junkFile   = regexp.MustCompile(`(?i)^(utils?|common|helpers?|misc)(_test)?\.go$`)
)

func noJunkDrawers(h *house) (complaints []string) {
	seen := map[string]bool{}
	for _, f := range h.files {
		if junkFolder.MatchString(f.dir) && !seen[f.dir] {
			seen[f.dir] = true
			complaints = append(complaints, fmt.Sprintf("%s: name the folder for what it is about", f.dir))
		}
		if junkFile.MatchString(lastPart(f.name)) {
			complaints = append(complaints, fmt.Sprintf("%s: name the file for what it is about", f.name))
		}
	}
	return complaints
}
