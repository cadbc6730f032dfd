#!/bin/bash
# How evenly machines of any speed end: one picture, and a short animation, on emulated machines with a real Blender.
#
#   tests/bench/finish.sh [RUN...]     runs: equal slow animation; all when nothing is said
#
# A machine is a bfagent with one thread, on one processor, that runs 0.4 seconds of every one and is frozen for the rest: four of
# 0.4 cores, or three of them and one of 0.1. Machines that share a processor take turns. (Quotas of a control group are no good here: two Blenders
# that alternate every few milliseconds each need a quarter more processor time for the same picture.) The picture is skewed both ways: nearly all the work is on its right side, most of it below the middle. Each
# measures itself with `bfagent --benchmark` first. The clock runs from the moment the file has its name in queue/ to the
# moment the joined picture has its own. Beside pieces = auto stand four equal strips, one for each machine, and sixteen
# that are pulled from one queue, both by the same agents.
# ideal = (processor time of one whole render + one start of Blender a machine) / speed of all machines; of renders before and
# after, one on each processor at a time: neighbours cost each other time in their caches, and while machines render all
# processors are at work, too.
# A run that needs more than 5 times the ideal is ended and told as "atleast". All of it takes most of an hour on two cores, and wants
# them quiet. FINISH_AUTO_ONLY=1 leaves out the strips; FINISH_LOGS=DIR keeps the agents'
# words and the plan of the last farm; FINISH_PERCENT, FINISH_SAMPLES: another size.
# BENCH_QUICK=1: a small picture without strips; shows that everything runs. Needs control groups one may freeze.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$(realpath "${BF_BIN:-build}")
blender=${BF_BLENDER:-blender}
quick=${BENCH_QUICK:-}
percent=${FINISH_PERCENT:-200} samples=${FINISH_SAMPLES:-60} frame_samples=${FINISH_FRAME_SAMPLES:-24} frames=10
[ -z "$quick" ] || percent=${FINISH_PERCENT:-100} samples=${FINISH_SAMPLES:-24} frame_samples=9 frames=5
period=1000000 # µs
work=$(mktemp -d "${TMPDIR:-/tmp}/finish.XXXXXX")
mkdir "$work/tmp"
mkfifo "$work/never"
exec 9<>"$work/never" # nothing is ever written there
export TMPDIR=$work/tmp HOME=$work
processors=$(nproc)
unset BF_SHARE BF_CONFIG XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
agents=() turns=() names=()

say() { printf '%s\n' "$*" >&2; }
calc() { awk "BEGIN { printf \"%.${2:-3}f\", $1 }"; }

