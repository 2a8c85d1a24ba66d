package dbtest

// The statements that make and drop PostgreSQL's test databases. Their names
// are our own, so they are put into the text.
const (
	lock           = `SELECT pg_advisory_lock($1)`
	unlock         = `SELECT pg_advisory_unlock($1)`
	countDatabases = `SELECT COUNT(*) FROM pg_database WHERE datname = $1`
	listClones     = `SELECT datname FROM pg_database WHERE datname LIKE 'korzo\_test\_%' LIMIT 1000`
)

func createDatabase(name string) string { return `CREATE DATABASE ` + name }

func cloneDatabase(name, template string) string {
	return `CREATE DATABASE ` + name + ` TEMPLATE ` + template
}

func renameDatabase(from, to string) string { return `ALTER DATABASE ` + from + ` RENAME TO ` + to }

func dropDatabase(name string) string { return `DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)` }
