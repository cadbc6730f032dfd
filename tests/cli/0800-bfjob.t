#!/bin/bash
# bfjob without agents: options, which job is meant, control files, bad input: one line that says what is wrong, the right exit code,
# and nothing changed.
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
cd "$WORK" || exit 99
tool=$BF_BIN/bfjob
unset BF_SHARE NO_COLOR
"$BF_BIN/tests/makejob" share 40
big=big_2026-01-02_030405
jobs=share/jobs
snapshot() { find share -printf '%p %s %y\n' | sort; }
# refused CODE REGEX NAME COMMAND...: this exit code, the reason in one line on stderr (and where to read on), nothing changed.
refused() {
	local code=$1 regex=$2 name=$3 before
	shift 3
	before=$(snapshot)
	exits "$code" "$name" "$@"
	like "$(cat err)" "$regex" "$name: it says why"
	is "$(grep -vc '^Try bfjob --help\.$' err) $(cat out)" '1 ' "$name: in one line"
	is "$(snapshot)" "$before" "$name: nothing has changed"
}
in_order() { find "$1" -mindepth 1 -maxdepth 1 -name "${2:-*}" -printf '%f\n' | LC_ALL=C sort | tr '\n' ' '; }
controls() { in_order "$jobs/$1" '[[:upper:]]*'; }
s=(--share share)

# ---- options
exits 0 'help' "$tool" --help
like "$(cat out)" '^usage: bfjob' 'help goes to stdout'
exits 0 'version' "$tool" --version
refused 2 'BF_SHARE' 'no share' "$tool" pause big
refused 3 'nowhere' 'no such folder' "$tool" --share nowhere pause big
mkdir empty
refused 3 'not a blendfolder share' 'not a share' "$tool" --share empty pause big
refused 2 'do what' 'no verb' "$tool" "${s[@]}"
refused 2 '"stop": want pause' 'an unknown verb' "$tool" "${s[@]}" stop big
refused 2 'pause which job' 'no job' "$tool" "${s[@]}" pause
refused 2 'does not go with pause' 'an option of another verb' "$tool" "${s[@]}" pause big --all
refused 2 'exclude each other' 'two ways to retry' "$tool" "${s[@]}" retry big --all --failed
refused 2 'sometimes' 'an unknown colour' "$tool" "${s[@]}" log big --color sometimes
exits 2 'an unknown option' "$tool" "${s[@]}" pause big --frobnicate
for list in '10-1' '1-' a '' '1-1000000000' '1,,b' '1-10x0' '99999999999999999999'; do
	refused 2 '^bfjob: --frames: ' "frames \"$list\"" "$tool" "${s[@]}" retry big --frames "$list"
done
refused 2 'frame 41 is not one of its frames, 1 to 40' 'a frame that is not there' "$tool" "${s[@]}" retry big --frames 39-41
refused 2 'name of a machine' 'a machine that cannot be' "$tool" "${s[@]}" retry big --machine 'A B'
for number in x 1001 -1001 1.5 ''; do
	refused 2 'want a number from -1000 to 1000' "priority \"$number\"" "$tool" "${s[@]}" priority big "$number"
done
refused 2 'priority "big"' 'no number' "$tool" "${s[@]}" priority big
refused 2 'frames belongs to the plan.*submit it again' 'what cannot be changed' "$tool" "${s[@]}" set big frames=1-3
refused 2 'colour cannot be set: want priority' 'what is not there' "$tool" "${s[@]}" set big priority=1 colour=red
refused 2 'set what' 'nothing to set' "$tool" "${s[@]}" set big
refused 2 'want yes or no' 'neither yes nor no' "$tool" "${s[@]}" set big keep_logs=perhaps
refused 2 'name of a machine' 'a machine that leads elsewhere' "$tool" "${s[@]}" set big avoid=../../x
refused 2 'is no task' 'a task that cannot be' "$tool" "${s[@]}" log big f1/../x
refused 2 'one JOB, and one TASK' 'too many' "$tool" "${s[@]}" log big 1 2

