#!/bin/bash
# Starting: usage, configuration, and which folders become a share. Every refusal says what would be right.
# timeout: 120
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
agent_program=$BF_BIN/bfagent
err() { cat "$WORK/err"; }

# ---- usage ----
exits 0 '--help' "$agent_program" --help
like "$(cat "$WORK/out")" '^Usage: bfagent' '--help goes to standard output'
exits 0 '--version' "$agent_program" --version
like "$(cat "$WORK/out")" '^bfagent [0-9]+\.' '--version names program and version'
exits 2 'an unknown option' "$agent_program" --frobnicate
like "$(err)" '--help' 'points to --help'
exits 2 'an operand' "$agent_program" --share "$SHARE" folder
like "$(err)" 'folder' 'is named'
exits 2 '--slots 0' "$agent_program" --share "$SHARE" --slots 0
exits 2 '--slots many' "$agent_program" --share "$SHARE" --slots many
exits 2 '--share without a value' "$agent_program" --share
exits 3 'no share at all' env -u BF_SHARE "$agent_program"
like "$(err)" '--share DIR.*BF_SHARE.*agent\.ini' 'tells the three ways to name it'
exits 3 'a bad machine name' "$agent_program" --share "$SHARE" --name 'Big Box'
like "$(err)" 'big-box' 'suggests a good one'
not_ok 'nothing was made by all that' test -e "$SHARE"

# ---- agent.ini ----
bad_config() { # NAME PATTERN LINE...
	local name=$1 pattern=$2
	shift 2
	printf '%s\n' "$@" >"$WORK/bad.ini"
	exits 3 "agent.ini: $name" "$agent_program" --config "$WORK/bad.ini" --share "$SHARE"
	like "$(err)" 'bad\.ini' "$name: names the file"
	like "$(err)" "$pattern" "$name: says what is wrong"
}
bad_config 'a number that is none' 'slots' '[agent]' 'slots = two'
bad_config 'a number out of range' 'slots.*64' '[agent]' 'slots = 1000'
bad_config 'a time that is none' 'beat' '[agent]' 'beat = soon'
bad_config 'a word that is not known' 'stop.*release.*finish' '[agent]' 'stop = maybe'
bad_config 'a truth that is none' 'trust_scripts' '[security]' 'trust_scripts = perhaps'
bad_config 'a bad name' 'name.*my-pc' '[agent]' 'name = My PC'
bad_config 'a line without =' ':3' '[agent]' 'slots = 1' 'what is this'
printf '[agent]\nlease = 5\nbeat = 5\n' >"$WORK/bad.ini"
exits 3 'agent.ini: a lease as short as the beat' "$agent_program" --config "$WORK/bad.ini" --share "$SHARE"
like "$(err)" 'lease.*beat' 'says how they hang together'
exits 3 'a --config that is not there' "$agent_program" --config "$WORK/none.ini" --share "$SHARE"
like "$(err)" 'none\.ini' 'names it'
exits 3 'a $BF_CONFIG that is not there' env BF_CONFIG="$WORK/none.ini" "$agent_program" --share "$SHARE"
not_ok 'none of that made a share' test -e "$SHARE"
write_config "$WORK/agent.ini" 'colour = green'
exits 4 'an unknown key does not stop it' bfagent --once
like "$(err)" 'warning.*colour' 'but is warned about'
write_config "$WORK/agent.ini"
mkdir -p "$WORK/xdg/blendfolder" "$WORK/cwd"
write_config "$WORK/xdg/blendfolder/agent.ini"
printf '[agent]\nslots = two\n' >"$WORK/cwd/agent.ini"
in_cwd() { (cd "$WORK/cwd" && exec "$@"); }
exits 4 'agent.ini is found under $XDG_CONFIG_HOME and not in the current folder' \
	in_cwd env XDG_CONFIG_HOME="$WORK/xdg" "$agent_program" --share "$SHARE" --once
like "$(err)" "config=$WORK/xdg/blendfolder/agent.ini" 'and named'

# ---- Blender ----
no_blender() { # NAME PATTERN PROGRAM
	printf '[agent]\nblender = %s\nscratch = %s/scratch\n' "$3" "$WORK" >"$WORK/noblender.ini"
	exits 3 "Blender: $1" timeout 60 "$agent_program" --config "$WORK/noblender.ini" --share "$SHARE"
	like "$(err)" "$2" "$1: says which"
	like "$(err)" 'apt-get install blender.*blender = /path' "$1: says what to do"
}
no_blender 'a path to nothing' '/nowhere/blender' /nowhere/blender
no_blender 'a name that PATH does not know' 'no-such-blender' no-such-blender
printf 'text\n' >"$WORK/text"
no_blender 'a file that is no program' "$WORK/text" "$WORK/text"
no_blender 'a program that is not Blender' /bin/true /bin/true
drop waits
for program in /nowhere/blender /bin/true; do
	no_blender "$program, with a file in queue/" "$program" "$program"
	is "$(ls "$SHARE/queue/rejected")" '' 'nothing is rejected for that'
	ok 'the file is not lost' test -n "$(find "$SHARE" -name waits.blend)"
