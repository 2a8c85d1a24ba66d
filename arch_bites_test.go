package korzo

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Every wall is tried on small houses: one complaint for each breach, named by
// a part of its text, and none for what is allowed.
func TestWallsBite(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range slices.Concat(importCases, sqlCases, codeCases) {
		t.Run(c.name, func(t *testing.T) {
			h := build(t, c.files)
			tried[c.wall] = true
			at := slices.IndexFunc(walls, func(w struct {
				name  string
				check func(h *house) []string
			}) bool {
				return w.name == c.wall
			})
			if at < 0 {
				t.Fatalf("there is no wall %q", c.wall)
			}
			got := walls[at].check(h)
			if c.want == "" && len(got) > 0 {
				t.Errorf("it complains without cause: %q", got)
			}
			if c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
				t.Errorf("got %q, want one that says %q", got, c.want)
			}
		})
	}
	for _, w := range walls {
		if !tried[w.name] {
			t.Errorf("nobody tried to break %q", w.name)
		}
	}
}

// build reads a house from sources. A file without a package clause gets one.
func build(t *testing.T, sources map[string]string) *house {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range sources {
		if strings.HasSuffix(name, ".go") && !strings.Contains(text, "package ") {
			text = "package x\n" + text
		}
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	h, err := readHouse(tree)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type biteCase struct {
	name, wall string
	files      map[string]string
	want       string // part of the one complaint; empty: none
}

type sources = map[string]string

const (
	imports    = "imports go down"
	testsOnly  = "what is made for tests stays in tests"
	seamWall   = "a seam's implementations are known to its list only"
	drivers    = "only the database package knows the drivers"
	drawers    = "a folder is named for what it is about"
	oneOwner   = "a table has one owner"
	schemaWall = "a schema file defines its own tables"
	sqlPlace   = "SQL lives in sql.go"
	essay      = "every package opens with an essay"
	explained  = "every export is explained"
	fits       = "functions and files fit"
	initWall   = "nothing happens before main"
	clockWall  = "a transaction has one time"
	abroadWall = "no call abroad inside a transaction"
)

var importCases = []biteCase{
	{"an import goes down", imports, sources{"purchase/cart/a.go": `import "korzo/offer/pricing"`}, ""},
	{"an import goes up", imports, sources{"offer/pricing/a.go": `import "korzo/purchase/cart"`}, "stands no lower"},
	{"a wing's packages know each other", imports, sources{"purchase/cart/a.go": `import "korzo/purchase/quote"`}, ""},
	{"two wings on one floor do not", imports, sources{"channel/storeapi/a.go": `import "korzo/backoffice/admin"`}, "stands no lower"},
	{"value knows no machinery", imports, sources{"value/money/a.go": `import "korzo/platform/fault"`}, "stands no lower"},
	{"nobody imports app but cmd", imports, sources{"cmd/korzo/a.go": `import "korzo/app"`}, ""},
	{"a test may use dbtest", imports, sources{"value/money/a_test.go": `import "korzo/platform/db/dbtest"`}, ""},
	{"a test goes down too", imports, sources{"offer/pricing/a_test.go": `import "korzo/purchase/cart"`}, "stands no lower"},
	{"a test of app may look anywhere", imports, sources{"app/a_test.go": `import "korzo/cmd/korzo"`}, ""},
	{"a journey goes through every door", imports, sources{"journey/a.go": `import "korzo/app"`}, ""},
	{"nobody imports a journey", imports, sources{"app/a.go": `import "korzo/journey"`}, "stands no lower"},
	{"a wing without a floor", imports, sources{"warehouse/a.go": ``}, "no floor is set"},
	{"the tools are a house of their own", imports, sources{"tools/go.mod": "module tools", "tools/a.go": `import "korzo/app"`}, ""},

	{"a test imports what is for tests", testsOnly, sources{"offer/a/a_test.go": `import "korzo/platform/db/dbtest"`}, ""},
	{"the shop imports what is for tests", testsOnly, sources{"offer/a/a.go": `import "korzo/platform/db/dbtest"`}, "is for tests"},
	{"a suite imports what is for tests", testsOnly, sources{"purchase/payment/gatewaytest/a.go": `import "korzo/platform/db/dbtest"`}, ""},

	{"the list imports an implementation", seamWall, sources{"purchase/payment/gateway/gateway.go": `import "korzo/purchase/payment/gateway/stripe"`}, ""},
	{"another file beside the list does", seamWall, sources{"purchase/payment/gateway/other.go": `import "korzo/purchase/payment/gateway/stripe"`}, "only purchase/payment/gateway/gateway.go may"},
	{"app does", seamWall, sources{"app/a.go": `import "korzo/delivery/price/rule/flat"`}, "only delivery/price/rule/rule.go may"},
	{"an implementation has folders of its own", seamWall, sources{"purchase/payment/gateway/stripe/a.go": `import "korzo/purchase/payment/gateway/stripe/wire"`}, ""},
	{"an implementation knows its sister", seamWall, sources{"purchase/payment/gateway/stripe/a.go": `import "korzo/purchase/payment/gateway/adyen"`}, "only"},
	{"a test knows an implementation", seamWall, sources{"purchase/checkout/a_test.go": `import "korzo/purchase/payment/gateway/sandbox"`}, ""},

	{"the database package knows its drivers", drivers, sources{"platform/db/a.go": `import _ "modernc.org/sqlite"`}, ""},
	{"a domain does not", drivers, sources{"offer/catalog/a.go": `import "database/sql"`}, "database/sql"},
	{"nor a driver's inner package", drivers, sources{"platform/job/a.go": `import "github.com/jackc/pgx/v5/pgconn"`}, "pgconn"},
	{"a bench may measure a bare driver", drivers, sources{"cmd/korzo/bench/a.go": `import "database/sql"`}, ""},

	{"a good name", drawers, sources{"offer/catalog/a.go": ``}, ""},
	{"a junk drawer", drawers, sources{"offer/utils/a.go": ``}, "name the folder"},
	{"a junk drawer in the middle", drawers, sources{"platform/common/clock/a.go": ``}, "name the folder"},
	{"a junk drawer is a file", drawers, sources{"offer/catalog/helpers.go": ``}, "name the file"},
	{"a word that contains one", drawers, sources{"offer/modelship/a.go": ``}, ""},
}

// inventory owns inventory_… and catalog owns catalog_…; q is in inventory.
func statement(q string) sources {
	return sources{
		"offer/inventory/schema/inventory_001.sql": "CREATE TABLE inventory_levels (sku TEXT)",
		"offer/catalog/schema/catalog_001.sql":     "CREATE TABLE catalog_products (id TEXT)",
		"offer/inventory/sql.go":                   "const q = `" + q + "`",
	}
}

var sqlCases = []biteCase{
	{"its own table", oneOwner, statement("SELECT a FROM inventory_levels WHERE b = $1"), ""},
	{"another's table", oneOwner, statement("SELECT a FROM catalog_products"), "table of offer/catalog"},
	{"another's table after a comma", oneOwner, statement("SELECT a FROM inventory_levels l, catalog_products p WHERE l.a = p.a"), "catalog_products"},
	{"another's table in a join", oneOwner, statement("SELECT a FROM inventory_levels LEFT JOIN catalog_products USING (sku)"), "catalog_products"},
	{"another's table in a subselect", oneOwner, statement("UPDATE inventory_levels SET a = (SELECT b FROM catalog_products WHERE c = d)"), "catalog_products"},
	{"another's table in an update from", oneOwner, statement("UPDATE inventory_levels SET a = b, c = d FROM catalog_products p WHERE e = f"), "catalog_products"},
	{"another's table deleted from", oneOwner, statement("DELETE FROM catalog_products"), "catalog_products"},
	{"another's table in a delete using", oneOwner, statement("DELETE FROM inventory_levels USING catalog_products p WHERE a = b"), "catalog_products"},
	{"another's table inserted into", oneOwner, statement("INSERT INTO catalog_products (a, b) VALUES ($1, $2)"), "catalog_products"},
	{"another's table behind a schema's name", oneOwner, statement(`SELECT a FROM public."catalog_products"`), "catalog_products"},
	{"another's table in a CTE", oneOwner, statement("WITH x AS (SELECT a FROM catalog_products) SELECT a FROM x"), "catalog_products"},
	{"the name of a CTE", oneOwner, statement("WITH RECURSIVE short (a, b) AS (SELECT 1, 2), more AS MATERIALIZED (SELECT a FROM short) SELECT a FROM inventory_levels JOIN more ON true, short"), ""},
	{"a comparison with FROM", oneOwner, statement("SELECT a FROM inventory_levels WHERE a IS DISTINCT FROM b AND c IS NOT DISTINCT FROM d"), ""},
	{"a function with FROM", oneOwner, statement("SELECT extract(year FROM day), substring(a FROM 2) FROM inventory_levels"), ""},
	{"an upsert", oneOwner, statement("INSERT INTO inventory_levels (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a, b = 1 RETURNING a, b"), ""},
	{"a lock", oneOwner, statement("SELECT a, b FROM inventory_levels ORDER BY a, b LIMIT 1 FOR UPDATE SKIP LOCKED"), ""},
	{"a lock without key", oneOwner, statement("SELECT a FROM inventory_levels FOR NO KEY UPDATE"), ""},
	{"a table function", oneOwner, statement("SELECT v FROM json_each($1), inventory_levels"), ""},
	{"a list of values", oneOwner, statement("UPDATE inventory_levels SET a = v.a FROM (VALUES ($1, $2), ($3, $4)) AS v (a, b) WHERE v.b = sku"), ""},
	{"names in comments and texts", oneOwner, statement("SELECT 'FROM catalog_products' -- FROM catalog_products\n /* JOIN catalog_products */ FROM inventory_levels"), ""},
	{"a name put together", oneOwner, sources{"offer/inventory/sql.go": "func q(t string) string { return `DELETE FROM ` + t }"}, "put"},
	{"a name that is formatted", oneOwner, statement("SELECT a FROM %s"), "put"},
	{"a statement put together from parts", oneOwner, sources{"offer/inventory/sql.go": "func q(tx T) string { return `SELECT a FROM inventory_levels ` + tx.ForUpdate() + ` , catalog_products` }",
		"offer/catalog/sql.go": ""}, "catalog_products"},
	{"a part that names a table", oneOwner, sources{"offer/inventory/sql.go": "const from = ` FROM catalog_products p`", "offer/catalog/sql.go": ""}, "catalog_products"},
	{"a table that nobody owns", oneOwner, statement("SELECT a FROM levels"), "no package owns"},
	{"a sentence is no statement", oneOwner, statement("update the level from the catalogue: %w"), ""},
	{"a table defined outside schema", oneOwner, statement("CREATE TABLE inventory_extra (a TEXT)"), "schema/"},
	{"two packages would own one prefix", oneOwner, sources{"purchase/order/sql.go": "", "marketplace/order/sql.go": ""}, "rename one"},
	{"a test reads another's table", oneOwner, sources{"offer/catalog/sql.go": "", "offer/inventory/a_test.go": "const q = `SELECT a FROM catalog_products`"}, "catalog_products"},
	{"a test reads its own and a scratch table", oneOwner, sources{"offer/inventory/sql.go": "", "offer/inventory/a_test.go": "const q = `SELECT a FROM inventory_levels, things`"}, ""},
	{"the test that breaks the books", oneOwner, sources{"offer/catalog/sql.go": "", "journey/a_test.go": "const q = `DELETE FROM catalog_products`"}, ""},

	{"a schema refers downwards", schemaWall, sources{"offer/catalog/sql.go": "", "purchase/cart/schema/cart_001.sql": "-- append-only: cart_lines\nCREATE TABLE cart_lines (a TEXT REFERENCES catalog_products (id) ON DELETE CASCADE ON UPDATE CASCADE, CHECK (a <> ''));\nCREATE UNIQUE INDEX i ON cart_lines (a);"}, ""},
	{"a schema refers upwards", schemaWall, sources{"purchase/cart/sql.go": "", "offer/catalog/schema/catalog_001.sql": "CREATE TABLE catalog_products (a TEXT REFERENCES cart_lines (a))"}, "cart_lines"},
	{"a schema alters another's table", schemaWall, sources{"offer/catalog/sql.go": "", "purchase/cart/schema/cart_002.sql": "ALTER TABLE IF EXISTS catalog_products ADD a TEXT"}, "catalog_products"},
	{"a schema indexes another's table", schemaWall, sources{"offer/catalog/sql.go": "", "purchase/cart/schema/cart_002.sql": "CREATE INDEX IF NOT EXISTS i ON catalog_products (a)"}, "catalog_products"},
	{"a schema fills another's table", schemaWall, sources{"offer/catalog/sql.go": "", "purchase/cart/schema/cart_002.sql": "INSERT INTO catalog_products SELECT a FROM cart_lines"}, "catalog_products"},
	{"a schema locks another's table for ever", schemaWall, sources{"offer/catalog/sql.go": "", "purchase/cart/schema/cart_002.sql": "-- append-only: catalog_products"}, "catalog_products"},
	{"a schema file with another's name", schemaWall, sources{"purchase/cart/schema/basket_001.sql": "CREATE TABLE cart_lines (a TEXT)"}, "schema/cart_001.sql"},
	{"a schema file without a number", schemaWall, sources{"purchase/cart/schema/cart.sql": "CREATE TABLE cart_lines (a TEXT)"}, "schema/cart_001.sql"},

	{"SQL in sql.go", sqlPlace, sources{"offer/catalog/sql.go": "const q = `SELECT 1`"}, ""},
	{"SQL elsewhere", sqlPlace, sources{"offer/catalog/a.go": "const q = `SELECT id FROM catalog_products`"}, "belongs into sql.go"},
	{"SQL in small letters", sqlPlace, sources{"offer/catalog/a.go": "const q = `update catalog_products set a = 1`"}, "belongs into sql.go"},
	{"SQL in parts", sqlPlace, sources{"offer/catalog/a.go": "func q(a string) string { return `UPDATE catalog_products` + ` SET a = ` + a }"}, "belongs into sql.go"},
	{"a sentence about selecting", sqlPlace, sources{"offer/catalog/a.go": "const a, b = `Select a country from the list`, `<select name=\"x\">`"}, ""},
	{"SQL in the database package", sqlPlace, sources{"platform/db/migrate.go": "const q = `SELECT 1`"}, ""},
	{"SQL in a test", sqlPlace, sources{"offer/catalog/a_test.go": "const q = `SELECT 1`"}, ""},
}

// seventyOne is a function that is a line too long.
var seventyOne = "func f() {\n" + strings.Repeat("\t_ = 1\n", longest-1) + "}\n"

const txImport = "import (\n\"time\"\n\"net/http\"\n\"korzo/platform/db\"\n)\nvar _ = http.StatusOK\nvar _ = time.Second\n"

var codeCases = []biteCase{
	{"an essay", essay, sources{"a/a.go": "// Package a\n// b\n// c\n//\n// d\npackage a"}, ""},
	{"a title is no essay", essay, sources{"a/a.go": "// Package a is short.\npackage a"}, "essay"},
	{"a generated file cannot give it", essay, sources{"a/a.go": "// Code generated by x. DO NOT EDIT.\n\n// a\n// b\n// c\n// d\npackage a"}, "essay"},
	{"a test needs none", essay, sources{"a/a_test.go": "package a"}, ""},

	{"explained exports", explained, sources{"a/a.go": "// A is.\nfunc A() {}\n// T is.\ntype T struct{}\nfunc (T) String() string { return \"\" }\n// B is.\nconst B = 1\nvar (\n\tC = 1 // C is.\n)\nfunc (t) D() {}\ntype t struct{}\nvar Schema int"}, ""},
	{"an unexplained function", explained, sources{"a/a.go": "func A() {}"}, "A is exported"},
	{"an unexplained method of a generic type", explained, sources{"a/a.go": "// T is.\ntype T[K any] struct{}\nfunc (t *T[K]) Do() {}"}, "Do is exported"},
	{"an unexplained type in a group", explained, sources{"a/a.go": "// Some types.\ntype (\n\tA int\n)"}, "A is exported"},
	{"types named in the comment of their group", explained, sources{"a/a.go": "// A is one, B another.\ntype (\n\tA int\n\tB int\n)"}, ""},
	{"an unexplained variable", explained, sources{"a/a.go": "var A = 1"}, "A is exported"},
	{"a group of errors that share a comment", explained, sources{"a/a.go": "// What can go wrong.\nvar (\n\tErrA = 1\n\tErrB = 2\n)"}, ""},

	{"a function of a screen", fits, sources{"a/a.go": strings.Replace(seventyOne, "\t_ = 1\n", "", 1)}, ""},
	{"a function too long", fits, sources{"a/a.go": seventyOne}, "f has 71 lines"},
	{"a table of cases is data", fits, sources{"a/a_test.go": "func f() {\n\t_ = []int{\n" + strings.Repeat("\t\t1,\n", 100) + "\t}\n}"}, ""},
	{"a test too long", fits, sources{"a/a_test.go": seventyOne}, "f has 71 lines"},
	{"a file too long", fits, sources{"a/a.go": "package a\n" + strings.Repeat("\n", fullFile)}, "more than one idea"},
	{"a generated file may be long", fits, sources{"a/a_templ.go": "// Code generated by templ - DO NOT EDIT.\n\npackage a\n" + seventyOne}, ""},

	{"an init", initWall, sources{"a/a.go": "func init() {}"}, "no init"},
	{"a method of that name", initWall, sources{"a/a.go": "type t int\nfunc (t) init() {}"}, ""},
	{"an init in a generated file", initWall, sources{"a/a.go": "// Code generated by x. DO NOT EDIT.\n\npackage a\nfunc init() {}"}, ""},

	{"the clock in a domain", clockWall, sources{"purchase/cart/a.go": "import \"time\"\nvar now = time.Now"}, "machine's clock"},
	{"the clock under another name", clockWall, sources{"offer/market/a.go": "import clock \"time\"\nvar now = clock.Since(x)"}, "machine's clock"},
	{"a timeout in a domain", clockWall, sources{"offer/market/a.go": "import \"time\"\nvar d = 5 * time.Second"}, ""},
	{"the clock in a door", clockWall, sources{"channel/storeapi/a.go": "import \"time\"\nvar now = time.Now()"}, ""},
	{"the clock in a door's transaction", clockWall, sources{"channel/storeapi/a.go": txImport + "var f = func(tx *db.Tx) { time.Now() }"}, "inside a transaction"},
	{"the clock in platform's transaction", clockWall, sources{"platform/job/a.go": txImport + "func f(tx *db.Tx) { func() { time.Until(x) }() }"}, "inside a transaction"},
	{"the clock of a foreign machine", clockWall, sources{"purchase/payment/gateway/sandbox/a.go": "import \"time\"\nvar now = time.Now()"}, ""},
	{"the clock of a foreign machine's transaction", clockWall, sources{"purchase/payment/gateway/sandbox/a.go": txImport + "func f(tx *db.Tx) { time.Now() }"}, "inside a transaction"},
	{"the clock in a test", clockWall, sources{"purchase/cart/a_test.go": "import \"time\"\nvar now = time.Now()"}, ""},

	{"a call outside", abroadWall, sources{"app/a.go": txImport + "func f(c http.Client) {}\nfunc g(tx *db.Tx) { _ = http.StatusOK }"}, ""},
	{"a call inside", abroadWall, sources{"app/a.go": txImport + "func f(tx *db.Tx) { http.Get(x) }"}, "calls abroad"},
	{"a call after the commit that the writer waits for", abroadWall, sources{"app/a.go": txImport + "func f(tx *db.Tx) { tx.After(func() { http.Post(x) }) }"}, "calls abroad"},
	{"a client as a parameter", abroadWall, sources{"app/a.go": txImport + "func f(tx *db.Tx, c *http.Client) {}"}, "calls abroad"},
	{"a gateway as a parameter", abroadWall, sources{"purchase/checkout/a.go": "import (\n\"korzo/platform/db\"\n\"korzo/purchase/payment\"\n)\nfunc f(tx *db.Tx, g payment.Gateway) {}"}, "somebody else's machine"},
	{"a gateway in its own package", abroadWall, sources{"purchase/payment/a.go": "import \"korzo/platform/db\"\nfunc f(tx *db.Tx, g Gateway) {}"}, "somebody else's machine"},
}
