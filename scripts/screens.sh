#!/usr/bin/env bash
# Takes the pictures of every page of shop and admin anew, from the demo in
# Chromium, and writes docs/screens/README.md. It takes about three minutes.
# Look at each before it is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
KORZO_SCREENS=1 go test ./journey/desk -count=1 -timeout 20m -run '^TestScreens$'
du -sh docs/screens
