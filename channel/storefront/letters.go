package storefront

import (
	"net/http"

	"korzo/customer/consent"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
)

// letterPages are the pages of who wants mail, signed in or not.
func (s *Shop) letterPages() map[string]web.Handler {
	return map[string]web.Handler{
		"GET /letters":                 s.letters,
		"POST /letters":                s.askLetters,
		"GET /letters/confirm/{link}":  s.askConfirm,
		"POST /letters/confirm/{link}": s.confirmLetters,
		"GET /letters/{link}":          s.chooseLetters,
		"POST /letters/{link}":         s.saveLetters,
		"GET /letters/end/{link}":      s.chooseLetters,
	}
}

type lettersPage struct {
	page
	email   string
	problem string
	asked   bool // a mail is on its way, if there is to be one

	link   string
	wish   consent.Wish   // to confirm
	done   bool           // it is confirmed, or ended
	reader consent.Reader // who chooses
}

func (s *Shop) lettersPage(r *http.Request) (lettersPage, error) {
	v, err := s.visit(r)
	if err != nil {
		return lettersPage{}, err
	}
	return lettersPage{page: s.page(v, v.T("shop.letters.title")).own(), link: r.PathValue("link")}, nil
}

// letters asks for the address that wants mail.
func (s *Shop) letters(w http.ResponseWriter, r *http.Request) error {
	p, err := s.lettersPage(r)
	if err != nil {
		return err
	}
	p.asked = r.URL.Query().Get("told") == "asked"
	return write(w, r, http.StatusOK, lettersTemplate(p))
}

// askLetters has a mailbox asked whether it wants mail. The answer is the same
// whatever is known of the address.
func (s *Shop) askLetters(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	p, err := s.lettersPage(r)
	if err != nil {
		return err
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := auth.Ask(r.Context(), tx, auth.RealmCustomer, "letters", web.ClientIP(r)); err != nil {
			return err
		}
		return consent.Ask(r.Context(), tx, s.Keeper, consent.Wish{Purpose: consent.Offers, Email: in.Get("email"), Words: p.words(consent.Offers), Locale: p.Tag(), Source: "page"})
	})
	if err == nil {
		return see(w, r, "/letters?told=asked")
	}
	text, ok := p.sayError(err)
	if !ok {
		return err
	}
	p.email, p.problem = in.Get("email"), text
	return write(w, r, web.Status(fault.KindOf(err)), lettersTemplate(p))
}

// askConfirm shows what a mail asked for. A program that opens links, as mail
// servers do, has said nothing by that: the button is the yes.
func (s *Shop) askConfirm(w http.ResponseWriter, r *http.Request) error {
	p, err := s.lettersPage(r)
	if err != nil {
		return err
	}
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		p.wish, err = consent.Wished(r.Context(), tx, s.Keeper, p.link)
		return err
	})
	return s.writeLetters(w, r, p, err)
}

// confirmLetters is the yes.
func (s *Shop) confirmLetters(w http.ResponseWriter, r *http.Request) error {
	p, err := s.lettersPage(r)
	if err != nil {
		return err
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		p.wish, err = consent.Confirm(r.Context(), tx, s.Keeper, p.link)
		return err
	})
	p.done = err == nil
	return s.writeLetters(w, r, p, err)
}

// chooseLetters shows what the reader of a mail gets, and lets them end it.
func (s *Shop) chooseLetters(w http.ResponseWriter, r *http.Request) error {
	p, err := s.lettersPage(r)
	if err != nil {
		return err
	}
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		p.reader, err = consent.Read(r.Context(), tx, s.Keeper, p.link)
		return err
	})
	p.done = r.URL.Query().Get("told") == "saved"
	return s.writeLetters(w, r, p, err)
}

// saveLetters writes down what they want. A no holds at once; a yes asks the
// mailbox, for a link may have been passed on.
func (s *Shop) saveLetters(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	p, err := s.lettersPage(r)
	if err != nil {
		return err
	}
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		if p.reader, err = consent.Read(r.Context(), tx, s.Keeper, p.link); err != nil {
			return err
		}
		for _, purpose := range consent.ByMail {
			if in.Get(string(purpose)) == "yes" {
				err = consent.Ask(r.Context(), tx, s.Keeper, consent.Wish{Purpose: purpose, Contact: p.reader.Contact, Words: p.words(purpose), Locale: p.Tag(), Source: "mail"})
			} else {
				err = consent.End(r.Context(), tx, p.reader, purpose)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return s.writeLetters(w, r, p, err)
	}
	return see(w, r, "/letters/"+p.link+"?told=saved")
}

// endLetters ends all mail at once: one press, on the page or in the reader's own
// program, which sends no cookie and names no page of ours.
func (s *Shop) endLetters(w http.ResponseWriter, r *http.Request) error {
	link := r.PathValue("link")
	err := s.DB.Write(r.Context(), func(tx *db.Tx) error {
		reader, err := consent.Read(r.Context(), tx, s.Keeper, link)
		if err != nil {
			return err
		}
		return consent.End(r.Context(), tx, reader)
	})
	if err != nil {
		return err
	}
	return see(w, r, "/letters/"+link+"?told=saved")
}

// writeLetters shows a link's page, or what is wrong with the link.
func (s *Shop) writeLetters(w http.ResponseWriter, r *http.Request, p lettersPage, err error) error {
	status, page := http.StatusOK, chooseTemplate(p)
	if p.wish.ID != "" {
		page = confirmTemplate(p)
	}
	if err != nil {
		text, ok := p.sayError(err)
		if !ok {
			return err
		}
		p.problem = text
		status, page = web.Status(fault.KindOf(err)), lettersTemplate(p)
	}
	return write(w, r, status, page)
}
