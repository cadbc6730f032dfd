#!/bin/bash
# timeout: 900
# Driving a real Blender: opening, facts, names, pieces, failures, ends.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes scenes.py
drive=$BF_BIN/tests/blenderdrive

# ask [OPTION...]: run the commands on standard input in a fresh directory $dir; answers in $got.
count=0
ask() {
	count=$((count + 1)) dir=$WORK/b$count
	mkdir "$dir"
	got=$("$drive" -p "$blender" -f "$@" "$dir")
}
same() { [ "$(differing_pixels "$1" "$2")" = 0 ]; }
size() { identify -format '%wx%h %z-bit %m' "$1"; }

# ---- facts and names

ask <<END
open $scenes/plain.blend
render 5 whole
render 5 left piece=0,0,33,60
render 5 mid piece=33,0,67,60
render 5 right piece=67,0,101,60
render 5 top piece=0,0,101,17
render 5 rest piece=0,17,101,60
render 5 again
render -7 minus
open $scenes/plain.blend percent=50 samples=3 format=JPG
render 1 half
open $scenes/plain.blend
render 5 reopened
END
like "$got" '^ready version="[0-9.]+' 'Blender gets ready'
like "$got" '^opened .* scene="Scene" camera="Camera" layer="" engine=CYCLES format=PNG .* mode=RGBA depth=16 frames=1-40/1 size=101x60 fps=24 movie=0' 'facts of the scene'
like "$got" 'missing=0 warnings=0 picture="shot_####.png"' 'nothing is missing, pictures are named'
is "$(size "$dir/out/whole-0005.png")" '101x60 16-bit PNG' 'a frame'
is "$(size "$dir/out/mid-0005.png")" '34x60 16-bit PNG' 'a piece has its size'
(cd "$dir/out" && convert left-0005.png mid-0005.png right-0005.png +append columns.png && convert top-0005.png rest-0005.png -append rows.png)
ok 'columns joined are the whole picture' same "$dir/out/whole-0005.png" "$dir/out/columns.png"
ok 'rows joined are the whole picture' same "$dir/out/whole-0005.png" "$dir/out/rows.png"
ok 'after pieces a whole frame is as before' same "$dir/out/whole-0005.png" "$dir/out/again-0005.png"
ok 'a negative frame' test -s "$dir/out/minus--0007.png"
like "$got" 'size=50x30 .* samples=3 .*picture="shot_####.jpg"' 'percent, samples and format are overridden'
is "$(size "$dir/out/half-0001.jpg")" '50x30 8-bit JPEG' 'a picture with overrides'
ok 'overrides end with the next file' same "$dir/out/whole-0005.png" "$dir/out/reopened-0005.png"

ask <<END
open $scenes/scenes.blend
open $scenes/scenes.blend scene=Zweite%20Szene%20ä
render -3 second
open $scenes/scenes.blend scene=Zweite%20Szene%20ä camera=Second view_layer=Extra
render 1 camera
open $scenes/scenes.blend scene=Dritte
open $scenes/scenes.blend camera=Nobody
open $scenes/scenes.blend view_layer=None
open $scenes/scenes.blend engine=NOPE
open $scenes/scenes.blend format=GIF
open $scenes/scenes.blend engine=workbench
END
like "$got" '^opened .* scene="First"' 'the scene that was active when saved'
like "$got" 'scene="Zweite Szene ä" camera="Camera" .* frames=3-9/3 size=40x30 .*picture="####.png"' 'another scene, by name'
is "$(size "$dir/out/second--0003.png")" '40x30 16-bit PNG' 'a picture of a scene that is not active'
like "$got" 'camera="Second" layer="Extra"' 'another camera and view layer'
not_ok 'the other camera sees something else' same "$dir/out/second--0003.png" "$dir/out/camera-0001.png"
like "$got" 'failed file_fault=1 .*no scene Dritte; the file has: First, Zweite' 'an unknown scene'
like "$got" 'failed file_fault=1 .*no camera Nobody; the scene has: Camera' 'an unknown camera'
like "$got" 'failed file_fault=1 .*no view layer None; the scene has: ViewLayer' 'an unknown view layer'
like "$got" 'failed .*no render engine NOPE; this Blender has: .*CYCLES' 'an unknown engine'
like "$got" 'failed file_fault=1 .*no picture format GIF; this Blender has: .*PNG' 'an unknown format'
like "$got" 'engine=BLENDER_WORKBENCH' 'engines have short names'

