package storefront

import (
	"context"
	"net/http"

	"korzo/customer/wishlist"
	"korzo/offer/catalog"
	"korzo/platform/db"
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
	wished []wished
}

// wished is a product on the list.
type wished struct {
	card
	id catalog.ProductID
}

// wishes shows what the visitor would like to have, as it is sold today.
func (s *Shop) wishes(w http.ResponseWriter, r *http.Request) error {
	var p wishesPage
	err := s.DB.Read(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		p = wishesPage{page: s.page(v, v.T("shop.wishes.title")).own()}
		owner := v.wisher(r)
		if owner == "" {
			return nil
		}
		ids, err := wishlist.Products(r.Context(), tx, owner)
		if err != nil || len(ids) == 0 {
			return err
		}
		products, err := catalog.Some(r.Context(), tx, ids, v.Tag())
		if err != nil {
			return err
		}
		all, err := goodsOf(r.Context(), tx, v, products)
		for _, g := range all {
			if g.Status == catalog.StatusActive {
				p.wished = append(p.wished, wished{g.card(v), g.Product.ID})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return write(w, r, http.StatusOK, wishesTemplate(p))
}

// wish puts a product on the list or takes it off, and goes back.
func (s *Shop) wish(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	var owner wishlist.ID
	var begun bool
	err = s.DB.Write(r.Context(), func(tx *db.Tx) error {
		v, err := s.enter(r.Context(), tx, r)
		if err != nil {
			return err
		}
		owner = v.wisher(r)
		if in.Has("remove") {
			return wishlist.Remove(r.Context(), tx, owner, catalog.ProductID(in.Get("product")))
		}
		found, err := catalog.FindBySlug(r.Context(), tx, in.Get("slug"), v.channel.ID, v.Tag())
		if err != nil {
			return err
		}
		if begun = owner == ""; begun {
			owner = wishlist.NewGuest(tx.Now)
		}
		return wishlist.Add(r.Context(), tx, owner, found.ID)
	})
	if err != nil {
		return err
	}
	if begun {
		web.SetCookie(w, r, cookieWishes, string(owner), wishlist.GuestLife)
	}
	return see(w, r, local(in.Get("back")))
}

// wish notes whether the visitor wishes for the product: no statement for a
// guest without a list.
func (p *productPage) wish(ctx context.Context, tx *db.Tx, r *http.Request) (err error) {
	if owner := p.wisher(r); owner != "" {
		p.wishedFor, err = wishlist.Has(ctx, tx, owner, p.goods.Product.ID)
	}
	return err
}
