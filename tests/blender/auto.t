#!/bin/bash
# timeout: 900
# Pieces cut by what they cost: a picture has the pixels that one Blender gives it whole; what is light stays
# whole.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
. "${0%/*}/../lib/scenes.sh"
need_blender
make_scenes auto_scenes.py

blender_farm '[slot 0]' 'threads = 1' # so that it takes its time on any machine
agents one
for name in still adaptive subdivided light; do drop_scene "$name.blend"; done
commands=()
for name in still adaptive; do commands+=("$scenes/$name.blend" -f 1); done
ok 'Blender alone renders them' render_alone "${commands[@]}"
exits 0 'all jobs end' timeout 500 "$BF_BIN/bfstatus" --share "$SHARE" --wait

plan_of() { cat "$SHARE/jobs/$(jobs_of "$1")/job.ini"; }
costs_of() { plan_of "$1" | sed -n 's/^piece_costs[0-9.]* = "\(.*\)"$/\1/p' | tr ' ' '\n'; }
for name in still adaptive; do
	like "$(plan_of "$name")" '^pieces = "1x([2-9]|[1-9][0-9])"' "$name: it is cut into bands"
	like "$(plan_of "$name")" '^piece_tops = "0 [1-9]' "$name: of heights of their own"
	is "$(count_tasks "$(jobs_of "$name")" '^f0001\.p[0-9]*\.done\.')" "$(costs_of "$name" | wc -l)" "$name: all pieces were rendered"
	is "$(differing_pixels "$SHARE/output/$(jobs_of "$name")/${name}_0001.png" "$scenes/frames/${name}_0001.png")" 0 \
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
