#!/bin/bash
# timeout: 400
# More samples: what is added to a picture makes it the one that is rendered with all the samples at once; and that once more.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes more_scenes.py
# what is added has to come from the seed that the frame has
ok 'Blender alone renders them' render_alone "$scenes/still8.blend" -a "$scenes/still13.blend" -f 2 "$scenes/layers5.blend" -f 1

blender_farm
agents one
ended() { exits 0 "$1" timeout 200 "$BF_BIN/bfstatus" --share "$SHARE" --wait; }
more() { exits 0 "bfjob more $*" "$BF_BIN/bfjob" --share "$SHARE" more "$@"; }
# same JOB PICTURE WHOLE: no sample differs by more than 1e-5 from what Blender renders at once.
same() {
	is "$("$BF_BIN/tests/exrpieces" same "$SHARE/output/$1/$2" "$scenes/$3" 1e-5 2>&1 | sed 's/ differ.*//')" 0 "$2 of $1 is $3"
}
hash_of() { xxhsum -q -H2 "$@" | cut -d' ' -f1; }

drop_scene still.blend still.blend 'frames = 1,2' 'pieces = samples:2'
drop_scene layers layers 'frames = 1' 'pieces = samples:3'
still=$(job_of still) layers=$(job_of layers)
ended 'they are rendered with few samples'
is "$(find "$SHARE/jobs/$still/means" -name '*.exr' | wc -l)" 2 'what each frame comes to is kept'
unlike "$(cat "$SHARE/jobs/$still/job.ini" "$SHARE/jobs/$layers/job.ini")" 'rendered whole' 'they were rendered in parts of the samples'
isnt "$("$BF_BIN/tests/exrpieces" same "$SHARE/output/$still/still_0001.exr" "$scenes/still8_0001.exr" 1e-5 2>&1 | sed 's/ differ.*//')" 0 \
	'that is not yet the picture with all of them'
before=$(hash_of "$SHARE/output/$still"/*)

more "$still" 4
more "$layers" 2
eight=$(job_of still_8samples) five=$(job_of layers_5samples)
ended 'more are added'
like "$(cat "$SHARE/jobs/$eight/job.ini")" "^base = \"?$still" 'the plan says to what'
same "$eight" still_0001.exr still8_0001.exr
same "$eight" still_0002.exr still8_0002.exr
same "$five" layers_0001.exr layers5_0001.exr
is "$(hash_of "$SHARE/output/$still"/*)" "$before" 'the pictures that were there stay as they are'

more "$eight" 5 --frames 2
exits 0 'the first job is removed' "$BF_BIN/bfjob" --share "$SHARE" remove "$still" --yes
thirteen=$(job_of still_13samples)
ended 'and more to these'
is "$(ls "$SHARE/output/$thirteen")" still_0002.exr 'of one frame'
same "$thirteen" still_0002.exr still13_0002.exr
stop_agents
done_testing
