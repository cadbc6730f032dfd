#!/bin/bash
# timeout: 500
# The file server goes away and comes back while agents claim and publish; its answers get lost.
FILE_SYSTEMS='nfs3 nfs4 smb3 sshfs'
BEDS=4
BED_OPTIONS=(-t 300)
on_host() { . "$here/farm.sh"; render_undisturbed; }
. "${0%/*}/each.sh"
. "$here/farm.sh"

# What each agent noticed until now.
noticed() { said "$1" ' (share lost|wait): '; }
has_returned() {
	[ "$(said "$1" ' wait: ')" -le "$(said "$1" 'the share works again')" ] &&
		[ "$(said "$1" ' share lost: ')" -eq "$(said "$1" ' share back ')" ]
}
notices_more() { [ "$(noticed "$1")" -gt "$2" ]; }

# sshfs does not come back by itself: its mount point is an ordinary folder from then on.
mount_again() {
	local client
	[ "$BED_FS" = sshfs ] || return 0
	for client in a b; do
		ok "$farm: agent $client notices that its mount is gone" wait_until 60 notices_more "$client" "${before[$client]}"
		fault mount "$client" again
	done
	for client in a b; do
		ok "$farm: and agent $client that it is back" wait_until 60 has_returned "$client"
	done
}

begin restart
declare -A before
for n in 4 11 18; do
	ok "$farm: at task $n" wait_until 60 has_done "$n"
	for client in a b; do before[$client]=$(noticed "$client"); done
	ok "$farm: the server goes" fault server stop
	ok "$farm: and comes back" fault server start
	mount_again
done
settle 150
is "$(work_states | grep -Ev '\.done\.1\.')" '' "$farm: no attempt was lost"
is "$(complaints 'share lost: |wait: |share silent: |the last look at the job will mend it')" '' \
	"$farm: and nothing was complained about but this"
for client in a b; do # once by its keeper and once by its worker
	ok "$farm: agent $client says it once" test "$(noticed "$client")" -le 6
done
diag "$(complaints)"
if [ "$BED_FS" = sshfs ]; then
	umount /mnt/a
	is "$(ls -A /mnt/a)" '' "$farm: nothing was written to the folder below the mount"
fi
done_testing
