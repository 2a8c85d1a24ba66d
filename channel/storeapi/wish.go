package storeapi

import (
	"context"
	"slices"

	"korzo/customer/profile"
	"korzo/customer/wishlist"
	"korzo/offer/catalog"
	"korzo/platform/db"
)

// wishListBody is a customer's list of wishes.
type wishListBody struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitempty" doc:"Left out: the list that everybody has"`
	Link  string `json:"link,omitempty" doc:"Shows it to whoever has the link; left out: only its owner sees it"`
	Items int64  `json:"items"`
}

func (a *API) wishListOf(l wishlist.List) wishListBody {
	b := wishListBody{ID: string(l.ID), Name: l.Name, Items: l.Items}
	if l.Share != "" {
		b.Link = a.BaseURL + "/wishes/shared/" + l.Share
	}
	return b
}

type wishListsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []wishListBody `json:"data"`
	}
}

// wishLists are the signed-in customer's lists: the one without a name first.
func (a *API) wishLists(ctx context.Context, _ *struct{}) (*wishListsOutput, error) {
	out := &wishListsOutput{CacheControl: "private, no-store"}
	out.Body.Data = []wishListBody{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		all, err := wishlist.Lists(ctx, tx, a.Keeper, who)
		for _, l := range all {
			out.Body.Data = append(out.Body.Data, a.wishListOf(l))
		}
		return err
	})
}

type wishListOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         wishListBody
}

type newWishListInput struct {
	Body struct {
		Name string `json:"name" maxLength:"400"`
	}
}

func (a *API) createWishList(ctx context.Context, in *newWishListInput) (*wishListOutput, error) {
	out := &wishListOutput{CacheControl: "private, no-store"}
	return out, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		l, err := wishlist.Create(ctx, tx, a.Keeper, who, in.Body.Name)
		out.Body = a.wishListOf(l)
		return err
	})
}

// WishListInput names a list in the path.
type WishListInput struct {
	ID wishlist.ID `path:"id"`
}

type showWishListInput struct {
	WishListInput
	Market string `query:"market"`
	Locale string `query:"locale" maxLength:"20"`
}

// wishedOutput is a list with what is on it, as it is sold today.
type wishedOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		wishListBody
		Products []productBody `json:"products" doc:"The latest wish first; what is sold no more is left out"`
	}
}

func (a *API) showWishList(ctx context.Context, in *showWishListInput) (*wishedOutput, error) {
	out := &wishedOutput{CacheControl: "private, no-store"}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		l, err := wishlist.Find(ctx, tx, a.Keeper, who, in.ID)
		if err != nil {
			return err
		}
		out.Body.wishListBody = a.wishListOf(l)
		out.Body.Products, err = a.wished(ctx, tx, l.ID, in.Market, in.Locale)
		return err
	})
}

// wished are the products of a list that are seen in the caller's channel.
func (a *API) wished(ctx context.Context, tx *db.Tx, list wishlist.ID, asked, locale string) ([]productBody, error) {
	channel := from(ctx).key.Channel
	market, err := from(ctx).market(ctx, tx, asked)
	if err != nil {
		return nil, err
	}
	ids, err := wishlist.Products(ctx, tx, list)
	if err != nil || len(ids) == 0 {
		return []productBody{}, err
	}
	if locale, err = catalog.Spoken(ctx, tx, locale); err != nil {
		return nil, err
	}
	found, err := catalog.Some(ctx, tx, ids, locale)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(p catalog.Product) bool {
		return p.Status != catalog.StatusActive || !catalog.Published(p.Publications, channel, tx.Now)
	})
	return productsOf(ctx, tx, channel, market, locale, found)
}

type changeWishListInput struct {
	WishListInput
	Body struct {
		Name   *string `json:"name,omitempty" maxLength:"400"`
		Shared *bool   `json:"shared,omitempty" doc:"true gives it a link; false takes the link back for good"`
	}
}

func (a *API) changeWishList(ctx context.Context, in *changeWishListInput) (*wishListOutput, error) {
	out := &wishListOutput{CacheControl: "private, no-store"}
	return out, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		l, err := wishlist.Find(ctx, tx, a.Keeper, who, in.ID)
		if err == nil && in.Body.Name != nil {
			err = wishlist.Rename(ctx, tx, a.Keeper, who, l.ID, *in.Body.Name)
		}
		if err == nil && in.Body.Shared != nil && *in.Body.Shared {
			_, err = wishlist.Share(ctx, tx, a.Keeper, who, l.ID)
		} else if err == nil && in.Body.Shared != nil {
			err = wishlist.Unshare(ctx, tx, who, l.ID)
		}
		if err != nil {
			return err
		}
		l, err = wishlist.Find(ctx, tx, a.Keeper, who, l.ID)
		out.Body = a.wishListOf(l)
		return err
	})
}

