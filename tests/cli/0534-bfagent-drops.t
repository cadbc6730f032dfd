#!/bin/bash
# Ways of dropping work into queue/: folders, the same name twice, .job and .suspend, slow copies.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
SETTLE_LIMIT=60 # nothing here is to be given up, however slow this machine is
AGENT_AS=("${PLAIN_USER[@]}")
new_farm
agents one two
queue=$SHARE/queue
make_blend() { "$FAKE" --make "$@"; }
# What lies in queue/ now and is still there behind this was judged and left: whoever takes the first of two has looked at
# both twice, and takes the older before the second.
sentinel() { # NAME
	local name
	for name in "$1-1" "$1-2"; do
		drop "$name" frames=1-1
		wait_until 20 has_ended "$(job_of "$name")" || fail "$name ends"
	done
}

# ---- folders ----
mkdir -p "$WORK/project/textures"
echo wood >"$WORK/project/textures/wood.png"
make_blend "$WORK/project/scene.blend" frames=1-3
mv "$WORK/project" "$queue/project"
job=$(job_of project)
ok 'a folder with one .blend is accepted and rendered' wait_until 20 has_ended "$job"
is "$(count_pictures "$job")" 3 'with its pictures'
is "$(cat "$SHARE/jobs/$job/source/project/textures/wood.png")" wood 'its textures came along'
mkdir "$WORK/both"
make_blend "$WORK/both/a.blend" frames=1-2
make_blend "$WORK/both/b.blend" frames=1-5
printf '[job]\nblend = b.blend\n' >"$queue/chosen.ini"
mv "$WORK/both" "$queue/chosen"
job=$(job_of chosen)
ok 'a folder with two, and an .ini that names one' wait_until 20 has_ended "$job"
is "$(count_pictures "$job")" 5 'renders that one'
not_ok 'the .ini went with it' test -e "$queue/chosen.ini"

# ---- one name twice ----
drop twin frames=1-2
ok 'the first of two twins is taken' wait_until 10 is_accepted twin
drop twin frames=1-3
two_twins() { [ "$(jobs_of twin | wc -l)" -eq 2 ]; }
ok 'the second becomes a job of its own' wait_until 10 two_twins
for job in $(jobs_of twin); do ok "which ends: $job" wait_until 20 has_ended "$job"; done
is "$(for job in $(jobs_of twin); do count_pictures "$job"; done | sort | tr '\n' ' ')" '2 3 ' 'each with its own pictures'

# ---- .job and .suspend ----
touch "$queue/later.suspend"
drop later frames=1-9
printf 'later.blend\r\n3\r\n5\r\n' >"$queue/later.job"
sentinel sooner
ok 'a .suspend holds a .job back while others pass' test -f "$queue/later.blend"
rm "$queue/later.suspend"
job=$(job_of later)
ok 'without it the .job is taken' wait_until 20 has_ended "$job"
is "$(tasks_of "$job" '^f[0-9]' | cut -d. -f1 | tr '\n' ' ')" 'f0003 f0004 f0005 ' 'with the frames it names'
not_ok 'and does not stay in queue/' test -e "$queue/later.job"
touch "$queue/other.suspend"
drop held frames=1-2
ok 'a .suspend for another name holds nothing back' wait_until 10 is_accepted held
rm "$queue/other.suspend"

# ---- slow copies ----
# In steps that are farther apart than looks; how fast is what is tested, so here time has to pass.
make_blend "$WORK/large" frames=1-2
size=$(stat -c %s "$WORK/large") taken_early=0
: >"$queue/slowly.blend"
exec 9>>"$queue/slowly.blend"
for ((at = 0; at < size; at += 11)); do
	[ -e "$queue/slowly.blend" ] || taken_early=1
	dd if="$WORK/large" bs=1 skip="$at" count=11 2>/dev/null >&9
	[ $((at + 11)) -ge "$size" ] || sleep 0.6
done
exec 9>&-
is "$taken_early" 0 'a .blend that is still being copied is not taken'
job=$(job_of slowly)
ok 'when it is whole it is' wait_until 20 has_ended "$job"
ok 'as it was' cmp "$WORK/large" "$SHARE/jobs/$job/source/slowly.blend"

# Made in full size first and filled from behind, as some programs copy. Large enough that its end is not in its beginning.
make_blend "$WORK/large" frames=1-2 "pad=$(printf '%04000d' 0)"
size=$(stat -c %s "$WORK/large")
truncate -s "$size" "$queue/hollow.blend"
tail -c 30 "$WORK/large" | dd of="$queue/hollow.blend" bs=1 seek=$((size - 30)) conv=notrunc 2>/dev/null
sentinel meanwhile
ok 'a .blend with its end but no beginning is not taken' test -e "$queue/hollow.blend" ||
	diag "$(why_of hollow.blend)"
head -c $((size - 30)) "$WORK/large" | dd of="$queue/hollow.blend" conv=notrunc 2>/dev/null
ok 'before it is filled' wait_until 20 is_accepted hollow
ok 'then it is whole' cmp "$WORK/large" "$SHARE/jobs/$(job_of hollow)/source/hollow.blend"
stop_agents

SETTLE=4
write_config "$WORK/agent.ini"
agent one
agent two
mkdir "$queue/moving"
make_blend "$queue/moving/scene.blend" frames=1-2
taken_early=0
for n in 1 2 3 4 5; do
	[ -d "$queue/moving" ] && echo "$n" >"$queue/moving/texture$n" || taken_early=1
	sleep 0.5
done
is "$taken_early" 0 'a folder that is still being copied is not taken'
job=$(job_of moving)
is "$(find "$SHARE/jobs/$job/source/moving" -name 'texture*' -printf x)" xxxxx 'it is taken with all that was copied'
ok 'and rendered' wait_until 20 has_ended "$job"
is "$(find "$queue" -mindepth 1 ! -name rejected)" '' 'nothing was left in queue/ or rejected'
is "$(find "$SHARE/jobs/.incoming" -mindepth 1)" '' 'nothing hangs half-way'
stop_agents
done_testing
