#!/usr/bin/env bash
# Runs golangci-lint, built from tools/ at its pinned version. What go vet finds
# it finds too (govet), so that is not run a second time.
set -euo pipefail
cd "$(dirname "$0")/.."
lint=$(scripts/tool.sh golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint)
"$lint" run ./...
