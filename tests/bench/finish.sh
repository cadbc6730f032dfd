#!/bin/bash
# How evenly machines of any speed end: one picture, and a short animation, on emulated machines with a real Blender.
#
#   tests/bench/finish.sh [RUN...]     runs: equal slow animation; all when nothing is said
#
# A machine is a bfagent with one thread (tests/bench/machines.sh): four of 0.4 cores, or three of them and one of 0.1. The picture is
# skewed both ways: nearly all the work is on its right side, most of it below the middle. Each measures itself with `bfagent
# --benchmark` first. The clock runs from the moment the file has its name in queue/ to the moment the joined picture has its own.
# Beside pieces = auto stand four equal strips, one for each machine, and sixteen that are pulled from one queue, both by the same
# agents.
# ideal = (processor time of one whole render + one start of Blender a machine) / speed of all machines. The processors of a virtual
# machine are quicker or slower by a tenth from one minute to the next, so a probe renders a tenth of the samples, in a fifth of
# every second that no machine has, once beside the whole render and once beside the farm. By what it needed more or less beside the farm the
# whole render's time is put right; what was measured is told, too.
# A run that needs more than 5 times the ideal is ended and told as "atleast". All of it takes most of an hour on two cores, and wants
# them quiet. FINISH_AUTO_ONLY=1 leaves out the strips; FINISH_LOGS=DIR keeps the agents'
# words and the plan of the last farm; FINISH_PERCENT, FINISH_SAMPLES, FINISH_FRAME_SAMPLES: another size.
# BENCH_QUICK=1: a small picture without strips; shows that everything runs. Needs control groups one may freeze.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$(realpath "${BF_BIN:-build}")
blender=${BF_BLENDER:-blender}
quick=${BENCH_QUICK:-}
percent=${FINISH_PERCENT:-200} samples=${FINISH_SAMPLES:-60} frame_samples=${FINISH_FRAME_SAMPLES:-24} frames=10 probe_part=10
[ -z "$quick" ] || percent=${FINISH_PERCENT:-100} samples=${FINISH_SAMPLES:-24} frame_samples=${FINISH_FRAME_SAMPLES:-9} frames=5
work=$(mktemp -d "${TMPDIR:-/tmp}/finish.XXXXXX")
mkdir "$work/tmp"
export TMPDIR=$work/tmp HOME=$work
unset BF_SHARE BF_CONFIG XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
agents=() probes=()

