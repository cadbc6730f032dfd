#!/bin/bash
# See it work: two agents share an animation and a still through a folder.
#
#   tests/demo.sh DIR        (`make demo` does it in build/demo)
#
# DIR is made anew every time; one that is not a former demo is never touched. Programs are taken from $BF_BIN,
# else build/; Blender from $BF_BLENDER, else PATH. Exit codes: 0 all pictures are there, 1 they are not, 2 usage.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
bin=${BF_BIN:-$top/build}
blender=${BF_BLENDER:-blender}
mark=.blendfolder-demo
animation_frames=30
agents=()

say() { printf '\n%s\n' "$*"; }
die() { printf 'demo: %s\n' "$2" >&2; exit "$1"; }

if [ $# -ne 1 ] || [ -z "$1" ]; then
	echo 'usage: tests/demo.sh DIR' >&2
	exit 2
fi
command -v "$blender" >/dev/null || die 1 "no Blender: $blender (apt-get install blender, or make deps)"
for program in bfagent bfstatus; do
	[ -x "$bin/$program" ] || die 1 "$bin/$program is not built: make"
done

# ---- a fresh folder

dir=$1
[ ! -L "$dir" ] || die 2 "$dir is a link"
if [ -e "$dir" ] && [ ! -f "$dir/$mark" ]; then
	[ -d "$dir" ] || die 2 "$dir is not a folder"
	[ -z "$(ls -A "$dir")" ] || die 2 "$dir is not a former demo, I do not delete it"
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# Every process of the demo holds this lock until it ends.
exec 9>>"$dir/$mark"
flock -n 9 || die 1 "a demo is running in $dir"
find "$dir" -mindepth 1 -maxdepth 1 ! -name "$mark" -exec rm -rf -- {} +
share=$dir/share
mkdir "$share"

# ---- whatever happens, nothing of it goes on running

stop_agents() {
	local pid
	for pid in "${agents[@]}"; do kill -TERM "$pid" 2>/dev/null || :; done
	for pid in "${agents[@]}"; do wait "$pid" 2>/dev/null || :; done
	agents=()
}
watcher='' waiter=''
end() {
	local code=$? pid
	trap '' INT TERM HUP
	for pid in $watcher $waiter; do kill -TERM "$pid" 2>/dev/null || :; done
	stop_agents
	exit "$code"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

agents_run() {
	local pid
	for pid in "${agents[@]}"; do kill -0 "$pid" 2>/dev/null || return 1; done
}

# until_so SECONDS WHAT COMMAND...: poll until the command succeeds, as long as the agents run.
until_so() {
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		agents_run || { tail -n 5 "$dir"/*.log >&2; die 1 "an agent has ended"; }
		[ "$SECONDS" -lt "$deadline" ] || { tail -n 5 "$dir"/*.log >&2; die 1 "waited in vain for $what"; }
		sleep 0.2
	done
}

# ---- two scenes

make_scene() {
	TMPDIR=$dir "$blender" -b --factory-startup -noaudio --python-exit-code 9 \
		-P "$top/tests/scenes/$1.py" -- "$dir/$2.blend" "$3" >"$dir/make-$2.log" 2>&1 </dev/null ||
		{ tail -n 20 "$dir/make-$2.log" >&2; die 1 "Blender could not make the scene $1"; }
}

say "1. Blender makes two scenes: an animation of $animation_frames frames, and a still."
make_scene demo_animation pictures "$animation_frames"
make_scene demo_still sunflower 1

# ---- two agents

say "2. Two agents, ant and bee, are pointed at an empty folder: $share"
for name in ant bee; do
	"$bin/bfagent" --share "$share" --name "$name" --slots 1 >"$dir/$name.log" 2>&1 </dev/null &
	agents+=($!)
done
until_so 20 'the agents to set up the share' test -d "$share/queue"

say '3. To submit is to copy: pictures.blend, and sunflower.blend with a sunflower.ini of two lines:'
printf '[job]\npieces = 4x3\n' >"$share/queue/sunflower.ini"
sed 's/^/      /' "$share/queue/sunflower.ini"
cp "$dir/pictures.blend" "$dir/sunflower.blend" "$share/queue/"
began=$SECONDS

# ---- watch them

accepted() { [ "$(find "$share/jobs" -mindepth 2 -maxdepth 2 -name job.ini ! -path '*/.*' | wc -l)" -ge 2 ]; }
refused() { [ -n "$(find "$share/queue/rejected" -name '*.why.txt' 2>/dev/null)" ]; }
accepted_or_refused() { accepted || refused; }
until_so 60 'the jobs to be accepted' accepted_or_refused
if refused; then
	cat "$share"/queue/rejected/*.why.txt >&2
	die 1 'a scene was rejected'
fi

"$bin/bfstatus" --share "$share" --wait >"$dir/wait.log" 2>&1 </dev/null &
waiter=$!
waits() { kill -0 "$waiter" 2>/dev/null; }
if [ -t 1 ]; then
	"$bin/bfstatus" --share "$share" --watch </dev/null &
	watcher=$!
fi
while waits; do
	agents_run || { tail -n 5 "$dir"/*.log >&2; die 1 "an agent has ended"; }
	[ $((SECONDS - began)) -lt 600 ] || die 1 'not ready after ten minutes'
	if [ -z "$watcher" ]; then
		printf '%s s\n' "$((SECONDS - began))"
		"$bin/bfstatus" --share "$share" || :
		for _ in 1 2 3 4 5 6 7 8; do ! waits || sleep 0.5; done
	else
		sleep 0.2
	fi
done
code=0
wait "$waiter" || code=$?
waiter=''
if [ -n "$watcher" ]; then
	kill -TERM "$watcher" 2>/dev/null || :
	wait "$watcher" 2>/dev/null || :
	watcher=''
fi
say "4. Done after $((SECONDS - began)) s. The agents are told to stop (SIGTERM)."
"$bin/bfstatus" --share "$share" || :
stop_agents

# ---- what came of it

found=$(find "$share/output" -type f -name '*.png' ! -name '.*' -size +0c | wc -l)
say "5. $found pictures are in $share/output:"
for job in "$share"/output/*/; do
	echo "      $job  $(find "$job" -type f -name '*.png' ! -name '.*' -size +0c | wc -l)"
done
first=$(find "$share"/output/pictures_* -type f -name 'demo_*0001.png' 2>/dev/null | head -n 1 || :)
[ -z "$first" ] || echo "   To see them move: $blender -a '$first'"
[ "$code" -eq 0 ] || die 1 "bfstatus --wait ended with exit code $code: $(tail -n 3 "$dir/wait.log")"
[ "$found" -eq $((animation_frames + 1)) ] || die 1 "there should be $((animation_frames + 1)) pictures"
