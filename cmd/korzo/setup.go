package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"korzo/app"
)

type setupCommand struct {
	place
	Name     string  `arg:"" help:"The shop's name, as shoppers see it."`
	Country  string  `required:"true" placeholder:"CODE" env:"-" help:"Country sold from and to, such as DE."`
	Currency string  `required:"true" placeholder:"CODE" env:"-" help:"Money prices are in, such as EUR."`
	Seller   string  `placeholder:"NAME" env:"-" help:"Legal name of who sells. The shop's name if left out."`
	Locale   string  `default:"en" env:"-" help:"Language and manner of writing, such as de-DE."`
	Zone     string  `default:"UTC" env:"-" help:"Time zone whose days count, such as Europe/Berlin."`
	Tax      percent `default:"0" placeholder:"PERCENT" env:"-" help:"Tax on everything, such as 19."`
	TaxName  string  `default:"VAT" env:"-" help:"What the tax is called."`
	OnTop    bool    `env:"-" help:"Prices are without tax; it is added at checkout."`
	Delivery string  `default:"0" placeholder:"PRICE" env:"-" help:"What standard delivery costs, such as 4.90."`
	Days     string  `default:"2-4" env:"-" help:"Working days it is on the way."`
	JSON     bool    `name:"json" env:"-" help:"Print JSON."`
}

// Help is shown below the flags.
func (setupCommand) Help() string {
	return `Writes one market, one place goods leave from, one delivery, one tax and one checkout page paid by card. A shop that sells already is left as it is. Start it once with korzo serve before.

  korzo setup "Mug & Jug" --country DE --currency EUR --tax 19 --tax-name MwSt. --delivery 4.90 --locale de-DE --zone Europe/Berlin`
}

// Run sets the shop up and says what comes next.
func (c *setupCommand) Run(ctx context.Context, t *terminal) error {
	in := app.Founding{Name: c.Name, Seller: c.Seller, Country: c.Country, Currency: c.Currency, Locale: c.Locale, Zone: c.Zone,
		TaxName: c.TaxName, TaxPPM: int64(c.Tax), TaxOnTop: c.OnTop, Delivery: c.Delivery}
	var err error
	if in.DaysFirst, in.DaysLast, err = days(c.Days); err != nil {
		return err
	}
	var made struct {
		Market  string `json:"market"`
		Channel string `json:"channel"`
	}
	if err := c.use(ctx, func(s *shop) error { return s.ask(ctx, http.MethodPost, "/setup", in, &made) }); err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(t.out, made)
	}
	_, err = fmt.Fprintf(t.out, `%s sells in %s now. What comes next:

  korzo staff add --email you@example.com --data %[3]s      then add products in the admin
  korzo key create window --kind publishable --data %[3]s   for pages and apps of your own
`, c.Name, made.Market, c.Data)
	return err
}

// days reads "2-4" or "3".
func days(text string) (first, last int, err error) {
	from, to, isRange := strings.Cut(text, "-")
	if !isRange {
		to = from
	}
	first, err = strconv.Atoi(from)
	if err == nil {
		last, err = strconv.Atoi(to)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("--days %q: write working days as 2-4", text)
	}
	return first, last, nil
}

// percent is a percentage in parts per million.
type percent int64

// UnmarshalText reads 19 or 7.25; no float is made of it.
func (p *percent) UnmarshalText(text []byte) error {
	whole, part, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", max(0, 4-len(part))), 10, 32)
	if err != nil || len(part) > 4 || n > 1_000_000 {
		return fmt.Errorf("write a percentage from 0 to 100 with at most four decimals, such as 19")
	}
	*p = percent(n)
	return nil
}
