#!/bin/bash
# bfjob more: a new job that adds samples to what another has rendered; what it refuses; what is kept for it, what is swept, and what
# comes of it when that is gone.
# timeout: 300
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
cd "$WORK" || exit 99
new_farm
job_tool() { "$BF_BIN/bfjob" --share "$SHARE" "$@"; }
snapshot() { find "$SHARE/queue" "$SHARE/jobs" "$SHARE/output" -printf '%p %s %y\n' | sort; }
# refused CODE REGEX NAME ARGUMENT...: bfjob more ends so, says why in a line, and changes nothing.
refused() {
	local code=$1 regex=$2 name=$3 before
	shift 3
	before=$(snapshot)
	exits "$code" "$name" job_tool more "$@"
	like "$(cat "$WORK/err")" "$regex" "$name: it says why"
	is "$(snapshot)" "$before" "$name: and nothing has changed"
}
means_of() { find "$SHARE/jobs/$1/means" -type f -printf '%f\n' 2>/dev/null | sort; }
base_of() { find "$SHARE/jobs/$1/base" -type f -printf '%f\n' 2>/dev/null | sort; }
plan_of() { cat "$SHARE/jobs/$1/job.ini"; }
ends() { wait_until 40 has_ended "$1"; }
wish() { mkdir -p "$SHARE/queue"; printf '%s\n' '[job]' "${@:2}" >"$SHARE/queue/$1.ini"; }
# Each mean is what its name says, and that of the join on record.
means_hold() {
	local file frame rest
	for file in $(means_of "$1"); do
		frame=${file%%.*} rest=${file#*.} rest=${rest%.exr}
		[ "$(xxhsum -q -H2 "$SHARE/jobs/$1/means/$file" | cut -d' ' -f1)" = "${rest##*.}" ] || return 1
		has_task "$1" "^$frame\.join\.done\.${rest%%.*}\.[0-9]+\.$(echo "$rest" | cut -d. -f2)\." || return 1
	done
}

agents one
wish shot 'pieces = samples:4' 'samples = 16' 'priority = 7' 'scene = Main' 'frames = 3,1,2'
drop shot frames=1-3 size=64x48 depth=16 ms=10
wish whole 'pieces = none'
drop whole frames=1-1 size=64x48 depth=16 ms=10
shot=$(job_of shot) whole=$(job_of whole)
ok 'a job in parts of the samples ends' ends "$shot"
ok 'another job ends' ends "$whole"
is "$(means_of "$shot" | cut -d. -f1 | tr '\n' ' ')" 'f0001 f0002 f0003 ' 'what its frames come to is kept'
ok 'as on record' means_hold "$shot"
is "$(ls -A "$SHARE/jobs/$shot/pieces")" '' 'the pieces are not'
not_ok 'nothing is kept of other jobs' test -e "$SHARE/jobs/$whole/means"
stop_agents

# ---- what is refused
refused 2 'more "shot": want a number from 1' 'no number' shot
refused 2 'more "0": want a number' 'none' shot 0
refused 2 'more which job' 'no job' 8
refused 2 'does not go with more' 'an option of another verb' shot 8 --all
refused 2 'frame 9 is not one of its frames' 'a frame that it has not' shot 8 --frames 9
refused 1 'not rendered in parts of the samples' 'a job in one piece' whole 8
refused 1 'cannot be more than' 'too many' shot 16777216
mv "$SHARE/jobs/$shot/means" aside
refused 1 'samples of its frame 3 are not kept any more' 'what was kept is gone' shot 8
mv aside "$SHARE/jobs/$shot/means"
ln -s "$WORK" "$SHARE/jobs/$shot/link"
mv "$SHARE/jobs/$shot/source" source
ln -s "$WORK/source" "$SHARE/jobs/$shot/source"
refused 1 'source' 'a link where its file should be' shot 8
rm "$SHARE/jobs/$shot/source" "$SHARE/jobs/$shot/link"
mv source "$SHARE/jobs/$shot/source"
exits 0 'more, as a question' job_tool -n more shot 8
like "$(cat out)" "^$shot: would be queued as shot_24samples: 8 samples more, 24 in all, of 3 frames\$" 'says what would be done'
is "$(queued)" '' 'and does nothing'

# ---- more
exits 0 'more' job_tool more shot 8
like "$(cat out)" "^$shot: queued as shot_24samples: 8 samples more, 24 in all, of 3 frames\$" 'says what is done'
is "$(queued)" 'shot_24samples.blend shot_24samples.ini ' 'the file is queued once more'
exits 4 'just that once more' job_tool more shot 8
like "$(cat out)" 'asked for before: it lies in the queue as shot_24samples' 'is nothing new'
before=$(cd "$SHARE" && find "output/$shot" "jobs/$shot/means" -type f -exec xxhsum -q -H2 {} + | sort)
agent two
more=$(job_of shot_24samples)
ok 'the new job ends' ends "$more"
is "$(plan_of "$more" | grep -E '^(base|base_samples|samples|pieces|priority|scene) ' | tr -d '"' | sort | tr '\n' ';')" \
	"base = $shot;base_samples = 16;pieces = samples:4;priority = 7;samples = 24;scene = Main;" 'with the settings of the first'
is "$(tr -d '\n' <"$SHARE/jobs/$more/frames.txt")" "$(tr -d '\n' <"$SHARE/jobs/$shot/frames.txt")" 'and its frames in their order'
is "$(count_pictures "$more") $(leftovers_of "$more")" '3 ' 'with all pictures'
ok 'as on record' hashes_hold "$more"
is "$(base_of "$more")" "$(means_of "$shot")" 'it has what it added to'
is "$(means_of "$more" | wc -l)" 3 'and keeps what it came to'
ok 'as on record too' means_hold "$more"
is "$(cd "$SHARE" && find "output/$shot" "jobs/$shot/means" -type f -exec xxhsum -q -H2 {} + | sort)" "$before" \
	'the first job stays as it was'
exits 4 'just that once more' job_tool more "$shot" 8
like "$(cat out)" "it was the job $more" 'it is told which job it was'
exits 0 'show' job_tool show "$more"
like "$(cat out)" "samples +24, 16 of them from $shot" 'tells what it added to'
exits 0 'show as JSON' job_tool show "$more" --json
like "$(cat out)" "\"samples\": *24, *\"base\": *\"$shot\", *\"base_samples\": *16" 'for programs, too'

# ---- a single part; more of more, with the first job gone
exits 0 'one sample more' job_tool more "$more" 1 --frames 2
one=$(job_of shot_25samples)
ok 'ends' ends "$one"
is "$(count_tasks "$one" '^f0002\.p[0-9]*\.done\.') $(count_tasks "$one" '^f0002\.join\.done\.')" '1 1' 'it is one piece, and a join'
like "$(plan_of "$one")" '^base_samples = "?24' 'added to all there were'
exits 0 'the first is removed' job_tool remove "$shot" --yes
exits 0 'a frame of the second is rendered again' job_tool retry "$more" --frames 1
ok 'which needs the first no more' ends "$more"
is "$(means_of "$more" | wc -l)" 3 'the old mean is swept'
ok 'the new one is on record' means_hold "$more"
like "$(tasks_of "$more" '^f0001\.join')" '\.done\.[2-9]' 'under a new attempt'
stop_agents

# ---- by hand
unset 'agent_pid[two]'
agent three
# by_hand REGEX NAME LINE...: the submission is rejected, and why.
by_hand() {
	local regex=$1 name=$2
	wish "$name" "${@:3}"
	cp "$SHARE/jobs/$more/source/shot_24samples.blend" .coming
	mv .coming "$SHARE/queue/$name.blend"
	ok "$name: is rejected" wait_until 20 is_rejected "$name.blend"
	like "$(why_of "$name.blend")" "$regex" "$name: and the reason given"
}
all=("base = $more" 'samples = 32' 'pieces = samples:2' 'frames = 1-3')
by_hand "no such job here" gone "base = $shot" "${all[@]:1}"
by_hand 'full id of a job' path 'base = ../whole' "${all[@]:1}"
by_hand 'not rendered in parts of its samples' unparted "base = $whole" "${all[@]:1}"
by_hand 'want more than the 24' fewer "base = $more" 'samples = 24' 'pieces = samples:2' 'scene = Main' 'frames = 1'
by_hand 'parts of the samples can be added' uncut "base = $more" 'samples = 32' 'scene = Main'
by_hand 'parts of the samples can be added' cut "base = $more" 'samples = 32' 'pieces = 2x2' 'scene = Main'
by_hand 'another scene or camera' other "${all[@]}"
by_hand 'frame 4 is not finished' beyond "${all[@]:0:3}" 'scene = Main' 'frames = 1-4'
printf 'x' | dd of="$SHARE/jobs/$more/means/$(means_of "$more" | tail -n 1)" bs=1 seek=900 conv=notrunc status=none
by_hand 'is not what was joined' damaged "${all[@]:0:3}" 'scene = Main' 'frames = 3'
wish another "${all[@]:0:3}" 'scene = Main' 'frames = 1'
drop another frames=1-3 size=64x48 depth=16 ms=11
ok 'another file is rejected' wait_until 20 is_rejected another.blend
like "$(why_of another.blend)" 'this .blend is another' 'and the reason given'
is "$(find "$SHARE/jobs/.incoming" -mindepth 1)" '' 'nothing is left of them'

# ---- what it added to is lost while it is at work
wish good "${all[@]:0:3}" 'scene = Main' 'frames = 1,2'
cp "$SHARE/jobs/$more/source/shot_24samples.blend" .coming
stop_agents
unset 'agent_pid[three]'
export BF_FAKE='ms=3000'
mv .coming "$SHARE/queue/good.blend"
agent four
good=$(job_of good)
rm "$SHARE/jobs/$good/base"/f0001.*
printf 'x' | dd of="$(echo "$SHARE/jobs/$good/base"/f0002.*)" bs=1 seek=900 conv=notrunc status=none
ok 'the job ends' ends "$good"
is "$(tasks_of "$good" '\.join\.' | cut -d. -f1-3 | tr '\n' ' ')" 'f0001.join.parked f0002.join.parked ' 'its joins are given up'
like "$(cat "$SHARE/jobs/$good/logs"/f0001.join.*.log)" "samples of $more, to which this job was to add, are gone.*bfjob more" 'with a reason'
like "$(cat "$SHARE/jobs/$good/logs"/f0002.join.*.log)" 'is not what was joined' 'and so for what is not the same'
is "$(count_pictures "$good")" 0 'and there is no picture'
join() { "$BF_BIN/bfmerge" --share "$SHARE" --job "$good" --frame "$1" --verify -o "$WORK/f$1.exr"; }
exits 1 'by hand: what is gone' join 1
like "$(cat "$WORK/err")" "is gone: there is nothing of frame 1 in jobs/$good/base/" 'it says so'
exits 1 'by hand: what is not the same' join 2
like "$(cat "$WORK/err")" 'is not what was joined' 'it says so'
cp "$SHARE/jobs/$more/means"/f0002.* "$SHARE/jobs/$good/base"
exits 0 'by hand: when it is there again' join 2
like "$(cat "$WORK/out")" '3 pieces' 'two pieces, and what they add to'
exits 0 'bfstatus' "$BF_BIN/bfstatus" --share "$SHARE" "$good"
like "$(cat "$WORK/out")" "adds 8 samples to the 24 of $more" 'tells what it adds to'
exits 0 'and with it there' job_tool retry "$good"
export BF_FAKE=
agent five
ok 'a retry' ends "$good"
like "$(tasks_of "$good" '^f0002\.join')" '\.done\.' 'comes to a picture'
stop_agents
done_testing