# ---- which job
cp -r "$jobs/$big" "$jobs/big_2026-01-02_030406"
cp -r "$jobs/$big" "$jobs/other_2026-01-02_030406"
sed -i "s/$big/other_2026-01-02_030406/" "$jobs/other_2026-01-02_030406/job.ini"
refused 2 'no job nope on the share' 'an unknown job' "$tool" "${s[@]}" pause nope
refused 2 'no job nope' 'a known one and an unknown one' "$tool" "${s[@]}" pause other nope
refused 2 "2 jobs are called big.*$big, big_2026-01-02_030406" 'two jobs of one name' "$tool" "${s[@]}" pause big
refused 2 'no job x\*' 'a pattern that fits nothing' "$tool" "${s[@]}" pause 'x*'
refused 2 'no job \.\./big' 'a name that leads elsewhere' "$tool" "${s[@]}" remove --yes ../big
evil=$(printf 'e\033[2J\nvil')
refused 2 'no job e\?\[2J\?vil on' 'control characters do nothing' "$tool" "${s[@]}" pause "$evil"
printf x >share/queue/later.blend
refused 2 'later is still in the queue' 'a job that is queued only' "$tool" "${s[@]}" pause later
mkdir -p "$jobs/.incoming/coming_2026-01-02_030405.1.open/source"
refused 2 'coming is being accepted just now' 'one that is being accepted' "$tool" "${s[@]}" pause coming
exits 0 'by its full id' "$tool" "${s[@]}" pause "$big"
is "$(cat out)" "$big: paused; what runs is finished" 'it says what it does'
is "$(controls $big)" 'PAUSE ' 'by a file'
exits 0 'once more' "$tool" "${s[@]}" pause "$big"
is "$(cat out)" "$big: is paused already" 'is no mistake'
exits 0 'a pattern' "$tool" "${s[@]}" resume 'big*' oth*
is "$(cat out)" "$big: goes on
big_2026-01-02_030406: is neither paused nor cancelled
other_2026-01-02_030406: is neither paused nor cancelled" 'is each of them'
is "$(controls $big)" '' 'the file is gone'
rm -r "$jobs/big_2026-01-02_030406"
exits 0 'by its name, by the environment' env BF_SHARE=share "$tool" pause big.blend

# ---- each verb, made by hand or not
touch "$jobs/$big/pause.txt" "$jobs/$big/Cancel"
exits 0 'resume' "$tool" "${s[@]}" resume big
is "$(ls -d "$jobs/$big"/[Pp]* "$jobs/$big"/[Cc]* 2>/dev/null)" "$jobs/$big/pieces" 'takes back all that stops it'
exits 0 'cancel' "$tool" "${s[@]}" cancel big
is "$(controls $big)" 'CANCEL ' 'by a file'
touch "$jobs/$big.ended"
exits 4 'pause of a cancelled job' "$tool" "${s[@]}" pause big
exits 0 'resume' "$tool" "${s[@]}" resume big
is "$(controls $big) $(ls "$jobs/$big.ended" 2>/dev/null)" ' ' 'of a cancelled job takes its end back'
touch "$jobs/$big/Priority.7.txt"
exits 0 'priority' "$tool" "${s[@]}" priority big -50
is "$(controls $big)" 'PRIORITY.-50 ' 'the only one'
exits 0 'the same' "$tool" "${s[@]}" priority big -50
like "$(cat out)" 'has priority -50 already' 'is no mistake'
exits 0 'set' "$tool" "${s[@]}" set big other priority=3 avoid=tower keep_logs=yes
is "$(controls $big)" 'AVOID.tower.txt KEEP_LOGS PRIORITY.3 ' 'several at once'
is "$(controls other_2026-01-02_030406)" 'AVOID.tower.txt KEEP_LOGS PRIORITY.3 ' 'for several jobs'
like "$(cat "$jobs/$big/AVOID.tower.txt")" 'tower takes no tasks of this job: asked for by' 'the file says who'
like "$("$BF_BIN/bfstatus" "${s[@]}" big)" 'tower stays away' 'bfstatus sees it'
exits 0 'set back' "$tool" "${s[@]}" set big allow=tower keep_logs=no
is "$(controls $big)" 'PRIORITY.3 ' 'takes them away'
touch "$jobs/other_2026-01-02_030406.ended"
exits 4 'pause of a job that has ended' "$tool" "${s[@]}" pause other
like "$(cat out)" 'has ended, there is nothing to pause' 'it says so'
exits 4 'cancel of a job that has ended' "$tool" "${s[@]}" cancel other
is "$(controls other_2026-01-02_030406)" 'AVOID.tower.txt KEEP_LOGS PRIORITY.3 ' 'and leaves it alone'
exits 0 'one that has ended, one that has not' "$tool" "${s[@]}" pause other big

