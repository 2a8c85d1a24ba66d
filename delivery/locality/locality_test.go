package locality_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"korzo/delivery/locality"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/value/address"
)

var schemas = []fs.FS{remember.Schema, locality.Schema}

func keeper(t *testing.T) *seal.Keeper {
	t.Helper()
	k, err := seal.Open([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func berlin(line string) address.Address {
	return address.Address{Name: "Lotte", Line1: line, City: "Berlin", PostalCode: "10115", Country: "DE"}
}

// learn has so many people, counted from first, get something at an address.
func learn(t *testing.T, d *db.DB, a address.Address, first, people int) {
	t.Helper()
	k := keeper(t)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		for n := range people {
			if err := locality.Learn(t.Context(), tx, k, a, fmt.Sprintf("person%d@example.com", first+n)); err != nil {
				return err
			}
		}
		return nil
	})
}

func complete(t *testing.T, d *db.DB, country, typed string) string {
	t.Helper()
	var said []string
	dbtest.Read(t, d, func(tx *db.Tx) error {
		found, err := locality.Complete(t.Context(), tx, country, typed)
		for _, p := range found {
			said = append(said, strings.TrimSpace(p.PostalCode+" "+p.City+" "+p.Region))
		}
		return err
	})
	return strings.Join(said, ", ")
}

func voices(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, func(row db.Row) (n int64, err error) { return n, row.Scan(&n) }, `SELECT COUNT(*) FROM locality_voices`)
		return err
	})
	return n
}

func TestPlaceIsSuggestedOnceEnoughPeopleStandBehindIt(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		learn(t, d, berlin("Rosenweg 1"), 0, locality.Enough-1)
		learn(t, d, berlin("Rosenweg 2"), 0, locality.Enough-1) // the same people, elsewhere in the street
		if got := complete(t, d, "DE", "101"); got != "" {
			t.Fatalf("%d people are enough to suggest %q", locality.Enough-1, got)
		}
		learn(t, d, berlin("Rosenweg 3"), locality.Enough, 1)
		if got := complete(t, d, "DE", "101"); got != "10115 Berlin" {
			t.Fatalf("suggested %q", got)
		}
		if n := voices(t, d); n != 0 {
			t.Errorf("%d voices are kept of a known place", n)
		}
		learn(t, d, berlin("Rosenweg 4"), 100, 3)
		if n := voices(t, d); n != 0 {
			t.Errorf("%d voices are written for a known place", n)
		}
	})
}

func TestCompletionKnowsCodesAndCities(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		learn(t, d, berlin("a"), 0, 5)
		learn(t, d, address.Address{City: "BERLIN", PostalCode: "D-10117", Country: "DE"}, 0, 5)
		learn(t, d, address.Address{City: "München", PostalCode: "80331", Country: "DE"}, 0, 5)
		learn(t, d, address.Address{City: "Stockholm", PostalCode: "11122", Country: "SE"}, 0, 5)
		learn(t, d, address.Address{City: "New York", PostalCode: "10011", Region: "NY", Country: "US"}, 0, 5)
		learn(t, d, address.Address{City: "Nowhere", PostalCode: "12", Country: "DE"}, 0, 5)
		for _, test := range []struct{ name, country, typed, want string }{
			{"by the beginning of a code", "DE", "101", "10115 Berlin, 10117 BERLIN"},
			{"by a whole code", "DE", "10115", "10115 Berlin"},
			{"by a code written with spaces", "SE", "111 2", "111 22 Stockholm"},
			{"by a city, whatever its accents", "DE", "munc", "80331 München"},
			{"one letter of a city is too few", "DE", "m", ""},
			{"a code of another country", "DE", "10011", ""},
			{"with its region", "US", "100", "10011 New York NY"},
			{"nothing typed", "DE", " ", ""},
			{"what is no postal code is not learned", "DE", "12", ""},
			{"no country", "", "101", ""},
		} {
			if got := complete(t, d, test.country, test.typed); got != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
		}
	})
}

func TestMismatchIsSaidAndTwoNamesOfOnePlaceAreNone(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		learn(t, d, berlin("a"), 0, 5)
		for _, test := range []struct {
			name, code, city string
			want             int
		}{
			{"another city", "10115", "Hamburg", 1},
			{"no city yet", "10115", "", 1},
			{"the same, as people write it", "D 10115", "berlin ", 0},
			{"nothing is known of the code", "20095", "Berlin", 0},
			{"no code", "", "Berlin", 0},
		} {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				found, err := locality.Meant(t.Context(), tx, address.Address{City: test.city, PostalCode: test.code, Country: "DE"})
				if len(found) != test.want {
					t.Errorf("%s: %v", test.name, found)
				}
				return err
			})
		}
	})
}

func TestVoicesOfPlacesThatStayUnknownAreForgotten(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		learn(t, d, berlin("a"), 0, 3)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			tx.Now = tx.Now.Add(401 * 24 * time.Hour)
			return locality.Expire(t.Context(), tx)
		})
		if n := voices(t, d); n != 0 {
			t.Errorf("%d voices are left", n)
		}
		learn(t, d, berlin("a"), 3, locality.Enough-1)
		if got := complete(t, d, "DE", "10115"); got != "" {
			t.Errorf("a forgotten voice counts: %q", got)
		}
	})
}

// Who holds the database can neither read a voice nor tell that two are of one person.
func TestVoicesTellNobody(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		learn(t, d, berlin("Rosenweg 1"), 0, 1)
		learn(t, d, address.Address{City: "Hamburg", PostalCode: "20095", Country: "DE"}, 0, 1)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			voices, err := db.All(t.Context(), tx, func(row db.Row) (s string, err error) { return s, row.Scan(&s) }, `SELECT voice FROM locality_voices`)
			if len(voices) != 2 || voices[0] == voices[1] {
				t.Errorf("voices are %q", voices)
			}
			for _, v := range voices {
				if strings.Contains(v, "person") || strings.Contains(v, "Rosen") {
					t.Errorf("a voice says %q", v)
				}
			}
			return err
		})
	})
}
