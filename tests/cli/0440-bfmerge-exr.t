#!/bin/sh
# EXR pieces: every packing and arrangement, what is kept of their headers, what is refused. The pieces
# are made, and the results compared, by the OpenEXR library alone.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
merge=$BF_BIN/bfmerge exr=$BF_BIN/tests/exrpieces
rgba='V=A:h,B:h,G:h,R:h'
many='L.Combined=L.Combined.A:h,L.Combined.B:h,L.Combined.G:h,L.Combined.R:h/L.Depth=L.Depth.Z:f/Ids=Id.X:u,Id.Y:h'

# same A B NAME: not one bit of any sample differs.
same() { is "$("$exr" same "$1" "$2" 2>&1)" '0 differ, by up to 0' "$3"; }
make() { "$exr" make "$@"; }

for packing in none rle zips zip piz pxr24; do
	for spec in "$rgba" "$many" 'one=Y:f'; do
		about="$packing, ${spec%%=*}"
		make whole.exr 0 0 300 211 $packing "$spec"
		make a.exr 0 0 130 100 $packing "$spec"
		make b.exr 130 0 170 100 $packing "$spec"
		make c.exr 0 100 300 111 $packing "$spec"
		exits 0 "$about: tiles" "$merge" -q -o out.exr a.exr@0,0 b.exr@130,0 c.exr@0,100
		same whole.exr out.exr "$about: every sample is the same"
		exits 0 "$about: tiles, one thread, zlib" env BF_DEFLATE=zlib "$merge" -q -j 1 -o out.exr c.exr@0,100 b.exr@130,0 a.exr@0,0
		same whole.exr out.exr "$about: every sample is the same with zlib"
		make a.exr 0 0 300 96 $packing "$spec"
		make b.exr 0 96 300 115 $packing "$spec"
		exits 0 "$about: bands" "$merge" -q --verify -o out.exr b.exr@0,96 a.exr@0,0
		same whole.exr out.exr "$about: every sample is the same in bands"
	done
done

# Chunks are copied where that is possible: B44 would not survive anything else.
make whole.exr 0 0 300 211 b44 "$rgba"
make a.exr 0 0 300 96 b44 "$rgba"
make b.exr 0 96 300 115 b44 "$rgba"
exits 0 'B44 in bands' "$merge" -q -o out.exr a.exr@0,0 b.exr@0,96
same whole.exr out.exr 'B44 in bands: the same'
make b.exr 0 90 300 121 b44 "$rgba"
exits 1 'B44 in bands that do not begin where chunks do' "$merge" -o no.exr a.exr@0,0 b.exr@0,90
like "$(cat err)" 'a.exr: packed with B44, .*multiples of 32 rows' 'says why'

# Overscan, overlaps
make whole.exr 0 0 300 211 zip "$rgba"
make l.exr 0 0 166 211 zip "$rgba"
make r.exr 134 0 166 211 zip "$rgba"
exits 0 'overscan cut off' "$merge" -q -o out.exr l.exr@0,0+0,0,16,0 r.exr@150,0+16,0,0,0
same whole.exr out.exr 'overscan cut off: the same'
exits 0 'overlaps that are the same' "$merge" -q -o out.exr l.exr@0,0 r.exr@134,0
same whole.exr out.exr 'overlaps: the same'
make m.exr 90 90 120 60 zip "$rgba"
exits 0 'a margin of 10 on all sides, inside another piece' "$merge" -q -o out.exr whole.exr@0,0 m.exr@100,100+10
same whole.exr out.exr 'a margin on all sides: the same'
make r2.exr 134 0 166 211 zip "$rgba" seed=5
exits 1 'overlaps that differ' "$merge" -o no.exr l.exr@0,0 r2.exr@134,0
like "$(cat err)" 'l.exr and r2.exr overlap and differ, first at pixel 134,0 of the result, channel' 'names pieces, pixel and channel'
exits 1 'nothing left' "$merge" -o no.exr m.exr@0,0+30
like "$(cat err)" 'm.exr has 120x60 pixels: nothing is left' 'says so'

# Full-size strips that are zero elsewhere; two that are not must agree
exits 0 'a picture over itself' "$merge" -q -o out.exr whole.exr whole.exr
same whole.exr out.exr 'over itself: the same'
make other.exr 0 0 300 211 zip "$rgba" seed=9
exits 1 'two that differ' "$merge" -o no.exr whole.exr other.exr
like "$(cat err)" 'other.exr differs from a layer' 'says which'

