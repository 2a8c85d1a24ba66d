package geo_test

import (
	"testing"

	"korzo/value/geo"

	"pgregory.net/rapid"
)

func TestTownsAreAboutAsFarApartAsTheyAre(t *testing.T) {
	for _, tt := range []struct {
		name                string
		country, code       string
		country2, code2     string
		atLeastKm, atMostKm int
	}{
		{"Berlin and Hamburg", "DE", "10115", "DE", "20095", 230, 280},
		{"Munich and Hamburg", "DE", "80331", "DE", "20095", 580, 640},
		{"Budapest and Szeged", "HU", "H-1051", "HU", "6720", 140, 190},
		{"Vienna and Budapest", "AT", "1010", "HU", "1051", 200, 240},
		{"New York and Newark", "US", "10001", "US", "07102", 5, 30},
		{"New York and Los Angeles", "US", "10001", "US", "90012-1234", 3800, 4050},
		{"the same code twice", "DE", "D-28195", "DE", "28195", 0, 0},
	} {
		a, ok := geo.Locate(tt.country, tt.code)
		b, ok2 := geo.Locate(tt.country2, tt.code2)
		if km := a.Km(b); !ok || !ok2 || km < tt.atLeastKm || km > tt.atMostKm {
			t.Errorf("%s: %d km (%v, %v), want %d to %d", tt.name, km, ok, ok2, tt.atLeastKm, tt.atMostKm)
		}
	}
}

func TestACodeThatIsNotKnownIsInTheMiddleOfItsCountry(t *testing.T) {
	unknown, ok := geo.Locate("DE", "00000")
	middle, _ := geo.Locate("DE", "")
	if !ok || unknown != middle || middle.IsZero() {
		t.Errorf("%v (%v), want %v", unknown, ok, middle)
	}
	if p, ok := geo.Locate("ZZ", "123"); ok || !p.IsZero() {
		t.Errorf("a country of nobody is at %v", p)
	}
}

// A distance is the same both ways, never below nothing, and no detour is shorter.
func TestDistancesAreDistances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := make([]geo.Point, 3)
		for i := range p {
			p[i] = geo.Point{Lat: rapid.IntRange(-85_000, 85_000).Draw(t, "lat"), Lon: rapid.IntRange(-180_000, 180_000).Draw(t, "lon")}
		}
		ab, bc, ac := p[0].Km(p[1]), p[1].Km(p[2]), p[0].Km(p[2])
		if ab < 0 || ab != p[1].Km(p[0]) || ac > ab+bc+2 {
			t.Errorf("%v: %d, %d, %d", p, ab, bc, ac)
		}
	})
}
