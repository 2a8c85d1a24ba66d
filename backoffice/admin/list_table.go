package admin

import (
	"encoding/csv"
	"strings"

	"korzo/platform/db"
)

// downloadList is what the filters find as a table, in the columns chosen.
func downloadList[T any](a *Admin, v *visit, l list[T]) error {
	shape := l.shape()
	at := shape.Read(v.r.URL.Query())
	at.After = ""
	var columns []column[T]
	head := []string{}
	for _, c := range l.columns {
		if c.text != nil && shape.Shows(at, c.name) {
			columns, head = append(columns, c), append(head, v.T(c.title))
		}
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+l.name+`.csv"`)
	v.w.Header().Set("Cache-Control", "private, no-store")
	out := csv.NewWriter(v.w)
	_ = out.Write(head)
	for range maxRows / 100 {
		var rows []T
		err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
			rows, at.After, err = l.page(v, tx, at, 100)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			record := make([]string, len(columns))
			for i, c := range columns {
				record[i] = harmless(c.text(v, row))
			}
			_ = out.Write(record)
		}
		if at.After == "" {
			break
		}
	}
	out.Flush()
	return out.Error()
}

// harmless is a cell that no spreadsheet takes for a formula.
func harmless(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if strings.Trim(text[1:], "0123456789.,") == "" {
		return text // a number
	}
	return "'" + text
}
