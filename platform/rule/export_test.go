package rule

// ByCEL decides a rule as CEL alone does; quick is whether True does not need it.
func ByCEL(p *Program, facts map[string]any) (truth bool, err error, quick bool) {
	truth, err = p.decide(p.run, facts)
	return truth, err, p.quick != nil
}
