// Package carrier lists the carriers that Korzo has. Adding one is a folder
// beside this file and one line in All; nothing else imports them.
//
// An operator names a carrier by an address, in the manner of a database's:
// manual: for parcels that someone brings to the post, table:rates.json for a
// contract with a list of prices, sandbox: for a carrier without vans. What a
// carrier can do it says itself, in its Traits.
//
// Never true: a carrier known elsewhere by its type; two carriers of one name.
package carrier

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"

	"korzo/delivery/carriage"
	"korzo/delivery/carrier/manual"
	"korzo/delivery/carrier/sandbox"
	"korzo/delivery/carrier/table"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// ErrSetting reports an address that names no carrier or lacks what it needs.
var ErrSetting = fault.New(fault.Invalid, "carrier.setting", "name a carrier by its address, such as manual: or table:rates.json")

// ErrUnknown reports a name that no carrier of the shop has.
var ErrUnknown = fault.New(fault.NotFound, "carrier.unknown", "the shop has no carrier of this name: use one of those it was started with")

// Schemas are the tables of those that have any.
var Schemas = []fs.FS{sandbox.Schema}

// Means is what carriers may need.
type Means struct {
	DB *db.DB
}

// All opens each carrier from its address, by the address's scheme.
var All = map[string]func(*url.URL, Means) (carriage.Carrier, error){
	"manual":  func(u *url.URL, _ Means) (carriage.Carrier, error) { return manual.Open(u) },
	"sandbox": func(u *url.URL, m Means) (carriage.Carrier, error) { return sandbox.Open(u, m.DB) },
	"table":   func(u *url.URL, _ Means) (carriage.Carrier, error) { return table.Open(u) },
}

// Fleet is the carriers of a shop, in the order they were named.
type Fleet []carriage.Carrier

// Open opens the carriers at these addresses. It makes no call. A shop always
// has the manual one, last, because a parcel can always be carried to the post.
func Open(m Means, addresses ...string) (Fleet, error) {
	var fleet Fleet
	for _, address := range append(slices.Clone(addresses), "manual:") {
		u, err := url.Parse(address)
		if err != nil {
			return nil, ErrSetting.With("a carrier's address cannot be read; write it as table:rates.json")
		}
		open, ok := All[u.Scheme]
		if !ok {
			return nil, ErrSetting.With(fmt.Sprintf("there is no carrier %q; there are %s", u.Scheme,
				strings.Join(slices.Sorted(maps.Keys(All)), ", ")))
		}
		c, err := open(u, m)
		if err != nil {
			return nil, fmt.Errorf("open carrier %s: %w", u.Scheme, err)
		}
		if _, err := fleet.Find(c.Name()); err == nil {
			continue // manual was named, or one twice: the first stands
		}
		fleet = append(fleet, c)
	}
	return fleet, nil
}

// Find returns a carrier by name, or ErrUnknown.
func (f Fleet) Find(name string) (carriage.Carrier, error) {
	i := slices.IndexFunc(f, func(c carriage.Carrier) bool { return c.Name() == name })
	if i < 0 {
		return nil, ErrUnknown
	}
	return f[i], nil
}

// Names returns the names of all, in order.
func (f Fleet) Names() []string {
	names := make([]string, len(f))
	for i, c := range f {
		names[i] = c.Name()
	}
	return names
}
