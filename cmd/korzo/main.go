// Command korzo is the whole shop in one program: it opens a shop, looks after
// it, proves its books and measures it.
//
// Each command is a struct whose fields are its flags, its environment
// variables (KORZO_…) and its help at once; Run does it. What a command prints
// for machines it prints with --json, and what went wrong it says with the
// remedy. The environment is read here and nowhere else.
//
// A command that changes a shop asks the server that runs it, over a socket in
// the data folder that only its owner may open; it opens the database itself
// only when no server holds it.
//
// Never true: a rule of commerce in a command; two processes on one SQLite file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"korzo/platform/mask"
)

// The exit codes. Scripts build on them: they never change.
const (
	exitFailed = 1
	exitUsage  = 2
	exitBooks  = 3
)

const about = `Korzo sells: products, carts, checkouts, payments and orders, over an API and on pages, from one program and one database.

Start with "korzo demo": a shop with goods, customers and orders opens in your browser.

Every flag can be set in the environment as well: --base-url is KORZO_BASE_URL.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the shop's books do not agree.`

// commands is the whole command line.
type commands struct {
	Log string `name:"log" enum:"debug,info,warn,error,auto" default:"auto" help:"How much is logged, to standard error: debug, info (each request), warn, error. Auto is warn for demo and bench, info for serve."`

	Demo    demoCommand    `cmd:"" help:"Open a shop with goods, customers and orders, to try everything."`
	Serve   serveCommand   `cmd:"" help:"Open your shop."`
	Setup   setupCommand   `cmd:"" help:"Make an empty shop one that sells."`
	Sandbox sandboxCommand `cmd:"" help:"Open the sandbox bank alone: a gateway that moves no money."`
	Key     keyCommands    `cmd:"" help:"API keys."`
	Staff   staffCommands  `cmd:"" help:"People who may open the admin."`
	Import  importCommand  `cmd:"" help:"Bring products, stock, prices, customers or orders in from a file."`
	Export  exportCommand  `cmd:"" help:"Write products, stock, prices, customers or orders to a file."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up to date."`
	Doctor  doctorCommand  `cmd:"" help:"Look at everything the shop needs, and say what to mend."`
	Verify  verifyCommand  `cmd:"" help:"Prove that the books agree: ledger, stock, orders, payments, audit."`
	Bench   benchCommand   `cmd:"" help:"Measure this shop and this machine, side by side."`
	Version versionCommand `cmd:"" help:"Show the version."`

	BenchPart benchPartCommand `cmd:"" hidden:"" help:"A process of bench."`
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	level    *slog.LevelVar
	auto     bool // nobody chose a level
}

// atLeast sets what is logged unless the operator chose.
func (t *terminal) atLeast(level slog.Level) {
	if t.auto {
		t.level.Set(level)
	}
}

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	t := &terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, level: new(slog.LevelVar)}
	var c commands
	parser := kong.Must(&c, kong.Name("korzo"), kong.Description(about), kong.DefaultEnvars("KORZO"), kong.Writers(t.out, t.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	ctx, err := parser.Parse(asked(args))
	if err != nil {
		fmt.Fprintf(t.err, "korzo: %v\n", err)
		fmt.Fprintln(t.err, "Run korzo --help, or korzo COMMAND --help.")
		return exitUsage
	}
	t.logTo(c.Log)
	signals, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signals, stop) // who asks twice is obeyed at once
	defer stop()
	ctx.BindTo(signals, (*context.Context)(nil))
	return t.exit(ctx.Run(t))
}

// asked understands "korzo", "korzo help" and "korzo help serve".
func asked(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(append([]string{}, args[1:]...), "--help")
	}
	return args
}

func (t *terminal) logTo(level string) {
	if t.auto = level == "auto"; !t.auto {
		_ = t.level.UnmarshalText([]byte(level)) // kong let in names of levels only
	}
	slog.SetDefault(slog.New(mask.Logs(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: t.level}))))
}

// errBooks says that what was verified does not hold. All was told already.
var errBooks = errors.New("the books do not agree")

// errTold says that a command failed and has said why.
var errTold = errors.New("told")

// exit tells an error and returns its code.
func (t *terminal) exit(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errBooks):
		return exitBooks
	case errors.Is(err, errTold):
		return exitFailed
	}
	fmt.Fprintf(t.err, "korzo: %v\n", err)
	return exitFailed
}
