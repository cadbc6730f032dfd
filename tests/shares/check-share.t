#!/bin/bash
# timeout: 400
# bfagent --check-share on two clients at once: every one of these file systems is fit, and each client sees the other.
BED_OPTIONS=(-t 200)
. "${0%/*}/each.sh"

check() { as "$1" "$BF_BIN/bfagent" --check-share --share "/mnt/$1" --name "$1" --wait 60; }
one=0 two=0
check a >"$WORK/a" 2>&1 &
pid=$!
check b >"$WORK/b" 2>&1 || two=$?
wait "$pid" || one=$?
is "$one $two" '0 0' 'both clients find it fit'
for client in a b; do
	said=$(cat "$WORK/$client")
	diag "$said"
	like "$said" '^FIT' "$client says so"
	unlike "$said" '^BAD' "$client finds nothing wrong"
	like "$said" '^ok +race of renames .*both 0' "$client raced for names"
	like "$said" '^ok +race of creations .*both 0' "$client raced for new ones"
	like "$said" 'renamed, likewise +seen after' "$client knows how late it sees the other"
done
[ "$BED_FS" != sshfs ] || like "$(cat "$WORK/a")" '^better +new names .*dir_cache=no' 'what makes it better is said'
is "$(find /mnt/a /mnt/b -name '.bf.check.*')" '' 'nothing is left'
done_testing
