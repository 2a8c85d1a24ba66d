package adminapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/media"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

var (
	errNoPicture = fault.New(fault.Invalid, "adminapi.no_picture", "send one picture: as the body, or as the field file of a multipart form")
	errUnsent    = fault.New(fault.Invalid, "adminapi.picture_unknown", "a picture is not kept here: send it to /admin/v1/media first, and name it as the answer does")
)

// mediaRoutes are pictures in. A picture is kept under the name its content
// gives it, so sending it again keeps it once and answers the same.
func (a *API) mediaRoutes(mux *http.ServeMux, api huma.API) {
	a.raw(mux, "POST /media", "catalog.write", a.keepPicture)
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "keep-a-picture", Method: http.MethodPost, Path: "/media", Tags: []string{"Products"},
		Summary: "Keep a picture", Metadata: map[string]any{scopeKey: "catalog.write"},
		Description: "Needs the scope `catalog.write`. The body is a picture in JPEG, PNG, GIF or WebP, or a multipart form with it in the field `file`: " +
			"at most 20 MB, 30 million pixels and 20,000 pixels a side. It is turned upright, freed of what the camera wrote, and kept in the sizes pages need. " +
			"Its name is made of its content: sending it again keeps it once and answers 200 with the same. Put the answer into a product's `images`. " +
			"A body of the type video/mp4 or video/webm is a film, kept as it is: the answer is `{video, url}`, and its `video` goes into the picture that stands for it.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"image/jpeg": {}, "image/png": {}, "image/gif": {}, "image/webp": {}, "video/mp4": {}, "video/webm": {},
			"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"},
				Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}}}}},
		Responses: map[string]*huma.Response{"200": {Description: "What a product's images take"}, "422": {Description: "No picture, too many pixels, or damaged"},
			"413": {Description: "More than 20 MB"}}})
}

func (a *API) keepPicture(w http.ResponseWriter, r *http.Request, k auth.Key) error {
	content, err := sentPicture(w, r)
	if err != nil {
		return err
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "video/") {
		return a.keepVideo(w, r, k, content)
	}
	m, err := a.Pictures.Keep(r.Context(), content)
	if err != nil {
		return err
	}
	if err := a.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := catalog.KeepPicture(r.Context(), tx, m, "", int64(len(content))); err != nil {
			return err
		}
		return audit.Record(r.Context(), tx, audit.Entry{Actor: string(k.ID), Action: "media.keep", Subject: m.Blob})
	}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(imagesOf([]catalog.Image{m})[0])
}

func (a *API) keepVideo(w http.ResponseWriter, r *http.Request, k auth.Key, content []byte) error {
	name, err := a.Pictures.KeepVideo(r.Context(), content)
	if err != nil {
		return err
	}
	if err := a.DB.Write(r.Context(), func(tx *db.Tx) error {
		return audit.Record(r.Context(), tx, audit.Entry{Actor: string(k.ID), Action: "media.keep", Subject: name})
	}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]string{"video": name, "url": "/media/" + name})
}

// sentPicture is the body, or the file of a form.
func sentPicture(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	web.Widen(w, r, media.MaxBytes+1<<20)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	from := io.Reader(r.Body)
	if err == nil && kind == "multipart/form-data" {
		if from, err = formFile(r); err != nil {
			return nil, err
		}
	}
	content, err := io.ReadAll(io.LimitReader(from, media.MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) == 0:
		return nil, errNoPicture
	case len(content) > media.MaxBytes:
		return nil, media.ErrLarge
	}
	return content, nil
}

// formFile is the part of a form that is called file, as it comes.
func formFile(r *http.Request) (io.Reader, error) {
	parts, err := r.MultipartReader()
	for err == nil {
		part, next := parts.NextPart()
		if next == nil && part.FormName() == "file" {
			return part, nil
		}
		err = next
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, err
	}
	return nil, errNoPicture
}

// imageRequest is a picture of a product as the answer of /media names it, with
// what is to be said of it.
type imageRequest struct {
	Blob    string              `json:"blob" maxLength:"200"`
	URL     string              `json:"url,omitempty" doc:"Ignored, so that an answer may be sent back"`
	Alt     string              `json:"alt,omitempty" doc:"What is seen, for who cannot see it"`
	Alts    map[string]string   `json:"alts,omitempty" doc:"The same by locale"`
	Width   int                 `json:"width,omitempty"`
	Height  int                 `json:"height,omitempty"`
	Variant string              `json:"variant,omitempty" doc:"The only variant it shows"`
	Sizes   []catalog.ImageSize `json:"sizes,omitempty"`
	Video   string              `json:"video,omitempty" doc:"The film that the picture stands for until it is played, as the answer of /media named it"`
}

// pictures are the images of a request; each must be kept here.
func (f ProductFields) pictures() (all []catalog.Image) {
	for _, m := range f.Images {
		all = append(all, catalog.Image{Blob: m.Blob, Alt: m.Alt, Alts: m.Alts, Width: m.Width, Height: m.Height,
			Variant: catalog.VariantID(m.Variant), Sizes: m.Sizes, Video: m.Video})
	}
	return all
}

// known refuses pictures that were never sent: a page would show nothing.
func (a *API) known(r ProductFields) error {
	for _, m := range r.Images {
		names := []string{m.Blob}
		if m.Video != "" {
			names = append(names, m.Video)
		}
		for _, size := range m.Sizes {
			names = append(names, size.Blob)
		}
		for _, name := range names {
			if !a.Media.Has(name) {
				return errUnsent
			}
		}
	}
	return nil
}
