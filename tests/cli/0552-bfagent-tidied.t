#!/bin/bash
# People tidy up while agents work: folders of a running job disappear. Pictures come all the same, and of a job that is
# deleted nothing comes back.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
agents one two
runs() { has_task "$1" '\.run\.'; }

# ---- what agents can do without ----
printf '[job]\npieces = 4x2\n' >"$SHARE/queue/still.ini"
drop still frames=1-3 depth=16 ms=1500 fail=3
job=$(job_of still)
wait_until 20 has_task "$job" 'f0001\.p00[0-9]\.done\.' || fail 'a piece is there'
rm -r "${SHARE:?}/jobs/$job"/{logs,journal,pieces} "$SHARE/output/$job" "$SHARE/queue/rejected" "$SHARE/jobs/.incoming"
drop second frames=1-2
ok 'without logs/, journal/, pieces/, output/ and .incoming/ the job ends' wait_until 60 has_ended "$job"
is "$(find "$SHARE/output/$job" -type f -printf '%f ' | sort)" '0001.png 0002.png ' 'with all pictures that can be made'
ok 'hashes hold' hashes_hold "$job"
ok 'and the failures of the third left their logs' test -n "$(find "$SHARE/jobs/$job/logs" -name 'f0003.*.log')"
ok 'the next job is accepted' wait_until 20 has_ended "$(job_of second)"
echo nonsense >"$SHARE/queue/nonsense.blend"
ok 'and nonsense rejected' wait_until 20 is_rejected nonsense.blend

# ---- a picture that is deleted while the job runs ----
drop film frames=1-12 ms=300
job=$(job_of film)
wait_until 20 has_pictures "$job" 3
picture=$(find "$SHARE/output/$job" -type f -size +0 ! -name '.*' | sort | head -n 1)
rm "$picture"
looks=("$SHARE"/{queue,jobs,jobs/.incoming}/.look.pc9-abcdef-0-1) # of programs that were killed
touch "${looks[@]}"
ok 'a job that lost a picture ends' wait_until 30 has_ended "$job"
ok 'with it' test -s "$picture"
is "$(leftovers_of "$job")" '' 'and nothing else'
is "$(ls -d "${looks[@]}" 2>/dev/null)" '' 'what others left of their looks is gone'

# ---- the whole job ----
for how in frames=1-9 'frames=1-9 fail=1-9' 'frames=1-9 crash=1-9'; do
	# shellcheck disable=SC2086 # words
	drop gone $how ms=700
	job=$(job_of gone)
	wait_until 20 runs "$job" || fail 'it is worked in'
	rm -r "${SHARE:?}/jobs/$job"
	drop after frames=1-3
	after=$(job_of after)
	ok "$how: a job is deleted; others go on" wait_until 20 has_ended "$after"
	is "$(count_pictures "$after")" 3 'with their pictures'
	no_blender_of() { [ -z "$(find "$WORK/scratch" -path '*/out/*' 2>/dev/null)" ]; }
	ok 'nobody renders for it any more' wait_until 10 no_blender_of
	no_placeholder_of() { [ -z "$(find "$SHARE/output/$job" -type f -size 0)" ]; }
	ok 'and no empty picture stays behind' wait_until 10 no_placeholder_of
	not_ok 'it does not come back' test -e "$SHARE/jobs/$job"
	not_ok 'not even its marker' has_ended "$job"
	is "$(find "$SHARE/output/$job" -name '.*' -type f 2>/dev/null)" '' 'no private file is left'
	rm -r "$SHARE/jobs/$after" "$SHARE/jobs/$after.ended"
done
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
done_testing
