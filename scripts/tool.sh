#!/usr/bin/env bash
# tool.sh NAME PACKAGE: builds a tool of tools/go.mod into bin/ unless the one
# there is of the same go.sum, and prints its path.
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1 package=$2
stamp="bin/.$name.$(cat tools/go.mod tools/go.sum | sha256sum | cut -c1-16)"
if [[ ! -x bin/$name || ! -e $stamp ]]; then
	mkdir -p bin
	echo "building $name (once)" >&2
	(cd tools && CGO_ENABLED=0 go build -o "../bin/$name" "$package")
	rm -f "bin/.$name."*
	touch "$stamp"
fi
echo "bin/$name"
