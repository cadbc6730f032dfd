#!/bin/bash
# Frames cut into EXR pieces and joined: what one Blender renders whole, bit for bit. BF_BLENDER names another
# Blender than `blender`.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
blender=${BF_BLENDER:-blender}
here=$(cd "${0%/*}" && pwd)
command -v "$blender" >/dev/null || skip_all 'optional: no Blender here'

scenes=$WORK/scenes
mkdir "$scenes" "$WORK/tmp"
export TMPDIR=$WORK/tmp
"$blender" -b --factory-startup --python-exit-code 9 -P "$here/pieces_exr_scenes.py" -- "$scenes" >"$WORK/scenes.log" 2>&1 || {
	diag "$(tail "$WORK/scenes.log")"
	fail 'scenes are made'
}

FAKE=$blender LEASE=60 BEAT=2 POLL=0.2
new_farm 'factory_startup = yes'
agent one
ok 'the share is there' wait_until 30 test -d "$SHARE/queue/rejected"
submit() { # NAME SOURCE PIECES
	printf '[job]\nframes = 1\npieces = %s\n' "$3" >"$SHARE/queue/$1.ini"
	cp "$scenes/$2.blend" "$SHARE/queue/.coming"
	mv "$SHARE/queue/.coming" "$SHARE/queue/$1.blend"
}
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
"$blender" -b --factory-startup "${commands[@]}" >"$WORK/alone.log" 2>&1 || fail 'Blender alone renders them'
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
is "$(compare -metric AE "$SHARE"/output/png_*/png_0001.png "$scenes/png_0001.png" null: 2>&1)" 0 'adaptive sampling in PNG: no pixel differs'
like "$(cat "$SHARE/jobs/$(jobs_of adaptive)/job.ini")" '^piece_margin = 16' 'adaptive sampling gets a margin'
like "$(cat "$SHARE/jobs/$(jobs_of layers)/job.ini")" '^piece_align = 32' 'bands begin where chunks do'
unlike "$(cat "$SHARE"/jobs/*/job.ini)" 'rendered whole' 'nothing was rendered whole'
stop_agents
done_testing
