#!/usr/bin/env bash
# Builds the styles and scripts of the web application when their sources have
# changed. Without npm, the program serves plain pages and says so.
set -euo pipefail

assets=web/assets
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "npm or node is missing: the web application will serve plain pages"
	exit 0
fi
# npm ci starts from nothing each time; once for each lock file is enough.
if ! cmp -s "$assets/package-lock.json" "$assets/node_modules/.installed"; then
	npm ci --prefix "$assets" --no-audit --no-fund --ignore-scripts </dev/null
	cp "$assets/package-lock.json" "$assets/node_modules/.installed"
fi
state=$(cat "$assets"/package-lock.json "$assets"/build.mjs "$assets"/src/* | sha256sum)
if [ "$state" = "$(cat "$assets/node_modules/.built" 2>/dev/null)" ] && [ -f "$assets/dist/app.css" ]; then
	exit 0
fi
node "$assets/build.mjs" </dev/null
echo "$state" >"$assets/node_modules/.built"