done
rm -rf "$SHARE/queue/waits.blend" "$SHARE/queue/waits.ini" "$SHARE"/jobs/.incoming/waits_*
is "$(find "$WORK/scratch" 2>/dev/null)" '' 'no scratch folder is left by that'
is "$(ls "$SHARE/agents")" '' 'nor a card'

# ---- shares ----
printf 'blendfolder 2\nid 00000000000000000000000000000000\n' >"$SHARE/FORMAT"
exits 3 'a share of a newer format' bfagent --once
like "$(err)" 'newer' 'says so'
printf 'something else\n' >"$SHARE/FORMAT"
exits 3 'a FORMAT that is not ours' bfagent --once
rm "$SHARE/FORMAT"
exits 4 'a share that lost its FORMAT, and all else is ours, is made again' bfagent --once
mkdir "$WORK/photos"
touch "$WORK/photos/holiday.jpg"
exits 3 'a folder with other things in it' "$agent_program" --share "$WORK/photos" --config "$WORK/agent.ini"
like "$(err)" 'neither a blendfolder share nor empty.*holiday\.jpg' 'says what is in it'
is "$(ls -A "$WORK/photos")" holiday.jpg 'and leaves it alone'
exits 3 'a file' "$agent_program" --share "$WORK/text" --config "$WORK/agent.ini"
like "$(err)" 'not a folder' 'says so'
mkdir "$WORK/empty"
exits 4 'an empty folder becomes a share' "$agent_program" --share "$WORK/empty" --config "$WORK/agent.ini" --once
is "$(cd "$WORK/empty" && find . -mindepth 1 ! -name '*.txt' | sort | tr '\n' ' ')" \
	'./FORMAT ./agents ./jobs ./jobs/.incoming ./output ./queue ./queue/rejected ' 'with all that belongs to it'
exits 4 'BF_SHARE names it as well' env BF_SHARE="$WORK/empty" "$agent_program" --config "$WORK/agent.ini" --once
exits 3 'a missing folder in a missing folder' "$agent_program" --share "$WORK/no/where" --config "$WORK/agent.ini"
like "$(err)" 'no/where' 'is named'

mkdir -m 555 "$WORK/locked"
exits 3 'an empty folder that cannot be written' "${PLAIN_USER[@]}" "$agent_program" --share "$WORK/locked" --config "$WORK/agent.ini"
like "$(err)" 'locked.*Permission denied' 'is named with the reason'
chmod 555 "$SHARE/agents" "$SHARE/jobs" "$SHARE/queue"
start "${PLAIN_USER[@]}" "$agent_program" --share "$SHARE" --config "$WORK/agent.ini"
ok 'a share that cannot be written: the agent says why' wait_until 15 grep -q 'Permission denied' "$started_log"
ok 'and waits for that to be mended' is_running "$started"
chmod 755 "$SHARE/agents" "$SHARE/jobs" "$SHARE/queue"
ok 'when it is, it goes on' wait_until 30 grep -q 'share back' "$started_log"
stop "$started"
is $? 0 'and ends orderly'

# ---- many at once ----
for round in 1 2 3; do
	SHARE=$WORK/race$round
	for n in 1 2 3 4 5 6; do agent "n$n"; done
	all_beat() { [ "$(find "$SHARE/agents" -name 'n[1-6]-*.*' 2>/dev/null | wc -l)" -eq 6 ]; }
	ok "round $round: six agents make one share at once" wait_until 15 all_beat
	is "$(find "$SHARE" -maxdepth 1 -name '.*' | wc -l)" 0 "round $round: nothing half-made"
	drop race frames=1-12 ms=30
	job=$(job_of race)
	ok "round $round: and work in it together" wait_until 20 has_ended "$job"
	stop_agents
done

# ---- early and late ----
SHARE=$WORK/late
agent early
has_one_card() { [ "$(find "$SHARE/agents" -type f 2>/dev/null | wc -l)" -eq 1 ]; }
ok 'an agent waits where there is no job yet' wait_until 10 has_one_card
drop work frames=1-40 ms=400
job=$(job_of work)
ok 'it takes the first one that comes' wait_until 10 has_task "$job" '\.run\..*\.early'
agent late
ok 'one that joins late has work within three seconds' wait_until 3 has_task "$job" '\.run\..*\.late'
ok 'both finish the job' wait_until 40 has_ended "$job"
done_by() { count_tasks "$job" "^f[0-9].*\.done\..*\.$1-"; }
ok "both did a good part ($(done_by early) and $(done_by late))" test "$(done_by late)" -ge 10
is "$(count_tasks "$job" '^f[0-9].*\.done\.1\.0\.')" 40 'no frame was handed out twice'
stop_agents
done_testing
