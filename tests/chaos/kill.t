#!/bin/bash
# Four agents render while they, parts of them and their Blenders are killed at random. At the end every picture is there
# once, equal to that of an undisturbed run, and nothing else is. BF_SEED repeats a run as far as
# the kernel lets it.
# timeout: 300
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

KILLS=24
names=(one two three four)
seed=${BF_SEED:-$RANDOM}
RANDOM=$seed
diag "BF_SEED=$seed"

film=(frames=1-60 ms=150 picture=film_####.png)
still=(frames=7-7 size=320x240 depth=16 ms=2400 piece_ms=20 picture=still_####.png)
submit() {
	printf '[job]\npieces = 4x3\n' >"$SHARE/queue/still.ini"
	drop still "${still[@]}"
	drop film "${film[@]}"
}
await_jobs() {
	film_job=$(job_of film 60) && still_job=$(job_of still 60) && wait_until "$1" has_ended "$film_job" && wait_until "$1" has_ended "$still_job"
}

# ---- undisturbed ----
# A Blender that is killed counts as a failure of its frame: allow many.
new_farm 'failures = 20' 'slots = 4'
agent calm
wait_until 10 has_share
submit
ok 'the undisturbed run ends' await_jobs 60
stop_agents
mkdir "$WORK/calm"
cp "$SHARE/output/$film_job"/* "$SHARE/output/$still_job"/* "$WORK/calm"
is "$(find "$WORK/calm" -type f -size +0 | wc -l)" 61 'it made 61 pictures'
rm -rf "$SHARE"

# ---- disturbed ----
write_config "$WORK/agent.ini" 'failures = 20'

# One of: the whole agent, its keeper or worker, its Blender.
kill_something() {
	local name=${names[RANDOM % 4]} victim what
	local children blender
	victim=${agent_pid[$name]}
	mapfile -t children < <(ps -o pid= --ppid "$victim" | tr -d ' ')
	mapfile -t blender < <(blenders)
	case $((RANDOM % 4)) in
	0 | 1) what=agent ;;
	2) what=part; [ ${#children[@]} -eq 0 ] || victim=${children[RANDOM % ${#children[@]}]} ;;
	3) what=blender; [ ${#blender[@]} -eq 0 ] || victim=${blender[RANDOM % ${#blender[@]}]} ;;
	esac
	kill -KILL "$victim" 2>/dev/null && killed="$killed $what"
}
restart_dead() {
	local name
	for name in "${names[@]}"; do
		is_running "${agent_pid[$name]}" || { wait "${agent_pid[$name]}" 2>/dev/null; agent "$name"; }
	done
}

killed=''
for name in "${names[@]}"; do agent "$name"; done
wait_until 10 has_share
submit
for ((i = 0; i < KILLS; i++)); do
	kill_something
	# A pause, not a wait for something: chaos has no events.
	sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
	restart_dead
done
diag "killed:$killed"
film_job='' still_job=''
ok 'both jobs end in spite of it' await_jobs 90
ok 'at least ten kills hit something' test "$(wc -w <<<"$killed")" -ge 10

same=0
for picture in "$WORK/calm"/*; do
	if cmp -s "$picture" "$SHARE/output/$film_job/${picture##*/}" || cmp -s "$picture" "$SHARE/output/$still_job/${picture##*/}"; then
		same=$((same + 1))
	else
		diag "differs or is missing: ${picture##*/}"
	fi
done
is "$same" 61 'every picture is there and equal to that of the undisturbed run'
is "$(count_tasks "$film_job" '^f[0-9].*\.done\.') $(count_tasks "$still_job" '^f0007(\.p|\.join).*\.done\.')" '60 13' 'every task is done once'
is "$(count_tasks "$film_job" .) $(count_tasks "$still_job" .)" '61 14' 'and lies there once'
ok 'finish is done' has_task "$film_job" '^finish\.done\.'
ok 'the pictures are those on record' hashes_hold "$film_job"
is "$(leftovers_of "$film_job"; leftovers_of "$still_job")" '' 'no private file, no placeholder, nothing half-made'
is "$(find "$SHARE/jobs/$still_job/pieces" "$SHARE/jobs/.incoming" "$SHARE/queue" -mindepth 1 ! -name rejected)" '' 'no pieces, no submission left over'
retaken=$(grep -hE ' (takeover|release) ' "$WORK"/start.* | wc -l)
ok "work was taken over or given back ($retaken times)" test "$retaken" -gt 0

stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
is "$(pgrep -f "bfagent --config $WORK" | wc -l)" 0 'no agent is left'
is "$(find "$WORK/scratch" -mindepth 1 2>/dev/null)" '' 'no scratch folder is left, not even of the killed'
is "$(find "$SHARE/agents" -type f -name '.*')" '' 'no half-made card is left'
if [ "$tap_failed" -gt 0 ]; then
	for name in "${names[@]}"; do diag "$(grep -hE 'warn|WARN|takeover|fail|park|late|reopen|unexpect' "$WORK"/start.* | tail -n 60)"; break; done
	diag "$(tasks_of "$film_job" '\.(open|run|parked)'; tasks_of "$still_job" '\.(open|run|parked)')"
fi
done_testing
