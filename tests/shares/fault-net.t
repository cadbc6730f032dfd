#!/bin/bash
# timeout: 600
# The cable of one client is pulled: for 30 seconds, and for longer than the lease.
FILE_SYSTEMS='nfs3 nfs4 smb3 sshfs'
BEDS=4
BED_OPTIONS=(-t 400)
on_host() { . "$here/farm.sh"; render_undisturbed; }
. "${0%/*}/each.sh"
. "$here/farm.sh"

has_passed() { [ $(($(tap_now) - began)) -ge "$1" ]; } # SECONDS since the cut
pull() {
	ok "$farm: both are at work" wait_until 60 both_have_done 2
	ok "$farm: client a loses its network" fault net a down
	began=$(tap_now)
}
mend() {
	ok "$farm: for $(($(tap_now) - began)) s" fault net a up
}

begin short
pull
wait_until 60 has_passed 30
mend
ok "$farm: client a hears it is back" wait_until 120 says a 'share answers again'
settle
is "$(work_states | grep -v '\.done\.1\.')" '' "$farm: nothing was taken over"
is "$(rendered_twice)" '' "$farm: and nothing rendered twice"
is "$(complaints 'share silent: |share lost: |^warning wait: ')" '' "$farm: nothing was complained about but the share"
ok "$farm: which client a speaks of once" test "$(said a 'share silent: ')" -eq 1
is "$(said a 'share answers again')" 1 "$farm: and of its end"
is "$(said b 'share silent: ')" 0 "$farm: client b saw none"

begin long 'lease = 8' 'beat = 1'
pull
ok "$farm: client b ends both jobs alone" wait_until 100 ended 2
like "$(states)" '^f[0-9.p]*\.done\.2\.0\.b-' "$farm: having taken over what client a held"
wait_until 60 says a 'share silent: ' || diag 'client a says nothing'
mend
ok "$farm: client a hears it is back" wait_until 120 says a 'share answers again'
settle
is "$(complaints 'share silent: |share lost: |^warning (late|takeover|wait:) ')" '' "$farm: nothing was complained about but this"
ok "$farm: client a speaks of the silence once" test "$(said a 'share silent: ')" -eq 1
done_testing
