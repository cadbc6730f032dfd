#!/bin/bash
# bfagent --benchmark: measured, told, kept, and told the farm.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
export XDG_STATE_HOME=$WORK/state
kept=$XDG_STATE_HOME/blendfolder/speed.ini
measured() { BF_FAKE="rate=$1" "$BF_BIN/bfagent" --config "$WORK/agent.ini" --benchmark "${@:2}"; }

exits 0 'it needs no share' measured 1500000
like "$(cat "$WORK/out")" '^slot 0 .*: speed 2\.00 ' 'and says how fast the slot is'
like "$(cat "$WORK/out")" '^this machine: speed 2\.00' 'and the machine'
like "$(cat "$kept")" '^speed = "?2\.000' 'it is kept'
not_ok 'nothing else is left' find "$WORK/scratch" -mindepth 1 -print -quit

agent one
speed_on_card() { cat "$SHARE"/agents/one-* 2>/dev/null | sed -n 's/^speed = "*\([^"]*\)"*$/\1/p'; }
ok 'the card says it' wait_until 20 test -n "$(wait_until 20 test -n "$(speed_on_card)"; speed_on_card)"
is "$(speed_on_card)" 2.000 'as it was measured'
stop_agents

exits 0 'with --json' measured 750000 --json --slots 2
is "$(python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(d["format"], d["speed"], len(d["slots"]), d["kept"])' "$WORK/out")" \
	"1 2.0 2 $kept" 'programs can read it'
printf '\n[slot 0]\nthreads = 7\n' >>"$WORK/agent.ini"
agent changed --slots 1
ok 'with other threads it is another slot' wait_until 20 test -n "$(wait_until 20 test -f "$SHARE"/agents/changed-*; echo x)"
unlike "$(cat "$SHARE"/agents/changed-*)" '^speed' 'whose speed is not known'
stop_agents

exits 3 'a slot that cannot be measured' measured 0
like "$(cat "$WORK/out")" 'not measured: this machine cannot be measured' 'is said'
like "$(cat "$kept")" '^speed = "?1\.000' 'and what was known is kept'
exits 2 'not with --drain' measured 1 --drain
exits 2 '--json is for --benchmark' "$BF_BIN/bfagent" --json --share "$SHARE"
FAKE=$WORK/nosuch write_config "$WORK/agent.ini"
exits 3 'without a Blender' measured 1
echo '[slot 0]
speed = lots' >"$kept"
write_config "$WORK/agent.ini"
exits 4 'a spoilt file does no harm' bfagent --once
done_testing