# ---- what is wrong with files

head -c 5000 "$scenes/plain.blend" >"$scenes/cut.blend"
echo hello >"$scenes/garbage.blend"
printf 'BLENDER17-01v9902 and so on' >"$scenes/future.blend"
newer="open $here/../fuzz/corpus/blendfile/zstd-502"
! echo "$got" | grep -q '^ready version="[5-9]' || newer=''
ask <<END
open $scenes/no_camera.blend
open $scenes/missing.blend
open $scenes/cut.blend
open $scenes/garbage.blend
open $scenes/nowhere.blend
open $scenes/future.blend
$newer
render 1 nothing
open $scenes/plain.blend
render 1 something
render 1 outside piece=50,0,200,60
open $scenes/freestyle.blend
open $scenes/script.blend
END
like "$got" '^failed file_fault=1 agent_fault=0 message="the scene Scene has no camera"' 'no camera'
like "$got" 'missing=1 ' 'a missing texture is counted, an unused one is not'
like "$got" "^textures/wood.png" 'and named as in the file'
is "$(echo "$got" | grep -c 'failed file_fault=1 agent_fault=0 message="Blender cannot open the file')" 2 'a cut file and garbage'
like "$got" 'failed file_fault=0 agent_fault=1 message="the file .*nowhere.blend is not there' 'no file'
like "$got" 'failed file_fault=0 agent_fault=1 message="the file was saved by Blender 99.2, too new' 'a file of a newer Blender'
if [ -n "$newer" ]; then
	like "$got" 'failed file_fault=0 agent_fault=1 message="the file was saved by Blender 5.2, too new' 'a packed one of a newer Blender'
fi
like "$got" 'failed .*no file is open' 'rendering without a file'
like "$got" '^rendered .*something-0001.png' 'work goes on after failures'
like "$got" 'failed .*does not lie in the picture' 'a piece outside'
like "$got" 'failed file_fault=1 .*Freestyle script' 'Freestyle scripts are refused'
not_ok 'no script of the file ran' test -e "$scenes/registered"
not_ok 'and none through Freestyle' test -e "$scenes/escaped"

ask -y <<END
open $scenes/script.blend
render 1 trusted
END
ok 'a trusted script runs' test -e "$scenes/registered"

# ---- formats, movies, views, nodes

ask <<END
open $scenes/movie.blend
render 3 film
open $scenes/stereo.blend
render 3 views
open $scenes/file_output.blend
render 3 nodes
open $scenes/eight_bit.blend
render 5 whole
render 5 plain piece=0,0,101,60
render 5 dithered piece=0,0,101,60 keep=dither
END
like "$got" 'format=PNG file_format=FFMPEG .* movie=1 .*picture="film_####.png"' 'a movie is rendered as pictures'
is "$(size "$dir/out/film-0003.png")" '101x60 8-bit PNG' 'one of them'
like "$got" 'picture="shot_####_L.png" picture="shot_####_R.png"' 'two views, two names'
like "$got" 'file=.*/views-0003_L.png file=.*/views-0003_R.png' 'two views, two pictures'
like "$got" 'File Output nodes in the compositor are not collected' 'File Output nodes are mentioned'
like "$got" 'rendered .*nodes-0003.png' 'and the frame is there'
not_ok 'nothing outside' test -e "$scenes/outside"
not_ok 'nothing beside' ls "$scenes"/escaped_* "$WORK"/escaped_* 2>/dev/null
ok 'their pictures are kept in the private directory' sh -c "find '$dir/nodes' -type f | grep -q ."
like "$got" ' depth=8 .* dithers=1 ' '8-bit pictures are dithered'
ok 'a piece with dither is like the whole' same "$dir/out/whole-0005.png" "$dir/out/dithered-0005.png"
not_ok 'a piece is not dithered otherwise' same "$dir/out/whole-0005.png" "$dir/out/plain-0005.png"

