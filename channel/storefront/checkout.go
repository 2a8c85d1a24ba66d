package storefront

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"korzo/channel/storefront/widget"
	"korzo/customer/profile"
	"korzo/delivery/locality"
	"korzo/delivery/method"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	domain "korzo/purchase/flow/widget"
	"korzo/value/address"
)

// The steps of a checkout that is spread over pages, and what each asks for.
const (
	stepContact  = flow.StepContact
	stepDelivery = flow.StepDelivery
	stepPayment  = flow.StepPayment
)

var asks = map[string][]string{
	stepContact:  {checkout.NeedEmail, checkout.NeedShipping, checkout.NeedPhone, checkout.NeedCompany},
	stepDelivery: {checkout.NeedOption, checkout.NeedPoint},
	stepPayment:  {checkout.NeedPayment, checkout.NeedBirth},
}

// testCards are the instruments of the sandbox, as a form offers them.
var testCards = []string{"approve", "decline", "challenge", "late", "timeout_after", "timeout_before", "duplicate"}

const sandboxPrefix = "sandbox:"

type checkoutPage struct {
	page
	checkout.View
	step    string // "" when everything is on one page
	change  string // the step that the shopper wants to change, where a wallet told it
	silent  bool   // a wallet was opened and did not answer
	checked bool   // what is missing is told beside its field
	said    []checkout.Message
	billing bool             // the bill goes elsewhere
	book    []profile.Saved  // the customer's own addresses in this market
	meant   []locality.Place // where the postal code is, when the city is another
	key     string

	answers map[string]domain.Answers // what was typed into widgets
	spent   domain.Answers            // and of points

	payables []payable
	askPlan  bool // in how many parts was not said yet
}

// checkout shows where a checkout stands. It begins one when there is none.
func (s *Shop) checkout(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	if c.State != checkout.StateOpen {
		return s.forward(w, r, *c, "")
	}
	if *c, err = s.suggest(r.Context(), v, *c); err != nil {
		return err
	}
	p := s.checkoutPage(r.Context(), v, *c, r.URL.Query().Get("step"))
	p.silent = r.URL.Query().Get("wallet") == "silent"
	if err := s.known(r.Context(), &p); err != nil {
		return err
	}
	if shown, err := s.oneClick(w, r, p); shown || err != nil {
		return err
	}
	return write(w, r, http.StatusOK, checkoutTemplate(p))
}

// seeCart answers a visitor who has nothing to check out.
func seeCart(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	return see(w, r, "/cart")
}

// session is the checkout of the visitor's cart; nil without a cart that holds
// something.
func (s *Shop) session(r *http.Request) (*visit, *checkout.View, error) {
	v, err := s.visit(r)
	if err != nil || v.cart.ID == "" || v.cart.State == cart.StateMerged || len(v.cart.Lines) == 0 {
		return v, nil, err
	}
	c, err := s.Checkout.Start(r.Context(), v.cart.ID, v.caller(), v.visitOf(r))
	if errors.Is(err, checkout.ErrNotFound) || errors.Is(err, cart.ErrNotFound) {
		return v, nil, nil
	}
	if err == nil {
		err = v.frame.allows(c)
	}
	if err == nil && slices.ContainsFunc(c.Options, func(o method.Option) bool { return o.Kind == method.Pickup }) {
		err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
			_, err := v.counters(r.Context(), tx)
			return err
		})
	}
	return v, &c, err
}

// suggest fills in what a shopper may leave as it is: the first delivery and
// payment on offer, and what a customer told us before. It shows the total
// with delivery from the first look on.
func (s *Shop) suggest(ctx context.Context, v *visit, c checkout.View) (checkout.View, error) {
	var p checkout.Patch
	if slices.Contains(c.Requirements, checkout.NeedOption) && len(c.Options) > 0 && len(c.Deliveries) == 1 {
		p.Option = &c.Options[0].ID
	}
	if c.Method == "" && len(c.Methods) > 0 {
		p.Method = &c.Methods[0].ID
		if len(c.SavedCards) > 0 && c.SavedCards[0].Method == c.Methods[0].ID {
			p.Saved = new(string(c.SavedCards[0].ID))
		}
	}
	if c.Flow.Layout == flow.OneClick && c.Session.Saved == "" && c.Failure == nil && len(c.SavedCards) > 0 && c.Instrument == "" {
		p.Method, p.Saved = nil, new(string(c.SavedCards[0].ID))
	}
	if v.customer != "" && c.Contact.Email == "" {
		if err := s.remember(ctx, v, &p); err != nil {
			return c, err
		}
	}
	if p.Empty() {
		return c, nil
	}
	failure := c.Failure // choosing for the shopper must not hide why they are back
	c, err := s.Checkout.Update(ctx, c.Session.ID, v.caller(), p)
	if failure != nil && c.Failure == nil && err == nil {
		c.Failure, c.Messages = failure, append(c.Messages, *failure)
	}
	return c, err
}

