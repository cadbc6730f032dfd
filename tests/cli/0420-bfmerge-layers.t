#!/bin/sh
# Full-size pictures with alpha laid over each other, and what a result says about itself.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
merge=$BF_BIN/bfmerge
differing() { compare -metric AE "$1" "$2" null: 2>&1 || :; }

# A picture with soft alpha, in strips that are empty outside their border.
convert -size 300x200 -seed 5 plasma: +noise Gaussian -alpha set -channel A -fx '(i+j)/(w+h)' +channel \
	-depth 16 PNG64:soft.png
convert -size 300x200 -seed 5 plasma: +noise Gaussian -alpha set -depth 16 PNG64:solid.png
for picture in soft solid; do
	for i in 0 1 2; do
		convert -size 300x200 xc:none \( $picture.png -crop "100x200+$((i * 100))+0" +repage \) \
			-geometry "+$((i * 100))+0" -compose copy -composite -depth 16 PNG64:"$picture$i.png"
	done
	exits 0 "$picture strips" "$merge" -q -o out.png ${picture}0.png ${picture}1.png ${picture}2.png
	is "$(differing $picture.png out.png)" 0 "$picture strips give the picture, bit for bit"
	ok "$picture strips: a sound PNG" pngcheck -q out.png
	exits 0 "$picture strips agree" "$merge" -q --verify -n ${picture}2.png ${picture}0.png ${picture}1.png
done
like "$(pngcheck out.png)" '64-bit RGB\+alpha' 'the result is RGBA'

# Both with alpha: over
convert -size 4x1 xc:'rgba(255,0,0,0.5)' -depth 8 PNG32:red.png
convert -size 4x1 xc:'rgba(0,0,255,0.5)' -depth 8 PNG32:blue.png
exits 0 'half red, half blue over it' "$merge" -q -o out.png red.png blue.png
is "$(convert out.png -depth 8 -crop 1x1+0+0 rgba:- | od -An -tu1 | tr -s ' ')" ' 85 0 170 192' 'the colours of both'
exits 1 'layers that differ, with --verify' "$merge" --verify -o no.png red.png blue.png
like "$(cat err)" 'blue.png differs from a layer before it at pixel 0,0' 'names layer and pixel'
not_ok 'nothing written' test -e no.png
exits 0 'equal layers, with --verify' "$merge" -q --verify -o out.png red.png red.png

convert -size 5x1 xc:'rgba(0,0,255,0.5)' -depth 8 PNG32:wider.png
exits 1 'layers of two sizes' "$merge" -o no.png red.png wider.png
like "$(cat err)" 'wider.png has 5x1 pixels, not the 4x1' 'names the one that differs'
convert red.png -alpha off PNG24:hard.png
exits 1 'layers without alpha' "$merge" -o no.png hard.png hard.png
like "$(cat err)" 'hard.png has no alpha' 'says why'
exits 1 'a size that is not theirs' "$merge" --size 4x2 -o no.png red.png blue.png

# What Blender writes about a render, and colour chunks, some of which libpng does not know
python3 - <<'EOF'
import struct, zlib
def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
def png(path, *more):
    open(path, 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 2, 1, 8, 6, 0, 0, 0))
        + b''.join(more) + chunk(b'IDAT', zlib.compress(b'\0' + bytes(range(8)))) + chunk(b'IEND', b''))
def text(**items):
    return b''.join(chunk(b'tEXt', k.replace('__', '.').encode() + b'\0' + v.encode()) for k, v in items.items())
colour = chunk(b'cICP', bytes([9, 16, 0, 1])) + chunk(b'pHYs', struct.pack('>IIB', 2835, 2835, 1)) + \
    chunk(b'cHRM', struct.pack('>8I', *range(31000, 31008))) + chunk(b'iCCP', b'p\0\0' + zlib.compress(b'profile' * 20))
png('t0.png', colour, text(File='/home/me/a.blend', Frame='012', Scene='Scene', RenderTime='00:59.50',
    cycles__ViewLayer__total_time='01:00:00.25', cycles__ViewLayer__samples='64', Software='x'))
png('t1.png', colour, text(File='/other', Frame='013', RenderTime='00:00.75', cycles__ViewLayer__total_time='59:59.99'))
EOF
# chunks FILE NAME...: the chunks of these names, one a line.
chunks() { python3 - "$@" <<'EOF'
import sys, struct
data, at = open(sys.argv[1], 'rb').read(), 8
while at < len(data):
    length, name = struct.unpack('>I4s', data[at:at + 8])
    body = data[at + 8:at + 8 + length]
    if name.decode() in sys.argv[2:]:
        print(name.decode(), body.replace(b'\0', b'=').decode() if name == b'tEXt' else body.hex())
    at += 12 + length
EOF
}
colour='cICP pHYs cHRM iCCP gAMA sRGB'
exits 0 'with texts' "$merge" -q -o out.png t0.png@0,0 t1.png@0,1
# shellcheck disable=SC2086
is "$(chunks out.png $colour)" "$(chunks t0.png $colour)" 'the colour chunks are kept byte for byte'
is "$(chunks out.png tEXt | sed 's/bfmerge [0-9.]*$/bfmerge N/')" 'tEXt File=/home/me/a.blend
tEXt Frame=012
tEXt Scene=Scene
tEXt RenderTime=01:00.25
tEXt cycles.ViewLayer.total_time=02:00:00.24
tEXt cycles.ViewLayer.samples=64
tEXt Software=blendfolder bfmerge N' 'texts of the first piece, times added, our own name'
exits 0 'without texts' "$merge" -q --strip-metadata -o out.png t0.png@0,0 t1.png@0,1
is "$(chunks out.png tEXt)" '' 'no texts'
# shellcheck disable=SC2086
is "$(chunks out.png $colour)" "$(chunks t0.png $colour)" 'but the colour chunks'
done_testing
