package admin

// Route is a page as the router has it: what opens it, and the action it needs.
type Route struct{ Pattern, Action string }

// Pages are all behind the sign-in.
func (a *Admin) Pages() (all []Route) {
	for _, p := range a.all {
		all = append(all, Route{p.pattern, p.action})
	}
	return all
}

// Own is the action of pages about oneself.
const Own = own
