#!/bin/bash
# The numbers, each beside its floor.
#
#   tests/bench/run.sh [ROW...]        rows: light second slots drop idle status merge finish sim deal; all when nothing is said
#
# Whole processes against whole processes, on the same file, interleaved: each round measures both sides, the ratio is
# the median of the rounds' ratios. Beside the time on the clock stands the processor time, which other programs
# disturb less; goals are about the clock, so this wants a quiet machine, and says how quiet it was.
# BENCH_QUICK=1 takes few frames and one round: it shows that everything runs, its ratios mean little.
# The table is shown at the end and kept in $BF_BIN/bench.txt. Exit code 1 when a goal is missed (never with BENCH_QUICK).
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$(realpath "${BF_BIN:-build}")
blender=${BF_BLENDER:-blender}
quick=${BENCH_QUICK:-}
rounds=3 light_frames=200 second_frames=40 drops=5 idle_s=60
[ -z "$quick" ] || rounds=1 light_frames=20 second_frames=3 drops=2 idle_s=10
work=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
mkdir "$work/tmp" "$work/home"
export TMPDIR=$work/tmp HOME=$work/home
unset BF_SHARE BF_CONFIG XDG_CONFIG_HOME
table=$work/table
agent=''

stop_agent() {
	[ -z "$agent" ] || { kill -TERM "$agent" 2>/dev/null || :; wait "$agent" 2>/dev/null || :; }
	agent=''
}
end() {
	local code=$?
	trap '' INT TERM HUP
	stop_agent
	rm -rf "$work"
	exit "$code"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() { printf '%s\n' "$*" >&2; }
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.3f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
calc() { awk "BEGIN { printf \"%.${2:-3}f\", $1 }"; }
now() { echo "$EPOCHREALTIME"; }
# Part of the machine that was in use while sleeping a second, in per cent.
busy() {
	local used total
	read_cpu() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }
	read -r used total < <(read_cpu)
	sleep 1
	read_cpu | awk -v u="$used" -v t="$total" '{ printf "%.0f", 100 * ($1 - u) / ($2 - t) }'
}

missed=0
# row WHAT OURS FLOOR RATIO GOAL: a line of the table. What is compared with GOAL is RATIO, or OURS where RATIO is -.
row() {
	local verdict=ok value=$4
	[ "$value" != - ] || value=${2%% *}
	awk -v v="$value" -v g="$5" 'BEGIN { exit !(v <= g) }' || { verdict=MISSED; missed=1; }
	printf '%-50s %10s %10s %8s %8s  %s\n' "$1" "$2" "$3" "$4" "<= $5" "$verdict" | tee -a "$table" >&2
}
note() { printf '    %s\n' "$*" | tee -a "$table" >&2; }

scene() { # NAME FRAMES: $work/NAME.blend
	"$blender" -b --factory-startup --python-exit-code 9 -P "tests/scenes/$1.py" -- "$work/$1.blend" "$2" >"$work/make.log" 2>&1 ||
		{ tail "$work/make.log" >&2; exit 1; }
}
config() { # LINE...: the agent's configuration
	printf '%s\n' '[agent]' "blender = $blender" 'factory_startup = yes' "scratch = $work/scratch" "$@" >"$work/agent.ini"
}
bfagent() { "$bin/bfagent" --config "$work/agent.ini" --share "$work/share" --name bench "$@"; }
# The same in the background: $agent is the program itself, not a shell around it.
start_agent() {
	"$bin/bfagent" --config "$work/agent.ini" --share "$work/share" --name bench >"$work/agent.log" 2>&1 </dev/null &
	agent=$!
}
new_share() {
	rm -rf "$work/share" "$work/scratch"
	bfagent --once >/dev/null 2>&1 || :
	[ -d "$work/share/queue" ] || { say 'the agent made no share'; exit 1; }
}
# timed FILE COMMAND...: seconds on the clock and of processor time, all its children included, are added to FILE.
timed() {
	local file=$1 TIMEFORMAT='%R %U %S'
	shift
	{ time "$@" >"$work/out" 2>"$work/err" </dev/null; } 2>"$work/time"
	awk '{ print $1, $2 + $3 }' "$work/time" >>"$file"
}
alone() { "$blender" -b --factory-startup "$@"; }

