#!/bin/bash
# Run every test and say what came of it.
#
#   tests/run.sh [--sanitizer] [FILE...]
#
# TEST_LANES files at a time: twice as many as there are processors, for most tests wait most of the time (see lanes_for).
# In order: tests/{chaos,race,share,cli}/*.t, the unit programs $BF_BIN/tests/test_*, tests/blender/*.t; or only the
# FILEs named. Each speaks TAP on stdout and runs in a session of its own with an empty HOME and TMPDIR, under a
# time limit (600 s, or `# timeout: SECONDS` in its first ten lines). It fails when a check fails, when it does not
# keep its plan or checks nothing, when it ends with an error, and when it leaves a process or a file behind.
# What it wrote is in $BF_BIN/test-logs/. With CI=true a skip fails too, unless its reason
# starts with "hardware:" or "optional:". --sanitizer leaves out what needs a real Blender or other file systems
# (tests see BF_SANITIZER=1) and looks for sanitizer reports of every process that ran.
# The last line is `N passed, N failed, N skipped`; exit code 1 if anything failed or nothing ran.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
BF_BIN=$(realpath -m "${BF_BIN:-build}")
export BF_BIN
logs=$BF_BIN/test-logs
kinds='chaos race share cli unit blender'
passed=0 failed=0 skipped=0
skips=()
session='' work='' results=''
lanes=${TEST_LANES:-$((2 * $(nproc)))}
sanitizer=()

if [ "${1:-}" = --sanitizer ]; then
	shift
	sanitizer=(--sanitizer)
	kinds='chaos race cli unit'
	export BF_SANITIZER=1
fi

# The files of one kind, one per line. The programs that are no tests (tests/helpers) lie beside the unit tests.
list_kind() {
	local file
	if [ "$1" = unit ]; then
		for file in "$BF_BIN"/tests/test_*; do
			[ ! -f "$file" ] || [ ! -x "$file" ] || [ ! -f "tests/unit/${file##*/}.c" ] || echo "$file"
		done
	else
		for file in "tests/$1"/*.t; do
			[ ! -f "$file" ] || echo "$file"
		done
	fi
}

# The processes a test left: those of its session, and those that left the session but carry its
# private directory in their environment or stand in it.
survivors() {
	local pid sid state dir
	ps -eo pid=,sid=,stat= | while read -r pid sid state; do
		[ "$sid" != "$session" ] || [ "${state:0:1}" = Z ] || echo "$pid"
	done
	grep -lsaF "TMPDIR=$work/" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
	for dir in /proc/[0-9]*/cwd; do
		case $(readlink "$dir" 2>/dev/null) in "$work" | "$work"/*) echo "$dir" | cut -d/ -f3 ;; esac
	done
}

list_survivors() { survivors | sort -un; }

# Everything of the present test ends here, however we end.
clean_up() {
	local pid
	if [ -n "$session" ]; then
		for pid in $(list_survivors); do kill -KILL "$pid" 2>/dev/null; done
	fi
	if [ -n "$work" ]; then
		chmod -R u+rwx "$work" 2>/dev/null
		rm -rf "$work"
	fi
	session='' work=''
}
# A lane of ours ends its own test when it is told to.
end_lanes() {
	local lane
	for lane in $(jobs -p); do kill -TERM "$lane" 2>/dev/null; done
	wait
	[ -z "$results" ] || rm -rf "$results"
}
trap 'end_lanes; clean_up' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What TAP says, as `passed failed skipped problem…`; the skips go to the file $2 as `name: reason`.
# Several plans in one file (several groups in one program) are added up. The cmocka of Debian 12 writes
# skipped tests as `not ok N # SKIP`.
read_tap() {
	awk -v skips="$2" '
		/^1\.\.[0-9]+/ {
			plans++; planned += substr($1, 4)
			if ($1 == "1..0" && match($0, /# *[Ss][Kk][Ii][Pp]/)) {
				whole++; skip++
				reason = substr($0, RSTART + RLENGTH); sub(/^[: ]+/, "", reason)
				print "all of it: " reason >skips
			}
		}
		/^(not )?ok([ \t]|$)/ {
			seen++
			if (match($0, /# *[Ss][Kk][Ii][Pp]/)) {
				skip++
				reason = substr($0, RSTART + RLENGTH); sub(/^[: ]+/, "", reason)
				name = substr($0, 1, RSTART - 1); sub(/^(not )?ok *[0-9]* *-? */, "", name); sub(/ *$/, "", name)
				print (name == "" ? "" : name ": ") reason >skips
			} else if (/^ok/) pass++
			else fail++
		}
		/^Bail out!/ { problem = $0 }
		END {
			if (problem == "" && !plans) problem = "no plan"
			if (problem == "" && seen != planned) problem = planned + 0 " planned, " seen + 0 " made"
			if (problem == "" && !seen && !whole) problem = "checked nothing"
			print pass + 0, fail + 0, skip + 0, problem
		}' "$1"
}

