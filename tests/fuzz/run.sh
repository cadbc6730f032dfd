#!/bin/bash
# Fuzz every parser of untrusted bytes: tests/fuzz/run.sh [SECONDS-PER-TARGET [TARGET...]]
# What a run finds on its way stays in $BF_BIN/fuzz/corpus; a crasher is printed and kept in
# $BF_BIN/fuzz/crash-TARGET-*. Put a fixed crasher into tests/fuzz/corpus/TARGET/, for good.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
shift || true
out=${BF_BIN:-build}/fuzz
cc=$(command -v clang-14 || command -v clang) || { echo "fuzz: clang is not here" >&2; exit 3; }
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
	for file in tests/fuzz/fuzz_*.c; do
		name=${file##*/fuzz_}
		targets+=("${name%.c}")
	done
fi

mkdir -p "$out"
failed=()
for target in "${targets[@]}"; do
	# More sources and libraries that a target needs stand in it, in lines "fuzz-with: FILE ... -lLIB ..."
	read -r -a with < <(sed -n 's/^.*fuzz-with: *//p' "tests/fuzz/fuzz_$target.c" | sed 's|\*/||' | tr '\n' ' ') || true
	"$cc" -std=c11 -D_GNU_SOURCE -I. -DBF_VERSION='"fuzz"' -g -O1 -Wall -Wextra \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
		"tests/fuzz/fuzz_$target.c" share-layout/base/*.c share-layout/*.c "${with[@]}" \
		-lxxhash -lzstd -lz -liniparser -o "$out/fuzz_$target"
	mkdir -p "$out/corpus/$target"
	echo "== $target, $seconds s"
	"$out/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
		-print_final_stats=1 -artifact_prefix="$out/crash-$target-" \
		"$out/corpus/$target" "tests/fuzz/corpus/$target" >"$out/$target.log" 2>&1 || failed+=("$target")
	grep -E '^(stat::(number_of_executed|new_units|average_exec)|SUMMARY|artifact)' "$out/$target.log" |
		sed 's/^/  /' || true
	tail -n 1 "$out/$target.log" | cut -c 1-200
done
if [ ${#failed[@]} -gt 0 ]; then
	echo "crashed: ${failed[*]} (logs and inputs in $out)" >&2
	exit 1
fi
