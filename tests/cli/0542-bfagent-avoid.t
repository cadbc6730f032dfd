#!/bin/bash
# Machines that fail, or that never can: they step back, the job goes on with the others and nobody waits for them.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

avoids() { [ -s "$SHARE/jobs/$1/AVOID.$2.txt" ]; }
failures_of() { find "$SHARE/jobs/$1/logs" -name "*.$2.log" -printf x; }

# ---- a machine on which everything fails ----
agent good
BF_FAKE='fail=1-999 ms=20' agent bad
drop film frames=1-40 ms=120
job=$(job_of film)
ok 'a machine that fails five times in a row stays away' wait_until 30 avoids "$job" bad
like "$(cat "$SHARE/jobs/$job/AVOID.bad.txt")" 'bad takes no tasks of this job: 5 tasks in a row failed here.*always fails' 'and tells why'
ok 'the job ends' wait_until 40 has_ended "$job"
is "$(count_pictures "$job") $(count_tasks "$job" 'f[0-9]+\.done\.')" '40 40' 'with all pictures'
is "$(failures_of "$job" bad)" xxxxx 'it failed five times and no more'
is "$(failures_of "$job" good)" '' 'the other never'
ok 'it says so in its log, once' test "$(grep -c " avoid job=$job" "$(log_of bad)")" -eq 1

# ---- deleting the file lets it try again ----
drop second frames=1-200 ms=100
job=$(job_of second)
ok 'it tries the next job' wait_until 30 avoids "$job" bad
stop "${agent_pid[bad]}"
BF_FAKE='ms=20' agent bad
drop sentinel frames=1-1
ok 'a file that is there keeps it away' wait_until 20 has_ended "$(job_of sentinel)"
is "$(count_tasks "$job" '\.run\..*\.bad-')" 0 'for as long as it is there'
rm "$SHARE/jobs/$job/AVOID.bad.txt"
ok 'mended, and the file deleted, it works for the job' wait_until 20 has_task "$job" 'f[0-9]+\.done\..*\.bad-'
touch "$SHARE/jobs/$job/CANCEL"
wait_until 20 has_ended "$job"

# ---- a file made by hand, in the way Windows makes it ----
drop third frames=1-30 ms=60
job=$(job_of third)
touch "$SHARE/jobs/$job/avoid.Good.TXT"
is_bad_alone() { has_task "$job" '\.run\..*\.bad-' && ! has_task "$job" '\.run\..*\.good-'; }
ok 'made by hand it keeps a machine away as well' wait_until 20 is_bad_alone
ok 'and the job ends' wait_until 30 has_ended "$job"
stop_agents

# ---- everybody stays away ----
BF_FAKE='fail=1-999' agent left
BF_FAKE='fail=1-999' agent right
drop doomed frames=1-20
job=$(job_of doomed)
ok 'when all of them fail the job ends all the same' wait_until 60 has_ended "$job"
is "$(count_tasks "$job" 'f[0-9]+\.parked\.')" 20 'with every frame given up'
stop_agents

# ---- another version of Blender ----
cat >"$WORK/newer" <<EOF
#!/bin/sh
[ "\$1" != --version ] || { echo 'Blender 4.2.1'; exit; }
exec '$FAKE' "\$@"
EOF
chmod +x "$WORK/newer"
agent old
wait_until 10 says old 'blender version=3\.4\.1' || fail 'a machine has a Blender'
ln "$WORK/agent.ini" "$WORK/old.ini" && rm "$WORK/agent.ini"
sed "s|^blender = .*|blender = $WORK/newer|" "$WORK/old.ini" >"$WORK/agent.ini"
agent new
ok 'a machine has another Blender' wait_until 10 says new 'blender version=4\.2\.1'
drop picky frames=1-4 fail=2
job=$(job_of picky)
ok 'one with another Blender is not waited for when a frame fails' wait_until 30 has_ended "$job"
is "$(tasks_of "$job" f0002)" f0002.parked.3.3 'the frame is given up after three failures'
is "$(count_tasks "$job" 'done.*\.new-') $(count_pictures "$job")" '0 3' 'the other version renders nothing of it'
stop_agents

# ---- no denoiser ----
mv "$WORK/old.ini" "$WORK/agent.ini"
BF_FAKE='has_oidn=0' agent noisy
BF_FAKE='has_oidn=1' agent clean
for n in 1 2; do
	drop "denoised$n" oidn=1 frames=1-12 fail=2 ms=60
	job=$(job_of "denoised$n")
	ok "a machine without a denoiser stays away, job $n" wait_until 30 avoids "$job" noisy
	like "$(cat "$SHARE/jobs/$job/AVOID.noisy.txt")" 'OpenImageDenoise' 'and tells why'
	ok 'the job ends, nobody waits for it' wait_until 30 has_ended "$job"
	is "$(tasks_of "$job" f0002 | cut -d. -f1,2) $(count_pictures "$job")" 'f0002.parked 11' 'a failing frame is given up without it'
done
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
done_testing
