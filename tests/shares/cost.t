#!/bin/bash
# timeout: 900
# What a task costs in requests to an NFS server, counted by the clients: it must not grow with the number of agents.
FILE_SYSTEMS=nfs4
BED_OPTIONS=(-t 600 -m 1600)
. "${0%/*}/each.sh"
. "$here/farm.sh"

start_farm() { # AGENTS
	local n name
	for n in $(seq "$1"); do
		name=$([ $((n % 2)) -eq 1 ] && echo "a$n" || echo "b$n")
		configure "$name" "/mnt/${name:0:1}/$farm"
		start_agent "$name"
		wait_until 60 test -s "$truth/FORMAT" || return
	done
	wait_until 60 has_cards "$1"
}
has_cards() { [ "$(find "$truth/agents" -type f ! -name '.*' | wc -l)" -ge "$1" ]; }
has_passed() { [ $(($(tap_now) - began)) -ge "$1" ]; }

# tenths A B: A / B with one digit behind the point. within A B: A <= B, both such numbers.
tenths() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }
within() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

count_done() { states | grep -c '\.done\.'; }

# measure AGENTS FRAMES MS: requests per task in $cost, from when each agent has made two pictures until each has one
# or two to go. What comes before and after is printed: reading the file, making a task file for each frame, the last look.
measure() {
	local start from to first=$((2 * $1)) last=$(($2 - 2 * $1)) count
	use "agents-$1"
	ok "$1 agents start" start_farm "$1"
	"$BF_BIN/tests/fakeblender" --make "$WORK/many.blend" "frames=1-$2" "ms=$3" size=64x36 'picture=many_####.png'
	start=$(requests)
	cp "$WORK/many.blend" "/mnt/a/$farm/queue/many.blend"
	ok "$1 agents are at work" wait_until 100 has_done "$first"
	from=$(requests) count=$(count_done)
	ok "$1 agents go on" wait_until 200 has_done "$last"
	to=$(requests) count=$(($(count_done) - count))
	ok "$1 agents render $2 frames" wait_until 100 ended 1
	cost=$(tenths $((to - from)) "$count")
	diag "$1 agents: $cost requests per task; $(tenths $(($(requests) - start)) $(($2 + 1))) with the job's beginning and end"
	ok "$1 agents: a task costs at most 25 requests" within "$cost" 25
}

measure 1 14 2000
one=$cost
ok 'one agent stops' stop_agents
measure 8 80 2000
began=$(tap_now)
wait_until 40 has_passed 20 # until they look less often
before=$(requests) began=$(tap_now)
wait_until 40 has_passed 20
idle=$(tenths $(($(requests) - before)) $((8 * ($(tap_now) - began))))
diag "idle: $idle requests per second and agent"
ok 'an idle agent costs at most 2 requests per second' within "$idle" 2
ok 'eight agents stop' stop_agents
measure 32 224 2000
ok '32 agents stop' stop_agents
diag "32 agents / 1 agent: $(tenths "$cost" "$one")"
ok 'and at most 1.3 times as many with 32 agents as with one' within "$cost" "$(awk -v one="$one" 'BEGIN { print 1.3 * one }')"
done_testing