func (a *API) deleteWishList(ctx context.Context, in *WishListInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error { return wishlist.Delete(ctx, tx, who, in.ID) })
}

type wishInput struct {
	WishListInput
	Product catalog.ProductID `path:"product"`
}

// addWish puts a product on a list; one that is on it stays where it is.
func (a *API) addWish(ctx context.Context, in *wishInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		l, err := wishlist.Find(ctx, tx, a.Keeper, who, in.ID)
		if err != nil {
			return err
		}
		found, err := catalog.Some(ctx, tx, []catalog.ProductID{in.Product}, "")
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].Status != catalog.StatusActive || !catalog.Published(found[0].Publications, from(ctx).key.Channel, tx.Now) {
			return catalog.ErrNotFound
		}
		return wishlist.Add(ctx, tx, l.ID, in.Product)
	})
}

func (a *API) removeWish(ctx context.Context, in *wishInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		l, err := wishlist.Find(ctx, tx, a.Keeper, who, in.ID)
		if err != nil {
			return err
		}
		return wishlist.Remove(ctx, tx, l.ID, in.Product)
	})
}

type sharedInput struct {
	Link   string `path:"link" maxLength:"100"`
	Market string `query:"market"`
	Locale string `query:"locale" maxLength:"20"`
}

// sharedOutput tells nothing of whose list it is but what they called it.
type sharedOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Name     string        `json:"name,omitempty"`
		Products []productBody `json:"products"`
	}
}

func (a *API) sharedWishes(ctx context.Context, in *sharedInput) (*sharedOutput, error) {
	out := &sharedOutput{CacheControl: "private, no-store"}
	return out, a.DB.Read(ctx, func(tx *db.Tx) error {
		l, err := wishlist.Shared(ctx, tx, a.Keeper, in.Link)
		if err != nil {
			return err
		}
		out.Body.Name = l.Name
		out.Body.Products, err = a.wished(ctx, tx, l.ID, in.Market, in.Locale)
		return err
	})
}

// savedBody is what was taken out of a cart to be bought later.
type savedBody struct {
	SKU      string `json:"sku"`
	Title    string `json:"title"`
	Quantity int64  `json:"quantity"`
	Sellable bool   `json:"sellable" doc:"It may be put into a cart again"`
}

type savedOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []savedBody `json:"data"`
	}
}

// mySaved is what the customer saved for later, the latest first.
func (a *API) mySaved(ctx context.Context, in *struct {
	Locale string `query:"locale" maxLength:"20"`
}) (*savedOutput, error) {
	out := &savedOutput{CacheControl: "private, no-store"}
	out.Body.Data = []savedBody{}
	return out, a.mine(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		all, err := wishlist.SavedOf(ctx, tx, wishlist.Of(who))
		if err != nil || len(all) == 0 {
			return err
		}
		variants := make([]catalog.VariantID, len(all))
		for i, s := range all {
			variants[i] = s.Variant
		}
		locale, err := catalog.Spoken(ctx, tx, in.Locale)
		if err != nil {
			return err
		}
		items, err := catalog.SellableIn(ctx, tx, from(ctx).key.Channel, locale, variants)
		for _, s := range all {
			it := items[s.Variant]
			out.Body.Data = append(out.Body.Data, savedBody{it.SKU, it.Title, s.Quantity, it.Active})
		}
		return err
	})
}

type saveInput struct {
	SKU  string `path:"sku" maxLength:"64"`
	Body struct {
		Quantity int64 `json:"quantity" minimum:"1" maximum:"9999" default:"1"`
	}
}

// save keeps a variant for later; saving it again replaces how many.
func (a *API) save(ctx context.Context, in *saveInput) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		return wishlist.Save(ctx, tx, wishlist.Of(who), wishlist.Saved{Variant: v.ID, Quantity: in.Body.Quantity})
	})
}

func (a *API) dropSaved(ctx context.Context, in *struct {
	SKU string `path:"sku" maxLength:"64"`
}) (*struct{}, error) {
	return nil, a.forMe(ctx, func(tx *db.Tx, who profile.CustomerID) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		return wishlist.Drop(ctx, tx, wishlist.Of(who), v.ID)
	})
}
