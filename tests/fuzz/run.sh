#!/bin/bash
# Fuzz every parser of untrusted bytes; `make fuzz` builds and runs this.
#
#   tests/fuzz/run.sh [TARGET...]
#
# FUZZ_SECONDS of processor time in all (default 600), FUZZ_JOBS targets at a time. What a run finds on its way stays in
# $BF_BIN/fuzz/corpus; a crasher in $BF_BIN/fuzz/crash-TARGET-*: mend what is wrong and put it into
# tests/fuzz/corpus/TARGET/, for good. The last line is `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

out=${BF_BIN:-build}/fuzz
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
	for file in tests/fuzz/fuzz_*.c; do
		name=${file##*/fuzz_}
		targets+=("${name%.c}")
	done
fi
jobs=${FUZZ_JOBS:-$(nproc)}
seconds=$((${FUZZ_SECONDS:-600} / ${#targets[@]}))
[ "$seconds" -ge 1 ] || seconds=1
TMPDIR=$(mktemp -d /dev/shm/bf-fuzz.XXXXXX 2>/dev/null || mktemp -d) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# The words of INI files, from the tables of those who read them: [section], key =, and values that mean something.
make_dictionary() {
	grep -ohE '"[A-Za-z0-9_]+( \*)?(\.[a-z_]+)?"' agent/config*.c agent/wishes*.c share-layout/job_file*.c | tr -d '"' | sort -u |
		sed -E 's/^([a-z]+) \*\.(.*)/[\1 1]\n\2 =/; s/^([a-z]+)\.(.*)/[\1]\n\2 =/' | sort -u | sed 's/.*/"&"/'
	printf '"%s"\n' '\x0a' ';' '#' '= ' '[job]' '%0A' '%25' '\xff'
}
make_dictionary >"$TMPDIR/ini.dict"

# fuzz_one TARGET: a log, and the exit code in TARGET.rc. Leaks count: a worker reads for weeks.
fuzz_one() {
	local corpus=$out/corpus/$1 words=()
	case $1 in ini | config | job) words=("-dict=$TMPDIR/ini.dict") ;; esac
	mkdir -p "$corpus"
	"$out/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 "${words[@]}" \
		-artifact_prefix="$out/crash-$1-" "$corpus" "tests/fuzz/corpus/$1" >"$out/$1.log" 2>&1
	echo $? >"$out/$1.rc"
}

stat() { sed -n "s/^stat::$2: *//p" "$out/$1.log"; }

for target in "${targets[@]}"; do
	rm -f "$out/$target.rc"
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
	fuzz_one "$target" &
done
wait

passed=0 failed=0 executions=0
for target in "${targets[@]}"; do
	count=$(stat "$target" number_of_executed_units)
	executions=$((executions + ${count:-0}))
	if [ "$(cat "$out/$target.rc")" = 0 ] && [ "${count:-0}" -gt 0 ]; then
		passed=$((passed + 1))
		echo "ok   $target: $count executions in $seconds s, $(stat "$target" new_units_added) new inputs"
	else
		failed=$((failed + 1))
		echo "FAIL $target: see $out/$target.log"
		grep -E '^(==[0-9]+==ERROR|SUMMARY|artifact|.*runtime error)' "$out/$target.log" | head -n 5 | cut -c 1-300 | sed 's/^/     | /'
	fi
done
echo "$executions executions"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
