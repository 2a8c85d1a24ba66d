#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: a C compiler for the race
# detector, PostgreSQL, Chromium, and what prints a PDF, so that a scanner can
# read its codes. It asks nothing; where it may not install, it says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()

compiles() { command -v gcc >/dev/null && printf '#include <stdlib.h>\n' | gcc -E -x c - >/dev/null 2>&1; }
has_postgres() { scripts/postgres.sh programs >/dev/null 2>&1; }
has_browser() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

compiles || missing+=(gcc libc6-dev)
has_postgres || missing+=(postgresql)
has_browser || missing+=(chromium fonts-dejavu-core)
command -v pdftoppm >/dev/null || missing+=(poppler-utils)

if [[ ${#missing[@]} -eq 0 ]]; then
	echo "nothing is missing"
	exit 0
fi

root=()
if [[ $(id -u) -ne 0 ]]; then
	root=(sudo -n)
fi
if ! command -v apt-get >/dev/null || { [[ ${#root[@]} -gt 0 ]] && ! "${root[@]}" true 2>/dev/null; }; then
	echo "the tests need ${missing[*]}, and this script may not install them here." >&2
	echo "Install them (Debian: apt-get install ${missing[*]}) and run make test again." >&2
	exit 1
fi
echo "installing ${missing[*]}"
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
