package adminapi

import (
	"context"

	"korzo/insight/trial"
	"korzo/platform/db"
)

// layers is what the holdout of each layer proves: all its experiments together,
// beside the visitors who see none. It is computed when it is asked for.
func (a *API) layers(ctx context.Context, _ *struct{}) (*list[trial.Together], error) {
	var all []trial.Together
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = trial.TogetherAll(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(all, ""), nil
}
