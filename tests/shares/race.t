#!/bin/bash
# timeout: 300
# Claims, takeovers and commits by four processes on two clients: each step of each task is won once.
BED_OPTIONS=(-t 200)
. "${0%/*}/each.sh"

# SMB and sshfs take milliseconds for a rename
case $BED_FS in ext4 | nfs*) tasks=1500 ;; *) tasks=150 ;; esac

exits 0 "every one of $tasks tasks is won once" "$BF_BIN/tests/claimrace" /mnt/a/race,/mnt/b/race 4 "$tasks"
diag "$(cat "$WORK/out")"
exits 1 'and a lock that only looks first is found out' "$BF_BIN/tests/claimrace" /mnt/a/broken,/mnt/b/broken 4 100 check
diag "$(cat "$WORK/out")"
done_testing