// remember adds what a customer told us before.
func (s *Shop) remember(ctx context.Context, v *visit, p *checkout.Patch) error {
	return s.DB.Read(ctx, func(tx *db.Tx) error {
		who, err := profile.Find(ctx, tx, s.Keeper, profile.CustomerID(v.customer))
		if err != nil {
			return err
		}
		p.Email = &who.Email
		book, err := profile.Addresses(ctx, tx, s.Keeper, who.ID)
		for _, a := range book {
			if a.Default && v.market.Serves(a.Address.Country) {
				p.Shipping = &a.Address
			}
		}
		return err
	})
}

// checkoutPage lays a checkout out as its flow says, at the step asked for or
// the first that lacks something. Search engines are not sent away: without its
// shopper's cookie /checkout leads to the cart, and that is hidden from them.
func (s *Shop) checkoutPage(ctx context.Context, v *visit, c checkout.View, step string) checkoutPage {
	p := checkoutPage{page: s.page(v, v.T("shop.checkout.title")), View: c, said: c.Messages, key: id.Secret("")}
	p.about, p.hidden = v.T("shop.checkout.description", "Name", p.name()), p.frame != nil
	p.bare, p.here, p.payables = true, "/checkout", s.payables(ctx, c)
	p.billing = !c.Contact.Billing.IsZero()
	if p.theme == (theme{}) {
		p.theme = themeOf(url.Values{"accent": {c.Flow.Theme.Accent}})
	}
	switch {
	case p.express():
		p.change = step
	case c.Flow.Layout == flow.ThreePage:
		p.step = reached(c, step)
	}
	return p
}

// reached is the step asked for, but none beyond the first that lacks something.
func reached(c checkout.View, asked string) string {
	for _, step := range c.Steps() {
		if step == asked || step == stepPayment || lacks(c, step) {
			return step
		}
	}
	return stepPayment
}

// lacks reports whether something that a step asks for is missing. A telephone
// number that only the way to pay needs is asked for beside it.
func lacks(c checkout.View, step string) bool {
	return slices.ContainsFunc(asks[step], func(need string) bool {
		return slices.Contains(c.Requirements, need) && (need != checkout.NeedPhone || c.Flow.Asks.Phone == flow.AskRequired)
	})
}

// The intents of the buttons of a checkout.
const (
	intentPlace   = "place"
	intentRefresh = "refresh" // show the totals, tell nobody off
)

// submit keeps what was typed and then does what the button said: the next
// step, new totals, or the order.
func (s *Shop) submit(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	intent, step := in.Get("intent"), in.Get("step")
	patch := patchOf(in, c.Contact.Shipping)
	patch.Widgets, patch.IP = widget.Answers(in), web.ClientIP(r)
	s.payWith(&patch, in, *c)
	if err := s.press(r, v, &patch, *c); err != nil {
		return err
	}
	kept, err := s.Checkout.Update(r.Context(), c.Session.ID, v.caller(), patch)
	switch {
	case errors.Is(err, checkout.ErrPaying), errors.Is(err, checkout.ErrPlaced):
		if intent == intentPlace { // a second tap: it gets the first one's answer
			return s.place(w, r, v, *c, in)
		}
		return s.forward(w, r, *c, "")
	case err != nil:
		return err
	}
	if kept, err = s.suggest(r.Context(), v, kept); err != nil {
		return err
	}
	p := s.checkoutPage(r.Context(), v, kept, step)
	p.answers, p.spent = patch.Widgets, pointsSaid(in)
	if err := s.known(r.Context(), &p); err != nil {
		return err
	}
	if intent == "" {
		return s.acted(w, r, p, in)
	}
	if intent == intentRefresh {
		return write(w, r, http.StatusOK, checkoutTemplate(p))
	}
	p.checked, p.askPlan = true, intent == intentPlace && p.unplanned(in)
	if intent == intentPlace && len(kept.Requirements) == 0 && !p.mistaken() && !p.askPlan && !p.refused() && len(p.wrongPoints()) == 0 {
		return s.place(w, r, v, kept, in)
	}
	if p.step != "" && intent != intentPlace && !lacks(kept, step) && !p.mistakenIn(step) && !p.refused() {
		return see(w, r, "/checkout?step="+url.QueryEscape(reached(kept, after(kept.Steps(), step))))
	}
	return write(w, r, http.StatusUnprocessableEntity, checkoutTemplate(p))
}

