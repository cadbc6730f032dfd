#!/bin/sh
# bfstatus --wait: what it waits for, and what it says then.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
cat >status <<SH
#!/bin/sh
exec "$BF_BIN/bfstatus" --share share --interval 0.1 "\$@"
SH
chmod +x status
unset BF_SHARE
"$BF_BIN/tests/makejob" share 3
job=big_2026-01-02_030405
tasks=share/jobs/$job/tasks
token=pc1-abcdef-0-1
none=00000000000000000000000000000000

# The task's file gets another name, whatever it was.
becomes() { [ -e "$tasks/$1/$2.$3" ] || mv "$tasks/$1/$2".* "$tasks/$1/$2.$3"; }
end_with() {
	for frame in f0001 f0002 f0003; do becomes 000 "$frame" "done.1.0.$token.0123456789abcdef0123456789abcdef"; done
	becomes 000 f0002 "$1"
	becomes end finish "done.1.0.$token.$none"
	: >"share/jobs/$job.ended"
}

mv "share/jobs/$job" hidden
exits 0 'nothing to wait for' ./status --wait
like "$(cat out)" 'nothing to do' 'it says so'
exits 2 'nor for a job that is not there' ./status --wait "$job"
mv hidden "share/jobs/$job"

start ./status --wait; all=$started
start ./status --wait big; one=$started one_log=$started_log
start ./status --wait --json big; json=$started json_log=$started_log
start ./status --json --watch; watch=$started watch_log=$started_log
two_lines() { [ "$(wc -l <"$watch_log")" -ge 2 ]; }
wait_until 20 two_lines
ok 'it waits while the job runs' is_running "$all"
ok 'for one job too' is_running "$one"
end_with "done.1.0.$token.0123456789abcdef0123456789abcdef"
for pid in "$all" "$one" "$json"; do
	wait_until 20 tap_is_gone "$pid" || :
	rc=0; wait "$pid" || rc=$?
	is "$rc" 0 'it returns when the job is done'
done
like "$(cat "$one_log")" '3/3 frames' 'and shows how it ended'
is "$(wc -l <"$json_log")" 1 'JSON is one line, at the end'
lines=$(wc -l <"$watch_log")
more_lines() { [ "$(wc -l <"$watch_log")" -gt "$lines" ]; }
ok '--watch --json is a line for each look' wait_until 20 more_lines
stop "$watch" TERM || :
ok 'each of them whole' python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$watch_log"

rm "share/jobs/$job.ended"
end_with parked.3.3
printf 'out of memory\n' >"share/jobs/$job/logs/f0002.3.pc1.log"
exits 1 'a job that failed' ./status --wait big
like "$(cat out)" 'failed f0002  3 times  last on pc1  out of memory' 'with the reason'
exits 1 'one of all jobs failed' ./status --wait
becomes 000 f0002 open.4.0
becomes end finish open.2.0
rm "share/jobs/$job.ended"
: >"share/jobs/$job/CANCEL"
exits 1 'a job that was cancelled' ./status --wait big
rm "share/jobs/$job/CANCEL"
end_with "done.1.0.$token.0123456789abcdef0123456789abcdef"

# ---- what is not a job yet

printf x >share/queue/next.blend
start ./status --wait; all=$started
start ./status --wait next; one=$started
start ./status --watch --json; watch=$started watch_log=$started_log
wait_until 20 two_lines
ok 'it waits for what is queued' is_running "$all"
ok 'and for a name that is queued' is_running "$one"
: >share/queue/next.suspend
wait_until 20 tap_is_gone "$all" || :
rc=0; wait "$all" || rc=$?
is "$rc" 0 'not when it is held back'
rm share/queue/next.suspend
mkdir -p share/jobs/.incoming/next_2026-01-02_030406.1.$token/source
mv share/queue/next.blend share/jobs/.incoming/next_2026-01-02_030406.1.$token/source/
start ./status --wait; all=$started
lines=$(wc -l <"$watch_log")
wait_until 20 more_lines
ok 'it waits for what is being accepted' is_running "$all"
ok 'under its name too' is_running "$one"
mv share/jobs/.incoming/*/source/next.blend share/queue/rejected/
printf 'no camera\n' >share/queue/rejected/next.blend.why.txt
for pid in "$all" "$one"; do
	wait_until 20 tap_is_gone "$pid" || :
	rc=0; wait "$pid" || rc=$?
	is "$rc" 1 'a rejection is a failure'
done
stop "$watch" TERM || :

# ---- a job that goes away, a share that goes away

becomes 000 f0001 open.2.0
becomes end finish open.2.0
rm "share/jobs/$job.ended"
start ./status --wait big; one=$started
start ./status --watch; watch=$started watch_log=$started_log
said_twice() { [ "$(grep -c '^big_' "$watch_log")" -ge 2 ]; }
wait_until 20 said_twice
ok 'an empty line between two looks' grep -q '^$' "$watch_log"
mv share/jobs away
complained() { grep -q 'goes on when the share is back' "$watch_log"; }
ok 'the share is lost: it says so' wait_until 20 complained
ok 'and stays' is_running "$one"
mv away share/jobs
lines=$(wc -l <"$watch_log")
ok 'it goes on when the share is back' wait_until 20 more_lines
stop "$watch" TERM || :
rm -r "share/jobs/$job"
wait_until 20 tap_is_gone "$one" || :
rc=0; wait "$one" || rc=$?
is "$rc" 5 'the job was removed'
done_testing
