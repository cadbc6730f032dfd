#!/bin/bash
# Pieces of known cost: machines learn how quick they are, and a slow one leaves the last pieces to others.
# timeout: 200
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

pieces_of() { count_tasks "$job" "\.p[0-9]+\.done\.[0-9]+\.[0-9]+\.$1-"; }
# The speed on the card of a machine, in thousandths; nothing while it says none.
speed_of() { sed -n 's/^speed *= *"\{0,1\}\([0-9]*\)\.\([0-9]*\).*/\1\2/p' "$SHARE/agents/$1"-* 2>/dev/null | sed 's/^0*//'; }
# A card may be looked at while it is written: what was seen is kept.
declare -A speed
has_speed() { speed[$1]=$(speed_of "$1"); [ -n "${speed[$1]}" ]; }

export BF_TRACE=pick
agent one
wait_until 10 has_share
agent two
BF_FAKE='ms=64000' agent slow
ok 'all machines are there' wait_until 10 eval 'says one " blender " && says two " blender " && says slow " blender "'
printf '[job]\npieces = auto\n' >"$SHARE/queue/still.ini"
drop still frames=1-1 depth=16 size=64x480 samples=2000 ms=16000 map=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1
job=$(job_of still)
like "$(cat "$SHARE/jobs/$job/job.ini")" '^piece_costs' 'the plan says what each piece costs'
ok 'the job ends' wait_until 90 has_ended "$job"
for name in one two slow; do ok "$name says how quick it is" wait_until 10 has_speed "$name"; done
diag "speeds: one ${speed[one]}, slow ${speed[slow]} thousandths; pieces: one $(pieces_of one), two $(pieces_of two), slow $(pieces_of slow)"
ok 'the slow one says less than half of the other' test "${speed[slow]}" -lt $((speed[one] / 2))
ok 'it has left pieces to the others' says slow 'pieces open.*left to the others'
ok 'and made fewer than each of them' test "$(pieces_of slow)" -lt "$(pieces_of one)" -a "$(pieces_of slow)" -lt "$(pieces_of two)"
is "$(count_pictures "$job") $(leftovers_of "$job")" '1 ' 'there is one picture, and nothing left over'
ok 'it is the one on record' hashes_hold "$job"
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
stop_agents
ok 'no Blender is left' wait_until 5 has_no_blender
done_testing
