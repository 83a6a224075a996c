#!/usr/bin/env bash
# Installs what the browser test of the report needs, as far as this machine
# allows: Node packages when npm is there, and Chromium when this is a machine
# where packages may be installed. The test skips itself without them.
set -euo pipefail

tools=report/browser
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "npm or node is missing: the browser test will be skipped"
	exit 0
fi
# npm ci starts from nothing each time; once for each lock file is enough.
if ! cmp -s "$tools/package-lock.json" "$tools/node_modules/.installed"; then
	npm ci --prefix "$tools" --no-audit --no-fund --ignore-scripts </dev/null
	cp "$tools/package-lock.json" "$tools/node_modules/.installed"
fi

if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
	exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing Chromium for the browser test"
	export DEBIAN_FRONTEND=noninteractive
	if timeout 600 sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends chromium' </dev/null >/dev/null 2>&1; then
		[ -x /usr/bin/chromium ] && exit 0
	fi
fi
echo "Chromium is missing (or name it in CHROMIUM): the browser test will be skipped"