# The time limit a file asks for.
limit_of() {
	local limit
	limit=$(head -n 10 "$1" | tr -d '\0' | sed -n 's/^# timeout: *\([0-9][0-9]*\).*/\1/p' | head -n 1)
	echo "${limit:-600}"
}

# Start one test and wait for it. $1 file, $2 log name. Returns its exit code.
run_one() {
	local command=("$1")
	if [[ $1 == *.t ]]; then
		case $(head -n 1 "$1") in *bash*) command=(bash "$1") ;; *) command=(sh "$1") ;; esac
	fi
	mkdir -p "$work/home" "$work/tmp" "$work/sanitizer"
	mkdir -m 700 "$work/run" # where libraries (sound, mostly) put what is theirs, not the test's
	# Settings of the person who runs this must not change what the tests see.
	env -u BF_SHARE -u BF_CONFIG -u BF_TRACE -u NO_COLOR -u XDG_CONFIG_HOME -u MAKEFLAGS \
		HOME="$work/home" TMPDIR="$work/tmp" XDG_RUNTIME_DIR="$work/run" LC_ALL=C.UTF-8 \
		ASAN_OPTIONS="log_path=$work/sanitizer/asan${ASAN_OPTIONS:+:$ASAN_OPTIONS}" \
		TSAN_OPTIONS="log_path=$work/sanitizer/tsan${TSAN_OPTIONS:+:$TSAN_OPTIONS}" \
		UBSAN_OPTIONS="log_path=$work/sanitizer/ubsan:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}" \
		setsid timeout -k 10 "$(limit_of "$1")" "${command[@]}" </dev/null >"$logs/$2.tap" 2>"$logs/$2.err" &
	session=$! # in a script a background process leads no group, so setsid does not fork
	wait "$session"
}