# Means
two='seed=1*192+2*64'
make whole.exr 0 0 300 211 zip 'L=L.Combined.R:f,L.Depth.Z:f,L.Id.X:u' "$two"
make a.exr 0 0 300 211 zip 'L=L.Combined.R:f,L.Depth.Z:f,L.Id.X:u' seed=1 cycles.L.samples=192 RenderTime=00:03.00
make b.exr 0 0 300 211 zip 'L=L.Combined.R:f,L.Depth.Z:f,L.Id.X:u' seed=2 cycles.L.samples=64 RenderTime=00:01.50
exits 0 'a mean' "$merge" -q -o out.exr --average a.exr b.exr
like "$("$exr" same whole.exr out.exr 1e-6 2>&1 || :)" ' L.Depth.Z$' 'only the depth, taken from the first, is not the mean'
unlike "$("$exr" same whole.exr out.exr 1e-6 2>&1 || :)" 'Combined|Id' 'everything else is'
exits 0 'a mean by weights that are said' "$merge" -q -o out2.exr --average 'a.exr*3' 'b.exr*1'
same out.exr out2.exr 'the same'
make h.exr 0 0 300 211 piz "$rgba" "$two"
make ha.exr 0 0 300 211 piz "$rgba" seed=1
make hb.exr 0 0 300 211 piz "$rgba" seed=2
exits 0 'a mean of halves' "$merge" -q -o out2.exr --average 'ha.exr*3' 'hb.exr*1'
like "$("$exr" same h.exr out2.exr 0.002 2>&1)" '^0 differ' 'the mean, as good as halves are'
exits 1 'no weight, no samples' "$merge" -o no.exr --average ha.exr hb.exr
like "$(cat err)" 'ha.exr does not say how many samples' 'says what is missing'
exits 2 'a mean of places' "$merge" -o no.exr --average ha.exr@0,0 hb.exr@0,0
convert -size 4x4 xc:red -depth 8 PNG24:red.png
exits 1 'a mean of PNG' "$merge" -o no.exr --average 'red.png*1' 'red.png*1'
like "$(cat err)" 'only EXR' 'says why'

# attributes FILE: name, type, value in hex, by a reader of our own.
attributes() { python3 - "$1" <<'EOF'
import struct, sys
data, at = open(sys.argv[1], 'rb').read(), 8
multi = struct.unpack('<I', data[4:8])[0] & 0x1000
def name():
    global at
    end = data.index(0, at); text = data[at:end].decode(); at = end + 1
    return text
while data[at]:
    while data[at]:
        key, kind = name(), name()
        size, = struct.unpack('<i', data[at:at + 4]); at += 4
        value = data[at:at + size]; at += size
        print(key, kind, value.decode() if kind == 'string' else value.hex())
    at += 1
    if not multi: break
EOF
}
is "$(attributes out.exr | grep -E '^(RenderTime|cycles)' | sort)" 'RenderTime string 00:04.50
cycles.L.samples string 256' 'a mean has the samples and times of all'

# What is kept of the header
make a.exr 0 0 100 32 zip "$many" RenderTime=00:01.00 cycles.L.total_time=00:00.90 cycles.L.synchronization_time_and_more=x \
	cycles.L.samples=8 File=/home/me/a.blend BlenderMultiChannel=yes cryptomatte/1/manifest='{"a":"1"}' cryptomatte/1/name=n Camera=c
make b.exr 0 32 100 32 zip "$many" RenderTime=00:02.25 cycles.L.samples=8 File=/tmp/b.blend BlenderMultiChannel=yes \
	cryptomatte/1/manifest='{"b":"2"}' cryptomatte/1/name=n Camera=c
exits 0 'with attributes' "$merge" -q -o out.exr a.exr@0,0 b.exr@0,32
attributes a.exr | grep -Ev '^(RenderTime|dataWindow|displayWindow|chunkCount|Software)' | sort >want
attributes out.exr | grep -Ev '^(RenderTime|dataWindow|displayWindow|chunkCount|Software)' | sort >got
is "$(cat got)" "$(cat want)" 'all attributes of the first piece are kept'
is "$(attributes out.exr | grep -c '^dataWindow box2i 0000000000000000630000003f000000$')" 3 'all parts have the new size'
is "$(attributes out.exr | grep '^chunkCount' | sort -u)" 'chunkCount int 04000000' 'and number of chunks'
is "$(attributes out.exr | grep '^RenderTime')" 'RenderTime string 00:03.25' 'times are added'
like "$(attributes out.exr)" '^Software string blendfolder bfmerge' 'and our own name'
exits 0 'without texts' "$merge" -q --strip-metadata -o out.exr a.exr@0,0 b.exr@0,32
is "$(attributes out.exr | grep -Ec '^(File|RenderTime|Camera|Software|cycles)')" 0 'no texts'
is "$(attributes out.exr | grep -Ec '^(BlenderMultiChannel|cryptomatte/1/manifest)')" 2 'but what readers need'

