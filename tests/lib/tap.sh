# shellcheck shell=sh
# Helpers for tests/*/*.t, sourced: TAP on stdout, a private directory, background processes that
# never outlive the test.
#
#   #!/bin/sh
#   . "${0%/*}/../lib/tap.sh"
#   plan 2                                  or done_testing at the end
#   ok 'a share is made' test -f "$WORK/share/FORMAT"
#   is "$(cat "$WORK/x")" 'wanted' 'x says so'
#
# $WORK is empty at the start and removed at the end. Tests do not sleep, they wait_until.
# A failed check does not end the test; `set -e` in the caller is fine, every helper returns 0 but
# wait_until and stop.

WORK=$(mktemp -d "${TMPDIR:-/tmp}/t.XXXXXX") || exit 99
: "${BF_BIN:=$PWD/build}"
tap_count=0 tap_failed=0 tap_plan='' tap_ended='' tap_pids=''

# plan N: how many checks there will be.
plan() { tap_plan=$1; echo "1..$1"; }

# done_testing: the plan, when it was not given first. Without plan or done_testing the test fails.
done_testing() { tap_ended=1; [ -n "$tap_plan" ] || plan "$tap_count"; }

# diag TEXT...: a remark in the log.
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

pass() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $*"; }
fail() { tap_count=$((tap_count + 1)); tap_failed=$((tap_failed + 1)); echo "not ok $tap_count - $*"; }

# ok NAME COMMAND...: the command succeeds. not_ok: it does not.
ok() {
	tap_name=$1; shift
	if "$@"; then pass "$tap_name"; else tap_rc=$?; fail "$tap_name"; diag "exit code $tap_rc: $*"; fi
}
not_ok() {
	tap_name=$1; shift
	if "$@"; then fail "$tap_name"; diag "succeeded: $*"; else pass "$tap_name"; fi
}

# exits CODE NAME COMMAND...: the command ends with this exit code. What it wrote is in $WORK/out and $WORK/err.
exits() {
	tap_want=$1 tap_name=$2; shift 2
	tap_rc=0
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null || tap_rc=$?
	if [ "$tap_rc" -eq "$tap_want" ]; then pass "$tap_name"; return 0; fi
	fail "$tap_name"
	diag "exit code $tap_rc, wanted $tap_want: $*"
	diag "$(tail -n 20 "$WORK/out" "$WORK/err")"
}

# is GOT WANTED NAME: equal text. isnt: not equal.
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3"; diag "   got: $1"; diag "wanted: $2"; fi
}
isnt() {
	if [ "$1" != "$2" ]; then pass "$3"; else fail "$3"; diag "   got: $1"; fi
}

# like GOT REGEX NAME: one line of GOT matches the extended regular expression. unlike: none does.
like() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then pass "$3"; else fail "$3"; diag "   got: $1"; diag "wanted: $2"; fi
}
unlike() {
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then fail "$3"; diag "   got: $1"; diag "not wanted: $2"; else pass "$3"; fi
}

# skip NAME REASON: counts as a check that could not be made. REASON starts with "hardware:" or
# "optional:", or the test fails where everything has to be there (CI).
skip() { tap_count=$((tap_count + 1)); echo "ok $tap_count - $1 # SKIP $2"; }

# skip_all REASON: ends the test here; only before the first check.
skip_all() { tap_plan=0 tap_ended=1; echo "1..0 # SKIP $*"; exit 0; }

# wait_until SECONDS COMMAND...: poll until the command succeeds; 1 when time ran out.
wait_until() {
	tap_deadline=$(($(tap_now) + $1)); shift
	until "$@"; do
		[ "$(tap_now)" -lt "$tap_deadline" ] || { diag "gave up waiting for: $*"; return 1; }
		sleep 0.05
	done
}

# Whole seconds since the machine started: no clock that somebody sets.
tap_now() { read -r tap_up _ </proc/uptime; echo "${tap_up%.*}"; }

# start COMMAND...: run it in the background, what it writes goes to $WORK/NUMBER.log of its own.
# Sets $started (its pid) and $started_log.
start() {
	started_log=$(mktemp "$WORK/start.XXXXXX")
	"$@" >"$started_log" 2>&1 </dev/null &
	started=$!
	tap_pids="$tap_pids $started"
}

# stop PID [SIGNAL [SECONDS]]: send it (TERM), wait (20 s), then KILL. Returns its exit code.
# A zombie still answers to kill -0, so it is looked at through /proc.
stop() {
	kill -s "${2:-TERM}" "$1" 2>/dev/null || :
	wait_until "${3:-20}" tap_is_gone "$1" || { diag "pid $1 had to be killed"; kill -s KILL "$1" 2>/dev/null || :; }
	tap_keep=''
	for tap_pid in $tap_pids; do
		[ "$tap_pid" = "$1" ] || tap_keep="$tap_keep $tap_pid"
	done
	tap_pids=$tap_keep
	wait "$1" 2>/dev/null
}

# is_running PID: as a condition for wait_until and ok.
is_running() { ! tap_is_gone "$1"; }
tap_is_gone() {
	tap_state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) || :
	case $tap_state in '' | [ZX]*) return 0 ;; *) return 1 ;; esac
}

tap_end() {
	tap_code=$?
	trap '' INT TERM HUP
	for tap_pid in $tap_pids; do kill -s TERM "$tap_pid" 2>/dev/null || :; done
	for tap_pid in $tap_pids; do
		wait_until 5 tap_is_gone "$tap_pid" >/dev/null || kill -s KILL "$tap_pid" 2>/dev/null || :
		wait "$tap_pid" 2>/dev/null || :
	done
	[ "$tap_code" -eq 0 ] || for tap_file in "$WORK"/start.*; do
		[ ! -s "$tap_file" ] || diag "$(echo "$tap_file:"; tail -n 20 "$tap_file")"
	done
	chmod -R u+rwx "$WORK" 2>/dev/null || :
	rm -rf "$WORK"
	[ -n "$tap_plan$tap_ended" ] || { echo "# ended without plan or done_testing"; tap_code=99; }
	[ "$tap_code" -ne 0 ] || [ "$tap_failed" -eq 0 ] || tap_code=1
	exit "$tap_code"
}
trap tap_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
