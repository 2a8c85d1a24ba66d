package adminapi

import (
	"context"

	"korzo/offer/catalog"
	"korzo/offer/search"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// searchRoutes are those of what shoppers look for, and of what the merchant
// would have them find.
func (a *API) searchRoutes(r routes) {
	add(r, "GET", "/search/queries", "Search", "List what shoppers look for", "catalog.read", a.listQueries)
	add(r, "GET", "/search/choices", "Search", "List what is chosen among what a query finds", "catalog.read", a.listChoices)
	add(r, "GET", "/search/synonyms", "Search", "List synonyms", "catalog.read", a.listSynonyms)
	add(r, "POST", "/search/synonyms", "Search", "Create a synonym", "catalog.write", a.createSynonym)
	add(r, "PUT", "/search/synonyms/{id}", "Search", "Replace a synonym", "catalog.write", a.replaceSynonym)
	add(r, "DELETE", "/search/synonyms/{id}", "Search", "Delete a synonym", "catalog.write", a.deleteSynonym)
	add(r, "GET", "/search/redirects", "Search", "List redirects of queries", "catalog.read", a.listRedirects)
	add(r, "PUT", "/search/redirects", "Search", "Send who looks for something to a page", "catalog.write", a.saveRedirect)
	add(r, "DELETE", "/search/redirects", "Search", "Delete the redirect of a query", "catalog.write", a.deleteRedirect)
	add(r, "GET", "/search/rankings", "Search", "List rankings", "catalog.read", a.listRankings)
	add(r, "PUT", "/search/rankings", "Search", "Move a product among what a query finds", "catalog.write", a.saveRanking)
	add(r, "DELETE", "/search/rankings", "Search", "Delete a ranking", "catalog.write", a.deleteRanking)
}

type queryBody struct {
	Market   string  `json:"market"`
	Language string  `json:"language"`
	Query    string  `json:"query" doc:"As it is compared: folded, small letters"`
	Searches int64   `json:"searches"`
	Zero     int64   `json:"zero" doc:"Of them found nothing"`
	Clicks   int64   `json:"clicks" doc:"On what was found"`
	Rate     percent `json:"click_percent" doc:"Clicks of a hundred searches, at most 100"`
	Results  int64   `json:"results" doc:"The most that was found"`
}

type listQueriesInput struct {
	Days  int  `query:"days" minimum:"1" maximum:"90" default:"30"`
	Zero  bool `query:"zero" doc:"Only what found nothing"`
	Limit int  `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// listQueries tells of queries by count and never of who asked: neither is kept.
func (a *API) listQueries(ctx context.Context, in *listQueriesInput) (*list[queryBody], error) {
	var bodies []queryBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := search.Tallies(ctx, tx, in.Days, in.Zero, in.Limit)
		for _, t := range all {
			b := queryBody{Market: t.Market, Language: t.Language, Query: t.Query, Searches: t.Searches, Zero: t.Zero, Clicks: t.Clicks, Results: t.Results}
			if t.Searches > 0 {
				b.Rate = percent(min(t.Clicks, t.Searches) * 1_000_000 / t.Searches)
			}
			bodies = append(bodies, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type choiceBody struct {
	Product catalog.ProductID `json:"product"`
	Clicks  int64             `json:"clicks"`
}

type listChoicesInput struct {
	Query    string `query:"q" required:"true" maxLength:"200"`
	Market   string `query:"market" required:"true"`
	Language string `query:"language" default:"en" maxLength:"20"`
	Days     int    `query:"days" minimum:"1" maximum:"90" default:"30"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

func (a *API) listChoices(ctx context.Context, in *listChoicesInput) (*list[choiceBody], error) {
	var bodies []choiceBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := search.Choices(ctx, tx, search.Asked{Market: in.Market, Language: in.Language, Text: in.Query}, in.Days, in.Limit)
		for _, c := range all {
			bodies = append(bodies, choiceBody(c))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type synonymBody struct {
	ID       string   `json:"id"`
	Language string   `json:"language,omitempty" doc:"Left out: all"`
	OneWay   bool     `json:"one_way,omitempty" doc:"The first word also finds the others, not they the first"`
	Words    []string `json:"words"`
}

// SynonymInput is a synonym as it is to be.
type SynonymInput struct {
	Body struct {
		Language string   `json:"language,omitempty" maxLength:"20"`
		OneWay   bool     `json:"one_way,omitempty"`
		Words    []string `json:"words" maxItems:"20"`
	}
}

type synonymOutput struct{ Body synonymBody }

func (a *API) listSynonyms(ctx context.Context, _ *struct{}) (*list[synonymBody], error) {
	var bodies []synonymBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := search.Synonyms(ctx, tx)
		for _, s := range all {
			bodies = append(bodies, synonymBody(s))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

func (a *API) createSynonym(ctx context.Context, in *SynonymInput) (*synonymOutput, error) {
	return a.putSynonym(ctx, "synonym.create", "", in)
}

type replaceSynonymInput struct {
	ID string `path:"id" maxLength:"100"`
	SynonymInput
}

func (a *API) replaceSynonym(ctx context.Context, in *replaceSynonymInput) (*synonymOutput, error) {
	return a.putSynonym(ctx, "synonym.update", in.ID, &in.SynonymInput)
}

func (a *API) putSynonym(ctx context.Context, action, id string, in *SynonymInput) (*synonymOutput, error) {
	out := new(synonymOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := search.SaveSynonym(ctx, tx, search.Synonym{ID: id, Language: in.Body.Language, OneWay: in.Body.OneWay, Words: in.Body.Words})
		if err != nil {
			return err
		}
		out.Body = synonymBody(s)
		return a.note(ctx, tx, action, s.ID)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// note writes to the audit what the caller's key did.
func (a *API) note(ctx context.Context, tx *db.Tx, action, subject string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: subject})
}

type synonymIDInput struct {
	ID string `path:"id" maxLength:"100"`
}

func (a *API) deleteSynonym(ctx context.Context, in *synonymIDInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := search.DeleteSynonym(ctx, tx, in.ID); err != nil {
			return err
		}
		return a.note(ctx, tx, "synonym.delete", in.ID)
	})
}

type redirectBody struct {
	Language string `json:"language,omitempty" maxLength:"20" doc:"Left out: all"`
	Query    string `json:"query" maxLength:"200"`
	Target   string `json:"target" maxLength:"500" doc:"A path of the shop such as /categories/lamps, or an https address"`
}

func (a *API) listRedirects(ctx context.Context, _ *struct{}) (*list[redirectBody], error) {
	var bodies []redirectBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := search.Redirects(ctx, tx)
		for _, r := range all {
			bodies = append(bodies, redirectBody(r))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type redirectInput struct{ Body redirectBody }

func (a *API) saveRedirect(ctx context.Context, in *redirectInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := search.SaveRedirect(ctx, tx, search.Redirect(in.Body)); err != nil {
			return err
		}
		return a.note(ctx, tx, "search_redirect.save", in.Body.Query)
	})
}

// QueryInput names a rule by its query.
type QueryInput struct {
	Language string `query:"language" maxLength:"20"`
	Query    string `query:"query" required:"true" maxLength:"200"`
}

func (a *API) deleteRedirect(ctx context.Context, in *QueryInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := search.DeleteRedirect(ctx, tx, in.Language, in.Query); err != nil {
			return err
		}
		return a.note(ctx, tx, "search_redirect.delete", in.Query)
	})
}

type rankingBody struct {
	Language string            `json:"language,omitempty" maxLength:"20" doc:"Left out: all"`
	Query    string            `json:"query" maxLength:"200"`
	Product  catalog.ProductID `json:"product"`
	Position int64             `json:"position,omitempty" minimum:"0" maximum:"100" doc:"1 is on top, whether the words find it or not; 0: not pinned"`
	Boost    int64             `json:"boost,omitempty" minimum:"-100" maximum:"900" doc:"Percent added to its score"`
}

func (a *API) listRankings(ctx context.Context, _ *struct{}) (*list[rankingBody], error) {
	var bodies []rankingBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := search.Rankings(ctx, tx)
		for _, r := range all {
			bodies = append(bodies, rankingBody(r))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type rankingInput struct{ Body rankingBody }

func (a *API) saveRanking(ctx context.Context, in *rankingInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := search.SaveRanking(ctx, tx, search.Ranking(in.Body)); err != nil {
			return err
		}
		return a.note(ctx, tx, "search_ranking.save", string(in.Body.Product))
	})
}

type rankingKeyInput struct {
	QueryInput
	Product catalog.ProductID `query:"product" required:"true"`
}

func (a *API) deleteRanking(ctx context.Context, in *rankingKeyInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := search.DeleteRanking(ctx, tx, in.Language, in.Query, in.Product); err != nil {
			return err
		}
		return a.note(ctx, tx, "search_ranking.delete", string(in.Product))
	})
}
