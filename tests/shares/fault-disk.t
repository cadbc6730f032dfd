#!/bin/bash
# timeout: 600
# The server's disk is full, read-only, or full for one user; root of a client is nobody.
BEDS=5
BED_OPTIONS=(-t 400)
on_host() { . "$here/farm.sh"; render_undisturbed; }
. "${0%/*}/each.sh"
. "$here/farm.sh"

# settle_after REGEX COMMAND...: both agents stop at it, say so once each (the keeper of the card and the worker), and after
# COMMAND all is as if it had not been.
hits_both() { says a "$1" && says b "$1"; }
settle_after() {
	ok "$farm: both agents say so" wait_until 60 hits_both "$1"
	ok "$farm: it is over" "${@:2}"
	for client in a b; do
		ok "$farm: agent $client says that, too" wait_until 60 says "$client" 'the share works again|share back'
	done
	settle
	is "$(work_states | grep -v '\.done\.1\.')" '' "$farm: no attempt was burnt"
	is "$(complaints "(wait|share lost): .*(${1%%,*})")" '' "$farm: nothing was complained about but this"
	for client in a b; do
		ok "$farm: agent $client says it once" test "$(said "$client" "$1")" -le 3
	done
	diag "$(complaints)"
}

full='No space left on device' readonly='Read-only file system'
if [ "$BED_FS" = sshfs ]; then # its protocol has no words for either
	full='Input/output error, and the disk of the share is full' readonly='Operation not permitted'
fi

[ "$BED_FS" != nfs3 ] || readonly+='|Permission denied' # what it says of the disk when it is asked before

begin full
ok "$farm: in the middle" wait_until 60 both_have_done 1
ok "$farm: the disk is full" fault disk full
settle_after "$full" fault disk free

begin readonly
ok "$farm: in the middle" wait_until 60 both_have_done 1
ok "$farm: the disk is read-only" fault disk ro
settle_after "$readonly" fault disk rw

case $BED_FS in nfs*)
	fault server squash
	begin quota
	ok "$farm: root's files belong to nobody" test "$(stat -c %U "$truth/FORMAT")" = nobody
	ok "$farm: in the middle" wait_until 60 both_have_done 1
	ok "$farm: nobody's quota is used up" fault disk quota 1
	settle_after 'Disk quota exceeded' fault disk quota 0
	mkdir -m 755 /srv/disk/share/foreign
	exits 3 "squashed: in somebody else's folder there is no farm" "$here/as" a "$BF_BIN/bfagent" --config "$WORK/a.ini" \
		--share /mnt/a/foreign --drain
	like "$(cat "$WORK/err")" 'foreign.*Permission denied' 'squashed: it says why'
	diag "$(cat "$WORK/err")"
	;;
esac
done_testing
