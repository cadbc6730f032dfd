#!/bin/bash
# Jobs that are told to wait for another job, for a time, for machines with tags, or to be content with few agents at a
# time; and the order of frames. bfstatus says what they wait for.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

new_farm
mkdir -p "$WORK/tagged"
write_config "$WORK/tagged.ini" 'tags = gpu, big'

# wish NAME LINE...: NAME.ini in the queue.
wish() {
	local name=$1
	shift
	printf '%s\n' '[job]' "$@" >"$SHARE/queue/$name.ini"
}
waits_of() { "$BF_BIN/bfstatus" --share "$SHARE" --json "$1" | grep -oE '"waits":(null|"[^"]*")' | head -n 1 | cut -d: -f2-; }
is_waiting() { [ "$(waits_of "$1")" = "$2" ]; }
nothing_begun() { [ "$(count_tasks "$1" '^f[0-9]+\.open\.1\.0$')" -eq "$2" ]; }

exits 4 'a share' bfagent --once
agent one
agent two

# ---- order

wish shot 'frames = 1-5' 'order = coarse'
drop shot frames=1-9 ms=1
job=$(job_of shot)
ok 'a job with an order' wait_until 20 has_ended "$job"
is "$(cat "$SHARE/jobs/$job/frames.txt")" '1,5,3,2,4' 'its frames stand in that order'
wish wrong 'order = sideways'
drop wrong frames=1-2
ok 'an order that is none is rejected' wait_until 20 is_rejected wrong.blend
like "$(why_of wrong.blend)" 'wrong.ini:2: .*forward, backward or coarse' 'and what would be right is said'

# ---- after another job

wish second 'after = first' 'frames = 1-3'
wish first 'priority = -10'
"$FAKE" --make "$WORK/first" frames=1-4 ms=2500
"$FAKE" --make "$WORK/second" frames=1-3 ms=1
mv "$WORK/second" "$SHARE/queue/second.blend" # it comes first, and would be planned first
mv "$WORK/first" "$SHARE/queue/first.blend"
first=$(job_of first)
second=$(job_of second)
like "$(cat "$SHARE/jobs/$second/job.ini")" "^after = \"$first\"$" 'a name has become an id'
ok 'bfstatus says what the second waits for' is_waiting second "\"until $first has ended\""
ok 'the first ends' wait_until 30 has_ended "$first"
ok 'and then the second' wait_until 20 has_ended "$second"
newest() { stat -c %Y.%y "$SHARE/output/$1"/* | sort | "$2" -n 1; }
ok 'whose pictures are all younger' [ "$(newest "$first" tail)" \< "$(newest "$second" head)" ]
is "$(waits_of second)" null 'it waits for nothing any more'

wish late 'after = first'
drop late frames=1-2 ms=1
ok 'what has ended already is not waited for' wait_until 20 has_ended "$(job_of late)"
wish lonely 'after = nobody'
drop lonely frames=1-2
ok 'to wait for a job that is not there is refused' wait_until 20 is_rejected lonely.blend
like "$(why_of lonely.blend)" 'wait for the job nobody' 'with its name'

mkdir "$SHARE/jobs/$second/PAUSE.d" && touch "$SHARE/jobs/$first.keep" # unknown things disturb nobody
drop paused frames=1-3 ms=200
paused=$(job_of paused)
touch "$SHARE/jobs/$paused/PAUSE"
wish behind "after = $paused"
drop behind frames=1-2 ms=1
behind=$(job_of behind)
drop free frames=1-2 ms=1
ok 'jobs that wait hold no others up' wait_until 20 has_ended "$(job_of free)"
ok 'nothing of what waits was begun' nothing_begun "$behind" 2
rm -r "$SHARE/jobs/$paused"
ok 'a job that is removed is not waited for' wait_until 20 has_ended "$behind"

# ---- a time

wish evening "not_before = $(date -u -d '+1 hour' '+%Y-%m-%d %H:%M')"
drop evening frames=1-2 ms=1
evening=$(job_of evening)
like "$(waits_of evening)" '^"until 20[0-9-]+ [0-9]+:[0-9]+"$' 'a job for later waits'
wish soon "not_before = $(date -u -d '+3 seconds' '+%Y-%m-%dT%H:%M:%SZ')"
drop soon frames=1-2 ms=1
ok 'one for sooner begins by itself' wait_until 20 has_ended "$(job_of soon)"
exits 4 '--once does not wait for later' timeout 30 "$BF_BIN/bfagent" --config "$WORK/agent.ini" --share "$SHARE" --once
ok 'the other has not begun' nothing_begun "$evening" 2

# ---- tags

wish picky 'tags = GPU' 'frames = 1-3'
drop picky frames=1-3 ms=1 fail=2
picky=$(job_of picky)
ok 'a job for machines with tags waits for one' wait_until 10 is_waiting picky '"for a machine with the tags gpu"'
start "$BF_BIN/bfagent" --config "$WORK/tagged.ini" --share "$SHARE" --name three
three=$started
ok 'which takes it, and leaves no failure to those that never will' wait_until 30 has_ended "$picky"
is "$(tasks_of "$picky" '\.done\.' | grep -cv '\.three-')" 0 'nobody else has touched it'
is "$(count_tasks "$picky" '^f0002\.parked\.')" 1 'what fails there is parked'
stop "$three" || :
stop_agents

# ---- few at a time

wish narrow 'max_agents = 1'
drop narrow frames=1-12 ms=60
mkdir -p "$SHARE/jobs/$evening" && rm -r "$SHARE/jobs/$evening"
for name in a b c d; do agent "$name"; done
narrow=$(job_of narrow)
most=0
while ! has_ended "$narrow"; do
	now=$(tasks_of "$narrow" '^f[0-9]+\.run\.' | cut -d. -f5 | cut -d- -f1-2 | sort -u | wc -l)
	[ "$now" -le 1 ] || sleep 0.05 # one that steps back needs a moment
	now=$(tasks_of "$narrow" '^f[0-9]+\.run\.' | cut -d. -f5 | cut -d- -f1-2 | sort -u | wc -l)
	[ "$now" -le "$most" ] || most=$now
	tap_deadline_of_narrow=${tap_deadline_of_narrow:-$(($(tap_now) + 60))}
	[ "$(tap_now)" -lt "$tap_deadline_of_narrow" ] || break
done
ok 'a job for one agent at a time ends' has_ended "$narrow"
is "$(count_pictures "$narrow")" 12 'whole'
is "$most" 1 'and nobody but one worked at it at any time, but for moments'
stop_agents
done_testing
