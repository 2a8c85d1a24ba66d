package carriage

import (
	"regexp"
	"strings"
)

const (
	maxGrams  = 1_000_000
	maxLength = 10_000
)

var reference = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// Check says whether any carrier could carry b; the error is an ErrRefused and
// names each field. An empty service is one.
func (b Booking) Check(services []Service) error {
	var wrong []string
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(reference.MatchString(b.Reference), "reference: use 1 to 60 letters, digits, hyphens and underscores")
	unless(b.Service == "" || offered(services, b.Service), "service: use one of the carrier's services")
	unless(b.From.Country != "" && b.To.Country != "", "address: give sender and receiver with their countries")
	if service, toPoint := Choose(services, b.Service), b.Point != ""; service.Points != toPoint {
		unless(!toPoint, "point: this service goes to no point: use one that does")
		unless(toPoint, "point: name the point that it goes to")
	}
	for _, problem := range b.To.Check() {
		wrong = append(wrong, "to."+problem.Field+": "+problem.Text)
	}
	if len(wrong) == 0 {
		return b.Parcel.Check()
	}
	return Refused(strings.Join(wrong, "; "))
}

func offered(services []Service, code string) bool {
	for _, s := range services {
		if s.Code == code {
			return true
		}
	}
	return false
}

// Check says whether p is a parcel at all; the error is an ErrRefused.
func (p Parcel) Check() error {
	switch {
	case p.WeightGrams < 1 || p.WeightGrams > maxGrams:
		return Refused("weight: give 1 to 1,000,000 grams")
	case min(p.LengthMM, p.WidthMM, p.HeightMM) < 0 || max(p.LengthMM, p.WidthMM, p.HeightMM) > maxLength:
		return Refused("size: give each side in millimetres, at most 10,000, or 0 when it is not known")
	}
	return nil
}

// Choose returns the service of a booking: the one it names, or the first.
func Choose(services []Service, code string) Service {
	for _, s := range services {
		if s.Code == code {
			return s
		}
	}
	return services[0]
}