stop_agents() {
	local pid
	for pid in "${agents[@]}"; do kill -TERM "$pid" 2>/dev/null || :; done
	for pid in "${agents[@]}"; do wait "$pid" 2>/dev/null || :; done
	agents=()
}
end() {
	local code=$? pid
	trap '' INT TERM HUP
	for pid in $(jobs -p); do ps -o pid= --ppid "$pid" | xargs -r kill 2>/dev/null || :; done
	stop_agents
	unmake
	rm -rf "$work"
	exit "$code"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- machines

# Where groups can be made: version 1 has a folder for freezing, version 2 has all in one.
find_groups() {
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
group_of() { echo "$parent/bf-finish.$$.$1"; }
# machine NAME CORES PROCESSOR: make it.
machine() {
	mkdir "$(group_of "$1")"
	names+=("$1")
	mkdir -p "$work/$1"
	echo "$3" >"$work/$1/processor"
	printf '%s\n' '[agent]' "blender = $blender" "name = $1" "scratch = $work/$1/scratch" 'factory_startup = yes' '[slot 0]' 'threads = 1' >"$work/$1/agent.ini"
}
# All machines go for good, and their processes with them.
unmake() {
	local name pid
	for pid in "${turns[@]}"; do kill "$pid" 2>/dev/null || :; wait "$pid" 2>/dev/null || :; done
	for name in "${names[@]}"; do
		echo "$go" >"$(group_of "$name")/$switch"
		rmdir "$(group_of "$name")" 2>/dev/null || :
	done
	turns=() names=()
}
# sleep_until µs: without a process for it.
sleep_until() {
	local left=$(($1 - ${EPOCHREALTIME/./}))
	[ "$left" -le 0 ] || read -rt "$((left / 1000000)).$(printf %06d $((left % 1000000)))" -u 9 _ || :
}
# take_turns NAME MICROSECONDS...: each runs so long in every period.
take_turns() {
	local due=${EPOCHREALTIME/./} begun group
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
		for ((i = 0; i < ${#names[@]}; i++)); do
			[ "$(cat "$work/${names[i]}/processor")" -ne "$processor" ] || list+=("${names[i]}" "$(calc "${cores_of[i]} * $period" 0)")
		done
		[ ${#list[@]} -eq 0 ] || { take_turns "${list[@]}" </dev/null & turns+=($!); }
	done
}
# on NAME COMMAND...: as that machine, in the background.
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
# machines CORES...: all of them, measured.
machines() {
	local cores n=0 name
	unmake
	cores_of=("$@") speed=0
	for cores in "$@"; do
		n=$((n + 1))
		rm -rf "${work:?}/m$n"
		machine "m$n" "$cores" $(((n - 1) % processors))
		speed=$(calc "$speed + $cores" 2)
	done
	begin_turns
	local measuring=()
	for name in "${names[@]}"; do
		on "$name" "$bin/bfagent" --config "$work/$name/agent.ini" --benchmark >"$work/$name/speed" 2>&1
		measuring+=("$started")
	done
	wait "${measuring[@]}"
	say "machines of $* cores: speeds $(for name in "${names[@]}"; do sed -n 's/^this machine: speed \([0-9.]*\).*/\1/p' "$work/$name/speed"; done | tr '\n' ' ')"
}

# ---- floors

# cpu_of DIR COMMAND...: seconds of processor time of it and its children; what it says goes to DIR.
cpu_of() {
	local TIMEFORMAT='%U %S' dir=$1
	shift
	{ time "$@" >"$dir/out" 2>"$dir/err" </dev/null; } 2>"$dir/time" || { tail "$dir/err" >&2; exit 1; }
	awk '{ print $1 + $2 }' "$dir/time"
}
# scene NAME FRAMES PERCENT SAMPLES
scene() {
	"$blender" -b --factory-startup --python-exit-code 9 -P tests/scenes/heavy.py -- "$work/$1.blend" "$2" >"$work/out" 2>&1
	"$blender" -b --factory-startup "$work/$1.blend" --python-exit-code 9 --python-expr "import bpy
s = bpy.context.scene
s.render.resolution_percentage = $3
s.cycles.samples = $4
s.render.filepath = '//alone/$1_####'
bpy.ops.wm.save_mainfile()" >"$work/out" 2>&1
}
# floor NAME OPTION...: render it whole on each processor, the one of the first in the file's own place; sets cpu, what one render needs.
floor() {
	local name=$1 processor place rendering=()
	shift
	start_cpu=$(cpu_of "$work" "$blender" -b -t 1 --factory-startup "$work/$name.blend" --python-expr pass)
	for ((processor = 0; processor < processors && processor < 4; processor++)); do
		mkdir -p "$work/floor$processor"
		place=()
		[ "$processor" -eq 0 ] || place=(-o "$work/floor$processor/####")
		(
			taskset -pc "$processor" "$BASHPID" >/dev/null
			cpu_of "$work/floor$processor" "$blender" -b -t 1 --factory-startup "$work/$name.blend" "${place[@]}" "$@"
		) >"$work/floor$processor/cpu" &
		rendering+=($!)
	done
	wait "${rendering[@]}"
	cpu=$(calc "($(cat "$work"/floor*/cpu | tr '\n' +) 0) / $processor")
	say "$name: one Blender needs $cpu s of the processor, $start_cpu s of them to start"
}
# floor_again NAME OPTION...: and once more after a farm; ideal goes by the mean, for the speed of many machines wanders.
floor_again() {
	local before=$cpu
	floor "$@"
	after=$cpu
	cpu=$(calc "($before + $after) / 2")
	set_ideal
}
# beside NAME COUNT: what the same work costs the machines when each does its part of it in a Blender of its own, at the same time and
# without a farm: NAME has one frame of COUNT samples, or COUNT frames. Machines that share processors cost each other
# time in their caches, which real ones do not. Sets beside, the ideal by that.
beside() {
	local name=$1 count=$2 n=0 machine cores part done=0 total=0 cpu_s rendering=()
	for machine in "${names[@]}"; do
		n=$((n + 1))
		cores=${cores_of[n - 1]}
		part=$(calc "$count * $cores / $speed" 0)
		[ "$part" -ge 1 ] || part=1
		[ "$n" -lt ${#names[@]} ] || [ "$name" = still ] || part=$((count - done))
		if [ "$name" = still ]; then
			on "$machine" cpu_of "$work/$machine" "$blender" -b -t 1 --factory-startup "$work/still.blend" \
				--python-expr "import bpy; bpy.context.scene.cycles.samples = $part" -o "$work/$machine/beside_####" -f 1
		else
			on "$machine" cpu_of "$work/$machine" "$blender" -b -t 1 --factory-startup "$work/$name.blend" \
				-o "$work/$machine/beside_####" -s $((done + 1)) -e $((done + part)) -a
		fi >"$work/$machine/cpu"
		rendering+=("$started")
		done=$((done + part))
	done
	wait "${rendering[@]}"
	for machine in "${names[@]}"; do total=$(calc "$total + $(cat "$work/$machine/cpu")"); done
	cpu_s=$(calc "($total - $n * $start_cpu) * $count / $done + $n * $start_cpu")
	say "$name: in parts beside each other they need $cpu_s s of the processor"
	beside=$(calc "$cpu_s / $speed")
}
set_ideal() { ideal=$(calc "($cpu + (${#names[@]} - 1) * $start_cpu) / $speed"); }

# ---- the farm

# Looked at often while all processors are at work: without a process.
has_pictures() {
	local file count=0
	for file in "$work"/share/output/*/*.png; do
		[[ $file == *.preview.png ]] || [ ! -s "$file" ] || count=$((count + 1))
	done
	[ "$count" -ge "$1" ]
}
is_ready() { grep -q 'blender version' "$1"; }

# Seconds of the processor that ended children needed so far (a subshell would tell of its own), and that this machine's
# host gave to others.
set_spent() {
	times >"$work/times"
	spent=$(awk -F'[ms ]+' 'NR == 2 { printf "%.2f", 60 * $1 + $2 + 60 * $3 + $4 }' "$work/times")
}
stolen() { awk '/^cpu / { printf "%.2f\n", $9 / 100 }' /proc/stat; }

keep_logs() {
	local name
	for name in "${names[@]}"; do cp "$work/$name/log" "$FINISH_LOGS/$name.log"; done
	rm -rf "${FINISH_LOGS:?}/jobs"
	cp -r "$work/share/jobs" "$FINISH_LOGS"
}
# farm NAME PICTURES [LINE...]: drop it with these wishes; sets took, and late where the limit came first.
farm() {
	local name=$1 pictures=$2 machine began limit
	shift 2
	rm -rf "$work/share"
	mkdir "$work/share"
	for machine in "${names[@]}"; do
		on "$machine" "$bin/bfagent" --config "$work/$machine/agent.ini" --share "$work/share" >"$work/$machine/log" 2>&1
		agents+=("$started")
		until is_ready "$work/$machine/log"; do sleep 0.2; done
	done
	[ $# -eq 0 ] || printf '%s\n' '[job]' "$@" >"$work/share/queue/$name.ini"
	cp "$work/$name.blend" "$work/share/.coming"
	set_spent
	late='' used=$spent lost=$(stolen)
	began=${EPOCHREALTIME/./}
	limit=$((began + $(calc "5000000 * $ideal" 0)))
	mv "$work/share/.coming" "$work/share/queue/$name.blend"
	until has_pictures "$pictures"; do
		sleep_until $((${EPOCHREALTIME/./} + 50000))
		[ "${EPOCHREALTIME/./}" -lt "$limit" ] || { late=atleast; break; }
	done
	took=$(calc "(${EPOCHREALTIME/./} - $began) / 1000000")
	lost=$(calc "$(stolen) - $lost" 1)
	stop_agents
	set_spent
	used=$(calc "$spent - $used" 1)
	say "  the machines might have used $(calc "$speed * $took" 1) s of the processor, used $used, and lost $lost to other guests of the host"
	[ -z "${FINISH_LOGS:-}" ] || keep_logs
	say "  $(grep -h 'measured job=' "$work"/m*/log || :)"
	say "  $(sed -n 's/^\(pieces\|piece_costs\|whole_frames\)/\1/p' "$work"/share/jobs/*/job.ini | tr '\n' ' ')"
	say "  tasks by machine: $(for machine in "${names[@]}"; do cat "$work"/share/jobs/*/journal/"$machine"-* 2>/dev/null | wc -l; done | tr '\n' ' ')"
}
# told WHAT [GOAL]: one line of the result.
told() {
	printf '  %-60s  %5s %-8s %-14s (%s s, ideal %s s; %s of what they need in parts without a farm)\n' "$1" "$(calc "$took / $ideal" 2)" \
		"$late" "${2:+goal <= $2}" "${took%.*}" "${ideal%.*}" "$(calc "$took / $beside" 2)"
}

same_pixels() {
	local picture differ
	for picture in "$work/alone"/*.png; do
		differ=$(compare -metric AE "$picture" "$(echo "$work"/share/output/*/"${picture##*/}")" null: 2>&1) || :
		[ "$differ" = 0 ] || { say "$picture: $differ pixels differ from what one Blender renders"; exit 1; }
	done
}
# picture NAME GOAL: one still on the machines there are.
picture() {
	farm still 1
	same_pixels
	beside still "$samples"
	floor_again still -f 1
	told "$1: pieces = auto, makespan / ideal" "$2"
	[ -z "$quick${FINISH_AUTO_ONLY:-}" ] || return 0
	farm still 1 'pieces = 4x1'
	told "$1: four equal strips / ideal"
	farm still 1 'pieces = 16x1'
	told "$1: sixteen equal strips from one queue / ideal"
}
make_still() {
	[ ! -e "$work/still.blend" ] || return 0
	scene still 1 "$percent" "$samples"
	floor still -f 1
	after=$cpu
}
run_equal() {
	make_still
	machines 0.4 0.4 0.4 0.4
	cpu=$after
	set_ideal
	picture 'one picture, 4 x 0.4 cores' 1.08
}
run_slow() {
	make_still
	machines 0.4 0.4 0.4 0.1
	cpu=$after
	set_ideal
	picture 'one picture, 3 x 0.4 + 0.1 cores' 1.15
}
run_animation() {
	rm -rf "$work/alone"
	scene animation "$frames" 100 "$frame_samples"
	floor animation -a
	machines 0.4 0.4 0.4 0.4
	set_ideal
	farm animation "$frames"
	same_pixels
	beside animation "$frames"
	floor_again animation -a
	told "$frames heavy frames, 4 x 0.4 cores, makespan / ideal" 1.10
	rm -rf "$work/alone"
}

find_groups || { say 'no control groups one may make and freeze: run it as root'; exit 1; }
runs=("$@")
[ $# -gt 0 ] || runs=(equal slow animation)
for run in "${runs[@]}"; do
	declare -F "run_$run" >/dev/null || { say "no run $run"; exit 2; }
done
for run in "${runs[@]}"; do "run_$run"; done
echo "  rounds: 1, $("$blender" --version 2>/dev/null | head -n 1)"
