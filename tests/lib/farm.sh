# shellcheck shell=bash
# Helpers for tests with whole agents, sourced after tap.sh (bash): a share in $SHARE, agents with short
# times, a fake Blender, submissions.
#
#   new_farm                        $SHARE is made by the first agent that starts
#   agents one two                  start agents of these names, wait for the share
#   agent one [ARGUMENT...]         start an agent of that name; $started is its pid, $(log_of one) its log
#   drop shot frames=1-5 ms=20      a .blend for the fake Blender into queue/, by one rename
#   job=$(job_of shot)              its id, as soon as it is accepted
#   wait_until 20 has_ended "$job"

FAKE=$BF_BIN/tests/fakeblender
declare -A agent_log agent_pid

# What stands in front of a command to which permissions shall apply, although root may run the tests.
PLAIN_USER=()
[ "$(id -u)" -ne 0 ] || PLAIN_USER=(setpriv "--bounding-set=-dac_override,-dac_read_search")
AGENT_AS=() # put in front of every agent

# Times of the configuration; a test may set others before it calls new_farm or write_config.
: "${LEASE:=2}" "${BEAT:=0.2}" "${POLL:=0.1}" "${SETTLE:=0.3}" "${SETTLE_LIMIT:=1}"

# write_config FILE [LINE...]: LINEs go into the section [agent].
write_config() {
	local file=$1
	shift
	{
		printf '[agent]\nblender = %s\nscratch = %s/scratch\n' "$FAKE" "$WORK"
		printf 'lease = %s\nbeat = %s\npoll = %s\nsettle = %s\nsettle_limit = %s\n' \
			"$LEASE" "$BEAT" "$POLL" "$SETTLE" "$SETTLE_LIMIT"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$file"
}

new_farm() {
	SHARE=$WORK/share
	write_config "$WORK/agent.ini" "$@"
}

# idle_farm [LINE...]: the same with the share made already, and nobody at work there.
idle_farm() {
	new_farm "$@"
	exits 4 'a share is made' bfagent --once
}
# What lies in queue/, in one line; and away with it.
queued() { find "$SHARE/queue" -mindepth 1 -path "$SHARE/queue/rejected" -prune -o -printf '%P\n' | sort | tr '\n' ' '; }
empty_queue() { find "$SHARE/queue" -mindepth 1 -maxdepth 1 ! -name rejected -exec rm -r {} +; }

# bfagent ARGUMENT...: in the foreground, with our configuration and share.
bfagent() { "$BF_BIN/bfagent" --config "$WORK/agent.ini" --share "$SHARE" "$@"; }

agent() {
	local name=$1
	shift
	start "${AGENT_AS[@]}" "$BF_BIN/bfagent" --config "$WORK/agent.ini" --share "$SHARE" --name "$name" "$@"
	agent_pid[$name]=$started
	agent_log[$name]=$started_log
}
has_share() { [ -d "$SHARE/queue/rejected" ]; }
# agents NAME...: start agents of these names and wait for the share, which the first of them makes.
agents() {
	local name
	for name; do agent "$name"; done
	ok 'the share is there' wait_until 30 has_share
}
log_of() { echo "${agent_log[$1]}"; }
says() { grep -Eq -e "$2" "${agent_log[$1]}"; }

# All processes below a pid, itself included.
tree_of() {
	local pid
	echo "$1"
	for pid in $(ps -o pid= --ppid "$1"); do tree_of "$pid"; done
}
signal_tree() { # PID SIGNAL
	local pid
	for pid in $(tree_of "$1"); do kill -s "$2" "$pid" 2>/dev/null || :; done
}

# stop_agents: all of them, orderly: a second SIGTERM would end them at once.
stop_agents() {
	local name
	for name in "${!agent_pid[@]}"; do kill -s TERM "${agent_pid[$name]}" 2>/dev/null || :; done
	for name in "${!agent_pid[@]}"; do stop "${agent_pid[$name]}" 0 || :; unset "agent_pid[$name]"; done
}

# The Blenders of this test that run now.
blenders() { ps -eo pid=,args= | awk -v fake="$FAKE" -v work="$WORK" '$2 == fake && index($0, work) { print $1 }'; }
has_blender() { [ -n "$(blenders)" ]; }
has_no_blender() { [ -z "$(blenders)" ]; }

drop() {
	local name=$1
	shift
	"$FAKE" --make "$WORK/dropping" "$@"
	mkdir -p "$SHARE/queue"
	mv "$WORK/dropping" "$SHARE/queue/$name.blend"
}

# The ids of jobs whose name begins with $1, one a line.
jobs_of() { find "$SHARE/jobs" -maxdepth 1 -mindepth 1 -type d -name "$1_*" -printf '%f\n' 2>/dev/null | sort; }
is_accepted() { [ -n "$(jobs_of "$1")" ]; }
job_of() { wait_until "${2:-20}" is_accepted "$1" && jobs_of "$1" | tail -n 1; }
has_ended() { [ -e "$SHARE/jobs/$1.ended" ]; }
why_of() { cat "$SHARE/queue/rejected/$1.why.txt"; }
is_rejected() { [ -s "$SHARE/queue/rejected/$1.why.txt" ] && [ -e "$SHARE/queue/rejected/$1" ]; }

# Names in the tasks/ of a job that match an extended regular expression.
tasks_of() { find "$SHARE/jobs/$1/tasks" -type f -printf '%f\n' 2>/dev/null | grep -E -e "${2:-.}" | sort; }
has_task() { [ -n "$(tasks_of "$1" "$2")" ]; }
count_tasks() { tasks_of "$1" "$2" | wc -l; }

# Finished pictures of a job, and what should not be there any more.
count_pictures() { find "$SHARE/output/$1" -type f -size +0 ! -name '.*' ! -name '*.preview.png' 2>/dev/null | wc -l; }
has_pictures() { [ "$(count_pictures "$1")" -ge "$2" ]; }
leftovers_of() { find "$SHARE/output/$1" \( -empty -type f -o -name '.*' \) -printf '%f\n'; find "$SHARE/jobs/$1/tasks" -name '.*' -printf '%f\n'; }

# Every picture's bytes are what its task's record says.
hashes_hold() {
	local wrong=0 path hash
	for path in "$SHARE/output/$1"/*; do
		hash=$(xxhsum -q -H2 "$path" | cut -d' ' -f1)
		has_task "$1" "\.done\..*\.${hash#XXH128_}\$" || { diag "$path is not the picture on record"; wrong=1; }
	done
	return $wrong
}
