#!/bin/bash
# Looking at a big job against listing its names.
#
#   tests/bench/status.sh [FRAMES [ROUNDS]]      100000 9 when nothing is said
#
# A made-up share with one job of so many frames (tests/helpers/makejob.c): 60 in 100 done, 8 running. Each round
# times `find jobs/JOB`, bfstatus, bfstatus JOB and bfstatus --json, one after the other; ratios are medians of the
# rounds' ratios. A refresh is compared with the first look within one process. Goals: first look <= 2 x find,
# refresh <= 0.2 x first look. Exit code 1 when a goal is missed at full size.
set -euo pipefail
cd "$(dirname "$0")/../.."

frames=${1:-100000} rounds=${2:-9}
bin=$(realpath "${BF_BIN:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-status.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
share=$work/share

missed=0
# goal WHAT VALUE MOST: one line of the report.
goal() {
	local verdict=ok
	awk -v v="$2" -v m="$3" 'BEGIN { exit !(v <= m) }' || { verdict=MISSED; missed=1; }
	printf '  %-34s %8s  goal <= %-6s %s\n' "$1" "$2" "$3" "$verdict"
}
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.3f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# took COMMAND...: its wall-clock time in microseconds.
took() {
	local start=${EPOCHREALTIME/./} end
	"$@" >"$work/out"
	end=${EPOCHREALTIME/./}
	echo $((end - start))
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }

"$bin/tests/makejob" "$share" "$frames"
job=$(basename "$share"/jobs/*_*)
echo "status of a job of $frames frames, $rounds rounds"
for round in $(seq 0 "$rounds"); do
	find=$(took find "$share/jobs/$job")
	all=$(took "$bin/bfstatus" --share "$share")
	one=$(took "$bin/bfstatus" --share "$share" "$job")
	json=$(took "$bin/bfstatus" --share "$share" --json)
	"$bin/tests/scanrounds" "$share" 20 >"$work/scan"
	[ "$round" -gt 0 ] || continue # the first round only warms the caches
	echo "$find" >>"$work/find"
	ratio "$all" "$find" >>"$work/all"
	ratio "$one" "$find" >>"$work/one"
	ratio "$json" "$find" >>"$work/json"
	ratio "$(tail -n +2 "$work/scan" | median)" "$(head -n 1 "$work/scan")" >>"$work/refresh"
	ratio "$(tail -n +2 "$work/scan" | sort -n | tail -n 1)" "$(head -n 1 "$work/scan")" >>"$work/worst"
done
echo "  find takes $(($(median <"$work/find" | cut -d. -f1) / 1000)) ms"
goal 'bfstatus / find' "$(median <"$work/all")" 2
goal 'bfstatus JOB / find' "$(median <"$work/one")" 2
goal 'bfstatus --json / find' "$(median <"$work/json")" 2
goal 'refresh / first look' "$(median <"$work/refresh")" 0.2
printf '  %-34s %8s  (some directories are listed again each time)\n' 'slowest of 20 refreshes / first' "$(median <"$work/worst")"
[ "$frames" -lt 100000 ] || exit "$missed"
