#!/usr/bin/env bash
# Takes the pictures of docs/screens anew, from the demo's shop in Chromium.
# Look at each before it is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
KORZO_SCREENS=1 go test ./journey/desk -count=1 -run '^TestScreens$'
ls -l docs/screens
