#!/bin/bash
# The card of an agent says what it does: also that it does nothing any more, long before the next beat.
. "${0%/*}/../lib/tap.sh"
LEASE=90 BEAT=30
. "${0%/*}/../lib/farm.sh"
new_farm
agent one
card() { cat "$SHARE"/agents/one-*; }
card_says() { card 2>/dev/null | grep -Eq -e "$1"; }
ok 'there is a card' wait_until 20 card_says '^state = "idle"'
drop shot frames=1-6 ms=1000
job=$(job_of shot)
ok 'it is seen at work' wait_until 20 card_says '^state = "rendering"'
ok 'the job ends' wait_until 30 has_ended "$job"
ok 'and its agent is idle on its card, too' wait_until 3 card_says '^state = "idle"'
not_ok 'with no job' card_says "^job = .$job"
is "$(find "$SHARE/agents" -name 'one-*.1' | wc -l)" 1 'no beat was needed for that'
stop_agents
done_testing
