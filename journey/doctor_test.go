package journey_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// The doctor asks the mail server that mails go to: the one set in the admin,
// whatever the shop was started with.
func TestTheDoctorAsksTheMailServerThatIsSetInTheAdmin(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		line, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := int64(line.Addr().(*net.TCPAddr).Port)
		says := func(s sender.Server, state, text, remedy string) {
			t.Helper()
			dbtest.Write(t, w.App.DB, func(tx *db.Tx) error { return w.App.Office.SaveServer(t.Context(), tx, message.ByMail, s, "") })
			checks := app.Doctor(t.Context(), w.App.DB, app.Config{Mail: "smtp://nobody.invalid:25"})
			i := slices.IndexFunc(checks, func(c app.Check) bool { return c.Name == "mail" })
			if c := checks[i]; c.State != state || !strings.Contains(c.Text, text) || !strings.Contains(c.Remedy, remedy) {
				t.Errorf("with %+v: %+v", s, c)
			}
		}
		here := sender.Server{Way: sender.Plain, Host: "127.0.0.1", Port: port}
		says(here, app.CheckOK, "answers", "")
		if err := line.Close(); err != nil {
			t.Fatal(err)
		}
		says(here, app.CheckWrong, "refused", "Who writes, and how it is sent")
		says(sender.Server{Way: sender.Keep}, app.CheckWarning, "kept", "Who writes, and how it is sent")
		says(sender.Server{}, app.CheckWrong, "nobody.invalid", "correct --mail")
	})
}