# Refused by name, and the result's name is not touched
make good.exr 0 0 300 96 zip "$rgba"
refused() { # CODE NAME REGEX ARG...
	code=$1 name=$2 regex=$3
	shift 3
	echo precious >out.exr
	exits "$code" "$name" "$merge" -o out.exr "$@"
	like "$(cat err)" "$regex" "$name: says so"
	is "$(cat out.exr) $(find . -name '*.tmp')" 'precious ' "$name: nothing touched, nothing left"
}
make x.exr 0 96 300 115 piz "$rgba" && refused 1 'another packing' 'x.exr is EXR 4 channels half PIZ, but good.exr is' good.exr@0,0 x.exr@0,96
make x.exr 0 96 300 115 zip V=A:h,B:h,G:h,R:f && refused 1 'another type' 'x.exr is EXR 4 channels mixed' good.exr@0,0 x.exr@0,96
make x.exr 0 96 300 115 zip V=A:h,B:h,G:h,X:h && refused 1 'other channels' 'x.exr has another channels attribute' good.exr@0,0 x.exr@0,96
make x.exr 0 96 300 115 zip "$many" && refused 1 'other parts' 'x.exr is EXR 3 parts' good.exr@0,0 x.exr@0,96
make x.exr 0 96 300 115 zip "$rgba" colorInteropID=data && refused 1 'other colours' 'x.exr has another colorInteropID' good.exr@0,0 x.exr@0,96
make n.exr 0 0 300 96 zip "$rgba" Software='Blender 5.2.2 LTS'
make x.exr 0 96 300 115 zip "$rgba" Software='Blender 5.1.0' && refused 1 'two Blenders' 'x.exr was rendered by Blender 5.1.0, but n.exr by Blender 5.2.2' n.exr@0,0 x.exr@0,96
make x.exr 0 96 300 115 zip "$rgba" && refused 1 'an old and a new Blender' 'x.exr was rendered by an older Blender' n.exr@0,0 x.exr@0,96
refused 1 'PNG and EXR' 'red.png is PNG, but good.exr is EXR' good.exr@0,0 red.png@0,96
refused 5 'a hole' '300x4 pixels at 0,96' good.exr@0,0 x.exr@0,100
refused 1 'out of the picture' 'x.exr .* reaches out' --size 300x200 good.exr@0,0 x.exr@0,96
make tile.exr 300 0 100 115 zip "$rgba"
size=$(wc -c <x.exr)
for cut in 0 3 8 100 300 $((size / 2)) $((size - 1)); do
	head -c "$cut" x.exr >cut.exr
	refused 1 "cut after $cut bytes" 'cut.exr' good.exr@0,0 cut.exr@0,96
done
{ head -c $((size / 2)) x.exr; printf '\245\132\377\377'; tail -c +$((size / 2 + 5)) x.exr; } >broken.exr
refused 1 'wrong bytes among tiles' 'broken.exr: ' broken.exr@0,0 tile.exr@300,0
refused 1 'wrong bytes in a band, with --verify' 'broken.exr: ' --verify good.exr@0,0 broken.exr@0,96
# window FILE OUT HEX: another size is claimed.
window() { python3 - "$@" <<'EOF'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
at = data.index(b'dataWindow\0box2i\0') + 21
data[at:at + 16] = bytes.fromhex(sys.argv[3])
open(sys.argv[2], 'wb').write(data)
EOF
}
window good.exr bomb.exr 0000000000000000ffffff00ffffff00 && refused 1 'a bomb' 'bomb.exr' bomb.exr@0,0
window good.exr bomb.exr 0000000000000000bfc60d005f000000 && refused 1 'a wide bomb' 'bomb.exr: .*(cannot be in a file|damaged)' bomb.exr@0,0
window good.exr bomb.exr ffffffff00000000000000805f000000 && refused 1 'a window inside out' 'bomb.exr' bomb.exr@0,0

