package flow

import "github.com/mileusna/useragent"

// DeviceOf reads from a browser's User-Agent what the visitor holds: phone,
// tablet or desktop; "" for programs and what cannot be told.
func DeviceOf(agent string) string {
	ua := useragent.Parse(agent)
	switch {
	case ua.Tablet:
		return "tablet"
	case ua.Mobile:
		return "phone"
	case ua.Desktop:
		return "desktop"
	}
	return ""
}
