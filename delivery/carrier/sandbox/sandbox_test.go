package sandbox_test

import (
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/carriertest"
	"korzo/delivery/carrier/sandbox"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

var schemas = []fs.FS{sandbox.Schema}

func open(t *testing.T, d *db.DB) carriage.Carrier {
	t.Helper()
	c, err := sandbox.Open(&url.URL{Scheme: "sandbox"}, d)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSandbox(t *testing.T) {
	far := carriertest.Parcel("prc_far")
	far.To.Line2 = "sandbox:refuse"
	for name, fresh := range map[string]func(t testing.TB, schemas []fs.FS) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		if name == "postgres" && os.Getenv("KORZO_TEST_POSTGRES") == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			carriertest.Exercise(t, carriertest.Suite{Far: far, New: func(t *testing.T) carriage.Carrier { return open(t, fresh(t, schemas)) }})
		})
	}
}

func TestASilentReceiverIsBookedOnceAndAnsweredTheSecondTime(t *testing.T) {
	c := open(t, dbtest.SQLite(t, schemas))
	b := carriertest.Parcel("prc_1")
	b.To.Line2 = "sandbox:silent"
	_, err := c.Book(t.Context(), b)
	l, again := c.Book(t.Context(), b)
	if carriage.Read(err) != carriage.Silence || again != nil || l.Number == "" {
		t.Errorf("first %v, then %+v, %v", err, l.Booked, again)
	}
}

func TestTheBookOutlivesTheProcessAndNamesNobody(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	l, err := open(t, d).Book(t.Context(), carriertest.Parcel("prc_1"))
	if err != nil {
		t.Fatal(err)
	}
	found, err := open(t, d).Find(t.Context(), "prc_1")
	if err != nil || found != l.Booked {
		t.Errorf("the next process finds %+v, %v; want %+v", found, err, l.Booked)
	}
	if !strings.HasPrefix(l.Number, "KZ") || len(l.Number) != 13 {
		t.Errorf("the number is %q", l.Number)
	}
}
