#!/usr/bin/env bash
# Looks for known vulnerabilities in the code we call. Says so, and succeeds,
# where the vulnerability database cannot be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
govulncheck=$(scripts/tool.sh govulncheck golang.org/x/vuln/cmd/govulncheck)
status=0
out=$("$govulncheck" ./... 2>&1) || status=$?
echo "$out"
if [[ $status -ne 0 ]] && grep -qE 'vuln\.go\.dev|dial tcp|no such host|proxyconnect' <<<"$out" && ! grep -q '^Vulnerability #' <<<"$out"; then
	echo "skipped: the vulnerability database cannot be reached from here"
	exit 0
fi
exit "$status"
