#!/usr/bin/env bash
# Writes the Go of every .templ file. With --check it fails when that changed
# anything, for what is generated is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

sum() { find . -name '*_templ.go' -not -path './bin/*' -exec sha256sum {} + | sort -k2; }

if [[ -z $(find . -name '*.templ' -not -path './bin/*' -print -quit) ]]; then
	echo "there is no .templ file: nothing to generate"
	exit 0
fi
templ=$(scripts/tool.sh templ github.com/a-h/templ/cmd/templ)
before=$(sum)
"$templ" generate -log-level warn
if [[ ${1:-} == --check && $before != "$(sum)" ]]; then
	diff <(echo "$before") <(sum) || true
	echo "generated files were out of date; they are written anew: commit them" >&2
	exit 1
fi