formats='PNG BMP TARGA TARGA_RAW JPEG JPEG2000 TIFF OPEN_EXR OPEN_EXR_MULTILAYER HDR DPX CINEON IRIS WEBP'
ask <<END
$(for f in $formats; do echo "open $scenes/plain.blend format=$f"; echo "render 2 $f"; done)
END
for format in $formats; do
	name=$(echo "$got" | grep "format=$format file_format" | sed -n 's/.*picture="shot_####\(\.[a-z0-9]*\)".*/\1/p')
	if echo "$got" | grep -q "no picture format $format\|cannot write $format"; then
		pass "$format is unknown to this Blender, and it says so"
	else
		ok "$format is written as $name" test -s "$dir/out/$format-0002$name"
	fi
done

# ---- denoising, sample ranges

ask <<END
open $scenes/denoise.blend
render 1 denoised
open $scenes/denoise.blend denoise_off=1
render 1 noisy
END
if echo "$got" | grep -q 'ready .* has_oidn=1'; then
	like "$got" 'rendered .*denoised-0001' 'a denoised picture'
else
	like "$got" 'needs_oidn=1 has_oidn=0' 'a denoiser is needed and not there'
	like "$got" 'failed file_fault=0 agent_fault=1 .*OpenImageDenoise' 'then the picture fails here'
fi
like "$got" 'rendered .*noisy-0001' 'denoising can be left out'

ask <<END
open $scenes/plain.blend format=OPEN_EXR
render 1 all depth=32 samples=0,8
render 1 a depth=32 samples=0,4
render 1 b depth=32 samples=4,4
render 1 usual depth=32
END
is "$(echo "$got" | grep -c '^rendered')" 4 'sample ranges are rendered'
worst=$("$blender" -b --factory-startup -P "$here/average.py" -- "$dir/out/a-0001.exr" "$dir/out/b-0001.exr" \
	"$dir/out/all-0001.exr" 2>&1 | sed -n 's/^largest difference //p')
diag "largest difference of the mean of two halves to the whole: $worst"
like "$worst" '^(0|[0-9.]+e-0[6-9]|[0-9.]+e-1[0-9])$' 'and their mean is the whole'

# ---- ends

kill_test() {
	ask <<-END
	open $scenes/endless.blend
	kill $1 60000
	render 1 late
	END
}
kill_test 9
like "$got" '^progress' 'progress was told'
like "$got" 'gone file_fault=0 agent_fault=1 message="Blender was killed while rendering frame 1' 'killed while rendering'
like "$got" '^refused Blender is gone' 'and no more work is taken'
kill_test 15
like "$got" 'gone file_fault=0 agent_fault=1 message="Blender was ended from outside while rendering frame 1' 'ended from outside'
kill_test 11
like "$got" 'gone file_fault=0 agent_fault=0 message="Blender crashed while rendering frame 1' 'crashed'

# drives and stops while rendering: nothing may be left
start sh -c "{ printf 'open %s\nrender 1 x\n' '$scenes/endless.blend'; } | exec '$drive' -f -p '$blender' '$WORK'"
wait_until 60 grep -qs 'Read blend' "$WORK/log"
pids=$(pgrep -f "$WORK/script/driver.py")
isnt "$pids" '' 'Blender is rendering'
kill -9 "$(pgrep -f "$drive -f -p $blender $WORK\$" | tail -n 1)"
gone() { for p in $pids; do tap_is_gone "$p" || return 1; done; }
ok 'Blender dies with the agent' wait_until 20 gone

got=$("$drive" -p "$WORK/no-blender" "$WORK")
like "$got" 'cannot start: .*no-blender: No such file' 'a missing Blender'
printf '#!/bin/bash\necho "blender: error while loading shared libraries: libX.so.6: cannot open" >&2\nexit 127\n' >"$WORK/broken"
chmod +x "$WORK/broken"
got=$("$drive" -p "$WORK/broken" "$WORK")
like "$got" 'gone file_fault=0 agent_fault=1 message="Blender cannot be run on this machine .*libX.so.6' 'a missing library'
ask -d CUDA:7 </dev/null
like "$got" 'failed file_fault=0 agent_fault=1 message=".*(CUDA)' 'a device that is not there'
ask -d CPU <<END
open $scenes/plain.blend
render 1 cpu
END
like "$got" '^ready .*device="CPU"' 'the processor as device'
like "$got" '^rendered' 'renders'
done_testing
