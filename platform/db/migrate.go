package db

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
)

// Schema holds the table of the migration runner itself.
//
//go:embed schema/*.sql
var Schema embed.FS

// ownMigration is Schema's file: applied first, and only where the table is absent.
const ownMigration = "schema/db_001.sql"

// migration is a numbered schema file.
type migration struct {
	applied
	text string
}

// Migrate brings the schema up to date. Each package hands in its own numbered
// files schema/<package>_NNN.sql, packages that are referred to first. A file
// runs once, whole, in a transaction of its own, on one node at a time; when an
// applied file has changed since, nothing is run and ErrEdited names it.
//
// A line "-- append-only: table" makes the database refuse to change or delete
// that table's rows.
func (d *DB) Migrate(ctx context.Context, schemas ...fs.FS) error {
	wanted, err := migrations(schemas)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	done, err := d.migrated(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range wanted {
		if sum, ok := done[m.name]; ok && sum != m.checksum {
			return fmt.Errorf("migrate: %w: %s", ErrEdited, m.name)
		}
	}
	for _, m := range wanted {
		if _, ok := done[m.name]; ok {
			continue
		}
		if err := d.migrate(ctx, m); err != nil {
			return fmt.Errorf("migrate %s: %w", m.name, err)
		}
	}
	return nil
}

// Migrations reports how many files of schemas have been applied and how many there are.
func (d *DB) Migrations(ctx context.Context, schemas ...fs.FS) (applied, all int, err error) {
	wanted, err := migrations(schemas)
	if err != nil {
		return 0, 0, err
	}
	err = d.Read(ctx, func(tx *Tx) error {
		done, err := findMigrated(ctx, tx)
		applied = 0
		for _, m := range wanted {
			if done[m.name] == m.checksum {
				applied++
			}
		}
		return err
	})
	return applied, len(wanted), err
}

// migrations reads the files of all schemas in order. The same file twice is
// taken once; two files of one name are an error.
func migrations(schemas []fs.FS) ([]migration, error) {
	own, err := Schema.ReadFile(ownMigration)
	if err != nil {
		return nil, err
	}
	all := []migration{newMigration(ownMigration, own)}
	seen := map[string]string{all[0].name: all[0].checksum}
	for _, schema := range schemas {
		names, err := fs.Glob(schema, "schema/*.sql") // sorted
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(schema, name)
			if err != nil {
				return nil, err
			}
			m := newMigration(name, text)
			if sum, ok := seen[m.name]; !ok {
				seen[m.name] = m.checksum
				all = append(all, m)
			} else if sum != m.checksum {
				return nil, fmt.Errorf("two schema files are named %s: rename one", m.name)
			}
		}
	}
	return all, nil
}

func newMigration(name string, text []byte) migration {
	sum := sha256.Sum256(text)
	return migration{applied{path.Base(name), hex.EncodeToString(sum[:])}, string(text)}
}

// migrated returns the checksums of the applied files by name.
func (d *DB) migrated(ctx context.Context) (done map[string]string, err error) {
	err = d.Read(ctx, func(tx *Tx) error {
		done, err = findMigrated(ctx, tx)
		return err
	})
	return done, err
}

func findMigrated(ctx context.Context, tx *Tx) (map[string]string, error) {
	done := map[string]string{}
	if ok, err := hasMigrations(ctx, tx); !ok {
		return done, err
	}
	all, err := listApplied(ctx, tx)
	for _, a := range all {
		done[a.name] = a.checksum
	}
	return done, err
}

// migrate applies one file unless another node has done so meanwhile.
func (d *DB) migrate(ctx context.Context, m migration) error {
	return d.Write(ctx, func(tx *Tx) error {
		if err := lockMigrations(ctx, tx); err != nil {
			return err
		}
		done, err := findMigrated(ctx, tx)
		if err != nil {
			return err
		}
		if sum, ok := done[m.name]; ok {
			if sum != m.checksum {
				return fmt.Errorf("%w: %s", ErrEdited, m.name)
			}
			return nil
		}
		text := m.text
		if !d.postgres {
			text = forSQLite(text)
		}
		for _, table := range appendOnlyTables(m.text) {
			text += forbidChanges(d.postgres, table)
		}
		if _, err := tx.Exec(ctx, text); err != nil {
			return err
		}
		_, err = insertApplied(ctx, tx, m.applied)
		return err
	})
}
