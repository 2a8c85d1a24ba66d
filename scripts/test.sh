#!/usr/bin/env bash
# shellcheck disable=SC2317 # the functions are called through phase and trap
# Everything that must hold before a change is taken. Each phase runs even when
# one before it failed; the summary at the end names those that did.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
# With -trimpath, as the binary is built, everything is compiled once for all phases.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -mod=readonly -trimpath"

server=$(mktemp)
summary=()
failed=0
said=$(mktemp)
why=$(mktemp)

finish() {
	scripts/postgres.sh stop "$server"
	rm -f "$server" "$said" "$why"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# phase NAME COMMAND… runs a command and notes how it went.
phase() {
	local name=$1 began=$SECONDS result=ok
	shift
	printf '\n== %s\n' "$name"
	if ! "$@" > >(tee "$said") 2>&1; then
		result=FAILED
		failed=1
		sleep 1 # until tee has written the end
		{
			printf '\n%s:\n' "$name"
			grep -E '^ *--- FAIL|^FAIL|DATA RACE|^panic:|_test\.go:[0-9]+:' "$said" || tail -n 20 "$said"
		} | head -n 60 | cut -c 1-300 >>"$why"
	fi
	summary+=("$(printf '%-10s %-7s %4ds' "$name" "$result" $((SECONDS - began)))")
}

# sources lists the files of the tree that match, committed or not.
sources() {
	git ls-files -co --exclude-standard "$@" | while read -r f; do
		if [[ -e $f ]]; then
			echo "$f"
		fi
	done
}

formatted() {
	local wrong
	wrong=$(sources '*.go' ':!*_templ.go' | xargs -r gofmt -l) || return 1
	if [[ -n $wrong ]]; then
		printf 'not gofmt-ed:\n%s\n' "$wrong"
		return 1
	fi
}

# Where KORZO_TEST_POSTGRES names a server, that one is used.
database() {
	if [[ -z ${KORZO_TEST_POSTGRES:-} ]]; then
		scripts/postgres.sh start "$server" || return 1
		KORZO_TEST_POSTGRES=$(sed -n 2p "$server")
		export KORZO_TEST_POSTGRES
	fi
	echo "$KORZO_TEST_POSTGRES"
}

# Packages whose own code starts goroutines or guards against them, and the
# journeys, which run them all together. The race detector is some ten times
# slower, so what cannot show a race is left out: tests run short, in which
# journeys that kill a process, drive a browser or go through a table with one
# client are skipped, and what one client does runs on one database (PostgreSQL,
# whose own work is not watched). The doors' page tests are one client's too;
# TestEverybodyComesAtOnce goes through all doors from many sides.
#
# The admin is not inlined: its pages would take the compiler a minute. No package
# may be left unwatched (SQLite would be the slowest): of a generic function that
# it shares with others the linker keeps one copy, and where that is the unwatched
# one, sync.Map and the like order nothing in the detector's eyes.
racing() {
	sources '*.go' ':!*_test.go' ':!*_templ.go' | xargs -r grep -lE '\bgo func\(|\bsync\.|\batomic\.|\.Go\(' |
		xargs -r -n 1 dirname | sort -u |
		grep -vE '^(\.|tools|cmd/korzo|app/demo|ui/|backoffice/admin$|channel/storefront$)|test$' | sed 's|^|./|'
	echo ./journey
}

races() {
	local packages
	mapfile -t packages < <(racing)
	if [[ ${#packages[@]} -eq 0 ]]; then
		echo "no package has goroutines"
		return
	fi
	CGO_ENABLED=1 go test -race -short -vet=off -timeout 40m -parallel 4 -gcflags=korzo/backoffice/admin=-l "${packages[@]}"
}

phase need scripts/need.sh
phase database database
phase format formatted
phase generated scripts/generate.sh --check
phase modules go mod verify
phase lint scripts/lint.sh
phase static scripts/static.sh
# Many tests wait for banks and pauses, so more run at once than there are
# processors. The phase lint has vetted them (govet).
phase test go test -vet=off -timeout 40m -parallel 8 ./...
phase race races
phase fuzz scripts/fuzz.sh

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
if [[ $failed -ne 0 ]]; then
	cat "$why"
	echo "FAILED"
fi
exit "$failed"
