package db

import (
	"regexp"
	"strings"
)

// Schema files are written in PostgreSQL's types. For SQLite the few types are
// mapped, and every table is made STRICT, so that both refuse the same values.
var sqliteTypes = []struct {
	postgres *regexp.Regexp
	sqlite   string
}{
	{regexp.MustCompile(`(?i)\bBIGINT\s+GENERATED\s+(?:BY\s+DEFAULT|ALWAYS)\s+AS\s+IDENTITY\s+PRIMARY\s+KEY\b`), "INTEGER PRIMARY KEY AUTOINCREMENT"},
	{regexp.MustCompile(`(?i)\b(?:BIGINT|SMALLINT|INTEGER|INT)\b`), "INTEGER"},
	{regexp.MustCompile(`(?i)\b(?:CHARACTER\s+VARYING|VARCHAR|CHARACTER|CHAR)(?:\s*\(\s*\d+\s*\)|\b)`), "TEXT"},
	{regexp.MustCompile(`(?i)\bBYTEA\b`), "BLOB"},
	{regexp.MustCompile(`(?i)\bDOUBLE\s+PRECISION\b`), "REAL"},
}

var (
	createTable = regexp.MustCompile(`(?is)^\s*CREATE\s+TABLE\b`)
	appendOnly  = regexp.MustCompile(`(?m)^\s*--\s*append-only:\s*([a-z_][a-z0-9_]*)\s*$`)
)

// forSQLite translates a schema file.
func forSQLite(text string) string {
	var file, statement strings.Builder
	flush := func(end string) {
		s := statement.String()
		statement.Reset()
		if createTable.MatchString(s) {
			s = strings.TrimRight(s, " \t\r\n") + " STRICT"
		}
		file.WriteString(s + end)
	}
	for _, p := range pieces(text) {
		if p.quoted {
			statement.WriteString(p.text)
			continue
		}
		parts := strings.Split(p.text, ";")
		for i, code := range parts {
			for _, t := range sqliteTypes {
				code = t.postgres.ReplaceAllString(code, t.sqlite)
			}
			statement.WriteString(code)
			if i < len(parts)-1 {
				flush(";")
			}
		}
	}
	if strings.TrimSpace(statement.String()) != "" {
		flush(";") // the last statement's semicolon may be left out
	}
	return file.String()
}

// piece is a stretch of SQL: code, or a literal that must stay as it is.
type piece struct {
	text   string
	quoted bool
}

var literal = regexp.MustCompile(`(?s)'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/`)

// pieces splits SQL into code and literals; comments are dropped.
func pieces(text string) []piece {
	var all []piece
	at := 0
	for _, m := range literal.FindAllStringIndex(text, -1) {
		all = append(all, piece{text: text[at:m[0]]})
		if s := text[m[0]:m[1]]; s[0] == '\'' || s[0] == '"' {
			all = append(all, piece{s, true})
		} else {
			all = append(all, piece{text: " "})
		}
		at = m[1]
	}
	return append(all, piece{text: text[at:]})
}

// appendOnlyTables lists the tables that a schema file declares append-only.
func appendOnlyTables(text string) []string {
	var tables []string
	for _, m := range appendOnly.FindAllStringSubmatch(text, -1) {
		tables = append(tables, m[1])
	}
	return tables
}
