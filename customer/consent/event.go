package consent

import "korzo/customer/profile"

// Asked says that somebody wants mail: their mailbox has to confirm it.
type Asked struct {
	Wish ID `json:"wish"`
}

// Kind names the fact.
func (Asked) Kind() string { return "customer.consent_asked" }

// Key orders the facts of one wish.
func (a Asked) Key() string { return string(a.Wish) }

// Said says that what somebody allows is another now: of mail, after its mailbox
// confirmed it. A guest has no customer, and what is no mail no contact.
type Said struct {
	Customer profile.CustomerID `json:"customer,omitempty"`
	Contact  profile.ContactID  `json:"contact,omitempty"`
	Purpose  Purpose            `json:"purpose"`
	Given    bool               `json:"given"`
	Source   string             `json:"source"`
	Ref      string             `json:"ref,omitempty"`
	Version  string             `json:"version,omitempty"`
	Wish     ID                 `json:"wish,omitempty"` // that its mailbox confirmed
}

// Kind names the fact.
func (Said) Kind() string { return "customer.consent" }

// Key orders the facts of one person.
func (s Said) Key() string {
	if s.Customer != "" {
		return string(s.Customer)
	}
	return string(s.Contact)
}
