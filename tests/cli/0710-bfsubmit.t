#!/bin/bash
# bfsubmit: files appear in the queue whole, with their wishes; what is there already is refused; agents make jobs of them.
# Blender is left out here (--no-collect) or played by a script.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

idle_farm
queue=$SHARE/queue
cd "$WORK" || exit 99
bfsubmit() { "$BF_BIN/bfsubmit" --share "$SHARE" --no-collect "$@"; }
"$FAKE" --make shot.blend frames=1-5 ms=1

# ---- one file

exits 0 'a file' bfsubmit shot.blend
is "$(cat out)" "shot.blend: queued as shot, $(stat -c %s shot.blend) B" 'is queued, and that is said in one line'
is "$(cat err)" '' 'nothing else is said'
is "$(queued)" 'shot.blend shot.ini ' 'it lies there with its wishes, and nothing else'
ok 'whole' cmp shot.blend "$queue/shot.blend"
is "$(cat "$queue/shot.ini")" "[job]
[submit]
content = $(xxhsum -q -H2 shot.blend | cut -d' ' -f1 | sed 's/^XXH128_//')" 'it wishes nothing, and says what it is'

exits 0 'all wishes' bfsubmit -f '1-100x10, 1-5' --order coarse --scene 'Szene "ä"' --camera "it's" --view-layer 'View; # 1' \
	--samples 64 --percent 50 --engine CYCLES --format exr --pieces 4x3 --priority -7 --tags 'GPU, big' --max-agents 3 \
	--not-before 2030-01-02T03:04Z --missing --name 'My opening' shot.blend
is "$(sed '/submit/,$d' "$queue/My_opening.ini")" '[job]
frames = "1-91x10,2-5"
order = "coarse"
scene = '"'"'Szene "ä"'"'"'
camera = "it'"'"'s"
view_layer = "View; # 1"
samples = 64
percent = 50
engine = "CYCLES"
format = "exr"
pieces = "4x3"
priority = -7
tags = "gpu,big"
max_agents = 3
not_before = "2030-01-02T03:04:00Z"
missing = "warn"
name = "My opening"' 'become NAME.ini, and the job is called so'
like "$(cat out)" '^shot.blend: queued as My_opening, 14 frames, ' 'the line counts the frames'
empty_queue

# ---- dry, quiet, for machines

exits 0 'a dry run' bfsubmit -n -f 1-3 shot.blend
like "$(cat out)" '^shot.blend: would be queued as shot, 3 frames' 'says what would be'
like "$(cat out)" '^  frames = "1-3"$' 'with the wishes'
is "$(queued)" '' 'and does nothing'
exits 0 'a quiet run' bfsubmit -q shot.blend
is "$(cat out err)" '' 'says nothing'
exits 0 'on a terminal' script -qec "'$BF_BIN/bfsubmit' --share '$SHARE' --no-collect --again --name tty shot.blend" typescript
like "$(cat -v typescript)" 'tty  100 %  [0-9]+ B of [0-9]+ B' 'it shows how far it is'
like "$(cat -v typescript)" '\^M\^\[\[Kshot.blend: queued as tty' 'and takes that away in the end'
exits 1 'JSON' bfsubmit --json -f 1 shot.blend no.blend $'odd\n\e[1m.blend'
is "$(python3 -c 'import json, sys
for line in sys.stdin:
	row = json.loads(line)
	print(row["state"], row.get("name"), bool(row.get("why")), row["files"])' <out)" 'queued shot_2 False 1
refused None True 0
refused None True 0' 'is a line for each file'
unlike "$(cat -v err)" '\^\[' 'what controls a terminal is never passed on'
empty_queue

# ---- names

cp shot.blend './-a: b?.blend'
exits 0 'a name that file systems do not like' bfsubmit -- '-a: b?.blend'
is "$(queued)" '_a__b.blend _a__b.ini ' 'is made one that they do'
exits 0 'a name in another case' bfsubmit --again --name SHOT shot.blend
exits 0 'is taken as the same name' bfsubmit --again --name shot shot.blend
like "$(queued)" 'SHOT.blend SHOT.ini .*shot_2.blend shot_2.ini' 'so that a server may fold it'
touch "$queue/late.job" && mkdir "$queue/folder" && touch "$queue/orphan.ini"
for name in late folder orphan; do exits 0 "the name $name is somebody's" bfsubmit --again --name "$name" shot.blend; done
like "$(queued)" 'folder_2.blend folder_2.ini.*late_2.blend late_2.ini.*orphan_2.blend orphan_2.ini' 'and left to him'
exits 0 'two at once' sh -c '"$0" --share "$1" --no-collect --again --name twin shot.blend & a=$!
	"$0" --share "$1" --no-collect --again --name twin shot.blend && wait "$a"' "$BF_BIN/bfsubmit" "$SHARE"
like "$(queued)" 'twin.blend twin.ini twin_2.blend twin_2.ini' 'do not take one name'
empty_queue

# ---- several, patterns, folders

mkdir many && for n in 1 2 3; do "$FAKE" --make "many/s$n.blend" "frames=$n"; done
echo nonsense >many/s2.blend
exits 1 'a pattern that no shell has expanded' bfsubmit 'many/s*.blend'
is "$(queued)" 's1.blend s1.ini s3.blend s3.ini ' 'gives all that are good'
like "$(cat err)" '^bfsubmit: many/s2.blend: not a .blend file' 'and names the one that is not'
empty_queue
mkdir -p project/textures && cp shot.blend project/scene.blend && echo wood >project/textures/wood.png
cp shot.blend project/scene.blend1 && touch project/.DS_Store && ln -s /etc project/loop && ln -s textures/wood.png project/link.png
exits 0 'a folder' bfsubmit -f 1-2 project
is "$(cd "$queue/project" && find . -type f | sort | tr '\n' ' ')" './link.png ./scene.blend ./textures/wood.png ' \
	'goes as it is, without clutter, links as files'
