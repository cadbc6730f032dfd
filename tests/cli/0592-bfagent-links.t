#!/bin/bash
# Folders of the share that somebody replaced by symbolic links: nothing is written or removed where they lead.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

# lead_away FOLDER: moves it out of the share and leaves a link. bring_back FOLDER.
lead_away() { mv "$SHARE/$1" "$WORK/away" && ln -s "$WORK/away" "$SHARE/$1"; }
bring_back() { rm "$SHARE/$1" && mv "$WORK/away" "$SHARE/$1"; }
seen_away() { (cd "$WORK/away" && find . -printf '%p %s\n' | sort); }

agent one
drop shot frames=1-12 ms=300
job=$(job_of shot)
ok 'some frames are done' wait_until 20 has_pictures "$job" 2
ok 'the folder of pictures is led away' lead_away "output/$job"
before=$(seen_away)
ok 'the agent says why it waits' wait_until 20 says one ' wait: .*output/.*symbolic link.*not followed'
is "$(seen_away)" "$before" 'nothing is written where the link leads'
ok 'the folder comes back' bring_back "output/$job"
ok 'the job ends' wait_until 40 has_ended "$job"
is "$(count_pictures "$job")" 12 'with all pictures'
is "$(tasks_of "$job" '^f[0-9]+\.done\.1\.0\.' | wc -l)" 12 'each at its first attempt'
is "$(grep -c ' wait: .*symbolic link' "$(log_of one)")" 1 'it was said once'
stop_agents

# A job that leads to somebody's files: a victim looks like a job that has to be tidied up.
mkdir -p "$WORK/away/tasks/000" "$WORK/away/tasks/end" "$WORK/away/pieces"
cp "$SHARE/jobs/$job"/{job.ini,frames.txt} "$WORK/away/"
: >"$WORK/away/tasks/000/f0001.open.1.0"
: >"$WORK/away/tasks/end/finish.open.1.0"
echo precious >"$WORK/away/pieces/letter"
ln -s "$WORK/away" "$SHARE/jobs/evil_2026-01-31_235959"
before=$(seen_away)
drop other frames=1-2
exits 0 'the farm goes on' bfagent --drain
is "$(seen_away)" "$before" 'and does nothing to the files behind a job that is a link'
exits 0 'bfstatus looks at the share' "$BF_BIN/bfstatus" --share "$SHARE"
like "$(cat "$WORK/out")" 'evil_.*symbolic link.*not followed' 'and says what is wrong with that job'

# The same with all of output/
rm -r "$WORK/away"
ok 'output/ itself is led away' lead_away output
before=$(seen_away)
drop third frames=1-2
agent two
ok 'it is said' wait_until 20 says two 'output.*symbolic link.*not followed'
is "$(seen_away)" "$before" 'nothing is written there'
ok 'output/ comes back' bring_back output
ok 'the job is rendered' wait_until 40 is_accepted third
job=$(job_of third)
ok 'to its end' wait_until 40 has_ended "$job"
is "$(find "$SHARE/queue/rejected" -name 'third*')" '' 'it was not the submission to blame'
stop_agents
done_testing
