#!/bin/bash
# Frames cut into EXR pieces and joined: what one Blender renders whole, bit for bit.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes pieces_exr_scenes.py

blender_farm
agents one
submit() { drop_scene "$2.blend" "$1.blend" 'frames = 1' "pieces = $3"; } # NAME SCENE PIECES
submit bands half 4
submit tiles half 2x2
submit piz piz 2x3
submit layers layers 3
submit grid layers 3x2
submit lossy lossy 3
submit adaptive adaptive 3x2
submit png png 3x2

commands=()
for name in half piz layers lossy adaptive png; do commands+=("$scenes/$name.blend" -f 1); done
ok 'Blender alone renders them' render_alone "${commands[@]}"
exits 0 'all jobs end' timeout 500 "$BF_BIN/bfstatus" --share "$SHARE" --wait

chunks() { python3 "$here/exr_chunks.py" "$1"; }

# joined NAME SOURCE PIECES: NAME was cut into so many, and its picture is that of SOURCE rendered whole.
joined() {
	local picture whole=$scenes/$2_0001.exr
	picture=$(echo "$SHARE/output/$(jobs_of "$1")"/*.exr)
	is "$(find "$SHARE/jobs/$(jobs_of "$1")/tasks" -name 'f0001.p*.done.*' | wc -l)" "$3" "$1: so many pieces were rendered"
	if [ "$2" = lossy ]; then
		is "$(chunks "$picture")" "$(chunks "$whole")" "$1: all chunks are the same"
	else
		is "$("$BF_BIN/tests/exrpieces" same "$picture" "$whole" 2>&1)" '0 differ, by up to 0' "$1: all channels are the same, bit for bit"
	fi
	# Blender decodes layers in its compositor only
	case $2 in half | piz)
		"$blender" -b --factory-startup --python-exit-code 9 -P "$here/same_pictures.py" -- "$picture" "$whole" >"$WORK/same" 2>&1
		is "$(grep -E '^(differ|compared)' "$WORK/same")" 'compared 1 pairs' "$1: and so Blender sees them" ;;
	esac
}
joined bands half 4
joined tiles half 4
joined piz piz 6
joined layers layers 3
joined grid layers 6
joined lossy lossy 3
joined adaptive adaptive 6
is "$(differing_pixels "$SHARE"/output/png_*/png_0001.png "$scenes/png_0001.png")" 0 'adaptive sampling in PNG: no pixel differs'
like "$(cat "$SHARE/jobs/$(jobs_of adaptive)/job.ini")" '^piece_margin = 16' 'adaptive sampling gets a margin'
like "$(cat "$SHARE/jobs/$(jobs_of layers)/job.ini")" '^piece_align = 32' 'bands begin where chunks do'
unlike "$(cat "$SHARE"/jobs/*/job.ini)" 'rendered whole' 'nothing was rendered whole'
stop_agents
done_testing
