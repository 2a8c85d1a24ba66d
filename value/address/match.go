package address

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fits says that a postal code looks like one of the country's.
func (c *country) fits(code string) bool {
	_, ok := c.postalCode(code)
	return ok || c.pattern == ""
}

// postalCode returns typed as the country writes it. Spaces, hyphens, capitals,
// wide digits and a country prefix ("D-26133") do not matter.
func (c *country) postalCode(typed string) (string, bool) {
	if c.pattern == "" || typed == "" {
		return "", false
	}
	plain := strings.Map(bareRune, norm.NFKC.String(typed))
	for _, try := range []string{plain, c.withoutPrefix(plain), c.format.Code + plain} {
		switch {
		case try == "" || !c.matches().MatchString(try):
		case c.separator == "=":
			return strings.ToUpper(typed), true // Lima 23
		default:
			return c.separate(try), true
		}
	}
	return "", false
}

// bareRune raises letters and drops what separates.
func bareRune(r rune) rune {
	if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '〒' || r == '\u2212' || r == '.' {
		return -1
	}
	return unicode.ToUpper(r)
}

// withoutPrefix drops the letters that stand for the country: D, DE, CH, FL.
func (c *country) withoutPrefix(code string) string {
	rest := strings.TrimLeft(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	letters := code[:len(code)-len(rest)]
	if strings.HasPrefix(c.format.Code, letters) || strings.Contains(c.label, letters+"-%Z") || letters == "FIN" {
		return rest
	}
	return code
}

// separate puts the customary space or hyphen into a plain postal code.
func (c *country) separate(code string) string {
	if c.separator == "" {
		return code
	}
	if number, ok := strings.CutPrefix(code, "BFPO"); ok {
		return "BFPO " + number // British forces
	}
	after, least, _ := strings.Cut(c.separator[1:], "/")
	digits, _ := strconv.Atoi(after)
	if length, _ := strconv.Atoi(least); len(code) < length {
		return code
	}
	return code[:len(code)-digits] + c.separator[:1] + code[len(code)-digits:]
}

// region finds what typed names: a key, a name in either script, an ISO code.
func (c *country) region(typed string) (RegionInfo, bool) {
	if typed == "" || len(c.format.Regions) == 0 {
		return RegionInfo{}, false
	}
	named := c.named()
	if i, ok := named[typed]; ok {
		return c.format.Regions[i], true
	}
	folded := strings.TrimPrefix(fold(typed), strings.ToLower(c.format.Code)+"-")
	if i, ok := named[folded]; ok {
		return c.format.Regions[i], true
	}
	return RegionInfo{}, false
}

// nameRegions returns the regions' places by key, and by every name, folded.
// A name two regions share means the first; a key comes before any name.
func (c *country) nameRegions() map[string]int {
	named := make(map[string]int, 4*len(c.format.Regions))
	put := func(name string, i int) {
		if _, taken := named[name]; !taken && name != "" {
			named[name] = i
		}
	}
	for i, r := range c.format.Regions {
		put(r.Key, i)
	}
	for _, name := range []func(RegionInfo) string{
		func(r RegionInfo) string { return r.Key },
		func(r RegionInfo) string { return r.Name },
		func(r RegionInfo) string { return r.Latin },
		func(r RegionInfo) string { return r.ISO },
	} {
		for i, r := range c.format.Regions {
			put(fold(name(r)), i)
		}
	}
	return named
}

// fold makes "São  Paulo" and "SAO PAULO" equal.
func fold(text string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
	return strings.Join(strings.Fields(plain), " ")
}

// ask says what to write into a field that is empty.
func (c *country) ask(field string) string {
	switch field {
	case Name:
		return "write the name of the person or company"
	case Line1:
		return "write the street and house number"
	case City:
		return "write the city"
	case Region:
		return "choose the " + c.format.RegionName
	}
	ask := "write the " + c.format.PostalName
	if len(c.format.Examples) > 0 {
		ask += ", such as " + c.format.Examples[0]
	}
	return ask
}

var digitsOnly = regexp.MustCompile(`^\\d\{(\d)\}(?:\(\\d\{(\d)\}\)\?)?$`)

var numbers = [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

// describePostalCode says how a postal code looks, with an example.
func (c *country) describePostalCode() string {
	text := "a " + c.format.PostalName + " in " + withArticle(c.format.Name)
	shape := digitsOnly.FindStringSubmatch(c.pattern)
	switch {
	case shape == nil && len(c.format.Examples) > 0:
		text += " is written like " + c.format.Examples[0]
		if len(c.format.Examples) > 1 {
			text += " or " + c.format.Examples[1]
		}
		return text
	case shape == nil:
		return text + " looks different: check it"
	}
	first, _ := strconv.Atoi(shape[1])
	text += " has " + numbers[first]
	if more, _ := strconv.Atoi(shape[2]); more > 0 {
		text += " or " + numbers[first+more]
	}
	text += " digits"
	if len(c.format.Examples) > 0 {
		text += ", such as " + c.format.Examples[0]
	}
	return text
}

func (c *country) describeRegion() string {
	first := c.format.Regions[0]
	return "choose a " + c.format.RegionName + " of " + withArticle(c.format.Name) + ", such as " + first.Key + " for " + first.Name
}

// withArticle returns "the United States", and "Germany" without one.
func withArticle(name string) string {
	for _, end := range []string{" States", " Kingdom", " Emirates", " Islands", " Republic", " Territory", " Territories"} {
		if strings.HasSuffix(name, end) {
			return "the " + name
		}
	}
	switch name {
	case "Netherlands", "Philippines", "Bahamas", "Maldives", "Gambia", "Comoros", "Seychelles", "Isle of Man", "Caribbean Netherlands":
		return "the " + name
	}
	return name
}

// RegionOf returns the region that a whole postal code of a country is in:
// RegionOf("US", "10011") is NY. False where the country's codes do not tell, or
// where two regions share the code.
func RegionOf(countryCode, postalCode string) (found RegionInfo, ok bool) {
	c, known := find(countryCode)
	if !known {
		return RegionInfo{}, false
	}
	code, fits := c.postalCode(postalCode)
	if !fits {
		return RegionInfo{}, false
	}
	plain := strings.Map(bareRune, code)
	for i, begins := range c.begins() {
		if begins == nil || !begins.MatchString(plain) {
			continue
		}
		if ok {
			return RegionInfo{}, false
		}
		found, ok = c.format.Regions[i], true
	}
	return found, ok
}
