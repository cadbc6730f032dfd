# shellcheck shell=bash
# Mounts that only this test sees; sourced before tap.sh, for it starts the test again in a mount namespace of its own.
# Needs root, or a system that lets users have namespaces. After tap.sh: `need_mounts` skips the test where there are none.
#
#   . "${0%/*}/../lib/mounts.sh"
#   . "${0%/*}/../lib/tap.sh"
#   need_mounts
#   mount -t tmpfs -o size=4m none "$WORK/disk"
#
# Nothing is left of them when the last process of the test has ended.

if [ -z "${BF_OWN_MOUNTS:-}" ]; then
	mounts_as=(unshare -m --propagation private)
	[ "$(id -u)" -eq 0 ] || mounts_as=(unshare -Urm --propagation private)
	if "${mounts_as[@]}" mount -t tmpfs -o size=1m none /tmp 2>/dev/null; then
		BF_OWN_MOUNTS=yes exec "${mounts_as[@]}" "$BASH" "$0" "$@"
	fi
	BF_OWN_MOUNTS=no
fi
need_mounts() { [ "$BF_OWN_MOUNTS" = yes ] || skip_all 'optional: this system does not let us have mounts of our own'; }
