package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"korzo/customer/profile"
	"korzo/customer/wishlist"
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"
)

// cookieWishes is the key of a guest's wish list.
const cookieWishes = "wishes"

// wisher is whose wishes a visitor sees: "" for a guest who has none.
func (v *visit) wisher(r *http.Request) wishlist.ID {
	if v.customer != "" {
		return wishlist.ID(v.customer)
	}
	return wishlist.GuestOf(web.Cookie(r, cookieWishes))
}

type wishesPage struct {
	page
	wished  []wished
	lists   []wishlist.List // of who is signed in
	list    wishlist.List   // the one that is shown
	theirs  bool            // somebody else's, by its link
	problem string          // about the name that was typed
	typed   string
}

// wished is a product on the list.
type wished struct {
	card
	id catalog.ProductID
}

// listName is what a list is called.
func (p wishesPage) listName(l wishlist.List) string {
	if l.Name == "" {
		return p.T("shop.wishes.title")
	}
	return l.Name
}

// link is the address that shows the list to others.
func (p wishesPage) link() string { return p.shop.BaseURL + "/wishes/shared/" + p.list.Share }

// listPath is where a list of one's own is shown.
func listPath(l wishlist.List) string {
	if l.ID == "" || l.Main() {
		return "/wishes"
	}
	return "/wishes?" + url.Values{"list": {string(l.ID)}}.Encode()
}

// wishes shows what the visitor would like to have, as it is sold today.
func (s *Shop) wishes(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadWishes(r, wishlist.ID(r.URL.Query().Get("list")))
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, wishesTemplate(p))
}

// loadWishes reads the visitor's lists and what is on one of them; "" is the one
// that everybody has.
func (s *Shop) loadWishes(r *http.Request, list wishlist.ID) (p wishesPage, err error) {
	err = s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p = wishesPage{page: s.page(v, v.T("shop.wishes.title")).own()}
		p.list.ID = v.wisher(r)
		if v.customer != "" {
			if p.lists, err = wishlist.Lists(r.Context(), tx, s.Keeper, profile.CustomerID(v.customer)); err != nil {
				return err
			}
			p.list = p.lists[0]
			if i := slices.IndexFunc(p.lists, func(l wishlist.List) bool { return l.ID == list }); i >= 0 {
				p.list = p.lists[i]
			} else if list != "" {
				return wishlist.ErrNotFound
			}
		}
		p.title = p.listName(p.list)
		return p.fill(r.Context(), tx)
	})
	return p, err
}

// fill finds what is on the list that is shown.
func (p *wishesPage) fill(ctx context.Context, tx *db.Tx) error {
	if p.list.ID == "" {
		return nil
	}
	ids, err := wishlist.Products(ctx, tx, p.list.ID)
	if err != nil || len(ids) == 0 {
		return err
	}
	products, err := catalog.Some(ctx, tx, ids, p.Tag())
	if err != nil {
		return err
	}
	products = slices.DeleteFunc(products, func(one catalog.Product) bool {
		return one.Status != catalog.StatusActive || !catalog.Published(one.Publications, p.channel.ID, tx.Now)
	})
	all, err := goodsOf(ctx, tx, p.visit, products)
	for _, g := range all {
		p.wished = append(p.wished, wished{g.card(p.visit), g.Product.ID})
	}
	return err
}

// sharedWishes shows somebody's list to who has its link.
func (s *Shop) sharedWishes(w http.ResponseWriter, r *http.Request) error {
	var p wishesPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p = wishesPage{page: s.page(v, v.T("shop.wishes.title")).own(), theirs: true}
		if p.list, err = wishlist.Shared(r.Context(), tx, s.Keeper, r.PathValue("link")); err != nil {
			return err
		}
		p.title = p.listName(p.list)
		return p.fill(r.Context(), tx)
	})
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, wishesTemplate(p))
}

// wish puts a product on a list, takes it off or moves it, and goes back.
func (s *Shop) wish(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	var begun wishlist.ID
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		list, product := v.wisher(r), catalog.ProductID(in.Get("product"))
		asked, who := wishlist.ID(in.Get("list")), profile.CustomerID(v.customer)
		if asked != "" && who != "" {
			found, err := wishlist.Find(r.Context(), tx, s.Keeper, who, asked)
			if err != nil {
				return err
			}
			list = found.ID
		}
		switch {
		case in.Has("remove"):
			return wishlist.Remove(r.Context(), tx, list, product)
		case in.Has("to") && who != "":
			return wishlist.Move(r.Context(), tx, s.Keeper, who, product, list, wishlist.ID(in.Get("to")))
		}
		found, err := catalog.FindBySlug(r.Context(), tx, in.Get("slug"), v.channel.ID, v.Tag())
		if err != nil {
			return err
		}
		if list == "" {
			list = wishlist.NewGuest(tx.Now)
			begun = list
		}
		return wishlist.Add(r.Context(), tx, list, found.ID)
	})
	if err != nil {
		return err
	}
	if begun != "" {
		web.SetCookie(w, r, cookieWishes, string(begun), wishlist.GuestLife)
	}
	return see(w, r, local(in.Get("back")))
}

// changeList makes a list, or renames, shares or deletes one.
func (s *Shop) changeList(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	list, then, signedIn := wishlist.ID(in.Get("list")), "/wishes", false
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil || v.customer == "" {
			return err
		}
		signedIn = true
		l, err := changeList(r.Context(), tx, s, profile.CustomerID(v.customer), list, in)
		if err == nil {
			then = listPath(l)
		}
		return err
	})
	switch {
	case errors.Is(err, wishlist.ErrName), errors.Is(err, wishlist.ErrLists):
		p, again := s.loadWishes(r, list)
		if again != nil {
			return again
		}
		p.problem, _ = p.sayError(err)
		p.typed = in.Get("name")
		return write(w, r, web.Status(fault.KindOf(err)), wishesTemplate(p))
	case err != nil:
		return err
	case !signedIn:
		return see(w, r, "/sign-in?next=/wishes")
	}
	return see(w, r, then)
}

// changeList does what a form says and returns the list to show then.
func changeList(ctx context.Context, tx *db.Tx, s *Shop, who profile.CustomerID, list wishlist.ID, in url.Values) (l wishlist.List, err error) {
	switch in.Get("intent") {
	case "new":
		return wishlist.Create(ctx, tx, s.Keeper, who, in.Get("name"))
	case "rename":
		err = wishlist.Rename(ctx, tx, s.Keeper, who, list, in.Get("name"))
	case "delete":
		return wishlist.List{}, wishlist.Delete(ctx, tx, who, list)
	case "share":
		_, err = wishlist.Share(ctx, tx, s.Keeper, who, list)
	case "unshare":
		err = wishlist.Unshare(ctx, tx, who, list)
	}
	return wishlist.List{ID: list, Customer: who}, err
}

// wish notes whether the visitor wishes for the product: no statement for a
// guest without a list.
func (p *productPage) wish(ctx context.Context, tx *db.Tx, r *http.Request) (err error) {
	switch list := p.wisher(r); {
	case list == "":
	case p.customer != "":
		p.wishedFor, err = wishlist.Wished(ctx, tx, profile.CustomerID(p.customer), p.goods.Product.ID)
	default:
		p.wishedFor, err = wishlist.Has(ctx, tx, list, p.goods.Product.ID)
	}
	return err
}
