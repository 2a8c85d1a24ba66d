package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"korzo/customer/profile"
	"korzo/delivery/locality"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/value/address"
)

// person is somebody who buys: a customer, or a guest who may come again.
type person struct {
	name, email string
	market      string
	home        address.Address
	locale      string
	phone       bool // buys on one

	customer profile.CustomerID // "" for a guest
	contact  profile.ContactID  // of their orders; "" until the first
	owner    profile.PersonID

	visitor string // their id as the shop issued it; "" before their first visit
	arm     string // of the experiment; "" before they came to it
	orders  int64  // so far, and what they came to
	spent   int64
	last    time.Time
}

// place is where people live.
type place struct{ country, region, city, code string }

// folk is whom a market sells to. Nobody is called so: the surnames come from
// the cupboard.
type folk struct {
	market, locale   string
	given, surnames  []string
	streets          []string
	places           []place
	customers        int
	surnameFirst     bool
	numberBeforeName bool
}

var peoples = []folk{
	{market: "DE", locale: "de-DE", customers: 1150,
		given:    []string{"Lotte", "Emil", "Frieda", "Anton", "Greta", "Oskar", "Ida", "Theo", "Mina", "Karl", "Paula", "Jonas", "Wilma", "Hugo", "Edda", "Fritz", "Rosa", "Konrad"},
		surnames: []string{"Lindenblatt", "Kaffeekanne", "Regenschirm", "Apfelbaum", "Wollknäuel", "Fensterbrett", "Zuckerdose", "Gartenzaun", "Lampenschirm", "Butterbrot", "Federkiel", "Kieselstein", "Morgentau", "Teelöffel", "Flickenteppich", "Haselnuss"},
		streets:  []string{"Musterstraße", "Beispielweg", "Probeallee", "Am Platzhalter", "Erfundene Gasse"},
		places: []place{{"DE", "", "Berlin", "10115"}, {"DE", "", "Hamburg", "20095"}, {"DE", "", "München", "80331"}, {"DE", "", "Köln", "50667"}, {"DE", "", "Leipzig", "04109"},
			{"DE", "", "Dresden", "01067"}, {"DE", "", "Freiburg", "79098"}, {"AT", "", "Wien", "1010"}, {"AT", "", "Graz", "8010"}}},
	{market: "HU", locale: "hu-HU", customers: 200, surnameFirst: true,
		given:    []string{"Sára", "Bence", "Zsófi", "Máté", "Luca", "Dani", "Kata", "Gergő", "Nóra", "Balázs", "Piroska", "Ágoston", "Flóra", "Vince"},
		surnames: []string{"Szilvalekvár", "Bögre", "Hársfa", "Kockásfüzet", "Napernyő", "Mézeskalács", "Párnahuzat", "Ablakpárkány", "Vajaskenyér", "Kavics", "Esernyő", "Gyertyaláng"},
		streets:  []string{"Minta utca", "Példa utca", "Kitalált köz", "Próba tér"},
		places:   []place{{"HU", "", "Budapest", "1051"}, {"HU", "", "Budapest", "1117"}, {"HU", "", "Szeged", "6720"}, {"HU", "", "Debrecen", "4024"}, {"HU", "", "Pécs", "7621"}, {"HU", "", "Győr", "9021"}}},
	{market: "US", locale: "en-US", customers: 100, numberBeforeName: true,
		given:    []string{"Penny", "Walter", "Hazel", "Milo", "Olive", "Felix", "June", "Otis", "Mabel", "Jasper", "Winnie", "Amos"},
		surnames: []string{"Teapot", "Windowsill", "Marmalade", "Featherbed", "Lampshade", "Buttonhole", "Picnicker", "Thimble", "Saucer", "Doorbell", "Applecart"},
		streets:  []string{"Sample Street", "Example Avenue", "Placeholder Lane", "Fictional Road"},
		places: []place{{"US", "NY", "New York", "10011"}, {"US", "NY", "Brooklyn", "11201"}, {"US", "NY", "Albany", "12207"}, {"US", "CA", "Oakland", "94607"}, {"US", "CA", "Los Angeles", "90012"},
			{"US", "TX", "Austin", "78701"}, {"US", "OR", "Portland", "97205"}}},
}

// customers are those who registered, the same each time.
func customers() []*person {
	dice := rand.New(rand.NewPCG(3, seed))
	var all []*person
	for i := range peoples {
		for n := range peoples[i].customers {
			tag := ""
			if n >= 100 { // names come again
				tag = fmt.Sprint("c", n)
			}
			all = append(all, peoples[i].person(n, tag, dice))
		}
	}
	return all
}

// person makes one up. No two of a people's first hundred share a name; tag
// keeps the addresses of mail apart beyond that.
func (f *folk) person(n int, tag string, dice *rand.Rand) *person {
	given, surname := f.given[n%len(f.given)], f.surnames[(n*5+n/len(f.given))%len(f.surnames)]
	p := &person{market: f.market, locale: f.locale, name: given + " " + surname, phone: dice.IntN(100) < 55}
	p.email = mailName(given) + "." + mailName(surname) + tag + "@example.com"
	if f.surnameFirst {
		p.name = surname + " " + given
	}
	at := f.places[dice.IntN(len(f.places))]
	street, number := f.streets[dice.IntN(len(f.streets))], 1+dice.IntN(90)
	line := fmt.Sprintf("%s %d", street, number)
	if f.numberBeforeName {
		line = fmt.Sprintf("%d %s", number, street)
	}
	p.home = address.Address{Name: p.name, Line1: line, City: at.city, PostalCode: at.code, Region: at.region, Country: at.country}
	if at.country == "AT" {
		p.locale = "de-AT"
	}
	return p
}

// mailName is a name as it stands in an address of mail.
func mailName(s string) string {
	return strings.ReplaceAll(slug(strings.ToLower(s), german), "-", "")
}

// writePeople brings the customers in, each with an address. The first can
// sign in.
func (f *filling) writePeople(ctx context.Context, tx *db.Tx) error {
	for n, p := range f.people {
		since := tx.Now.AddDate(0, 0, -days-1-n*37%420) // before they bought
		customer, err := profile.Import(ctx, tx, f.Keeper, profile.Record{Name: p.name, Email: p.email, Locale: p.locale, Market: p.market,
			CreatedAt: since, Book: []profile.Saved{{Address: p.home, Default: true}}})
		if err != nil {
			return fmt.Errorf("customer %s: %w", p.email, err)
		}
		c, err := profile.Find(ctx, tx, f.Keeper, customer)
		if err != nil {
			return err
		}
		p.customer, p.owner, p.contact = c.ID, c.Person, ""
		if err := locality.Learn(ctx, tx, f.Keeper, p.home, p.email); err != nil {
			return err
		}
		if hash := f.hashes[p.email]; hash != "" {
			login := profile.HashEmail(f.Keeper, p.email)
			if err := auth.SetPassword(ctx, tx, auth.RealmCustomer, string(c.ID), login, hash); err != nil {
				return err
			}
			if err := reward(ctx, tx, c.ID); err != nil {
				return fmt.Errorf("points and credit of %s: %w", p.email, err)
			}
		}
	}
	return nil
}

// contactOf keeps how to reach somebody, once.
func (f *filling) contactOf(ctx context.Context, tx *db.Tx, p *person) (profile.ContactID, error) {
	if p.contact != "" {
		return p.contact, nil
	}
	id, err := profile.SaveContact(ctx, tx, f.Keeper, profile.Contact{Person: p.owner, Name: p.name, Email: p.email, Shipping: p.home, Billing: p.home})
	p.contact = id
	return id, err
}
