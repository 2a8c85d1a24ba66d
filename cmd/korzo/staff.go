package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"korzo/app"
)

type staffCommands struct {
	Add staffAdd `cmd:"" help:"Let somebody into the admin."`
}

type staffAdd struct {
	place
	Email string `required:"true" placeholder:"ADDRESS" env:"-" help:"Address to sign in with."`
	Name  string `env:"-" help:"Name; the address if left out."`
	Role  string `enum:"owner,manager,associate,support" default:"owner" env:"-" help:"owner, manager, associate or support."`
	Ask   bool   `env:"-" help:"Ask for a password, or read it from a pipe. Without it one is drawn and printed."`
	JSON  bool   `name:"json" env:"-" help:"Print JSON."`
}

// Run makes the sign-in and prints a drawn password.
func (c *staffAdd) Run(ctx context.Context, t *terminal) error {
	in := app.NewStaff{Name: c.Name, Email: c.Email, Role: c.Role}
	if c.Ask {
		var err error
		if in.Password, err = t.password(); err != nil {
			return err
		}
	}
	var made app.Staff
	err := c.use(ctx, func(s *shop) error { return s.ask(ctx, http.MethodPost, "/staff", in, &made) })
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(t.out, made)
	}
	if _, err = fmt.Fprintf(t.out, "%s may sign in as %s.\n", made.Email, made.Role); err == nil && made.Password != "" {
		_, err = fmt.Fprintf(t.out, "Password: %s\n", made.Password)
	}
	return err
}

// password reads a line without showing it, where the terminal can do that.
func (t *terminal) password() (string, error) {
	if f, ok := t.in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			fmt.Fprint(t.err, "Password: ")
			defer fmt.Fprintln(t.err)
			if hide(f, "-echo") == nil {
				defer func() { _ = hide(f, "echo") }()
			}
		}
	}
	line, err := bufio.NewReader(io.LimitReader(t.in, 4096)).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.Join(errors.New("no password was given: type one, or leave --ask out and one is drawn"), ignoreEnd(err))
	}
	return line, ignoreEnd(err)
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func hide(f *os.File, how string) error {
	c := exec.Command("stty", how)
	c.Stdin = f
	return c.Run()
}
