#!/bin/bash
# While a picture is rendered in pieces, a small picture of what is joined so far lies beside its place.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
cd "$WORK" || exit 99
new_farm 'preview = 0.2'

preview_of() { find "$SHARE/output/$1" -name '*.preview.png'; }
has_preview() { [ -s "$(preview_of "$1")" ]; }

agent one
ok 'the agent makes the share' wait_until 10 test -s "$SHARE/FORMAT"
printf '[job]\npieces = 1x16\n' >"$SHARE/queue/still.ini"
drop still frames=5-5 size=1200x640 depth=16 ms=32000 'picture=still_####.png'
job=$(job_of still)
ok 'a preview appears' wait_until 60 has_preview "$job"
is "$(preview_of "$job")" "$SHARE/output/$job/still_0005.png.preview.png" 'beside the place of the picture'
cp "$(preview_of "$job")" early.png
ok 'it is a sound PNG' pngcheck -q early.png
is "$(identify -format '%w %h %[bit-depth]' early.png)" '600 320 8' 'a small one'
changed() { ! cmp -s early.png "$(preview_of "$job")" && has_preview "$job"; }
agent two # its first is due with its first piece; the other's next may be long in coming, for they take a hundredth of the time at most
ok 'it grows: each machine makes its own now and then' wait_until 60 changed
ok 'the job ends' wait_until 60 has_ended "$job"
is "$(preview_of "$job")" '' 'the preview is gone when the picture is there'
is "$(count_pictures "$job") $(leftovers_of "$job")" '1 ' 'nothing is left over'
ok 'the picture is the one on record' hashes_hold "$job"
convert "$SHARE/output/$job/still_0005.png" -scale 600x320! whole.png
convert early.png -alpha off part.png
differ=$(compare -metric AE -fuzz 1% whole.png part.png null: 2>&1) || :
diag "of 192000 pixels $differ were not there yet"
ok 'it showed what was joined, a sixteenth or more' test "$differ" -le 180000
ok 'and not the rest' test "$differ" -ge 12000

stop_agents
agent three
printf '[job]\npieces = 1x8\n' >"$SHARE/queue/gone.ini"
drop gone frames=1-1 size=1200x640 depth=16 ms=8000 'picture=gone_####.png'
job=$(job_of gone)
ok 'another one' wait_until 60 has_preview "$job"
exits 0 'the job is removed' "$BF_BIN/bfjob" --share "$SHARE" remove "$job" --yes
ok 'with its preview' wait_until 10 eval '[ ! -e "$SHARE/output/$job" ]'
stop_agents
ok 'nothing comes back' eval '[ ! -e "$SHARE/output/$job" ]'

write_config "$WORK/agent.ini" 'preview = 0'
agent four
printf '[job]\npieces = 1x8\n' >"$SHARE/queue/none.ini"
drop none frames=1-1 size=1200x640 depth=16 ms=3000 'picture=none_####.png'
job=$(job_of none)
ok 'a job of a machine that makes none' wait_until 30 has_task "$job" '\.p00[4-7]\.done\.'
is "$(preview_of "$job")" '' 'has none'
ok 'and ends' wait_until 60 has_ended "$job"
stop_agents
done_testing
