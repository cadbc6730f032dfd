#!/bin/bash
# timeout: 600
# What people do to the farm: they remove a job under its workers, their clocks are wrong, they do not mind upper and lower case.
BEDS=5
BED_OPTIONS=(-t 400)
on_host() { . "$here/farm.sh"; render_undisturbed; }
. "${0%/*}/each.sh"
. "$here/farm.sh"

# ---- a job goes while both work in it

begin removed
in_the_middle() { [ "$(states | grep -cE '^f[0-9]+\.done\.')" -ge 3 ]; } # of the animation: no pieces, no join
is_removed() { rm -rf /srv/disk/gone; } # agents who know it by its handle still make files in it
ok "$farm: in the middle" wait_until 60 in_the_middle
ok "$farm: its folder is moved away on the server" mv "$truth"/jobs/shot_* /srv/disk/gone
ok "$farm: and removed" wait_until 20 is_removed
ok "$farm: the other job ends" wait_until 120 ended 1
like "$(cat "$(log_of a)" "$(log_of b)")" ' (late|release) job=shot_.*: the job is gone' "$farm: the agents say that it is gone"
is "$(complaints 'late job=shot_.*: the job is gone')" '' "$farm: and complain about nothing else"
has_no_placeholder() { [ -z "$(find "$truth/output" -type f -size 0)" ]; } # whoever was at a frame looks every few seconds
ok "$farm: no placeholder stays behind" wait_until 30 has_no_placeholder
drop "$BF_HOST_DIR/drop/shot.blend"
ok "$farm: dropped again it is rendered" wait_until 120 ended 2
ok "$farm: the agents stop when asked to" stop_agents
is "$(pictures "$truth" | uniq | unlike_undisturbed)" '' "$farm: the pictures are those of a single machine"
is "$(find "$truth/jobs" -maxdepth 1 -name 'shot_*' -type d | wc -l)" 1 "$farm: and the removed job has not come back"

# ---- clocks: client a's is an hour ahead, client b's an hour behind

case $BED_FS in nfs4 | smb3)
	use clocks
	for client in a b; do configure "$client" "/mnt/$client/$farm" 'lease = 10' 'beat = 1'; done
	# the wall clock only
	wrong=(env FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD="$(find /usr/lib -name libfaketime.so.1)")
	start_agent a "${wrong[@]}" FAKETIME=+1h
	wait_until 60 test -s "$truth/FORMAT"
	start_agent b "${wrong[@]}" FAKETIME=-1h
	drop "$BF_HOST_DIR"/drop/*
	settle
	isnt "$(head -c 13 "$(log_of a)")" "$(head -c 13 "$(log_of b)")" "$farm: clocks of two hours difference"
	is "$(work_states | grep -v '\.done\.1\.')" '' "$farm: nobody was taken for dead"
	is "$(rendered_twice)" '' "$farm: nothing was rendered twice"
	is "$(complaints)" '' "$farm: and nothing was complained about"
	;;
esac

# ---- upper and lower case

if [ "$BED_FS" = smb3 ]; then
	begin case
	ok "$farm: the first is taken" wait_until 60 has_done 1
	has_shot() { [ -n "$(find "$truth/jobs" -maxdepth 1 -type d -iname 'shot_*')" ]; }
	ok "$farm: it, too, not only the other" wait_until 60 has_shot # else it would be overwritten in queue/
	cp "$BF_HOST_DIR/drop/shot.blend" "/mnt/b/$farm/queue/SHOT.Blend"
	ok "$farm: three jobs end" wait_until 180 ended 3
	ended 3 || diag "$(find "$truth/queue" "$truth/jobs" -maxdepth 2 -printf '%P ') $(tail -n 20 "$(log_of a)" "$(log_of b)")"
	is "$(find "$truth/jobs" -maxdepth 1 -type d -iname 'shot_*' | wc -l)" 2 "$farm: a job each for shot.blend and SHOT.Blend"
	is "$(find "$truth/output" -type f -iname 'shot_*.png' -size +0 | wc -l)" 48 "$farm: with all pictures of both"
	is "$(work_states | grep -Ev '\.done\.[0-9]+\.0\.')" '' "$farm: each task is done, with no failure"
	ok "$farm: the agents stop when asked to" stop_agents
fi
done_testing
