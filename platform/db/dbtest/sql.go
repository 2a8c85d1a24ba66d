package dbtest

// The statements that make and drop PostgreSQL's test databases. Their names
// are our own, so they are put into the text.
const (
	lock           = `SELECT pg_advisory_lock($1)`
	unlock         = `SELECT pg_advisory_unlock($1)`
	countDatabases = `SELECT COUNT(*) FROM pg_database WHERE datname = $1`
	copiesFiles    = `SELECT current_setting('server_version_num')::int >= 150000 AND current_setting('fsync') = 'off'`
	listClones     = `SELECT datname FROM pg_database WHERE datname LIKE 'korzo\_test\_%' LIMIT 1000`
)

func createDatabase(name string) string { return `CREATE DATABASE ` + name }

// cloneDatabase copies a template, file by file where the server knows how and
// does not wait for the disk: that takes two thirds of the time of writing every
// page to its log.
func cloneDatabase(name, template string, byFile bool) string {
	statement := `CREATE DATABASE ` + name + ` TEMPLATE ` + template
	if byFile {
		statement += ` STRATEGY FILE_COPY`
	}
	return statement
}

func renameDatabase(from, to string) string { return `ALTER DATABASE ` + from + ` RENAME TO ` + to }

func dropDatabase(name string) string { return `DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)` }
