# shellcheck shell=bash
# Emulated machines, for who sources this and has $work, a folder of his own: a machine is whatever runs in a group of processes on one
# processor, which runs for a part of every second and is frozen for the rest. Machines that share a processor take turns. (Quotas of a
# control group are no good here: two Blenders that alternate every few milliseconds each need a quarter more processor time for
# the same picture.)
#
# machines_begin NAME CORES...   NAME1, NAME2 …, of so many cores each, on one processor after the other: sets names, cores_of, speed
# on NAME COMMAND...             as that machine, in the background: sets started
# machines_end                   all of them go, and their processes with them
#
# A fifth of every processor's time belongs to no machine but to its probe: `on probe0 COMMAND...`, `on probe1` …

period=1000000 probe_time=200000 # µs
processors=$(nproc)
[ "$processors" -le 4 ] || processors=4
names=() cores_of=() speed=0 groups=() turns=()
mkfifo "$work/never"
exec 9<>"$work/never" # nothing is ever written there

# Where groups can be made: version 1 has a folder for freezing, version 2 has all in one.
machines_can_be() {
	local own
	if [ -d /sys/fs/cgroup/freezer ]; then
		own=$(sed -n 's/^[0-9]*:freezer://p' /proc/self/cgroup)
		parent=/sys/fs/cgroup/freezer${own%/} switch=freezer.state stop=FROZEN go=THAWED
	else
		own=$(sed -n 's/^0:://p' /proc/self/cgroup)
		parent=/sys/fs/cgroup${own%/} switch=cgroup.freeze stop=1 go=0
	fi
	[ -w "$parent" ]
}

# machine NAME PROCESSOR: make it.
machine() {
	mkdir "$parent/bf-finish.$$.$1"
	groups+=("$parent/bf-finish.$$.$1")
	rm -rf "${work:?}/$1"
	mkdir "$work/$1"
	echo "$2" >"$work/$1/processor"
}

# sleep_until µs: without a process for it.
sleep_until() {
	local left=$(($1 - ${EPOCHREALTIME/./}))
	[ "$left" -le 0 ] || read -rt "$((left / 1000000)).$(printf %06d $((left % 1000000)))" -u 9 _ || :
}

# take_turns NAME MICROSECONDS...: each runs so long in every period.
take_turns() {
	local due=${EPOCHREALTIME/./} begun group i j
	while :; do
		begun=$due
		for ((i = 1; i < $#; i += 2)); do
			group=$parent/bf-finish.$$.${!i}
			j=$((i + 1))
			due=$((due + ${!j}))
			echo "$go" >"$group/$switch"
			sleep_until "$due"
			echo "$stop" >"$group/$switch"
		done
		due=$((begun + period))
		sleep_until "$due"
	done
}

begin_turns() {
	local processor i list
	for ((processor = 0; processor < processors; processor++)); do
		list=()
		for ((i = processor; i < ${#names[@]}; i += processors)); do
			list+=("${names[i]}" "$(calc "${cores_of[i]} * $period" 0)")
		done
		machine "probe$processor" "$processor"
		take_turns "${list[@]}" "probe$processor" "$probe_time" </dev/null &
		turns+=($!)
	done
}

machines_begin() {
	local name=$1 cores
	shift
	machines_end
	cores_of=("$@")
	for cores in "$@"; do
		machine "$name$((${#names[@]} + 1))" $((${#names[@]} % processors))
		names+=("$name$((${#names[@]} + 1))")
		speed=$(calc "$speed + $cores" 2)
	done
	begin_turns
}

machines_end() {
	local group pid
	for pid in "${turns[@]}"; do kill "$pid" 2>/dev/null || :; wait "$pid" 2>/dev/null || :; done
	for group in "${groups[@]}"; do
		echo "$go" >"$group/$switch"
		rmdir "$group" 2>/dev/null || :
	done
	turns=() groups=() names=() cores_of=() speed=0
}

on() {
	local name=$1
	shift
	(
		taskset -pc "$(cat "$work/$name/processor")" "$BASHPID" >/dev/null
		export XDG_STATE_HOME=$work/$name/state HOME=$work/$name
		echo "$BASHPID" >"$parent/bf-finish.$$.$name/cgroup.procs"
		[ "$1" != cpu_of ] || { "$@"; exit; }
		exec "$@"
	) </dev/null &
	started=$!
}
