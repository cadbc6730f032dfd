# shellcheck shell=bash
# Two agents on two clients, and what became of their work. Read inside the bed, and by `on_host`.
#
#   on_host() { . "$here/farm.sh"; render_undisturbed; }
#   . "${0%/*}/each.sh"
#   . "$here/farm.sh"
#   begin restart 'lease = 20'          a new farm, an agent on each client, two jobs dropped
#   wait_until 60 has_done 5            in the middle of it …
#   settle                              … and in the end all is as if nothing had been

: "${BF_BIN:?}"
declare -A agent

# use FARM: the one that is meant from now on. $truth is what the server has, past all caches of clients.
use() {
	farm=$1
	truth=/srv/disk/share/$farm
}
use farm

# configure NAME SHARE [LINE...]: $WORK/NAME.ini.
configure() {
	local name=$1 share=$2
	shift 2
	{
		printf '[agent]\nname = %s\nshare = %s\nscratch = %s\n' "$name" "$share" "$WORK/scratch-$name"
		printf "blender = %s\n" "${blender:-$BF_BIN/tests/fakeblender}"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$WORK/$name.ini"
}

# start_agent NAME [COMMAND...]: on client a or b, whichever NAME begins with; as configured, through COMMAND. What it says
# is in $WORK/FARM-NAME.log.
start_agent() {
	local client=$1
	shift
	export BF_FAKE_LOG=$WORK/rendered-$farm
	"$here/as" "${client:0:1}" "$@" "$BF_BIN/bfagent" --config "$WORK/$client.ini" >>"$(log_of "$client")" 2>&1 </dev/null &
	agent[$client]=$!
	tap_pids="$tap_pids $!"
}

log_of() { echo "$WORK/$farm-$1.log"; }
# says CLIENT REGEX: in its log. said CLIENT REGEX: how often.
says() { grep -Eq -e "$2" "$(log_of "$1")"; }
said() { grep -Ec -e "$2" "$(log_of "$1")"; }

# start_agents [LINE...]: LINEs for the configuration of both.
start_agents() {
	local client
	for client in a b; do
		start_configured "$client" "$@" || return
	done
}
start_configured() { # CLIENT [LINE...]
	configure "$1" "/mnt/$1/$farm" "${@:2}"
	start_agent "$1"
	wait_until 60 test -s "$truth/FORMAT"
}

stop_agents() {
	local client code=0
	for client in "${!agent[@]}"; do
		stop "${agent[$client]}" TERM 60 || code=$?
		unset "agent[$client]"
	done
	return "$code"
}

# make_jobs DIR: an animation and a still in pieces for the fake Blender, to be dropped.
make_jobs() {
	"$BF_BIN/tests/fakeblender" --make "$1/shot.blend" frames=1-24 ms=800 size=160x90 'picture=shot_####.png' &&
		"$BF_BIN/tests/fakeblender" --make "$1/still.blend" frames=7-7 ms=1200 size=640x400 depth=16 'picture=still_####.png' &&
		printf '[job]\npieces = 3x2\n' >"$1/still.ini"
}

# On the host: what shall be dropped, in $BF_HOST_DIR/drop, and what a single machine makes of it, in local.sums.
render_undisturbed() {
	local dir=$WORK/drop share=$WORK/local
	mkdir -p "$dir"
	make_jobs "$dir" || return
	configure local "$share"
	"$BF_BIN/bfagent" --config "$WORK/local.ini" --drain >"$WORK/local.log" 2>&1 </dev/null
	cp "$dir"/* "$share/queue/"
	BF_FAKE='ms=5' "$BF_BIN/bfagent" --config "$WORK/local.ini" --drain >>"$WORK/local.log" 2>&1 </dev/null ||
		{ cat "$WORK/local.log" >&2; return 1; }
	pictures "$share" >"$WORK/local.sums"
}

# drop FILE...: into queue/, through client a.
drop() { cp "$@" "/mnt/a/$farm/queue/"; }

# ended N: so many jobs have.
ended() { [ "$(find "$truth/jobs" -maxdepth 1 -name '*.ended' 2>/dev/null | wc -l)" -ge "$1" ]; }

# pictures SHARE: names and sums of all pictures, whatever the time in the names of the jobs.
pictures() {
	(cd "$1/output" && find . -type f ! -name '.bf.*' -exec sha256sum {} +) |
		sed -E 's|\./(.*)_[0-9-]{10}_[0-9]{6}(_[0-9]+)?/|\1/|' | sort -k 2
}

# How the pictures on stdin differ from those of the undisturbed machine.
unlike_undisturbed() { diff - "$BF_HOST_DIR/local.sums" 2>&1 | head; }

# states: the file names of all tasks.
states() { find "$truth"/jobs/*/tasks -type f -printf '%f\n' 2>/dev/null | sort; }
# Tasks, but for the last looks: those may come more than once.
work_states() { states | grep -v '^finish\.'; }
# has_done N: so many tasks. has_done_by CLIENT N.
has_done() { [ "$(states | grep -c '\.done\.')" -ge "$1" ]; }
both_have_done() { has_done_by a "$1" && has_done_by b "$1"; }
has_done_by() { [ "$(states | grep -c "\.done\..*\.$1-")" -ge "$2" ]; }
rendered_twice() { cut -d' ' -f 1,2,3 "$WORK/rendered-$farm" | sort | uniq -d; }

# leftovers: what should not be there any more when all is done.
leftovers() {
	(cd "$truth" && find jobs/.incoming queue agents output jobs \( -name '.bf.*' -o -name '.look.*' -o -name '.new.*' \
		-o -path 'output/*' -type f -size 0 -o -path 'jobs/.incoming/*' -o -path 'queue/*' ! -path queue/rejected ! -name 'README*' \
		-o -path 'agents/*' \) ! -name .keep | sort -u)
}

# complaints [REGEX]: warnings and errors of both agents, without those that match.
complaints() { cat "$(log_of a)" "$(log_of b)" | cut -d' ' -f 2- | grep -E '^(warning|error) ' | grep -Ev "${1:-^$}"; }

# requests: how many the clients have sent to NFS servers until now.
requests() {
	awk '/^device/ { ours = $5 ~ "^/mnt/[ab]$"; counts = 0 } /per-op statistics/ { counts = ours }
		counts && $1 ~ /:$/ { n += $2 } END { print n + 0 }' /proc/self/mountstats
}

# begin FARM [LINE...]: agents with these lines in their configuration, and two jobs. Client b comes when there is a job: over
# sshfs it could see one that appears later up to 20 s late, and have nothing to do with what is tested.
begin() {
	use "$1"
	ok "$farm: an agent makes the share" start_configured a "${@:2}"
	drop "$BF_HOST_DIR"/drop/*
	ok "$farm: it accepts a job" wait_until 60 has_jobs 1
	ok "$farm: another comes" start_configured b "${@:2}"
}
has_jobs() { [ "$(find "$truth/jobs" -maxdepth 1 -type d -name '*_*' 2>/dev/null | wc -l)" -ge "$1" ]; }

# settle [SECONDS [JOBS TASKS]]: all jobs end, and the share is as it would be had nothing happened. Where nothing else was dropped
# these are 2, with 24 frames, 6 pieces, a join, 2 × finish.
settle() {
	local states jobs=${2:-2}
	ok "$farm: all jobs end" wait_until "${1:-120}" ended "$jobs"
	ended "$jobs" || diag "$(tail -n 5 "$(log_of a)" "$(log_of b)")"
	ok "$farm: the agents stop when asked to" stop_agents
	states=$(states)
	is "$(pictures "$truth" | unlike_undisturbed)" '' "$farm: the pictures are those of a single machine"
	is "$(wc -l <<<"$states")" "${3:-33}" "$farm: there is one file for each task"
	is "$(grep -Ev '\.done\.[0-9]+\.0\.' <<<"$states")" '' "$farm: each is done, with no failure"
	is "$(leftovers)" '' "$farm: nothing is left over"
}
