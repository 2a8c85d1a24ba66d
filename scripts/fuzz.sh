#!/usr/bin/env bash
# fuzz.sh [PACKAGE…]: runs each fuzz target for FUZZTIME. Without a package it
# takes the pure ones that money and other people's input go through.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=("$@")
if [[ ${#packages[@]} -eq 0 ]]; then
	for dir in value/money purchase/quote platform/rule; do
		if [[ -d $dir ]]; then
			packages+=("./$dir")
		fi
	done
fi

failed=0
while read -r package; do
	while read -r target; do
		echo "fuzz $package $target"
		# Without the limit, minimising a find may take a minute of every run.
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 20x "$package" | tail -n 4 || failed=1
	done < <(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true)
done < <(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "${packages[@]}" | grep .)
exit "$failed"
