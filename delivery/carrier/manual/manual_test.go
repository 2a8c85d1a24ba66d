package manual_test

import (
	"net/url"
	"testing"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/carriertest"
	"korzo/delivery/carrier/manual"
)

func TestManual(t *testing.T) {
	carriertest.Exercise(t, carriertest.Suite{New: func(t *testing.T) carriage.Carrier {
		c, err := manual.Open(&url.URL{Scheme: "manual", RawQuery: "name=Hauspost"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}})
}
