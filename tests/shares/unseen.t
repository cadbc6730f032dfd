#!/bin/bash
# timeout: 600
# A file system may show a folder as it was: sshfs for up to 20 s, NFSv3 when two changes come within one tick of the server's clock.
# Client b has looked a moment ago; what came since is not held against anybody.
BEDS=5
BED_OPTIONS=(-t 400)
# CI has the two that do so; by itself `make check-shares` has all five.
[ -z "${CI:-}" ] || FILE_SYSTEMS='nfs3 sshfs'
. "${0%/*}/each.sh"
. "$here/farm.sh"

make() { "$BF_BIN/tests/fakeblender" --make "$WORK/$1.blend" frames=1-1 size=64x48 depth=16 "${@:2}" "picture=$1_####.png"; }
wish() { printf '%s\n' '[job]' "${@:2}" >"/mnt/a/$farm/queue/$1.ini"; }
tool() { "$here/as" "$1" "$BF_BIN/$2" --share "/mnt/$1/$farm" "${@:3}"; } # CLIENT PROGRAM ARGUMENT...
quietly() { "$@" >"$WORK/out" 2>"$WORK/err"; }
look() { ls -a "/mnt/b/$farm/$1" >/dev/null; }                              # FOLDER: client b does, and remembers
job() { find "$truth/jobs" -maxdepth 1 -type d -name "$1_*" -printf '%f\n'; }
has_job() { [ -n "$(job "$1")" ]; }
has_ended() { has_job "$1" && [ -e "$truth/jobs/$(job "$1").ended" ]; }
rejected() { find "$truth/queue/rejected" -name '*.why.txt' -exec cat {} +; }
# share_made FARM: an agent on client a has made it, and works.
share_made() {
	use "$1"
	ok "$farm: an agent makes the share" start_configured a 'poll = 0.5'
}

# ---- the job ends while client b renders

share_made ended
ok "$farm: and stops when asked to" stop_agents
make one ms=4000
drop "$WORK/one.blend"
configure b "/mnt/b/$farm"
"$here/as" b "$BF_BIN/bfagent" --config "$WORK/b.ini" --drain >"$(log_of b)" 2>&1 </dev/null &
draining=$! tap_pids="$tap_pids $!"
is_in_work() { states | grep -q '^f0001\.run\.'; }
ok "$farm: client b renders" wait_until 60 is_in_work
end=$truth/jobs/$(job one)/tasks/end
mv "$end/finish.open.1.0" "$end/finish.done.1.0.a-aaaaaa-0-1.00000000000000000000000000000000"
touch "$truth/jobs/$(job one).ended"
ok "$farm: and ends when its picture is done" wait "$draining"
is "$(states | sed 's/\.[ab]-.*//' | tr '\n' ' ')" 'f0001.done.1.0 finish.done.1.0 ' "$farm: nothing is open"
is "$(grep -c ' look again ' "$(log_of b)")" 0 "$farm: nor looked at again"
is "$(leftovers)" '' "$farm: and nothing is left over"

# ---- client b accepts what waits for a job that client a has just accepted

share_made after
look jobs
look jobs/.incoming
make first ms=20
drop "$WORK/first.blend"
ok "$farm: client a accepts a job" wait_until 60 has_job first
ok "$farm: and stops when asked to" stop_agents
make second ms=20
wish second 'after = first'
drop "$WORK/second.blend"
ok "$farm: client b comes" start_configured b
ok "$farm: and accepts what waits for it" wait_until 60 has_job second
ok "$farm: and renders it" wait_until 60 has_ended second
ok "$farm: the agents stop when asked to" stop_agents
is "$(rejected)" '' "$farm: nothing was rejected"
is "$(leftovers)" '' "$farm: and nothing is left over"

# ---- what somebody on client b submits is accepted by client a

share_made asked
look queue
look jobs
look jobs/.incoming
make film ms=20
make sequel ms=20
ok "$farm: somebody on client b submits a job" quietly tool b bfsubmit --no-collect -q "$WORK/film.blend"
ok "$farm: client a accepts it" wait_until 60 has_job film
exits 1 "$farm: it is submitted once more" tool b bfsubmit --no-collect -q "$WORK/film.blend"
like "$(cat "$WORK/err")" "it (is|was) the job film_" "$farm: which is refused"
ok "$farm: asked for, it is there" quietly tool b bfstatus film
ok "$farm: another may wait for it" quietly tool b bfsubmit --no-collect -q --after film "$WORK/sequel.blend"
ok "$farm: that one ends, too" quietly tool b bfstatus --wait sequel
ok "$farm: the agent stops when asked to" stop_agents
is "$(leftovers)" '' "$farm: and nothing is left over"

# ---- client b adds samples to what client a has just rendered

share_made more
make shot ms=1500
wish shot 'pieces = samples:2' 'samples = 16'
drop "$WORK/shot.blend"
ok "$farm: client a has a job" wait_until 60 has_job shot
look "jobs/$(job shot)/tasks/000"
look "jobs/$(job shot)"
ok "$farm: and renders it" wait_until 60 has_ended shot
ok "$farm: client a stops when asked to" stop_agents
ok "$farm: more samples are asked for" quietly tool a bfjob more shot 16
has_two() { [ "$(job shot | wc -l)" -eq 2 ]; }
ok "$farm: client b comes" start_configured b
ok "$farm: and accepts them" wait_until 60 has_two
ok "$farm: client b stops when asked to" stop_agents
is "$(rejected)" '' "$farm: nothing was rejected"

# ---- a file that client b does not see is still being copied

share_made growing
ok "$farm: and stops when asked to" stop_agents
make set ms=20
mkdir "/mnt/a/$farm/queue/set"
cp "$WORK/set.blend" "/mnt/a/$farm/queue/set/"
look queue
look queue/set
# grow: a slow copy of 14 s. Its end is what we wait for.
grow() {
	local n
	for n in $(seq 28); do
		head -c 4096 /dev/zero
		sleep 0.5
	done >"/mnt/a/$farm/queue/set/texture.bin"
}
grow &
growing=$! tap_pids="$tap_pids $!"
ok "$farm: client b comes" start_configured b 'poll = 0.5'
is_over() { ! kill -0 "$growing" 2>/dev/null; }
is_taken() { [ -n "$(find "$truth/jobs/.incoming" "$truth/jobs" -maxdepth 1 -name 'set_*')" ]; }
is_over_or_taken() { is_over || is_taken; }
wait_until 60 is_over_or_taken
not_ok "$farm: a folder is not taken while a file in it grows" is_taken
ok "$farm: the copy ends" wait "$growing"
ok "$farm: then the folder is taken" wait_until 60 has_job set
ok "$farm: and rendered" wait_until 60 has_ended set
is "$(find "$truth/jobs/$(job set)/source" -name texture.bin -size 114688c | wc -l)" 1 "$farm: with the whole file"
ok "$farm: the agent stops when asked to" stop_agents
done_testing
