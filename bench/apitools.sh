#!/usr/bin/env bash
# Installs what the tests of the API need besides Go, as far as this machine
# allows: the definitions of FHIR R4 from npm, and Schemathesis from PyPI. The
# tests skip themselves without them.
set -euo pipefail

fhir=api/fhir
if command -v npm >/dev/null && command -v node >/dev/null; then
	# npm ci starts from nothing each time; once for each lock file is enough.
	if ! cmp -s "$fhir/package-lock.json" "$fhir/node_modules/.installed"; then
		npm ci --prefix "$fhir" --no-audit --no-fund --ignore-scripts </dev/null
		cp "$fhir/package-lock.json" "$fhir/node_modules/.installed"
	fi
else
	echo "npm or node is missing: the FHIR interface will not be held against FHIR R4"
fi

schemathesis=4.32.5
tools=build/tools/schemathesis
if [ "$(cat "$tools/.installed" 2>/dev/null)" = "$schemathesis" ]; then
	exit 0
fi
if python3 -m venv "$tools" >/dev/null 2>&1 && timeout 300 "$tools/bin/pip" install -q --disable-pip-version-check "schemathesis==$schemathesis" </dev/null; then
	echo "$schemathesis" >"$tools/.installed"
else
	echo "Python or its packages are missing: Schemathesis will not try the API"
fi
