#!/bin/bash
# timeout: 400
# An animation and a still in pieces, rendered by an agent on each client.
BED_OPTIONS=(-t 200)
on_host() { . "$here/farm.sh"; render_undisturbed; }
. "${0%/*}/each.sh"
. "$here/farm.sh"

begin job
began=$(tap_now)
settle
diag "$(($(tap_now) - began)) s"
is "$(work_states | grep -v '\.done\.1\.')" '' 'each was done at the first attempt'
is "$(rendered_twice)" '' 'nothing was rendered twice'
for client in a b; do
	ok "client $client took part" has_done_by "$client" 2
done
is "$(complaints)" '' 'and nothing was complained about'
done_testing
