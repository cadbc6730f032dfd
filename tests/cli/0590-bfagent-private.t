#!/bin/bash
# What an agent keeps on its own machine is for its own user.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm

drop slow frames=1-2 ms=60000
agent one
ok 'a frame is being rendered' wait_until 20 has_blender
is "$(find "$WORK/scratch" -mindepth 1 -maxdepth 1 -printf '%m\n')" 700 'the folder with its files is for its user alone'
stop "$started"
is $? 0 'the agent ends'

if [ "$(id -u)" -eq 0 ]; then
	mkdir "$WORK/theirs"
	chown nobody "$WORK/theirs"
	sed "s|^scratch = .*|scratch = $WORK/theirs|" "$WORK/agent.ini" >"$WORK/theirs.ini"
	exits 3 "another user's folder is not used as scratch" \
		"$BF_BIN/bfagent" --share "$SHARE" --config "$WORK/theirs.ini" --once
	like "$(cat "$WORK/err")" 'theirs.*another user' 'and the reason is said'
	is "$(find "$WORK/theirs" -mindepth 1)" '' 'nothing is left in it'
else
	skip "another user's folder is not used as scratch" 'optional: only root can give a folder to another user'
fi
done_testing