before=$(snapshot)
for words in 'pause big' 'resume big' 'cancel big' 'priority big 9' 'set big avoid=x keep_logs=yes' 'retry big --all' 'remove big'; do
	# shellcheck disable=SC2086
	exits 0 "-n $words" "$tool" "${s[@]}" -n $words
done
is "$(snapshot)" "$before" 'a dry run changes nothing'

# ---- show
exits 0 'show' "$tool" "${s[@]}" show big
like "$(cat out)" "^$big  paused" 'the job and its state'
like "$(cat out)" '^  frames +40: 1-40$' 'its plan'
like "$(cat out)" '^  tower +[0-9]+ pictures +17\.0 s each' 'what machines did'
exits 0 'show in JSON' "$tool" "${s[@]}" show 'big*' --json
is "$(python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["job"], d["state"], d["frames"], d["frames_total"], len(d["machines"]))' <out)" \
	"$big paused 1-40 40 8" 'is JSON'
exits 1 'a full disk' sh -c "$tool --share share show big >/dev/full"

# ---- remove
refused 2 'say --yes' 'remove, with nobody to ask' "$tool" "${s[@]}" remove big
mkdir -p "share/output/$big" "share/output/other_2026-01-02_030406"
printf x >"share/output/$big/0001.png"
: >"share/output/$big/0002.png"
printf x >"share/output/$big/.bf.f0002.1.tower-hjkmnp-0-1"
printf x >"share/output/other_2026-01-02_030406/0001.png"
mkdir "$jobs/.removed.pc-abcdef"
# on_terminal ANSWER COMMAND: a terminal on which somebody answers.
on_terminal() { echo "$1" | script -qec "$2" /dev/null; }
like "$(on_terminal n "$tool --share share remove big" | tr -d '\r')" 'Remove it\? Its pictures stay\. \[y/N\]' 'on a terminal it asks'
ok 'and does not when the answer is no' test -d "$jobs/$big"
like "$(on_terminal '' "$tool --share share remove big --pictures")" 'paused, [0-9]+ of 40 frames are done' 'it says what would go'
ok 'no answer is no' test -d "$jobs/$big"
exits 0 'remove' "$tool" "${s[@]}" remove big --yes
like "$(cat out)" "removed; its pictures stay in output/$big" 'it says where the pictures are'
is "$(ls -A "share/output/$big")" 0001.png 'the pictures stay, what was in work goes'
is "$(in_order "$jobs")" '.incoming other_2026-01-02_030406 other_2026-01-02_030406.ended ' \
	'the job is gone, and what somebody else who was stopped had left'
exits 0 'with its pictures' "$tool" "${s[@]}" remove other --yes --pictures
is "$(in_order "$jobs")$(in_order share/output)" ".incoming $big " 'they go too'

if [ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null; then
	"$BF_BIN/tests/makejob" locked 10
	chmod a-w "locked/jobs/$big" locked/jobs
	exits 3 'a folder that must not be written' "${PLAIN_USER[@]}" "$tool" --share locked pause big
	like "$(cat err)" "^bfjob: $big: .*Permission denied" 'it says so'
	exits 3 'nor moved' "${PLAIN_USER[@]}" "$tool" --share locked remove big --yes
	like "$(cat err)" "^bfjob: $big: .*Permission denied" 'it says so'
	chmod u+w "locked/jobs/$big" locked/jobs
else
	skip 'a folder that must not be written' 'setpriv is not there'
fi
done_testing