like "$(cat out)" '3 files' 'its files are counted'
like "$(cat out)" 'note: .*loop is a link to a folder' 'and what stays behind is named'
like "$(cat "$queue/project.ini")" '^blend = "scene.blend"$' 'its .blend is named'
exits 1 'the same folder' bfsubmit -f 1-2 project/
like "$(cat err)" 'it lies in the queue as project \(--again' 'is known'
echo pine >project/textures/wood.png
exits 0 'but not with another texture' bfsubmit -f 1-2 project
cp shot.blend project/other.blend
exits 1 'a folder with two' bfsubmit project
like "$(cat err)" 'there are 2 .blend files' 'is refused'
exits 1 'a folder without' bfsubmit project/textures
like "$(cat err)" 'no .blend' 'as well'
empty_queue

# ---- what Blender finds

play() { printf '%s\n' '#!/bin/bash' 'while [ "$1" != -- ]; do shift; done' "$@" >blender && chmod +x blender; }
collecting() { "$BF_BIN/bfsubmit" --share "$SHARE" --blender ./blender "$@"; }
export TMPDIR=$WORK/tmp && mkdir "$TMPDIR"
echo grain >far.png
play 'cp "$2" "$4/1.blend"; printf "file %s %s wood/1.png\nfile $4/1.blend $2 shot.blend\nnote two%%20words\ndone\n" '"$WORK/far.png $WORK/far.png"' >"$3"'
exits 0 'what Blender names' collecting shot.blend
is "$(queued)" 'shot shot.ini shot/shot.blend shot/wood shot/wood/1.png ' 'goes along, in a folder'
like "$(cat out)" '^  note: two words$' 'what it remarks is passed on'
play 'printf "missing wood.png\nmissing stone.png\nfile $2 $2 shot.blend\ndone\n" >"$3"'
exits 1 'what is missing' collecting --name gone shot.blend
like "$(cat err)" 'not there: wood.png, stone.png \(--missing' 'is named'
exits 0 'and may be' collecting --name gone --missing shot.blend
play 'echo "failed no%20good" >"$3"'
exits 1 'a file that Blender cannot open' collecting --again shot.blend
like "$(cat err)" 'Blender cannot open it: no good' 'is refused, with what Blender says'
play 'echo "file /etc/passwd /etc/passwd ../../x" >"$3"; exit 3'
exits 1 'nonsense' collecting --again shot.blend
play '[ -z "${PYTHONPATH+x}${BLENDER_SYSTEM_SCRIPTS+x}" ] && printf "file $2 $2 x\ndone\n" >"$3"'
PYTHONPATH=/x BLENDER_SYSTEM_SCRIPTS=/y exits 0 'no foreign scripts by the environment' collecting -n --again shot.blend
play 'exit 3'
exits 1 'a Blender that dies' collecting --again shot.blend
like "$(cat err)" 'exit code 3.*--no-collect' 'is told of'
exits 0 'no Blender' "$BF_BIN/bfsubmit" --share "$SHARE" --blender /nowhere/blender --name alone shot.blend
like "$(cat out)" 'note: there is no program /nowhere/blender' 'is told of too'
is "$(ls -A "$TMPDIR")" '' 'nothing stays in the temporary folder'
is "$(queued)" 'alone.blend alone.ini gone.blend gone.ini shot shot.ini shot/shot.blend shot/wood shot/wood/1.png ' \
	'nor in the queue'
empty_queue

# ---- the same again, wherever it is by now

agent one
agent two
exits 0 'a job' bfsubmit -f 2-4 shot.blend
job=$(job_of shot)
ok 'is made of it' wait_until 20 has_ended "$job"
is "$(cat "$SHARE/jobs/$job/frames.txt")" 2-4 'as it was wished'
exits 1 'again' bfsubmit -f 2-4 shot.blend
like "$(cat err)" "unchanged: it was the job $job, which has ended \(--again" 'is refused'
exits 0 'unless one insists' bfsubmit -n --again -f 2-4 shot.blend
exits 0 'or wishes something else' bfsubmit -n -f 5 shot.blend
cp shot.blend "$queue/byhand.blend"
byhand=$(job_of byhand)
exits 1 'what was copied by hand' bfsubmit shot.blend
like "$(cat err)" "it (is|was) the job $byhand" 'is known too'

# ---- after another

"$FAKE" --make slow.blend frames=1-1 ms=60000
"$FAKE" --make next.blend frames=1
exits 0 'a slow one' bfsubmit slow.blend
slow=$(job_of slow)
exits 0 'one behind it' bfsubmit --after slow next.blend
like "$(cat "$SHARE/jobs/$(job_of next)/job.ini")" "^after = \"$slow\"$" 'waits for its id'
exits 0 'one behind what has ended' bfsubmit -n --after "$job" --again next.blend
unlike "$(cat out)" after 'waits for nothing'
drop slow frames=1-1 ms=60000
are_two() { [ "$(jobs_of slow | wc -l)" -eq 2 ]; }
ok 'another of the name' wait_until 20 are_two
exits 2 'a name that fits two' bfsubmit --after slow next.blend
like "$(cat err)" "several are called so.*$slow" 'is refused, with both ids'
stop_agents
done_testing
