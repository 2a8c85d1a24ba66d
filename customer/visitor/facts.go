package visitor

import (
	"strings"
	"time"

	"korzo/platform/rule"
)

// facts is everything a trigger may speak of.
var facts = []rule.Fact{
	{Name: "device.kind", Type: "string", Doc: "what the visitor holds: phone, tablet, desktop, till or agent", Example: `device.kind == "phone"`},
	{Name: "device.os", Type: "string", Doc: "its operating system: ios, android, windows, macos or linux", Example: `device.os == "ios"`},
	{Name: "device.browser", Type: "string", Doc: "the browser: safari, chrome, firefox, edge or samsung", Example: `device.browser == "safari"`},
	{Name: "channel", Type: "string", Doc: "the id of the channel they came through", Example: `channel == "web"`},
	{Name: "market", Type: "string", Doc: "the id of the market they buy in", Example: `market in ["DE", "HU"]`},
	{Name: "locale", Type: "string", Doc: "the language and region shown", Example: `locale.startsWith("de")`},
	{Name: "time.hour", Type: "int", Doc: "the hour by the market's clock, 0 to 23", Example: `time.hour >= 18`},
	{Name: "time.weekday", Type: "int", Doc: "the day by the market's clock: 1 is Monday, 7 is Sunday", Example: `time.weekday in [6, 7]`},
	{Name: "time.month", Type: "int", Doc: "the month by the market's clock: 1 is January", Example: `time.month == 12`},
	{Name: "time.date", Type: "string", Doc: "the day by the market's clock, year first, so that it can be compared", Example: `time.date >= "2030-12-01" && time.date < "2030-12-25"`},
	{Name: "time.season", Type: "string", Doc: "spring, summer, autumn or winter, by the months of the northern half of the world", Example: `time.season == "winter"`},
	{Name: "campaign", Type: "string", Doc: "the campaign that brought them (utm_campaign); empty when none did", Example: `campaign == "spring"`},
	{Name: "visit.source", Type: "string", Doc: "where the campaign ran (utm_source)", Example: `visit.source == "newsletter"`},
	{Name: "visit.medium", Type: "string", Doc: "by what it came (utm_medium)", Example: `visit.medium == "email"`},
	{Name: "visit.referrer", Type: "string", Doc: "the host of the page that led them here; empty when none did", Example: `visit.referrer.endsWith("instagram.com")`},
	{Name: "visit.new", Type: "bool", Doc: "whether they are here for the first time", Example: `visit.new`},
	{Name: "visit.pages", Type: "int", Doc: "how many pages they have looked at in this visit", Example: `visit.pages > 5`},
	{Name: "visit.searches", Type: "int", Doc: "how often they have searched in this visit", Example: `visit.searches > 0`},
	{Name: "visit.partner", Type: "string", Doc: "the host of the page that the checkout is embedded in; empty in our own shop", Example: `visit.partner != ""`},
	{Name: "visit.consent", Type: "bool", Doc: "whether they agreed to be remembered beyond what the shop needs", Example: `visit.consent`},
	{Name: "visit.country", Type: "string", Doc: "the country they would have things sent to, as far as they said; empty while unknown", Example: `visit.country == "AT"`},
	{Name: "visit.postal_code", Type: "string", Doc: "the postal code they would have things sent to; empty while unknown", Example: `visit.postal_code.startsWith("20")`},
	{Name: "visit.near_store", Type: "bool", Doc: "whether a place to collect from lies where they would have things sent: in the same country, by the first two characters of the postal code", Example: `visit.near_store`},
	{Name: "cart.total", Type: "int", Doc: "the cart's total before shipping, in the smallest unit of the market's currency (cents, fillér)", Example: `cart.total >= 5000`},
	{Name: "cart.items", Type: "int", Doc: "how many pieces are in the cart", Example: `cart.items == 1`},
	{Name: "cart.skus", Type: "list<string>", Doc: "the SKUs in the cart", Example: `"MUG-RED" in cart.skus`},
	{Name: "cart.tags", Type: "list<string>", Doc: "the tags of the products in the cart", Example: `"gift" in cart.tags`},
	{Name: "cart.categories", Type: "list<string>", Doc: "the addresses (slugs) of the categories of the products in the cart, and of those above them", Example: `"furniture" in cart.categories`},
	{Name: "cart.weight_grams", Type: "int", Doc: "what the cart weighs, in grams", Example: `cart.weight_grams > 20000`},
	{Name: "cart.bundle", Type: "bool", Doc: "whether a bundle is in the cart", Example: `cart.bundle`},
	{Name: "customer.known", Type: "bool", Doc: "whether they are signed in", Example: `customer.known`},
	{Name: "customer.orders", Type: "int", Doc: "how many orders they have placed before; 0 for guests", Example: `customer.orders > 2`},
	{Name: "customer.spent", Type: "int", Doc: "what they have spent before, in the smallest unit of the market's currency", Example: `customer.spent >= 50000`},
	{Name: "customer.average_order", Type: "int", Doc: "what an order of theirs comes to, in the smallest unit of the market's currency; 0 without orders", Example: `customer.average_order > 8000`},
	{Name: "customer.last_order_days", Type: "int", Doc: "how many days ago they ordered last; -1 when they never did", Example: `customer.last_order_days > 180`},
	{Name: "customer.predicted_value", Type: "int", Doc: "what they are expected to leave within a year, in the smallest unit of the shop's currency; 0 when nothing is known", Example: `customer.predicted_value > 20000`},
	{Name: "customer.segments", Type: "list<string>", Doc: "the ids of the groups and segments they are in", Example: `"cgr_dealers" in customer.segments`},
	{Name: "customer.tier", Type: "string", Doc: "their tier, as staff or programs named it; empty for none", Example: `customer.tier == "gold"`},
	{Name: "customer.tags", Type: "list<string>", Doc: "the tags that staff or programs gave them", Example: `"vip" in customer.tags`},
	{Name: "customer.consent", Type: "list<string>", Doc: "what they allow at this moment: offers (letters), reviews (asking for one), figures (counting what they do); empty for guests", Example: `"offers" in customer.consent`},
}