# Preview
make b.exr 0 96 300 115 zip "$rgba"
make whole.exr 0 0 300 211 zip "$rgba"
exits 0 'a preview with a piece missing' "$merge" -q -o out.exr --preview --size 300x211 good.exr@0,0 nosuch.exr@0,96
like "$(cat err)" 'left out: .*nosuch.exr' 'says what is left out'
like "$("$exr" same whole.exr out.exr || :)" '^[1-9][0-9]* differ' 'the hole is not the picture'
exits 0 'cut out' "$merge" -q -o top.exr out.exr@0,0+0,0,0,115
same good.exr top.exr 'what is there is'
exits 0 'a preview of everything' "$merge" -q -o out.exr --preview --size 300x211 good.exr@0,0 b.exr@0,96
same whole.exr out.exr 'is the picture'
exits 5 'a preview of nothing' "$merge" -q -o out.exr --preview --size 300x211 nosuch.exr@0,0
exits 0 'a PNG preview' "$merge" -q -o hole.png --preview --size 64x64 red.png@0,0
pixel() { convert "$1" -crop "1x1+$2+$3" -depth 8 rgb:- | od -An -tx1; }
is "$(pixel hole.png 1 1)" ' ff 00 00' 'the piece is there'
is "$(pixel hole.png 20 20)$(pixel hole.png 4 20)" ' 30 30 30 60 60 60' 'and a chequered ground around it'

exits 0 'a preview that begins with a hole' "$merge" -q -o hole.png --preview --size 64x640 red.png@0,600
is "$(pixel hole.png 20 20)$(pixel hole.png 1 601)" ' 30 30 30 ff 00 00' 'has the piece in its place'

# A small picture for the eye
"$exr" make flat.exr 0 0 2500 1250 zip "$rgba"
exits 0 'a small picture of an EXR' "$merge" -o small.png --small flat.exr@0,0
like "$(cat out)" 'small.png: a small picture of 2500x1250 pixels, EXR' 'says what it is'
is "$(identify -format '%m %w %h %[bit-depth]' small.png)" 'PNG 834 417 8' 'a PNG that fits a screen'
ok 'a sound one' pngcheck -q small.png
exits 0 'a small picture that is small already' "$merge" -q -o small.png --small red.png@0,0
is "$(compare -metric AE red.png small.png null: 2>&1)" 0 'is the picture'
convert -size 3072x2 xc:none -fill white -draw 'point 1,1' png32:dot.png
exits 0 'a small picture with alpha' "$merge" -q -o small.png --small dot.png@0,0
is "$(convert small.png -crop 1x1+0+0 -depth 8 rgba:- | od -An -tx1)" ' ff ff ff 2b' 'keeps the colour: alpha weighs, a sixth of it'
exits 0 'a mean of samples' "$merge" -q -o small.png --small --average 'flat.exr*1' 'flat.exr*2'
is "$(identify -format '%w %h' small.png)" '834 417' 'in small'
# Samples at the left are the numbers of their planes, which lie in the order of the alphabet.
first_pixel() { convert "$1" -crop 1x1+0+0 -depth 8 rgba:- | od -An -tu1 | xargs; }
make passes.exr 0 0 300 211 zip 'V=L.AO.B:h,L.AO.G:h,L.AO.R:h,L.Combined.A:h,L.Combined.B:h,L.Combined.G:h,L.Combined.R:h'
exits 0 'a small picture of passes' "$merge" -q -o small.png --small passes.exr@0,0
is "$(first_pixel small.png)" '255 255 255 255' 'is of the combined one'
make passes.exr 0 0 300 211 zip 'V=L.AO.B:h,L.AO.G:h,L.AO.R:h,L.Combined.A:h'
exits 0 'without one' "$merge" -q -o small.png --small passes.exr@0,0
like "$(first_pixel small.png)" '^21[234] 15[567] 0 255$' 'of the first that has the colours, as sRGB, not multiplied by alpha'
make grey.exr 0 0 300 211 zip 'V=L.Combined.A:h,L.Combined.V:h'
exits 0 'grey' "$merge" -q -o small.png --small grey.exr@0,0
is "$(first_pixel small.png)" '0 0 0 0' 'has alpha'
exits 2 'a small picture of a job, without a place' "$merge" --share . --job shot --small
exits 0 'holes' "$merge" -q -o small.png --small --preview --size 2500x3000 flat.exr@0,0
is "$(identify -format '%w %h' small.png)" '834 1000' 'are marked in it'
done_testing
