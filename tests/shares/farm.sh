# shellcheck shell=bash
# Two agents on two clients, and what became of their work. Read inside the bed, and by `on_host`.

: "${BF_BIN:?}"
# What the server has, past all caches of clients.
truth=/srv/disk/share/farm

# configure NAME SHARE [LINE...]: $WORK/NAME.ini.
configure() {
	local name=$1 share=$2
	shift 2
	{
		printf '[agent]\nname = %s\nshare = %s\nscratch = %s\n' "$name" "$share" "$WORK/scratch-$name"
		printf 'blender = %s\n' "$BF_BIN/tests/fakeblender"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$WORK/$name.ini"
}

# start_agent CLIENT [COMMAND...]: as configured, through COMMAND; what it says is in $WORK/CLIENT.log.
start_agent() {
	local client=$1
	shift
	export BF_FAKE_LOG=$WORK/rendered
	"$here/as" "$client" "$@" "$BF_BIN/bfagent" --config "$WORK/$client.ini" >>"$WORK/$client.log" 2>&1 </dev/null &
	agent[$client]=$!
	tap_pids="$tap_pids $!"
}
declare -A agent

start_agents() {
	for client in a b; do
		[ -s "$WORK/$client.ini" ] || configure "$client" "/mnt/$client/farm"
		start_agent "$client"
		wait_until 60 test -s "$truth/FORMAT" || return
	done
}

stop_agents() {
	local code=0
	for client in a b; do
		stop "${agent[$client]}" TERM 60 || code=$?
	done
	return "$code"
}

# make_animation DIR, make_still DIR: files for the fake Blender, to be dropped.
make_animation() { "$BF_BIN/tests/fakeblender" --make "$1/shot.blend" frames=1-40 ms=100 size=160x90 picture=shot_####.png; }
make_still() {
	"$BF_BIN/tests/fakeblender" --make "$1/still.blend" frames=7-7 ms=1200 size=640x400 depth=16 picture=still_####.png &&
		printf '[job]\npieces = 3x2\n' >"$1/still.ini"
}

# drop FILE... into queue/, through client a.
drop() { cp "$@" /mnt/a/farm/queue/; }

# ended N: so many jobs have.
ended() { [ "$(find "${1:-}/jobs" -maxdepth 1 -name '*.ended' 2>/dev/null | wc -l)" -ge "$2" ]; }

# pictures SHARE: names and sums of all pictures, whatever the time in the names of the jobs.
pictures() {
	(cd "$1/output" && find . -type f ! -name '.bf.*' -exec sha256sum {} +) |
		sed -E 's|\./(.*)_[0-9-]{10}_[0-9]{6}(_[0-9]+)?/|\1/|' | sort -k 2
}

# states SHARE: the file names of all tasks.
states() { find "$1"/jobs/*/tasks -type f -printf '%f\n' | sort; }

# leftovers SHARE: what should not be there any more when all is done.
leftovers() {
	(cd "$1" && find jobs/.incoming queue agents output jobs \( -name '.bf.*' -o -name '.look.*' -o -name '.new.*' -o -name '.nfs*' \
		-o -path 'output/*' -type f -size 0 -o -path 'jobs/.incoming/*' -o -path 'queue/*' ! -path queue/rejected ! -name 'README*' \
		-o -path 'agents/*' \) ! -name .keep | sort -u)
}

# requests: how many the clients have sent to NFS servers until now.
requests() {
	awk '/^device/ { on = $5 ~ "^/mnt/" } on && $1 ~ /:$/ && NF >= 9 && seen { n += $2 } /per-op statistics/ { seen = 1 } /^device/ { seen = 0 }
		END { print n + 0 }' /proc/self/mountstats
}