// space compiles triggers. The table above is checked when the program starts
// and by every test, so a mistake in it cannot reach a shop.
var space = func() *rule.Space {
	s, err := rule.NewSpace(facts)
	if err != nil {
		panic(err)
	}
	return s
}()

// names are those of all facts.
var names = func() []string {
	all := make([]string, len(facts))
	for i, f := range facts {
		all[i] = f.Name
	}
	return all
}()

// Facts returns everything a trigger may speak of, for editors and documentation.
func Facts() []rule.Fact { return space.Facts() }

// Compile returns the program of a rule over these facts, or a *rule.Error.
func Compile(trigger string) (*rule.Program, error) { return space.Compile(trigger) }

// Plain returns a rule as people say it, and whether it can be said so.
func Plain(trigger string) (rule.Plain, bool) { return space.Plain(trigger) }

// Write returns the source of a plain rule, or a *rule.Error.
func Write(p rule.Plain) (string, error) { return space.Write(p) }

// Facts is the visit as rules see it, whole.
func (v *Visit) Facts() map[string]any { return v.Tell(names) }

// Tell is the visit as rules see it, as far as they ask (rule.Program.Facts):
// what nobody asks for costs nothing.
func (v *Visit) Tell(asked []string) map[string]any {
	seen := make(map[string]any, len(asked))
	for _, name := range asked {
		if read, ok := readers[name]; ok {
			seen[name] = read(v)
		}
	}
	return seen
}

// readers say of a visit what each fact is. Every fact has one.
var readers = map[string]func(v *Visit) any{
	"device.kind":              func(v *Visit) any { return v.Device.Kind },
	"device.os":                func(v *Visit) any { return v.Device.OS },
	"device.browser":           func(v *Visit) any { return v.Device.Browser },
	"channel":                  func(v *Visit) any { return v.Channel },
	"market":                   func(v *Visit) any { return v.Market },
	"locale":                   func(v *Visit) any { return v.Locale },
	"time.hour":                func(v *Visit) any { return int64(v.At.Hour()) },
	"time.weekday":             func(v *Visit) any { return int64((v.At.Weekday()+6)%7 + 1) },
	"time.month":               func(v *Visit) any { return int64(v.At.Month()) },
	"time.date":                func(v *Visit) any { return v.At.Format(time.DateOnly) },
	"time.season":              func(v *Visit) any { return seasons[v.At.Month()%12/3] },
	"campaign":                 func(v *Visit) any { return v.Path.Campaign },
	"visit.source":             func(v *Visit) any { return v.Path.Source },
	"visit.medium":             func(v *Visit) any { return v.Path.Medium },
	"visit.referrer":           func(v *Visit) any { return v.Path.Referrer },
	"visit.new":                func(v *Visit) any { return v.Path.New },
	"visit.pages":              func(v *Visit) any { return v.Path.Pages },
	"visit.searches":           func(v *Visit) any { return v.Path.Searches },
	"visit.partner":            func(v *Visit) any { return v.Path.Partner },
	"visit.consent":            func(v *Visit) any { return v.Path.Consent },
	"visit.country":            func(v *Visit) any { return v.Place.Country },
	"visit.postal_code":        func(v *Visit) any { return v.Place.PostalCode },
	"visit.near_store":         func(v *Visit) any { return v.Place.NearStore },
	"cart.total":               func(v *Visit) any { return v.Cart.Total },
	"cart.items":               func(v *Visit) any { return v.Cart.Items },
	"cart.skus":                func(v *Visit) any { return v.Cart.SKUs },
	"cart.tags":                func(v *Visit) any { return v.Cart.Tags },
	"cart.categories":          func(v *Visit) any { return v.Cart.Categories },
	"cart.weight_grams":        func(v *Visit) any { return v.Cart.WeightGrams },
	"cart.bundle":              func(v *Visit) any { return v.Cart.Bundle },
	"customer.known":           func(v *Visit) any { return v.Customer.Known },
	"customer.orders":          func(v *Visit) any { return v.Customer.Orders },
	"customer.spent":           func(v *Visit) any { return v.Customer.Spent },
	"customer.average_order":   func(v *Visit) any { return v.Customer.averageOrder() },
	"customer.last_order_days": func(v *Visit) any { return v.lastOrderDays() },
	"customer.predicted_value": func(v *Visit) any { return v.Customer.Predicted },
	"customer.segments":        func(v *Visit) any { return v.Customer.Segments },
	"customer.tier":            func(v *Visit) any { return v.Customer.Tier },
	"customer.tags":            func(v *Visit) any { return v.Customer.Tags },
	"customer.consent":         func(v *Visit) any { return v.Customer.Consent },
}

// lastOrderDays is -1 without an order.
func (v *Visit) lastOrderDays() int64 {
	if v.Customer.LastOrder.IsZero() {
		return -1
	}
	return int64(v.At.Sub(v.Customer.LastOrder) / (24 * time.Hour))
}

// Timed reports whether a fact needs to know what time it is.
func Timed(fact string) bool {
	return strings.HasPrefix(fact, "time.") || fact == "customer.last_order_days"
}

// seasons by month%12/3: December begins winter.
var seasons = [...]string{"winter", "spring", "summer", "autumn"}
