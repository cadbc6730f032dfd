#!/bin/sh
# Whatever is wrong with the pieces is refused by name, and the result's name is not touched.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
merge=$BF_BIN/bfmerge

convert -size 40x30 -seed 1 plasma: -depth 8 -define png:exclude-chunks=all PNG24:good.png
convert -size 40x30 -seed 2 plasma: -depth 8 -define png:exclude-chunks=all PNG24:other.png

# refused CODE NAME REGEX ARG...: exit code, message, out.png as it was, nothing left beside it.
refused() {
	code=$1 name=$2 regex=$3
	shift 3
	echo precious >out.png
	exits "$code" "$name" "$merge" -o out.png "$@"
	like "$(cat err)" "$regex" "$name: says so"
	is "$(cat out.png)" precious "$name: the result's name is untouched"
	is "$(find . -name '*.tmp')" '' "$name: nothing left"
}

# bad NAME REGEX FILE: a file that cannot be a piece, beside one that can.
bad() { refused 1 "$1" "$2" good.png@0,0 "$3@0,30"; }

convert -size 40x30 plasma: -depth 16 PNG48:deep.png
bad 'another depth' 'deep.png is RGB 16 bit, but good.png is RGB 8 bit' deep.png
convert -size 40x30 plasma: -depth 8 PNG32:alpha.png
bad 'another colour type' 'alpha.png is RGBA 8 bit' alpha.png
convert -size 40x30 xc:red PNG8:palette.png
bad 'a palette' 'palette.png: .*palette' palette.png
convert -size 40x30 pattern:checkerboard -monochrome -define png:bit-depth=1 -define png:color-type=0 PNG:bits.png
bad 'one bit' 'bits.png: 1 bits' bits.png
convert -size 40x30 plasma: -depth 8 -interlace PNG PNG24:laced.png
bad 'interlaced' 'laced.png: interlaced' laced.png
convert good.png -transparent white -define png:color-type=2 PNG24:key.png
if pngcheck -v key.png | grep -q tRNS; then bad 'a colour key' 'key.png: .*tRNS' key.png; fi

size=$(wc -c <other.png)
for cut in 0 7 20 40 100 500 $((size / 2)) $((size - 12)) $((size - 1)); do
	head -c "$cut" other.png >"cut$cut.png"
	bad "cut after $cut bytes" "cut$cut.png" "cut$cut.png"
done
{ head -c $((size / 2)) other.png; head -c 1 /dev/zero; tail -c +$((size / 2 + 2)) other.png; } >zero.png
bad 'one byte wrong' 'zero.png: ' zero.png
# The larger files take the other way through the decoder.
convert -size 400x300 -seed 3 plasma: +noise Gaussian -depth 16 PNG48:large.png
size=$(wc -c <large.png)
for cut in 70000 $((size - 12)) $((size - 30)); do
	head -c "$cut" large.png >"large$cut.png"
	refused 1 "a large one cut after $cut bytes" "large$cut.png: .*(truncated|not enough)" "large$cut.png@0,0"
done
{ head -c $((size / 2)) large.png; printf '\245\132'; tail -c +$((size / 2 + 3)) large.png; } >broken.png
refused 1 'a large one with wrong bytes' 'broken.png: ' broken.png@0,0
printf 'BLENDER-v304 no picture' >text.png
bad 'no picture' 'text.png: not a PNG' text.png
bad 'not there' 'nosuch.png.*No such file' nosuch.png
ln -s other.png link.png && bad 'a link' 'link.png.* symbolic link' link.png
mkfifo pipe.png && bad 'a pipe' 'pipe.png.*not a regular file' pipe.png
mkdir dir.png && bad 'a folder' 'dir.png.*not a regular file' dir.png

# bomb W H: a header that promises more than the file can hold.
python3 - <<'EOF'
import struct, zlib
def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
def png(path, w, h, data, *more):
    open(path, 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0))
        + b''.join(more) + chunk(b'IDAT', data) + chunk(b'IEND', b''))
png('bomb.png', 60000, 60000, zlib.compress(bytes(1000)))
png('wide.png', 2000000, 1, zlib.compress(bytes(6000001)))
png('short.png', 40, 30, zlib.compress(bytes(121 * 29)))
png('long.png', 40, 30, zlib.compress(bytes(121 * 31)))
png('gamma.png', 40, 30, zlib.compress(bytes(121 * 30)), chunk(b'gAMA', struct.pack('>I', 45455)))
png('gamma2.png', 40, 30, zlib.compress(bytes(121 * 30)), chunk(b'gAMA', struct.pack('>I', 100000)))
png('twice.png', 40, 30, zlib.compress(bytes(121 * 30)), chunk(b'gAMA', bytes(4)), chunk(b'gAMA', bytes(4)))
EOF
bad 'a bomb' 'bomb.png: 60000x60000 pixels cannot be in a file' bomb.png
bad 'too wide' 'wide.png: ' wide.png
bad 'a row too few' 'short.png: ' short.png
bad 'a row too many' 'long.png: ' long.png
bad 'a colour chunk more' 'gamma.png has another gAMA chunk than good.png' gamma.png
refused 1 'another gamma' 'gamma2.png has another gAMA chunk than gamma.png' gamma.png@0,0 gamma2.png@0,30
bad 'a colour chunk twice' 'twice.png: two gAMA' twice.png

refused 1 'overlaps that differ' 'good.png and other.png overlap and differ, first at pixel 20,0 of' \
	good.png@0,0 other.png@20,0
refused 1 'out of the picture' 'good.png .*reaches out' --size 40x29 good.png@0,0
refused 1 'a result too large' 'too large' good.png@0,0 good.png@1000000,0
refused 5 'a hole between' '10x30 pixels at 40,0' good.png@0,0 good.png@50,0
refused 5 'a hole on top' '40x2 pixels at 0,0' good.png@0,2
refused 5 'a hole at the end' '7x30 pixels at 40,0' --size 47x30 good.png@0,0
refused 5 'a hole inside' '40x5 pixels at 40,30' good.png@0,0 good.png@40,0 good.png@80,0 good.png@0,30 \
	good.png@80,30 good.png@40,35 good.png@0,60 good.png@80,60 good.png@40,60

refused 2 'no pieces' 'no pieces'
refused 2 'places for some only' 'good.png: either all' other.png@0,0 good.png
for size in 40 x30 40x 40x30x2 0x30 -40x30 40x30px 4000000x1; do
	refused 2 "--size $size" 'wanted is WxH' --size "$size" good.png@0,0
done
refused 2 'an unknown option' 'nonsense' --nonsense good.png@0,0
refused 2 'a frame without a job' 'needs --job' --frame 3 good.png@0,0
exits 2 'no result named' "$merge" good.png@0,0
exits 1 'a folder as result' "$merge" -o dir.png good.png@0,0
exits 1 'a result where no folder is' "$merge" -o nosuch/out.png good.png@0,0
exits 0 'help' "$merge" --help
like "$(cat out)" '^usage: bfmerge' 'help goes to stdout'
exits 0 'version' "$merge" --version
like "$(cat out)" '^bfmerge [0-9]' 'version'
done_testing
