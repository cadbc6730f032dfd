#!/bin/bash
# timeout: 900
# Exactness: whatever a scene asks for, the picture that came from pieces is the one that Blender renders whole, pixel
# for pixel; or it was rendered whole, and the plan says why.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes matrix_scenes.py
diag "$(grep '^not with this Blender' "$WORK/scenes.log")"

blender_farm
agents one

# row NAME PIECES HOW: HOW = joined (as it is), finished (by Blender), or the reason why it is rendered whole.
names=() how=()
row() {
	[ -e "$scenes/$1.blend" ] || return 0
	names+=("$1") how+=("$3")
	drop_scene "$1.blend" "$1.blend" 'frames = 7' "pieces = $2"
}
row png8 3 finished
row png8_rgba 3x2 finished
row png8_plain 2x2 joined
row png16 3x2 joined
row png8_bw 2 finished
row png16_bw 2x2 joined
row png16_clear 2x2 joined
row exr_half 3 joined
row exr_float 2x2 joined
row layers 2 joined
row two_layers 3x2 joined
row lossy_adaptive 3 finished
row adaptive 2x2 joined
row adaptive8 2x2 finished
row blur 3 finished
row rolling 3 finished
row percent 2x2 finished
row border 3x2 joined
row border8 3 finished
row border_empty 4 'only a border of it is rendered'
row look 2 finished
row agx 2 finished
row standard 2 joined
row curves 2 finished
row stamp 2 finished
row stamp8 2 finished
row jpeg 2 finished
row tiff 2 finished
row tiff16 2 finished
row bmp 2 finished
row targa 2 finished
row webp 2 finished
row hdr 2 finished
row comp_blur 3x2 finished
row comp_glare 3 finished
row comp_layers 3 finished
row comp_off 3 joined
row parts_float samples:4 finished
row parts_layers samples:3 finished
row parts_comp samples:13 finished
row no_views 2 'several views'
row no_strips 2 'sequencer'
row no_lines 2 'Freestyle'
row no_time 2 'time limit'
row no_subdivision 2 'adaptive subdivision'
row no_other_scene 2 'compositor shows other scenes'
row no_workbench 2 'dither needs the whole picture, and only Cycles'
row no_parts_adaptive samples:2 'adaptive sampling'
row no_parts_crypto samples:2 'Cryptomatte'
row no_parts_light samples:2 'Transmission Indirect is a quotient'

commands=()
for name in "${names[@]}"; do commands+=("$scenes/$name.blend" -f 7); done
ok 'Blender alone renders them' render_alone "${commands[@]}"
exits 0 'all jobs end' timeout 600 "$BF_BIN/bfstatus" --share "$SHARE" --wait

chunks() { python3 "$here/exr_chunks.py" "$1"; } # packed in a way that the C library cannot unpack
kind() { identify -format '%m %wx%h %z %[channels]' "$1"; }
# differing A B MOST: how many pixels (EXR: samples, those by more than MOST) differ.
differing() {
	if [ ! -s "$1" ] || [ ! -s "$2" ]; then echo 'not there'; return; fi
	case $1 in
	*/lossy_*.exr) if [ "$(chunks "$1")" = "$(chunks "$2")" ]; then echo 0; else echo some; fi ;;
	*.exr) "$BF_BIN/tests/exrpieces" same "$1" "$2" "$3" 2>&1 | sed 's/ differ.*//' ;;
	*.hdr) if cmp -s <(sed '1,/^$/d' "$1") <(sed '1,/^$/d' "$2"); then echo 0; else echo all; fi ;;
	*)
		[ "$(kind "$1")" = "$(kind "$2")" ] || { echo all; return; }
		if ! convert "$1" -depth 16 "rgba:$WORK/a" || ! convert "$2" -depth 16 "rgba:$WORK/b"; then echo 'not read'; return; fi
		cmp -l "$WORK/a" "$WORK/b" | awk '{ pixel[int(($1 - 1) / 8)] = 1 } END { print length(pixel) }' ;;
	esac
}

for i in "${!names[@]}"; do
	name=${names[i]} most=0
	job=$(cd "$SHARE/jobs" && echo "$name"_20*[0-9])
	plan=$(cat "$SHARE/jobs/$job/job.ini")
	picture=$(find "$SHARE/output/$job" -type f)
	case $name in parts_*) most=1e-5 ;; esac
	count=$(differing "$picture" "$scenes/${picture##*/}" $most)
	diag "$(printf '%-18s %-9s differing: %s' "$name" "${how[i]%% *}" "$count")"
	is "$count" 0 "$name: as Blender alone renders it"
	case ${how[i]} in
	joined) unlike "$plan" 'rendered whole|finish = "?blender' "$name: from pieces joined as they are" ;;
	finished)
		unlike "$plan" 'rendered whole' "$name: from pieces"
		like "$plan" 'finish = "?blender' "$name: finished by Blender" ;;
	*) like "$plan" "rendered whole, not in pieces: .*${how[i]}" "$name: was rendered whole, and the plan says why" ;;
	esac
done
stop_agents
done_testing
