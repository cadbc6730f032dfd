#!/bin/bash
# timeout: 900
# The farm with a real Blender: what two agents make of a file is what Blender alone makes of it, byte for byte or pixel
# for pixel.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes farm_scenes.py
alone=$WORK/alone
mapfile -t formats < <(cd "$scenes/formats" && ls)

# ---- two agents, and everything at once

blender_farm
agents one two
drop_scene no_camera.blend no_camera.blend
drop_scene missing/missing.blend missing.blend
drop_scene missing/missing.blend pink.blend 'missing = warn' 'frames = 1'
drop_scene plain.blend nowhere.blend 'scene = Keller'
drop_scene plain.blend gif.blend 'format = GIF'
drop_scene walk.blend walk.blend
drop_scene plain.blend still.blend 'pieces = 3x2' 'frames = 5'
drop_scene bench.blend bench.blend 'pieces = 2x2' 'frames = 5'
drop_scene film.blend film.blend 'frames = 2-3'
drop_scene textured textured 'frames = 4'
drop_scene scenes.blend other.blend 'scene = Zweite Szene ä' 'camera = Seite' 'frames = 7,2' 'format = jpg' 'percent = 50'
drop_scene denoised.blend noisy.blend 'denoise = off' 'frames = 5'
for format in "${formats[@]}"; do drop_scene "formats/$format" "$format" 'frames = 2'; done

# ---- meanwhile Blender alone

cp -r "$scenes" "$alone"
commands=(walk.blend -a plain.blend -f 5 bench.blend -o //bench_#### -f 5 film.blend -F PNG -f '2,3' textured/textured.blend -f 4
	other.blend -f '2,7')
for format in "${formats[@]}"; do commands+=("formats/$format" -f 2); done
(cd "$alone" && render_alone "${commands[@]}") || fail 'Blender alone renders them'

# ---- what came of it

exits 0 'all jobs end' timeout 300 "$BF_BIN/bfstatus" --share "$SHARE" --wait
# like_alone NAME FOLDER PREFIX: the job has the pictures that Blender made in FOLDER, under their names.
pairs=()
like_alone() {
	local output wanted picture
	output=$SHARE/output/$(jobs_of "$1")
	wanted=$(cd "$2" && find . -maxdepth 1 -type f -name "$3*.*" ! -name '*.blend' -printf '%f\n' | sort)
	is "$(find "$output" -type f -printf '%f\n' | sort)" "$wanted" "$1: pictures are named as Blender names them"
	for picture in $wanted; do pairs+=("$output/$picture" "$2/$picture"); done
}
like_alone walk "$alone/render" walk_
is "$(find "$SHARE/output"/walk_* -type f | wc -l)" 8 'an animation has its range and step'
like_alone film "$alone" film_
like_alone textured "$alone/textured/render" shot_
like_alone other "$alone/render" zwei_
is "$(identify -format '%m %w %h' "$SHARE"/output/other_*/zwei_02.jpg)" 'JPEG 50 30' 'the ini overrides scene, camera, format and size'
for format in "${formats[@]}"; do like_alone "${format%.blend}" "$alone/formats/render" "${format%.blend}_"; done
ok 'all still formats were tried' test "${#formats[@]}" -ge 10

# ---- a picture in pieces

still=$SHARE/output/$(jobs_of still)
is "$(ls -A "$still")" shot_0005.png 'six pieces are joined to one picture'
is "$(count_tasks "$(jobs_of still)" '^f0005\.p00[0-5]\.done\.')" 6 'all six were rendered'
is "$(identify -format '%w %h %z' "$still/shot_0005.png")" '101 60 16' 'of the whole size, 16 bit'
is "$(differing_pixels "$still/shot_0005.png" "$alone/render/shot_0005.png")" 0 'no pixel differs from the whole picture'
pairs+=("$still/shot_0005.png" "$alone/render/shot_0005.png")
is "$(differing_pixels "$SHARE"/output/bench_*/shot_0005.png "$alone/bench_0005.png")" 0 'nor in one of Workbench'
pairs+=("$SHARE"/output/noisy_*/shot_0005.png "$alone/render/shot_0005.png") # denoised, were it not for the ini

"$blender" -b --factory-startup --python-exit-code 9 -P "$here/same_pictures.py" -- "${pairs[@]}" >"$WORK/same" 2>&1
is "$(grep '^differ' "$WORK/same")" '' 'all pictures have the pixels that Blender alone makes'
like "$(cat "$WORK/same")" "^compared $((${#pairs[@]} / 2)) pairs" 'each of them was compared'

# ---- what cannot be rendered

why() { like "$(why_of "$1.blend")" "$2" "$3"; }
why no_camera '^[Tt]he scene Scene has no camera' 'no camera: said so'
why missing 'not there.*: (../)?(textured/)?maps/wood\.png' 'a missing texture: named as in the file'
unlike "$(why_of missing.blend)" 'scratch|/tmp' 'not by a place on the machine that looked'
why nowhere 'no scene Keller.*Scene' 'no such scene: those that are there are named'
why gif 'no picture format GIF.*PNG' 'no such format: those that are there are named'
is "$(find "$SHARE/output"/pink_* -type f | wc -l)" 1 'a missing texture can be allowed'
like "$(cat "$SHARE"/jobs/pink_*/job.ini)" '^warning.*wood' 'and is remembered as a warning'

# Debian's Blender cannot denoise, and new scenes want it.
drop_scene denoised.blend denoised.blend 'frames = 1'
denoised=$(job_of denoised)
if grep -q '^needs *=.*oidn' "$SHARE/jobs/$denoised/job.ini" && grep -q '^warning.*OpenImageDenoise' "$SHARE/jobs/$denoised/job.ini"; then
	ok 'a job that no machine can do waits' has_task "$denoised" '^f0001\.open\.'
else
	ok 'a denoised picture is rendered' wait_until 60 has_pictures "$denoised" 1
fi
stop_agents
ok 'no Blender is left' has_no_blender
done_testing
