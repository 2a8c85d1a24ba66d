#!/usr/bin/env bash
# Runs go vet and golangci-lint, the latter built from tools/ at its pinned version.
set -euo pipefail
cd "$(dirname "$0")/.."
go vet ./...
lint=$(scripts/tool.sh golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint)
"$lint" run ./...
