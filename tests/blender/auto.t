#!/bin/bash
# timeout: 900
# Pieces cut by what they cost: a picture has the pixels that one Blender gives it whole; what is light stays
# whole. BF_BLENDER names another Blender than `blender`.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
blender=${BF_BLENDER:-blender}
here=$(cd "${0%/*}" && pwd)
command -v "$blender" >/dev/null || skip_all 'optional: no Blender here'

scenes=$WORK/scenes
mkdir "$scenes" "$WORK/tmp"
export TMPDIR=$WORK/tmp
"$blender" -b --factory-startup --python-exit-code 9 -P "$here/auto_scenes.py" -- "$scenes" >"$WORK/scenes.log" 2>&1 || {
	diag "$(tail "$WORK/scenes.log")"
	fail 'scenes are made'
}

FAKE=$blender LEASE=60 BEAT=2 POLL=0.2
new_farm "factory_startup = yes" "[slot 0]" "threads = 1" # so that it takes its time on any machine
agent one
ok 'the share is there' wait_until 30 test -d "$SHARE/queue/rejected"
for name in still adaptive subdivided light; do
	cp "$scenes/$name.blend" "$SHARE/queue/.coming"
	mv "$SHARE/queue/.coming" "$SHARE/queue/$name.blend"
done
commands=()
for name in still adaptive; do commands+=("$scenes/$name.blend" -f 1); done
"$blender" -b --factory-startup "${commands[@]}" >"$WORK/alone.log" 2>&1 || fail 'Blender alone renders them'
exits 0 'all jobs end' timeout 500 "$BF_BIN/bfstatus" --share "$SHARE" --wait

plan_of() { cat "$SHARE/jobs/$(jobs_of "$1")/job.ini"; }
costs_of() { plan_of "$1" | sed -n 's/^piece_costs[0-9.]* = "\(.*\)"$/\1/p' | tr ' ' '\n'; }
for name in still adaptive; do
	like "$(plan_of "$name")" '^pieces = "1x([2-9]|[1-9][0-9])"' "$name: it is cut into bands"
	like "$(plan_of "$name")" '^piece_tops = "0 [1-9]' "$name: of heights of their own"
	is "$(count_tasks "$(jobs_of "$name")" '^f0001\.p[0-9]*\.done\.')" "$(costs_of "$name" | wc -l)" "$name: all pieces were rendered"
	is "$(compare -metric AE "$SHARE/output/$(jobs_of "$name")/${name}_0001.png" "$scenes/frames/${name}_0001.png" null: 2>&1)" 0 \
		"$name: no pixel differs from the whole picture"
done
like "$(plan_of subdivided)" '^pieces = "1x1"' 'what would differ in pieces stays whole'
like "$(plan_of adaptive)" '^piece_margin = 16' 'adaptive sampling gets a margin'
# All the work is in the lower half.
read -r second rows < <(plan_of still | sed -En 's/^piece_tops = "0 ([0-9]+) .*/\1/p; s/^height = ([0-9]+)/\1/p' | sort -n | tr '\n' ' ')
ok "the first piece is $second of $rows rows, most of them of nothing" test "$second" -gt $((rows / 3))
ok 'the last pieces are smaller than the first' test "$(costs_of still | sort -n | tail -n 1 | cut -d. -f1)" -ge \
	"$(costs_of still | tail -n 2 | head -n 1 | cut -d. -f1)"
like "$(plan_of light)" '^pieces = "1x1"' 'what is light stays whole'
unlike "$(cat "$(log_of one)")" 'measured job=light' 'and is not measured'
like "$(plan_of adaptive)" '^finish = "?blender' 'dither is put on the joined picture'
unlike "$(cat "$SHARE"/jobs/*/job.ini)" 'rendered whole' 'without a word, for nobody asked for pieces'
stop_agents
done_testing
