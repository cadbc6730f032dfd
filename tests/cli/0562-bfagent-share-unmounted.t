#!/bin/bash
# The share is a mount and goes away under running agents, lazily, so that what they hold open goes on working: they must notice
# all the same, make nothing in the empty mount point, and go on when it is mounted again, be it another mount of it.
# timeout: 180
set -u
. "${0%/*}/../lib/mounts.sh"
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
need_mounts

says_lost() { says "$1" ' share lost: '; }
says_back() { says "$1" ' share back '; }
has_done() { [ "$(count_tasks "$1" '^f[0-9]+\.done\.')" -ge "$2" ]; }

new_farm
mkdir "$SHARE" "$WORK/disk"
mount -t tmpfs -o size=64m none "$WORK/disk"
mount --bind "$WORK/disk" "$SHARE"
agent one
agent two
drop film frames=1-60 ms=250
job=$(job_of film)
wait_until 20 has_done "$job" 4 || fail 'frames are rendered'

umount -l "$SHARE"
ok 'the first agent notices' wait_until 10 says_lost one
ok 'so does the second' wait_until 10 says_lost two
like "$(grep -h ' share lost: ' "$(log_of one)")" 'is there but the share is not: it is not mounted' 'and says what is wrong'
# What was being rendered has an end; then nobody does anything. That is seen on the disk, whose other mount is ours.
SHARE=$WORK/disk
summary() { find "$SHARE/jobs/$job/tasks" "$SHARE/output" -printf '%p %s\n' | sort | md5sum; }
settled() { # four frames' time without a change
	local before
	before=$(summary)
	sleep 1
	[ "$before" = "$(summary)" ]
}
ok 'they stop working' wait_until 20 settled
ok 'before all was done' has_task "$job" '\.open\.'
SHARE=$WORK/share
is "$(find "$SHARE" -mindepth 1)" '' 'nothing is made in the mount point'
mount --bind "$WORK/disk" "$SHARE"
ok 'mounted again: that is said' wait_until 20 says_back one
count=$(count_tasks "$job" '^f[0-9]+\.done\.')
ok 'the work goes on' wait_until 30 has_done "$job" $((count + 3))

# Another disk with the same share on it, as after a restored backup: agents must not stay on the old one.
for name in one two; do signal_tree "${agent_pid[$name]}" STOP; done
mkdir "$WORK/disk2"
mount -t tmpfs -o size=64m none "$WORK/disk2"
cp -a "$SHARE/." "$WORK/disk2"
umount -l "$SHARE"
mount --bind "$WORK/disk2" "$SHARE"
old=$(find "$WORK/disk/output" -type f -size +0 | wc -l)
for name in one two; do signal_tree "${agent_pid[$name]}" CONT; done
ok 'on another disk with the same share the job ends' wait_until 60 has_ended "$job"
is "$(count_pictures "$job")" 60 'with all pictures'
# Until their next beat they cannot know: at most what was in work then went to the old disk.
ok 'and little was sent to the old one' test "$(find "$WORK/disk/output" -type f -size +0 | wc -l)" -le $((old + 8))
is "$(tasks_of "$job" '^f[0-9]+\.' | cut -d. -f4 | sort -u)" 0 'no failure was counted'
ok 'the pictures are those on record' hashes_hold "$job"
is "$(leftovers_of "$job")" '' 'nothing is left over'

# A different share in its place is not ours.
mkdir "$WORK/disk3"
mount -t tmpfs -o size=64m none "$WORK/disk3"
cp "$SHARE/FORMAT" "$WORK/disk3" && sed -i 's/^id .*/id 0123456789abcdef0123456789abcdef/' "$WORK/disk3/FORMAT"
before=$(find "$WORK/disk3" | sort)
lost_again() { [ "$(grep -c ' share lost: ' "$(log_of one)")" -gt "$lost" ]; }
lost=$(grep -c ' share lost: ' "$(log_of one)")
mount --bind "$WORK/disk3" "$SHARE" # over the other: there is no moment without any
ok 'another share in its place is noticed' wait_until 10 lost_again
like "$(grep -h ' share lost: ' "$(log_of one)" | tail -n 1)" 'another share is mounted at' 'and told'
stop_agents
is "$(find "$WORK/disk3" | sort)" "$before" 'nothing is made in it'
ok 'no Blender is left' wait_until 5 has_no_blender
umount -l "$SHARE" "$SHARE" "$WORK/disk" "$WORK/disk2" "$WORK/disk3"
done_testing
