#!/bin/sh
# Rectangles become the picture they were cut from, in every format and arrangement.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
merge=$BF_BIN/bfmerge

# whole FORMAT DEPTH OPTION...: whole.png, noise on a soft ground, and $same, what describes its samples.
whole() {
	same="-depth $2 -define png:bit-depth=$2 -define png:color-type=$1"
	shift 2
	# shellcheck disable=SC2086
	convert -size 310x211 -seed 7 plasma:tomato-navy +noise Gaussian "$@" $same whole.png
}

# cut X Y W H: one piece, named after its place; adds itself to $pieces.
cut() {
	# shellcheck disable=SC2086
	convert whole.png -crop "$3x$4+$1+$2" +repage $same "p$1,$2.png"
	pieces="$pieces p$1,$2.png@$1,$2"
}

differing() { compare -metric AE "$1" "$2" null: 2>&1 || :; }

joins() {
	# shellcheck disable=SC2086
	exits 0 "$1: joined" "$merge" -q -o out.png $pieces
	is "$(differing whole.png out.png)" 0 "$1: every pixel is the same"
	ok "$1: a sound PNG" pngcheck -q out.png
	is "$(identify -format '%[png:IHDR.bit-depth-orig] %[png:IHDR.color-type-orig]' out.png)" \
		"$(identify -format '%[png:IHDR.bit-depth-orig] %[png:IHDR.color-type-orig]' p0,0.png)" "$1: same format"
	# shellcheck disable=SC2086
	exits 0 "$1: joined with zlib" env BF_DEFLATE=zlib "$merge" -q -j 1 -o zlib.png $pieces
	is "$(differing whole.png zlib.png)" 0 "$1: every pixel is the same with zlib"
}

for depth in 8 16; do
	pieces='' && whole 0 $depth -colorspace gray && cut 0 0 310 100 && cut 0 100 310 111
	joins "bands, grey, $depth bit"
	pieces='' && whole 2 $depth && cut 0 0 1 211 && cut 1 0 150 211 && cut 151 0 159 211
	joins "columns, RGB, $depth bit"
	pieces='' && whole 4 $depth -colorspace gray -alpha set -channel A -evaluate set 70% +channel
	cut 0 0 100 100; cut 100 0 210 30; cut 100 30 210 70; cut 0 100 310 1; cut 0 101 309 110; cut 309 101 1 110
	joins "uneven rectangles, grey with alpha, $depth bit"
	pieces='' && whole 6 $depth -alpha set -channel A -fx 'j/h' +channel
	for y in 0 50 100 150; do for x in 0 77 154 231; do
		cut $x $y $((x < 231 ? 77 : 79)) $((y < 150 ? 50 : 61))
	done; done
	joins "a grid, RGBA, $depth bit"
done

# $pieces is the grid in RGBA with 16 bits now.
# shellcheck disable=SC2086
reversed=$(printf '%s\n' $pieces | tac)
# shellcheck disable=SC2086
exits 0 'the order of the arguments does not matter' "$merge" -q -o out.png $reversed
is "$(differing whole.png out.png)" 0 'same picture from reversed arguments'

# Overlaps that agree
cut 70 40 100 100
joins 'an overlap that is the same'

# One piece is a join, too
pieces='' && cut 0 0 310 211 && joins 'a single piece'

# Names
mkdir 'a@1,2 dir'
cp whole.png 'a@1,2 dir/-x@3,4.png'
exits 0 'a name with @ and blanks' "$merge" -q -o 'o@5,6.png' 'a@1,2 dir/-x@3,4.png@0,0'
is "$(differing whole.png 'o@5,6.png')" 0 'joined from that name'
cp whole.png ./-w.png
exits 0 'a name with a dash in front, after --' "$merge" -q -o out.png -- -w.png@0,0

# The result
echo old >out.png
exits 0 'an old result is replaced' "$merge" -o out.png whole.png@0,0
like "$(cat out)" '^out.png: 310x211 pixels, RGBA 16 bit, from 1 piece$' 'says what it did'
exits 0 'quiet' "$merge" -q -o out.png whole.png@0,0
is "$(cat out err)" '' 'says nothing when quiet'
cp whole.png in.png
exits 0 'onto one of its pieces' "$merge" -q -o in.png in.png@0,0
is "$(differing whole.png in.png)" 0 'its own piece replaced by the same pixels'
rm out.png
exits 0 'dry run' "$merge" -n -o out.png whole.png@0,0
not_ok 'a dry run writes nothing' test -e out.png
exits 0 'a dry run needs no name' "$merge" -n whole.png@0,0
is "$(find . -name '*.tmp' | wc -l)" 0 'no private file left'

# Ten thousand pieces, and few files open at once
if [ -n "${BF_SANITIZER:-}" ]; then
	skip 'ten thousand pieces' 'optional: slow under sanitizers'
else
	convert -size 3x2 xc:'#204060' -depth 8 PNG24:tile.png
	awk 'BEGIN { for (y = 0; y < 100; y++) for (x = 0; x < 100; x++) printf "tile.png@%d,%d\n", x * 3, y * 2 }' >list
	exits 0 'ten thousand pieces' prlimit --nofile=200 xargs -x -s 1000000 -a list "$merge" -q -o many.png
	is "$(identify -format '%w %h %k' many.png)" '300 200 1' 'ten thousand pieces: size and the one colour'
fi
done_testing