# against WHAT GOAL FRAMES FILE [BLENDER-OPTION...]: a job on the configured agent ÷ one Blender, and a row of it.
against() {
	local what=$1 goal=$2 frames=$3 file=$4 i
	shift 4
	rm -f "$work"/{ours,theirs}
	for ((i = 0; i < rounds; i++)); do
		new_share
		cp "$file" "$work/share/queue/"
		timed "$work/ours" bfagent --drain
		[ "$(find "$work/share/output" -name '*.png' -size +0 ! -name '.*' | wc -l)" -eq "$frames" ] ||
			{ tail "$work/err" >&2; say "$what: not all pictures are there"; exit 1; }
		rm -rf "$work/frames"
		timed "$work/theirs" alone "$file" "$@" -a
		say "  $what: $(tail -n 1 "$work/ours") against $(tail -n 1 "$work/theirs") s (clock, processor)"
	done
	paste -d ' ' "$work/ours" "$work/theirs" >"$work/both"
	row "$what" "$(cut -d' ' -f1 "$work/ours" | median) s" "$(cut -d' ' -f1 "$work/theirs" | median) s" \
		"$(awk '{ print $1 / $3 }' "$work/both" | median)" "$goal"
	note "processor time: ratio $(awk '{ print $2 / $4 }' "$work/both" | median), rounds: $rounds"
}

row_light() {
	scene light "$light_frames"
	config
	against "$light_frames light frames, one agent / blender -a" 1.03 "$light_frames" "$work/light.blend"
}

row_second() {
	scene second "$second_frames"
	config
	against "$second_frames frames of 1 s, one agent / blender -a" 1.01 "$second_frames" "$work/second.blend"
}

row_slots() {
	scene light "$light_frames"
	config 'slots = 2' '[slot 0]' 'threads = 1' '[slot 1]' 'threads = 1'
	against "$light_frames light frames, 2 one-thread slots / blender -t 2" 0.97 "$light_frames" "$work/light.blend" -t 2
}

has_picture() { [ -n "$(find "$work/share/output" -name '*.png' -size +0 ! -name '.*')" ]; }

# From the moment the file has its name in queue/ to the moment its first picture has its own, less what Blender alone needs
# from its start to that picture. The agent is idle, its Blender is not running yet.
row_drop() {
	local i began picture
	scene light 1
	config
	rm -f "$work"/{ours,theirs,above}
	for ((i = 0; i < drops; i++)); do
		new_share
		start_agent
		until grep -q 'blender version' "$work/agent.log"; do sleep 0.1; done
		sleep 2.$((RANDOM % 10)) # any moment between two looks
		cp "$work/light.blend" "$work/share/.coming"
		began=$(now)
		mv "$work/share/.coming" "$work/share/queue/light.blend"
		until has_picture; do sleep 0.01; done
		picture=$(now)
		stop_agent
		calc "$picture - $began" >>"$work/ours"
		echo >>"$work/ours"
		timed "$work/theirs" alone "$work/light.blend" -f 1
	done
	paste -d ' ' "$work/ours" "$work/theirs" | awk '{ print $1 - $2 }' >"$work/above"
	row 'drop to first picture, above Blender alone (s)' "$(median <"$work/above") s" '-' - 1.5
	note "with Blender: $(median <"$work/ours") s; Blender alone: $(cut -d' ' -f1 "$work/theirs" | median) s; rounds: $drops"
}

