package admin

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/purchase/amend"
	"korzo/purchase/order"
)

// troubled is an exception as its page shows it.
type troubled struct {
	trouble
	Order order.ID // that an amendment is of, where it is about one
	Note  *form    // a resolution, with what was typed if it was refused
}

// exceptionPages are those of what went wrong.
func (a *Admin) exceptionPages() []page {
	return append(listPages(a, a.exceptionList()), []page{
		{"GET /admin/exceptions/{id}", "exceptions.read", "exceptions", func(v *visit) error { return a.answerException(v, http.StatusOK, v.newForm()) }},
		{"POST /admin/exceptions/{id}/assign", "exceptions.write", "exceptions", a.assignException},
		{"POST /admin/exceptions/{id}/resolve", "exceptions.write", "exceptions", a.resolveException},
		{"POST /admin/exceptions/{id}/retry", "exceptions.write", "exceptions", a.retryException},
	}...)
}

func (a *Admin) answerException(v *visit, status int, f *form) error {
	t := troubled{Note: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if t.Exception, err = exception.Find(v.ctx(), tx, v.r.PathValue("id")); err != nil {
			return err
		}
		if strings.HasPrefix(t.Ref, "amd_") {
			changed, err := amend.Find(v.ctx(), tx, amend.ID(t.Ref))
			if err != nil && !errors.Is(err, amend.ErrNotFound) {
				return err
			}
			t.Order = changed.Order
		}
		t.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.exceptionPage(t))
}

// assignException makes the reader, or nobody, take care of an exception.
func (a *Admin) assignException(v *visit) error {
	id, owner := v.r.PathValue("id"), ""
	if v.r.PostForm.Get("to") == "me" {
		owner = v.staff.Subject
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := exception.Assign(v.ctx(), tx, id, owner); err != nil {
			return err
		}
		return v.record(tx, "exception.assign", id, "owner", owner)
	})
	return a.afterException(v, err, "exception_assigned", v.form())
}

func (a *Admin) resolveException(v *visit) error {
	id, f := v.r.PathValue("id"), v.form()
	note := f.get("note")
	if note == "" {
		f.blame("note", "admin.problem.note")
		return a.answerException(v, http.StatusUnprocessableEntity, f)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := exception.Resolve(v.ctx(), tx, id, v.staff.Subject, note); err != nil {
			return err
		}
		return v.record(tx, "exception.resolve", id)
	})
	return a.afterException(v, err, "exception_resolved", f)
}

func (a *Admin) afterException(v *visit, err error, what string, f *form) error {
	if err == nil {
		return v.done(exceptionPath(v.r.PathValue("id")), what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerException(v, status, f)
}

// again are the kinds of trouble whose cause can be mended and whose work can
// then be done again, by what is done. A reference that is none is ErrNotFound.
var again = map[string]func(ctx context.Context, tx *db.Tx, ref string) error{
	"event.suspended": bySeq(event.Resume),
	"job.dead":        bySeq(job.Retry),
	"message.failed": func(ctx context.Context, tx *db.Tx, ref string) error {
		return message.Retry(ctx, tx, message.ID(ref))
	},
}

func bySeq(verb func(ctx context.Context, tx *db.Tx, seq int64) error) func(ctx context.Context, tx *db.Tx, ref string) error {
	return func(ctx context.Context, tx *db.Tx, ref string) error {
		seq, err := strconv.ParseInt(ref, 10, 64)
		if err != nil {
			return exception.ErrNotFound
		}
		return verb(ctx, tx, seq)
	}
}

// doAgain has the work done again and closes the exception.
func doAgain(ctx context.Context, tx *db.Tx, e exception.Exception, staff string) error {
	retry, ok := again[e.Kind]
	if !ok {
		return errNotAgain
	}
	if err := exception.Resolve(ctx, tx, e.ID, staff, "retry"); err != nil {
		return err
	}
	return retry(ctx, tx, e.Ref)
}

// errNotAgain is why a trouble of another kind is not tried again.
var errNotAgain = fault.New(fault.NotFound, "admin.not_again", "this kind of trouble is not mended by trying again: read what it says, mend its cause, and resolve it")

// retryException has the work done again and closes the exception: if it fails
// again, a new one opens.
func (a *Admin) retryException(v *visit) error {
	id := v.r.PathValue("id")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		e, err := exception.Find(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		if err := doAgain(v.ctx(), tx, e, v.staff.Subject); err != nil {
			return err
		}
		return v.record(tx, "exception.retry", id)
	})
	return a.afterException(v, err, "exception_retried", v.form())
}

// about is where what an exception is about can be seen, "" for nowhere.
func about(ref string) string {
	if folder := folders[kindOf(ref)]; folder != "" {
		return Prefix + folder + ref
	}
	return ""
}

// folders are where the pages of things stand, by the beginning of their ids.
var folders = map[string]string{
	"ord": "/orders/", "pay": "/payments/", "att": "/payments/", "dsp": "/disputes/", "prd": "/products/", "cus": "/customers/", "stf": "/staff/",
	"ful": "/fulfilments/", "lnk": "/pay-links/", "key": "/keys/", "imp": "/imports/", "flw": "/flows/", "seg": "/segments/", "stl": "/settlements/",
	"trf": "/transfers/", "wav": "/waves/", "whk": "/webhooks/", "exc": "/exceptions/",
	"picture": "/pictures/",
}

// kindOf is how an id begins: "ord" of "ord_01k9x…"; a picture is known by its end.
func kindOf(ref string) string {
	switch path.Ext(ref) {
	case ".jpg", ".png", ".gif", ".webp":
		return "picture"
	}
	kind, _, _ := strings.Cut(ref, "_")
	return kind
}
