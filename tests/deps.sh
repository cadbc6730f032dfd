#!/bin/sh
# Install the Debian packages named as arguments, as far as they are missing.
#
#   tests/deps.sh PACKAGE...
#
# With nothing missing it returns at once and touches no network. BF_SKIP_DEPS=1 turns it off, for
# systems whose package manager is another one. BF_DEPS_NO_START=1: services that come along are not
# started (before the next boot). Exit codes: 0 all there, 1 apt failed, 3 cannot help here.
set -eu

say() { printf 'deps: %s\n' "$*"; }
die() { printf 'deps: %s\n' "$*" >&2; exit 3; }

is_installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif [ -t 0 ]; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@" # nobody is there to type a password
	fi
}

install_missing() { as_root apt-get install -y -q --no-install-recommends "$@" </dev/null; }

if [ "${BF_SKIP_DEPS:-}" = 1 ] || [ $# -eq 0 ]; then
	exit 0
fi
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	die "this is not a Debian-like system: install the like of these yourself, then set BF_SKIP_DEPS=1: $*"
fi

missing=
for package in "$@"; do
	is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
	die "missing, and neither root nor sudo to install them:$missing"
fi
say "installing:$missing"

# What Debian asks before it starts a service; an answer that somebody else gave stays.
policy=/usr/sbin/policy-rc.d
if [ "${BF_DEPS_NO_START:-}" = 1 ] && [ ! -e "$policy" ]; then
	trap 'as_root rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
fi

# Fresh lists are fetched once, and only when the old ones do not know a package or lead nowhere.
# shellcheck disable=SC2086 # package names have no blanks
if ! apt-get -s -qq install --no-install-recommends $missing >/dev/null 2>&1 || ! install_missing $missing; then
	as_root apt-get update -q || { say "apt-get update failed" >&2; exit 1; }
	install_missing $missing || { say "apt-get could not install:$missing" >&2; exit 1; }
fi

for package in $missing; do
	is_installed "$package" || { say "$package is still missing" >&2; exit 1; }
done