# Nanoseconds of processor time of a process and all below it.
used_ns() {
	local pid
	for pid in $(ps -o pid= --ppid "$1"); do used_ns "$pid"; done
	cat "/proc/$1/task"/*/schedstat 2>/dev/null || :
}
row_idle() {
	local before after
	scene light 2
	config
	new_share
	cp "$work/light.blend" "$work/share/queue/"
	bfagent --drain >/dev/null 2>&1 # an idle farm has jobs that have ended
	start_agent
	until grep -q 'blender version' "$work/agent.log"; do sleep 0.1; done
	sleep 3
	before=$(used_ns "$agent" | awk '{ n += $1 } END { print n }')
	sleep "$idle_s"
	after=$(used_ns "$agent" | awk '{ n += $1 } END { print n }')
	stop_agent
	row "idle agent (% of a core, $idle_s s)" "$(calc "($after - $before) / 1e7 / $idle_s") %" - - 0.5
}

# other SCRIPT...: a script of its own; its lines with goals become rows.
other() {
	local what value goal
	{ "$@" || :; } | tee "$work/other" >&2
	while IFS='|' read -r what value goal; do
		row "$what" - - "$value" "$goal"
	done < <(sed -En 's/^ *([^ ].*[^ ])  +([0-9.]+) *[A-Za-z]* +goal <= +([0-9.]+).*/\1|\2|\3/p' "$work/other")
	note "$(grep -m 1 rounds "$work/other" || :)"
}
row_status() { other tests/bench/status.sh ${quick:+5000 1}; }
row_finish() { other env BENCH_QUICK="$quick" tests/bench/finish.sh; }
row_merge() { other tests/bench/merge.sh ${quick:+2048 1024 1}; }

# The agent's own code in virtual time; FULL=1 adds a thousand agents with a million frames, which takes an hour.
row_sim() {
	local sim=$bin/sim/tests/sim agents
	[ -x "$sim" ] || { say "no $sim: make sim"; exit 1; }
	if [ -n "$quick" ]; then
		for agents in 1 32; do "$sim" -a "$agents" -t 500; done >"$work/sim"
	else
		"$sim" >"$work/sim"
	fi
	[ -z "${FULL:-}" ] || "$sim" -a 1000 -t 1000000 -b 30 >>"$work/sim"
	of() { awk -v n="$1" -v f="$2" '$1 == n { print $f; exit }' "$work/sim"; }
	row 'simulated: requests a frame, 1 agent' "$(of 1 4)" - - 25
	row 'simulated: requests a frame, 32 agents / 1' "$(of 32 4)" "$(of 1 4)" "$(calc "$(of 32 4) / $(of 1 4)")" 1.3
	tee -a "$table" <"$work/sim" >&2
}

# Makespan / ideal in virtual time. What stands under "floor" is the same with 16 equal strips, taken in order.
row_deal() {
	"$bin/tests/dealsim" >"$work/deal" || :
	# row of FARM PICTURE IDEAL-SECONDS
	of() { awk -v f="$1" -v p="$2" -v s="$3" 'index($0, f "  ") == 1 && $0 ~ p " +" s " s" { sub(".*" s " s", ""); print $'"$4"' }' "$work/deal"; }
	row 'simulated: one picture, 4 machines alike' "$(of '4 alike' skewed 120 4)" "$(of '4 alike' skewed 120 2)" - 1.08
	row 'simulated: the same, one at a quarter' "$(of '4, one at a quarter' skewed 120 4)" "$(of '4, one at a quarter' skewed 120 2)" - 1.15
	tee -a "$table" <"$work/deal" >&2
}

command -v "$blender" >/dev/null || { say "no Blender: $blender"; exit 1; }
rows=("$@")
[ $# -gt 0 ] || rows=(light second slots drop idle status merge finish sim deal)
for name in "${rows[@]}"; do
	declare -F "row_$name" >/dev/null || { say "no row $name"; exit 2; }
done
{
	printf '%s, %s cores, %s%s\n' "$("$blender" --version 2>/dev/null | head -n 1)" "$(nproc)" "$(date '+%Y-%m-%d %H:%M')" \
		"${quick:+, quick: the ratios mean little}"
	printf '%-50s %10s %10s %8s %8s\n' what ours floor ratio goal
} >"$table"
for name in "${rows[@]}"; do
	say "$name: the machine is $(busy) % busy before it"
	"row_$name"
done
echo "after it the machine is $(busy) % busy" >>"$table"
mkdir -p "$bin"
cp "$table" "$bin/bench.txt"
echo
cat "$table"
[ "$missed" -eq 0 ] || [ -n "$quick" ]
