#!/bin/bash
# pieces = auto: what the planner makes of what Blender says that a picture costs.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
export BF_FAKE_LOG=$WORK/began
new_farm
agents one

plan_of() { cat "$SHARE/jobs/$(job_of "$1")/job.ini"; }
value_of() { plan_of "$1" | sed -n "s/^$2 = \"*\([^\"]*\)\"*\$/\1/p"; }
# wished NAME LINES WORDS...: drop it with these wishes.
wished() {
	local name=$1 lines=$2
	shift 2
	printf '[job]\n%b' "$lines" >"$SHARE/queue/$name.ini"
	drop "$name" "$@"
}
# A picture that would be heavy, were it not for the fake Blender that only says so.
heavy=(size=640x480 samples=64 depth=16 frames=1-1 ms=300)

# ---- one picture

drop still "${heavy[@]}" map=10,10,30,50
job=$(job_of still)
ok 'it ends' wait_until 60 has_ended "$job"
pieces=$(value_of still pieces)
like "$pieces" '^1x[0-9]+$' 'it was cut into bands'
rows=${pieces#1x}
ok 'more than eight' test "$rows" -gt 8
is "$(count_tasks "$job" '^f0001\.p[0-9]+\.done')" "$rows" 'all of them were rendered'
is "$(count_pictures "$job")" 1 'and joined to one picture'
is "$(value_of still piece_tops | wc -w) $(value_of still piece_costs | wc -w)" "$rows $rows" 'the plan says where they begin and what they cost'
read -r first second _ < <(value_of still piece_tops)
is "$first" 0 'from the top on'
ok 'the first has more than its share of rows, for the top is cheap' test "$second" -gt $((480 / 8))
like "$(value_of still piece_costs | cut -d' ' -f1)" '^1[23]\.' 'it costs an eighth of the whole: half of the work, among four'
"$FAKE" --make "$WORK/whole.blend" "${heavy[@]}" >/dev/null
wished whole 'pieces = none\n' "${heavy[@]}" map=10,10,30,50
ok 'the same with pieces = none ends' wait_until 60 has_ended "$(job_of whole)"
is "$(value_of whole pieces)" 1x1 'is whole'
not_ok 'and was not measured' grep -q measure <(sed -n '/measure/p' "$BF_FAKE_LOG" | sed 1d)
is "$(compare -metric AE "$SHARE/output/$job"/*.png "$SHARE/output/$(job_of whole)"/*.png null: 2>&1)" 0 'both have the same pixels'

# ---- what stays whole

wished cheap 'pieces = auto\n' "${heavy[@]}" map=0.1,0.5,0.5
is "$(value_of cheap pieces)" 1x1 'what takes a second stays whole'
drop light size=64x48 frames=1-1 map=100,100
is "$(value_of light pieces)" 1x1 'what is light stays whole'
drop odd "${heavy[@]}" nomeasure=1
is "$(value_of odd pieces)" 1x1 'what cannot be measured stays whole'
like "$(cat "$(log_of one)")" 'not cut into pieces.*it cannot be measured' 'and the log says why'
drop eevee "${heavy[@]}" engine=BLENDER_EEVEE map=100,100
is "$(value_of eevee pieces)" 1x1 'what is not rendered by Cycles stays whole'
is "$(grep -c measure "$BF_FAKE_LOG")" 3 'only what may be cut was measured'

# ---- an animation

drop film "${heavy[@]}" frames=1-10 ms=100 map=20,20,20
job=$(job_of film)
is "$(value_of film whole_frames)" 6 'of ten heavy frames the last four are cut'
ok 'it ends' wait_until 90 has_ended "$job"
is "$(count_pictures "$job")" 10 'with all pictures'
is "$(count_tasks "$job" '^f[0-9]+\.done')" 6 'six frames were rendered whole'
is "$(count_tasks "$job" '^f[0-9]+\.join\.done')" 4 'four were joined'
like "$("$BF_BIN/bfstatus" --share "$SHARE" film)" '10 frames' 'bfstatus counts frames, not pieces'
is "$(grep ' measure ' "$BF_FAKE_LOG" | tail -n 1 | cut -d' ' -f1)" 10 'it was the last frame that was measured'
drop long "${heavy[@]}" frames=1-300 ms=1 map=20,20,20
is "$(value_of long pieces)" 1x1 'three hundred frames end evenly enough as they are'

# ---- asked to stop while it measures

stop_agents
rm "$BF_FAKE_LOG"
agent two
drop slow "${heavy[@]}" measure_ms=60000 map=10,10
ok 'it is being measured' wait_until 20 grep -q ' measure ' "$BF_FAKE_LOG"
stop_agents
ok 'who is asked to stop gives it back' test -n "$(find "$SHARE/jobs/.incoming" -maxdepth 1 -name 'slow*.open')"
done_testing
