#!/bin/bash
# bfsubmit with a real Blender: what a file needs goes with it, wherever it lay, and renders the same elsewhere.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes submit_scenes.py
blender_farm
exits 4 'a share' bfagent --once
bfsubmit() { "$BF_BIN/bfsubmit" --share "$SHARE" --blender "$blender" "$@"; }
queue=$SHARE/queue

# ---- what goes along

exits 0 'a file that points everywhere' bfsubmit "$scenes/shots/a/wide.blend"
is "$(cat "$WORK/err")" '' 'nothing is missing'
like "$(cat "$WORK/out")" 'queued as wide, frames 3-7, 1[0-9] files' 'its files go with it'
is "$(cd "$queue/wide" && find . -type f -printf '%P\n' | sort | tr '\n' ' ')" \
	'files/1/char.blend files/1/skin/skin.png files/2/near.png files/3/run_0003.png files/3/run_0004.png files/3/up.png '\
'files/4/s1.png files/4/s2.png files/common/up.png lamp.ies tex/near.png tex/tile.1001.png tex/tile.1002.png wide.blend ' \
	'all of them, and nothing else'
ok 'under their own names where they lay below it' cmp "$queue/wide/tex/near.png" "$scenes/shots/a/tex/near.png"
like "$(cat "$queue/wide.ini")" '^blend = "wide.blend"$' 'NAME.ini says which .blend is meant'
exits 0 'a file with all textures below it' bfsubmit "$scenes/shots/a/near.blend"
ok 'is sent as it is' cmp "$queue/near/near.blend" "$scenes/shots/a/near.blend"
exits 0 'a file that needs nothing' bfsubmit -n "$scenes/shots/a/plain.blend"
like "$(cat "$WORK/out")" 'would be queued as plain, frames 3-7, [0-9.]+ [kM]B$' 'would be sent alone'
exits 1 'a file whose texture is gone' bfsubmit "$scenes/shots/a/gone.blend"
like "$(cat "$WORK/err")" 'not there: tex/gone.png \(--missing' 'is refused, and the texture named'
exits 0 'unless one insists' bfsubmit --missing -f 3 "$scenes/shots/a/gone.blend"
exits 1 'the same file again' bfsubmit "$scenes/shots/a/wide.blend"
like "$(cat "$WORK/err")" 'it lies in the queue as wide' 'is known, although Blender has saved it anew'
touch "$scenes/lib/skin/skin.png"
printf 'x' >>"$scenes/shots/a/lamp.ies"
exits 0 'but not when one of its textures has changed' bfsubmit -n "$scenes/shots/a/wide.blend"
is "$(ls -A "$TMPDIR")" '' 'nothing is left on the local disk'

# ---- the same picture

(cd "$scenes/shots/a" && "$blender" -b --factory-startup wide.blend -o "$WORK/alone_####" -f 4) >"$WORK/alone.log" 2>&1
mv "$scenes" "$WORK/elsewhere"
agent one
wide=$(job_of wide 60) near=$(job_of near 60) gone=$(job_of gone 60)
for job in "$wide" "$near" "$gone"; do ok "${job%%_*} is rendered" wait_until 90 has_ended "$job"; done
is "$(find "$SHARE/queue/rejected" -type f)" '' 'nothing was rejected'
compare -metric AE "$SHARE/output/$wide/"*0004.png "$WORK/alone_0004.png" null: 2>"$WORK/differing" || :
is "$(cat "$WORK/differing")" 0 'the picture is the one that Blender makes where the files lay: so many pixels differ'
convert "$WORK/alone_0004.png" -crop 96x1+0+8 +repage -depth 8 txt: >"$WORK/row"
unlike "$(cat "$WORK/row")" '#FF00FF' 'and nothing in it is pink'
stop_agents
done_testing
