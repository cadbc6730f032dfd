#!/bin/bash
# What people and crashes take away from a job that has ended: the last look makes it good.
# timeout: 120
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

new_farm
agents one two
drop film frames=1-6 ms=50 picture=film_####.png
job=$(job_of film)
out=$SHARE/output/$job
tasks=$SHARE/jobs/$job/tasks/000
ok 'a job is rendered' wait_until 30 has_ended "$job"

is_whole() { [ "$(count_pictures "$job")" -eq 6 ] && has_ended "$job" && [ "$(count_tasks "$job" '\.done\.')" -eq 7 ]; }
is_done() { [ -n "$(find "$tasks" -name "$1.done.$2.*")" ]; }
is_made_again() { is_done "$1" "$2" && is_whole; }

# ---- a picture ----
rm "$out/film_0003.png" "$SHARE/jobs/$job.ended"
ok 'a picture that was deleted is rendered again, by the next attempt' wait_until 30 is_made_again f0003 2

# ---- a picture and its record ----
rm "$out/film_0005.png" "$tasks"/f0005.done.* "$SHARE/jobs/$job.ended"
ok 'with its record: by an attempt later than any before' wait_until 30 is_made_again f0005 '*000'
like "$(tasks_of "$job" '^f0005')" '^f0005\.done\.[0-9]+000\.0\.' 'its attempts begin at a thousand for each of finish'

# ---- all pictures ----
rm -r "$out" "$SHARE/jobs/$job.ended"
ok 'a folder of pictures that was thrown away comes again' wait_until 30 is_whole

# ---- a winner that died before it put its picture into place, beside what is nobody's any more ----
picture=$(find "$tasks" -name 'f0002.done.*' -printf '%f\n')
IFS=. read -r _ _ attempt _ token _ <<<"$picture"
cp "$out/film_0002.png" "$WORK/kept.png"
mv "$out/film_0002.png" "$out/.bf.f0002.$attempt.$token"
echo waste >"$out/.bf.f0002.$attempt.gone-000000-0-1"
rm "$SHARE/jobs/$job.ended"
ok 'a committed picture that was left is put into place' wait_until 30 is_whole
ok 'that very picture' cmp "$out/film_0002.png" "$WORK/kept.png"
is "$(tasks_of "$job" '^f0002')" "$picture" 'nobody rendered it again'
is "$(leftovers_of "$job")" '' 'nothing is left over'
ok 'hashes and pictures agree' hashes_hold "$job"

stop_agents
done_testing
