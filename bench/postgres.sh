#!/usr/bin/env bash
# Installs PostgreSQL for the tests of the store, where this is a machine on which
# packages may be installed. The tests start a server of their own, in a temporary
# directory and without a port; without PostgreSQL they skip that half of
# themselves. REMIT_TEST_POSTGRES names a server to use in its place.
set -euo pipefail

if [ -n "${REMIT_TEST_POSTGRES:-}" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
	exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	echo "installing PostgreSQL for the tests of the store"
	export DEBIAN_FRONTEND=noninteractive
	if timeout 600 sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends postgresql' </dev/null >/dev/null 2>&1; then
		ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
	fi
fi
echo "PostgreSQL is missing (or name a server in REMIT_TEST_POSTGRES): the store will be tested on SQLite alone"
