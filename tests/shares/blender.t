#!/bin/bash
# timeout: 900
# Blender itself on two clients, an animation and a still in pieces: what they make is what one Blender alone makes.
FILE_SYSTEMS='nfs4 smb3'
BED_OPTIONS=(-t 800 -m 1600)

on_host() {
	local dir=$WORK/drop frame
	mkdir -p "$dir" "$WORK/alone"
	if ! blender -b --factory-startup --python-exit-code 9 -P "$here/scene.py" -- "$dir/tiny.blend" >"$WORK/scene.log" 2>&1 ||
		! blender -b --factory-startup "$dir/tiny.blend" -o "$WORK/alone/tiny_####" -a >"$WORK/alone.log" 2>&1; then
		tail "$WORK"/{scene,alone}.log >&2
		return 1
	fi
	cp "$dir/tiny.blend" "$dir/cut.blend"
	printf '[job]\nframes = 3\npieces = 2x2\n' >"$dir/cut.ini"
}
. "${0%/*}/each.sh"
. "$here/farm.sh"

use blender
blender=blender
ok "two agents make the share" start_agents 'factory_startup = yes' 'settle_limit = 300'
drop "$BF_HOST_DIR"/drop/*
began=$(tap_now)
ok 'both jobs end' wait_until 700 ended 2
diag "$(($(tap_now) - began)) s"
ok 'the agents stop when asked to' stop_agents
is "$(work_states | grep -v '\.done\.1\.0\.')" '' 'each task was done at the first attempt'
# the files tell when they were made
pixels() { convert "$1" -depth 16 rgba:- | sha256sum; }
same=0
for picture in "$BF_HOST_DIR"/alone/*.png; do
	[ "$(pixels "$picture")" != "$(pixels "$truth"/output/tiny_*/"${picture##*/}")" ] || same=$((same + 1))
done
is "$same" 6 'every frame is, pixel for pixel, what one Blender alone makes'
is "$(pixels "$truth"/output/cut_*/tiny_0003.png)" "$(pixels "$BF_HOST_DIR/alone/tiny_0003.png")" \
	'the pieces are, pixel for pixel, the whole'
for client in a b; do
	ok "client $client took part" has_done_by "$client" 1
done
is "$(leftovers)" '' 'nothing is left over'
is "$(complaints)" '' 'and nothing was complained about'
done_testing