// after is the step that follows another.
func after(steps []string, step string) string {
	return steps[min(slices.Index(steps, step)+1, len(steps)-1)]
}

// patchOf reads what a form says. Fields that it does not have say nothing.
func patchOf(in url.Values, before address.Address) checkout.Patch {
	var p checkout.Patch
	text := func(name string) *string {
		if !in.Has(name) {
			return nil
		}
		value := strings.TrimSpace(in.Get(name))
		return &value
	}
	p.Email, p.Method = text("email"), text("method")
	choosePoint(&p, in)
	p.Company, p.VATID, p.Birth = text("company"), text("vat_id"), text("birth_date")
	p.Groups = groupsOf(in)
	if phone := strings.TrimSpace(in.Get("phone")); in.Has("phone") && phone != before.Phone {
		before.Phone = phone
		p.Shipping = &before
	}
	if in.Has("country") {
		a := addressOf(in, "")
		a.Phone = before.Phone
		p.Shipping = &a
		b := address.Address{}
		if in.Has("billing") {
			b = addressOf(in, "billing_")
		}
		p.Billing = &b
	}
	if in.Has("all_points") {
		p.Points = domain.PointsOf(pointsSaid(in))
	}
	if in.Has("credit") {
		p.Credit = new(slices.Contains(in["credit"], "yes"))
	}
	return p
}

// pointsSaid is what a form says of points.
func pointsSaid(in url.Values) domain.Answers {
	if all := in["all_points"]; len(all) > 0 {
		return domain.Answers{"points": in.Get("points"), "all_points": all[len(all)-1]}
	}
	return nil
}

// separate begins the name of the field that says how a line travels, if not
// with the rest.
const separate = "line_"

// groupsOf reads which lines travel apart from the rest; nil when none does.
func groupsOf(in url.Values) []checkout.GroupChoice {
	option, code := chosenOption(in)
	groups := []checkout.GroupChoice{{Option: option, Point: code}}
	if groups[0].Option == "" {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		line, ok := strings.CutPrefix(name, separate)
		option := in.Get(name)
		if !ok || option == "" || option == groups[0].Option {
			continue
		}
		i := slices.IndexFunc(groups, func(g checkout.GroupChoice) bool { return g.Option == option })
		if i < 0 {
			groups, i = append(groups, checkout.GroupChoice{Option: option}), len(groups)
		}
		groups[i].Lines = append(groups[i].Lines, cart.LineID(line))
	}
	return groups
}

// addressOf reads an address in the form its country writes it.
func addressOf(in url.Values, prefix string) address.Address {
	return address.Address{
		Name: in.Get(prefix + "name"), Line1: in.Get(prefix + "line1"), Line2: in.Get(prefix + "line2"), City: in.Get(prefix + "city"),
		PostalCode: in.Get(prefix + "postal_code"), Region: in.Get(prefix + "region"), Country: in.Get(prefix + "country"),
	}.Clean()
}

// cancel gives up a payment under way, to pay another way.
func (s *Shop) cancel(w http.ResponseWriter, r *http.Request) error {
	v, c, err := s.session(r)
	if err != nil || c == nil {
		return seeCart(w, r, err)
	}
	after, err := s.Checkout.Cancel(r.Context(), c.Session.ID, v.caller())
	if err != nil && web.ProblemOf(err).Status == http.StatusServiceUnavailable {
		return see(w, r, "/checkout/wait?still=1") // the bank did not answer: nobody knows yet
	}
	if err != nil {
		return err
	}
	return s.forward(w, r, after, "?still=1")
}

// agreed is a sum that stood on the page: the total, or what is due of it.
func agreed(in url.Values, field string) int64 {
	n, err := strconv.ParseInt(in.Get(field), 10, 64)
	if err != nil {
		return -1 // of no checkout: the total is shown and asked for again
	}
	return n
}