say() { printf '%s\n' "$*" >&2; }
calc() { awk "BEGIN { printf \"%.${2:-3}f\", $1 }"; }
mean_of() { awk '{ sum += $1 } END { printf "%.3f", sum / NR }' "$@"; }

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
	machines_end
	rm -rf "$work"
	exit "$code"
}
# shellcheck source=tests/bench/machines.sh
. tests/bench/machines.sh
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# machines CORES...: all of them, measured.
machines() {
	local name measuring=()
	machines_begin m "$@"
	for name in "${names[@]}"; do
		printf '%s\n' '[agent]' "blender = $blender" "name = $name" "scratch = $work/$name/scratch" 'factory_startup = yes' '[slot 0]' \
			'threads = 1' >"$work/$name/agent.ini"
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
# probe_begin NAME: a tenth of all its samples, on each processor's probe.
probe_begin() {
	local processor frame=1 count=$samples
	[ "$1" = still ] || { frame=$(((frames + 1) / 2)) count=$((frames * frame_samples)); }
	for ((processor = 0; processor < processors; processor++)); do
		on "probe$processor" cpu_of "$work/probe$processor" "$blender" -b -t 1 --factory-startup "$work/$1.blend" \
			--python-expr "import bpy; bpy.context.scene.cycles.samples = $(((count + probe_part / 2) / probe_part))" \
			-o "$work/probe$processor/####" -f "$frame" >"$work/probe$processor/cpu"
		probes+=("$started")
	done
}
# Sets probe, the seconds of processor that it needed.
probe_end() {
	wait "${probes[@]}"
	probes=()
	probe=$(mean_of "$work"/probe*/cpu)
}
# floor NAME OPTION...: render it whole on each processor, the first in the file's own place; sets cpu, what one render needs, start_cpu, and probe_then.
floor() {
	local name=$1 processor place rendering=() cores=()
	shift
	start_cpu=$(cpu_of "$work" "$blender" -b -t 1 --factory-startup "$work/$name.blend" --python-expr pass)
	for ((processor = 0; processor < processors; processor++)); do cores+=("$(calc "($period - $probe_time) / $period" 2)"); done
	machines_begin floor "${cores[@]}"
	probe_begin "$name"
	for ((processor = 1; processor <= processors; processor++)); do
		place=()
		[ "$processor" -eq 1 ] || place=(-o "$work/floor$processor/####")
		on "floor$processor" cpu_of "$work/floor$processor" "$blender" -b -t 1 --factory-startup "$work/$name.blend" "${place[@]}" "$@" \
			>"$work/floor$processor/cpu"
		rendering+=("$started")
	done
	wait "${rendering[@]}"
	probe_end
	cpu=$(mean_of "$work"/floor*/cpu) probe_then=$probe
	machines_end
	say "$name: one Blender needs $cpu s of the processor, $start_cpu s of them to start; the probe $probe_then"
}
# set_ideal FACTOR: of a processor that needs so many times as long as when the floor was measured.
set_ideal() { ideal=$(calc "$1 * ($cpu + (${#names[@]} - 1) * $start_cpu) / $speed"); }

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

# Seconds of the processor that ended children needed so far, the start of each Blender before the clock runs among them (a subshell would
# tell of its own), and that this machine's host gave to others.
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
	set_ideal 1
	[ $# -eq 0 ] || printf '%s\n' '[job]' "$@" >"$work/share/queue/$name.ini"
	cp "$work/$name.blend" "$work/share/.coming"
	set_spent
	late='' used=$spent lost=$(stolen)
	began=${EPOCHREALTIME/./}
	limit=$((began + $(calc "5000000 * $ideal" 0)))
	probe_begin "$name"
	mv "$work/share/.coming" "$work/share/queue/$name.blend"
	until has_pictures "$pictures"; do
		sleep_until $((${EPOCHREALTIME/./} + 50000))
		[ "${EPOCHREALTIME/./}" -lt "$limit" ] || { late=atleast; break; }
	done
	took=$(calc "(${EPOCHREALTIME/./} - $began) / 1000000")
	lost=$(calc "$(stolen) - $lost" 1)
	stop_agents
	probe_end
	set_spent
	used=$(calc "$spent - $used - $processors * $probe" 1)
	slower=$(calc "$probe / $probe_then")
	set_ideal "$slower"
	say "  the processors needed $slower times as long as when the floor was measured; the machines might have used $(calc "$speed * $took" 1) s of the processor, used $used, and lost $lost to other guests of the host"
	[ -z "${FINISH_LOGS:-}" ] || keep_logs
	say "  $(grep -h 'measured job=' "$work"/m*/log || :)"
	say "  $(sed -n 's/^\(pieces\|piece_costs\|whole_frames\)/\1/p' "$work"/share/jobs/*/job.ini | tr '\n' ' ')"
	say "  tasks by machine: $(for machine in "${names[@]}"; do cat "$work"/share/jobs/*/journal/"$machine"-* 2>/dev/null | wc -l; done | tr '\n' ' ')"
}
# told WHAT [GOAL]: one line of the result.
told() {
	printf '  %-60s  %5s %-8s %-14s (%s s, ideal %s s; %s as the floor was measured)\n' "$1" "$(calc "$took / $ideal" 2)" \
		"$late" "${2:+goal <= $2}" "${took%.*}" "${ideal%.*}" "$(calc "$took * $slower / $ideal" 2)"
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
}
run_equal() {
	make_still
	machines 0.4 0.4 0.4 0.4
	picture 'one picture, 4 x 0.4 cores' 1.08
}
run_slow() {
	make_still
	machines 0.4 0.4 0.4 0.1
	picture 'one picture, 3 x 0.4 + 0.1 cores' 1.15
}
run_animation() {
	rm -rf "$work/alone"
	scene animation "$frames" 100 "$frame_samples"
	floor animation -a
	machines 0.4 0.4 0.4 0.4
	farm animation "$frames"
	same_pixels
	told "$frames heavy frames, 4 x 0.4 cores, makespan / ideal" 1.10
	rm -rf "$work/alone"
}

machines_can_be || { say 'no control groups one may make and freeze: run it as root'; exit 1; }
runs=("$@")
[ $# -gt 0 ] || runs=(equal slow animation)
for run in "${runs[@]}"; do
	declare -F "run_$run" >/dev/null || { say "no run $run"; exit 2; }
done
for run in "${runs[@]}"; do "run_$run"; done
echo "  rounds: 1, $("$blender" --version 2>/dev/null | head -n 1)"
