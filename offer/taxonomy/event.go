package taxonomy

// Changed says that a category or an attribute is another now, was added or is
// gone: what is shown of the goods it is about may be out of date.
type Changed struct {
	Category  CategoryID `json:"category,omitempty"`
	Attribute string     `json:"attribute,omitempty"`
}

// Kind names the fact.
func (Changed) Kind() string { return "taxonomy.changed" }

// Key orders the facts of one category or attribute.
func (c Changed) Key() string { return string(c.Category) + c.Attribute }
