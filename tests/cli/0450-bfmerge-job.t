#!/bin/sh
# bfmerge --share --job: the pieces of a job by hand, whatever state the job is in.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
merge=$BF_BIN/bfmerge exr=$BF_BIN/tests/exrpieces
spec='V=A:h,B:h,G:h,R:h'

# job ID FRAMES: a job of 2x2 pieces of 100x70 pixels, as an agent would have planned it.
job() {
	mkdir -p "share/jobs/$1/tasks/000" "share/jobs/$1/tasks/end" "share/jobs/$1/pieces" "share/output/$1"
	printf '[job]\nname = shot\nblend = shot.blend\next = exr\nwidth = 100\nheight = 70\npieces = 2x2\npicture = shot_####.exr\n' \
		>"share/jobs/$1/job.ini"
	echo "$2" >"share/jobs/$1/frames.txt"
}
# piece ID FRAME NUMBER X Y W H: rendered and committed.
piece() {
	token=atelier-abcdef-1-$3
	file=share/jobs/$1/pieces/f$2.p00$3.1.$token.exr
	"$exr" make "$file" "$4" "$5" "$6" "$7" zip "$spec"
	: >"share/jobs/$1/tasks/000/f$2.p00$3.done.1.0.$token.$(xxhsum -H2 "$file" | cut -d' ' -f1)"
}
mkdir -p share/queue/rejected share/jobs/.incoming share/output share/agents
printf 'blendfolder 1\nid 0123456789abcdef0123456789abcdef\n' >share/FORMAT
id=shot_2026-01-02_030405
job $id 12
piece $id 0012 0 0 0 50 35
piece $id 0012 1 50 0 50 35
piece $id 0012 2 0 35 50 35
: >share/jobs/$id/tasks/000/f0012.p003.open.1.0

exits 5 'a piece is not rendered' "$merge" --share share --job $id
like "$(cat err)" "$id: only 3 of the 4 pieces of frame 12 are rendered" 'says how many are'
exits 0 'a preview of it' "$merge" -q --share share --job $id --preview -o out.exr
exits 0 'what is there' "$merge" -q -o part.exr out.exr@0,0+0,0,0,35
"$exr" make top.exr 0 0 100 35 zip "$spec"
is "$("$exr" same top.exr part.exr)" '0 differ, by up to 0' 'is in the preview'
rm share/jobs/$id/tasks/000/f0012.p003.open.1.0
piece $id 0012 3 50 35 50 35
"$exr" make whole.exr 0 0 100 70 zip "$spec"
exits 0 'all pieces' "$merge" --share share --job $id
picture=share/output/$id/shot_0012.exr
like "$(cat out)" "/$picture: 100x70 pixels, EXR .* from 4 pieces" 'says what it did'
is "$("$exr" same whole.exr "$picture")" '0 differ, by up to 0' 'the picture lies where it belongs'
rm "$picture"
exits 0 'by its name, from the environment' env BF_SHARE="$WORK/share" "$merge" -q --verify --job shot --frame 12 -o out.exr
is "$("$exr" same whole.exr out.exr)" '0 differ, by up to 0' 'the same'
not_ok 'nothing where it was not asked for' test -e "$picture"
exits 1 'no such frame' "$merge" --share share --job shot --frame 13
like "$(cat err)" 'has no frame 13' 'says so'
"$exr" make share/jobs/$id/pieces/f0012.p003.1.atelier-abcdef-1-3.exr 50 35 50 35 zip "$spec" seed=2
exits 1 'a piece that is not what was committed' "$merge" --verify --share share --job shot -o no.exr
like "$(cat err)" 'f0012.p003.1.atelier-abcdef-1-3.exr is not what was committed' 'says which'
rm share/jobs/$id/pieces/f0012.p003.*
exits 1 'a piece that is gone' "$merge" --share share --job shot -o no.exr
like "$(cat err)" 'f0012.p003.*No such file' 'says which is gone'
: >share/jobs/$id/tasks/000/f0012.join.done.1.0.atelier-abcdef-1-9.00000000000000000000000000000000
rm share/jobs/$id/pieces/*
for how in '' --preview; do
	exits 1 "pieces that are joined and gone $how" "$merge" $how --share share --job shot -o no.exr
	like "$(cat err)" "^bfmerge: frame 12 of $id is joined already.*/output/$id/shot_0012.exr" 'says where the picture is'
done

job shot_2026-01-02_030405_2 1-3
exits 1 'two of this name' "$merge" --share share --job shot -o no.exr
like "$(cat err)" 'shot: 2 jobs have this name' 'says so'
exits 1 'several frames' "$merge" --share share --job shot_2026-01-02_030405_2
like "$(cat err)" 'has 3 frames; say which' 'says so'
exits 1 'no such job' "$merge" --share share --job nosuch
like "$(cat err)" 'nosuch: no such job' 'says so'
exits 1 'no name of a job' "$merge" --share share --job ../jobs/$id
exits 3 'no such share' "$merge" --share nosuch --job shot
sed -i 's/^pieces.*/pieces = 1x1/' share/jobs/shot_2026-01-02_030405_2/job.ini
exits 1 'a job without pieces' "$merge" --share share --job shot_2026-01-02_030405_2 --frame 2
like "$(cat err)" 'is not rendered in pieces' 'says so'
exits 2 'a job and files' "$merge" --share share --job shot whole.exr@0,0
exits 2 'a job without a share' env -u BF_SHARE "$merge" --job shot
not_ok 'nothing was written' test -e no.exr
done_testing
