package visitor

import "github.com/mileusna/useragent"

// systems and browsers are the names that rules use for what a browser says.
var (
	systems = map[string]string{useragent.IOS: "ios", useragent.Android: "android", useragent.Windows: "windows", useragent.MacOS: "macos", useragent.Linux: "linux"}

	browsers = map[string]string{useragent.Safari: "safari", useragent.Chrome: "chrome", useragent.HeadlessChrome: "chrome", useragent.Firefox: "firefox",
		useragent.Edge: "edge", useragent.SamsungBrowser: "samsung", "Mobile Safari": "safari"}
)

// DeviceOf reads from a browser's User-Agent what the visitor holds: a phone,
// tablet or desktop, its system and browser; each "" for programs and what
// cannot be told.
func DeviceOf(agent string) Device {
	ua := useragent.Parse(agent)
	d := Device{OS: systems[ua.OS], Browser: browsers[ua.Name]}
	switch {
	case ua.Tablet:
		d.Kind = "tablet"
	case ua.Mobile:
		d.Kind = "phone"
	case ua.Desktop:
		d.Kind = "desktop"
	}
	return d
}
