#!/bin/bash
# timeout: 400
# An animation and a still in pieces, rendered by an agent on each client.
BED_OPTIONS=(-t 200)

on_host() {
	. "$here/farm.sh"
	mkdir -p "$WORK/drop" "$WORK/local/queue"
	make_animation "$WORK/drop" && make_still "$WORK/drop" || return
	rmdir "$WORK/local/queue" "$WORK/local"
	configure local "$WORK/local"
	"$BF_BIN/bfagent" --config "$WORK/local.ini" --drain >"$WORK/local.log" 2>&1 </dev/null
	cp "$WORK/drop"/* "$WORK/local/queue/"
	"$BF_BIN/bfagent" --config "$WORK/local.ini" --drain >>"$WORK/local.log" 2>&1 </dev/null || { cat "$WORK/local.log" >&2; return 1; }
	pictures "$WORK/local" >"$WORK/local.sums"
}
. "${0%/*}/each.sh"
. "$here/farm.sh"

ok 'two agents make the share' start_agents
began=$(tap_now)
drop "$BF_HOST_DIR"/drop/*
ok 'both jobs end' wait_until 150 ended "$truth" 2
diag "$(($(tap_now) - began)) s"
ok 'the agents stop when asked to' stop_agents

is "$(pictures "$truth")" "$(cat "$BF_HOST_DIR/local.sums")" 'the pictures are those of a single machine'
is "$(states "$truth" | grep -vc '^finish\.' )" 47 'there is one file for each task'
is "$(states "$truth" | grep -v '^finish\.' | grep -Ev '\.done\.1\.0\.')" '' 'each was done at the first attempt, with no failure'
is "$(cut -d' ' -f 1,2,3 "$WORK/rendered" | sort | uniq -d)" '' 'nothing was rendered twice'
for client in a b; do
	ok "client $client took part" test "$(states "$truth" | grep -c "\.1\.0\.$client-")" -ge 5
done
is "$(leftovers "$truth")" '' 'nothing is left over'
is "$(grep -hE ' (warn|error)' "$WORK/a.log" "$WORK/b.log")" '' 'and nothing was complained about'
done_testing
