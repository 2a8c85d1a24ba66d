package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/job"
)

// troubles is a page of the list of exceptions.
type troubles struct {
	Page  []exception.Exception
	Next  string
	Names map[string]string
	Note  *form // a resolution that was refused, with what was typed
	Of    string
}

func (a *Admin) listExceptions(v *visit) error {
	return a.answerExceptions(v, http.StatusOK, "", v.form())
}

// answerExceptions shows the list; of names the exception whose form is shown
// as it was typed.
func (a *Admin) answerExceptions(v *visit, status int, of string, f *form) error {
	t := troubles{Of: of, Note: f}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		t.Page, err = exception.List(v.ctx(), tx, exception.Filter{Open: v.query("show") != "all", Kind: v.query("kind"),
			After: v.query("after"), Limit: pageSize})
		if err != nil {
			return err
		}
		if len(t.Page) == pageSize {
			t.Next = t.Page[pageSize-1].ID
		}
		t.Names, err = names(v.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.exceptionsPage(t))
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
	return a.afterException(v, err, "exception_assigned", id, v.form())
}

func (a *Admin) resolveException(v *visit) error {
	id, f := v.r.PathValue("id"), v.form()
	note := f.get("note")
	if note == "" {
		f.blame("note", "admin.problem.note")
		return a.answerExceptions(v, http.StatusUnprocessableEntity, id, f)
	}
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		if err := exception.Resolve(v.ctx(), tx, id, v.staff.Subject, note); err != nil {
			return err
		}
		return v.record(tx, "exception.resolve", id)
	})
	return a.afterException(v, err, "exception_resolved", id, f)
}

func (a *Admin) afterException(v *visit, err error, what, id string, f *form) error {
	if err == nil {
		return v.done(local(v.r.PostForm.Get("back")), what)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerExceptions(v, status, id, f)
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

// retryException has the work done again and closes the exception: if it fails
// again, a new one opens.
func (a *Admin) retryException(v *visit) error {
	id := v.r.PathValue("id")
	err := a.DB.Write(v.ctx(), func(tx *db.Tx) error {
		e, err := exception.Find(v.ctx(), tx, id)
		if err != nil {
			return err
		}
		retry, ok := again[e.Kind]
		if !ok {
			return exception.ErrNotFound
		}
		if err := exception.Resolve(v.ctx(), tx, id, v.staff.Subject, "retry"); err != nil {
			return err
		}
		if err := retry(v.ctx(), tx, e.Ref); err != nil {
			return err
		}
		return v.record(tx, "exception.retry", id)
	})
	return a.afterException(v, err, "exception_retried", id, v.form())
}

// about is where what an exception is about can be seen, "" for nowhere.
func about(ref string) string {
	switch {
	case strings.HasPrefix(ref, "ord_"):
		return Prefix + "/orders/" + ref
	case strings.HasPrefix(ref, "pay_"), strings.HasPrefix(ref, "att_"):
		return Prefix + "/payments/" + ref
	case strings.HasPrefix(ref, "dsp_"):
		return Prefix + "/disputes/" + ref
	case strings.HasPrefix(ref, "prd_"):
		return Prefix + "/products/" + ref
	case strings.HasPrefix(ref, "cus_"):
		return Prefix + "/customers/" + ref
	case strings.HasPrefix(ref, "stf_"):
		return Prefix + "/staff/" + ref
	}
	return ""
}
