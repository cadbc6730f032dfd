# shellcheck shell=bash
# Read by every test here, after `on_host` (may be missing) and before what is to be tested.
#
# On the host: calls `on_host`, runs the test again inside the bed of each file system, and ends. In there, $BF_HOST_DIR is
# the folder of the host where `on_host` left things; what follows in the test runs with the helpers of lib/tap.sh.
#
# The test may say before: FILE_SYSTEMS (all five), BEDS (2, how many at a time: more where one mostly waits), BED_OPTIONS
# (an array for `bed`). The person who runs it may say BF_SHARES, to have only some of the file systems.
here=$(dirname "$(realpath "$0")")

# What one bed said, its name put before that of each check. $1 file system, $2 its exit code
tell() {
	sed -E "s/^((not )?ok [0-9]+ - )/\1$1: /; s/^# /# $1: /" "$WORK/$1.tap"
	if [ "$2" -gt 1 ] || ! grep -q '^1\.\.' "$WORK/$1.tap"; then
		printf 'not ok 1 - %s: ended with exit code %s\n1..1\n' "$1" "$2"
	fi
	[ ! -s "$WORK/$1.err" ] || sed "s/^/# $1: /" "$WORK/$1.err"
	[ "$2" -eq 0 ] || each_failed=1
}

run_each() {
	local fs code waiting=0 running=0 list=()
	for fs in ${FILE_SYSTEMS:-ext4 nfs3 nfs4 smb3 sshfs}; do
		case " ${BF_SHARES:-$fs} " in *" $fs "*) list+=("$fs") ;; esac
	done
	[ ${#list[@]} -gt 0 ] || skip_all "optional: nothing here for ${BF_SHARES:-}"
	for fs in "${list[@]}" ''; do
		# the oldest one first, so that what is said stays in order
		while [ "$running" -gt 0 ] && { [ -z "$fs" ] || [ "$running" -ge "${BEDS:-2}" ]; }; do
			code=0
			wait "${beds[waiting]}" || code=$?
			tell "${list[waiting]}" "$code"
			waiting=$((waiting + 1)) running=$((running - 1))
		done
		[ -n "$fs" ] || break
		"$here/bed" "${BED_OPTIONS[@]}" "$fs" bash "$0" >"$WORK/$fs.tap" 2>"$WORK/$fs.err" </dev/null &
		beds+=($!) tap_pids="$tap_pids $!" running=$((running + 1))
	done
}

# shellcheck source=../lib/tap.sh
. "$here/../lib/tap.sh"
if [ -z "${BED_FS:-}" ]; then
	each_failed=0 beds=()
	export BF_HOST_DIR=$WORK
	BF_BIN=$(realpath "$BF_BIN")
	export BF_BIN
	! declare -F on_host >/dev/null || on_host || exit 99
	run_each
	tap_plan=each
	exit "$each_failed"
fi
