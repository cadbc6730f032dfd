#!/bin/bash
# Joining against libpng's bare decoding of the same pieces, and against `cat` of EXR bands.
#
#   tests/bench/merge.sh [WIDTH HEIGHT [ROUNDS]]      16384 4096 3 when nothing is said; 2048 1024 is quick
#
# Eight pieces of a noisy RGBA picture of 16 bits, compressed as Blender does; as columns and as strips. Each round
# times the decoding on one core and the join on all, one after the other; the ratio is the median of the
# rounds' ratios; a round in which other programs kept a core busy is repeated. Goals: ratio <= 1.10 on two
# cores, peak <= 64 MB, file no larger than the pieces. The results of both shapes are compared pixel by pixel.
# Then the same for EXR (RGBA half, ZIP): bands, whose chunks are copied, against cat of the same bytes (<= 2), and
# columns, which are unpacked and packed again, against OpenEXR's decoding on one core (no goal but the memory).
# Exit code 1 when a goal is missed at full size.
# Everything lies in memory where /dev/shm has room, so that no disk is measured.
set -euo pipefail
cd "$(dirname "$0")/../.."

width=${1:-16384} height=${2:-4096} rounds=${3:-3}
bin=$(realpath "${BF_BIN:-build}")
merge=$bin/bfmerge pieces=$bin/tests/pngpieces
need_kb=$((width * height * 8 * 3 / 1024))
place=${TMPDIR:-/tmp}
[ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')0" -lt "${need_kb}0" ] || place=/dev/shm
work=$(mktemp -d "$place/bench-merge.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

missed=0
# goal WHAT VALUE UNIT MOST: one line of the report.
goal() {
	local verdict=ok
	awk -v v="$2" -v m="$4" 'BEGIN { exit !(v <= m) }' || { verdict=MISSED; missed=1; }
	printf '  %-28s %10s %-6s goal <= %-10s %s\n' "$1" "$2" "$3" "$4" "$verdict"
}
# What all processes together used so far; the kernel counts in hundredths of a second.
busy_ms() { awk '/^cpu / { print ($2 + $3 + $4 + $7 + $8 + $9) * 10 }' /proc/stat; }
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

echo "merge ${width}x$height RGBA 16 bit, 8 pieces, $rounds rounds, $(nproc) cores"
for shape in columns strips; do
	mkdir "$work/$shape"
	mapfile -t args < <("$pieces" make "$work/$shape" "$width" "$height" 8 "$shape" 16)
	rm -f "$work/ratios" "$work/peaks"
	tries=0
	for ((i = 0; i < rounds; i++)); do
		before=$(busy_ms)
		read -r decode decode_cpu _ < <("$pieces" run "$pieces" decode "$work/$shape"/p*.png)
		read -r join cpu peak < <("$pieces" run "$merge" -q -o "$work/$shape.png" "${args[@]}")
		others=$(($(busy_ms) - before - decode_cpu - cpu))
		if [ "$others" -gt $(((decode + join) / 8)) ] && [ $((tries += 1)) -le $((4 * rounds)) ]; then
			echo "  $shape: once more, others used $others ms of processor meanwhile"
			i=$((i - 1))
			continue
		fi
		awk -v a="$join" -v b="$decode" 'BEGIN { printf "%.2f\n", a / (b ? b : 1) }' >>"$work/ratios"
		awk -v p="$peak" 'BEGIN { printf "%.1f\n", p / 1024 }' >>"$work/peaks"
		printf '  %s: decode %s ms, join %s ms (%s ms of processor)\n' "$shape" "$decode" "$join" "$cpu"
	done
	goal "$shape: join / decode" "$(median <"$work/ratios")" '' 1.10
	goal "$shape: peak memory" "$(median <"$work/peaks")" MB 64
	goal "$shape: file" "$(stat -c %s "$work/$shape.png")" bytes "$(cat "$work/$shape"/p*.png | wc -c)"
	rm -rf "${work:?}/$shape"
done
"$pieces" same "$work/columns.png" "$work/strips.png"
echo '  columns and strips give the same pixels'
rm -f "$work"/*.png

exr=$bin/tests/exrpieces
# pieces_of bands|columns: makes eight of them, sets args.
pieces_of() {
	args=()
	for ((k = 0; k < 8; k++)); do
		if [ "$1" = bands ]; then
			x=0 y=$((k * (height / 8))) w=$width h=$((height / 8))
		else
			x=$((k * (width / 8))) y=0 w=$((width / 8)) h=$height
		fi
		"$exr" make "$work/p$k.exr" "$x" "$y" "$w" "$h" zip V=A:h,B:h,G:h,R:h
		args+=("$work/p$k.exr@$x,$y")
	done
}
for shape in bands columns; do
	pieces_of $shape
	rm -f "$work/ratios" "$work/peaks"
	for ((i = 0; i < 2 * rounds - 1; i++)); do
		if [ $shape = bands ]; then
			start=$(date +%s%N)
			cat "$work"/p?.exr >"$work/cat"
			floor=$((($(date +%s%N) - start) / 1000000))
			rm "$work/cat"
		else
			read -r floor _ < <("$pieces" run "$exr" decode "$work"/p?.exr)
		fi
		read -r join cpu peak < <("$pieces" run "$merge" -q -o "$work/$shape.exr" "${args[@]}")
		awk -v a="$join" -v b="$floor" 'BEGIN { printf "%.2f\n", a / (b ? b : 1) }' >>"$work/ratios"
		awk -v p="$peak" 'BEGIN { printf "%.1f\n", p / 1024 }' >>"$work/peaks"
		printf '  EXR %s: %s %s ms, join %s ms (%s ms of processor)\n' $shape \
			"$([ $shape = bands ] && echo cat || echo decode)" "$floor" "$join" "$cpu"
	done
	if [ $shape = bands ]; then
		goal "EXR $shape: join / cat" "$(median <"$work/ratios")" '' 2.00
	else
		printf '  %-28s %10s\n' "EXR $shape: join / decode" "$(median <"$work/ratios")"
	fi
	goal "EXR $shape: peak memory" "$(median <"$work/peaks")" MB 64
	rm -f "$work"/p?.exr
done
echo "  columns and bands: $("$exr" same "$work/columns.exr" "$work/bands.exr")"
[ "$missed" -eq 0 ] || [ "$width" -lt 16384 ]