# What the test left behind, as lines for its log; nothing when it was tidy.
leftovers() {
	local pid tries=30 left report
	while left=$(list_survivors); [ -n "$left" ] && [ $((tries -= 1)) -gt 0 ]; do
		sleep 0.1 # what was told to stop may still be stopping
	done
	for pid in $left; do
		echo "left a process: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c1-200)"
		kill -KILL "$pid" 2>/dev/null
	done
	rmdir "$work/tmp" 2>/dev/null || find "$work/tmp" -mindepth 1 | head -n 10 | sed "s|^$work/tmp/|left a file: |"
	for report in "$work"/sanitizer/*; do
		# The search for leaks met a thread that was just ending: that is no finding.
		[ ! -f "$report" ] || ! grep -qv 'Unable to get registers from thread' "$report" || { echo "sanitizer report of a process:"; head -n 60 "$report"; }
	done
}

# Run a file, judge it, add up.
judge() {
	local file=$1 name=$2 rc seconds tap_pass tap_fail tap_skip problem left reason verdict=ok
	work=$(mktemp -d "${TMPDIR:-/tmp}/bf-test.XXXXXX") || exit 1
	local began=$EPOCHREALTIME
	run_one "$file" "$name"
	rc=$?
	seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
	left=$(leftovers)
	: >"$work/skips"
	read -r tap_pass tap_fail tap_skip problem < <(read_tap "$logs/$name.tap" "$work/skips")

	if [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
		problem="stopped after $(limit_of "$file") s"
	elif [ "$rc" -ne 0 ] && [ "$tap_fail" -eq 0 ] && [ "$tap_skip" -eq 0 ]; then
		problem="${problem:+$problem; }exit code $rc"
	fi
	[ -z "$left" ] || problem="${problem:+$problem; }${left%%$'\n'*}"
	while read -r reason; do
		skips+=("$name: $reason")
		case ${CI:-}/$reason in
		true/hardware:* | true/optional:* | true/*': hardware:'* | true/*': optional:'*) ;;
		true/*) tap_skip=$((tap_skip - 1)) tap_fail=$((tap_fail + 1)); problem="${problem:-skipped where everything has to be there}" ;;
		esac
	done <"$work/skips"
	# A file that spoilt itself without a failed check counts as one.
	[ -z "$problem" ] || [ "$tap_fail" -gt 0 ] || tap_fail=1
	[ "$tap_fail" -eq 0 ] || verdict=FAIL

	{
		cat "$logs/$name.tap"
		[ ! -s "$logs/$name.err" ] || { echo "--- stderr"; cat "$logs/$name.err"; }
		[ -z "$left" ] || { echo "--- left behind"; echo "$left"; }
	} >"$logs/$name.log"
	rm -f "$logs/$name.tap" "$logs/$name.err"

	printf '%-4s %-36s %5d ok%s%s  %s s%s\n' "$verdict" "$name" "$tap_pass" \
		"$([ "$tap_fail" -eq 0 ] || printf ', %d failed' "$tap_fail")" \
		"$([ "$tap_skip" -eq 0 ] || printf ', %d skipped' "$tap_skip")" "$seconds" "${problem:+  ($problem)}"
	if [ "$verdict" = FAIL ]; then
		{ grep -A 4 '^not ok' "$logs/$name.log" | grep -v '^ok' | head -n 30; echo ...; tail -n 15 "$logs/$name.log"; } | sed 's/^/     | /'
	fi
	passed=$((passed + tap_pass)) failed=$((failed + tap_fail)) skipped=$((skipped + tap_skip))
	clean_up
}

# What one file came to, from a process of its own.
in_lane() { BF_TEST_LANE=1 "$0" "${sanitizer[@]}" "$1" >"$2.part" 2>&1; mv "$2.part" "$2"; }

# Show and count what has ended since, in the order in which it ended.
collect() {
	local result ok bad left_out
	for result in "$results"/*.txt; do
		[ -f "$result" ] || continue
		read -r ok _ bad _ left_out _ < <(tail -n 1 "$result")
		case $ok$bad$left_out in
		'' | *[!0-9]*) failed=$((failed + 1)); cat "$result" ;; # it did not come as far as counting
		*)
			passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left_out))
			head -n -1 "$result" | grep -v '^skipped: '
			mapfile -t -O "${#skips[@]}" skips < <(sed -n 's/^skipped: //p' "$result")
			;;
		esac
		rm -f "$result"
	done
}

# How many may run once this one does. Agents with a fake Blender need a sixth of a processor; a real one needs all there are.
lanes_for() {
	case $1 in
	tests/blender/*) echo "${TEST_LANES:-$(nproc)}" ;;
	*) echo "$lanes" ;;
	esac
}

run_lanes() {
	local file number=0
	results=$(mktemp -d "${TMPDIR:-/tmp}/bf-lanes.XXXXXX") || exit 1
	for file in "$@"; do
		while [ "$(jobs -rp | wc -l)" -ge "$(lanes_for "$file")" ]; do wait -n; collect; done
		number=$((number + 1))
		in_lane "$file" "$results/$number.txt" &
	done
	while [ -n "$(jobs -rp)" ]; do wait -n; collect; done
	collect
	rm -rf "$results"
}

mkdir -p "$logs" || exit 1
files=("$@")
if [ $# -eq 0 ]; then
	for kind in $kinds; do
		mapfile -t -O "${#files[@]}" files < <(list_kind "$kind")
	done
fi
[ -n "${BF_TEST_LANE:-}" ] || rm -f "$logs"/*.log "$logs"/*.tap "$logs"/*.err
if [ -z "${BF_TEST_LANE:-}" ] && [ "$lanes" -gt 1 ] && [ "${#files[@]}" -gt 1 ]; then
	run_lanes "${files[@]}"
else
	for file in "${files[@]}"; do
		name=${file##*/}
		case $file in *.t) kind=$(basename "$(dirname "$file")") ;; *) kind=unit ;; esac
		judge "$file" "$kind-${name%.t}"
	done
fi

for skip in "${skips[@]}"; do
	echo "skipped: $skip"
done
if [ $((passed + failed)) -eq 0 ] && [ -z "${BF_TEST_LANE:-}" ]; then
	echo "nothing ran: are the programs under $BF_BIN?"
	failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
