#!/usr/bin/env bash
# Builds bin/korzo as it is shipped and checks that it needs nothing but a kernel.
set -euo pipefail
cd "$(dirname "$0")/.."
CGO_ENABLED=0 go build -trimpath -o bin/korzo ./cmd/korzo
if ldd bin/korzo >/dev/null 2>&1; then
	echo "bin/korzo is linked to shared libraries:" >&2
	ldd bin/korzo >&2
	exit 1
fi
if ! go version -m bin/korzo | grep -q 'CGO_ENABLED=0'; then
	echo "bin/korzo was built with cgo" >&2
	exit 1
fi
echo "bin/korzo is static, $(du -h bin/korzo | cut -f1)"
