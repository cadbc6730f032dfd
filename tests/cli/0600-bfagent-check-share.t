#!/bin/bash
# bfagent --check-share: a good folder is fit, one that lies in any way that matters is not, and nothing is left behind.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

SHARE=$WORK/share
mkdir "$SHARE"
check() { "$BF_BIN/bfagent" --check-share --share "$SHARE" "$@"; }
left_over() { find "$SHARE" -mindepth 1 | head -n 5; }

# ---- alone

exits 0 'an empty folder is checked' check --wait 0
said=$(cat "$WORK/out")
like "$said" '^FIT' 'and fit'
for what in 'exclusive creation' rename listing fsync 'rename of a folder' content 'cost of a call' 'free space' 'long names'; do
	like "$said" "^ok +$what  " "$what was measured"
done
like "$said" '  mounted as +[a-z0-9.]+ at /' 'the kind of file system is told'
is "$(left_over)" '' 'nothing is left, and no share was made'
exits 0 'nobody comes' check --wait 0.2
like "$(cat "$WORK/out")" 'none came within 0.2 s' 'and that is said'

exits 2 'waiting without check' "$BF_BIN/bfagent" --share "$SHARE" --wait 3
exits 2 'waiting for ever' check --wait -1
exits 2 'waiting for words' check --wait long
exits 2 'checking and rendering' check --once
exits 3 'a folder that is not there' "$BF_BIN/bfagent" --check-share --share "$WORK/none" --wait 0
like "$(cat "$WORK/err")" 'No such file' 'and why'
not_ok 'it was not made' test -e "$WORK/none"
touch "$WORK/file"
exits 3 'a file' "$BF_BIN/bfagent" --check-share --share "$WORK/file" --wait 0
mkdir "$WORK/closed"
chmod a-w "$WORK/closed"
exits 3 'a folder without permission' "${PLAIN_USER[@]}" "$BF_BIN/bfagent" --check-share --share "$WORK/closed" --wait 0
like "$(cat "$WORK/err")" 'Permission denied' 'and why'

# ---- two

# both KIND: two checks at the same time; $one and $two are their exit codes, $WORK/first and $WORK/second what they said.
both() {
	one=0 two=0
	start "$BF_BIN/tests/brokenshare" "$1" "$SHARE" 20 pc1
	local log=$started_log pid=$started
	"$BF_BIN/tests/brokenshare" "$1" "$SHARE" 20 pc2 >"$WORK/second" 2>&1 </dev/null || two=$?
	wait_until 60 tap_is_gone "$pid"
	wait "$pid" || one=$?
	cp "$log" "$WORK/first"
}
mkdir "$SHARE/.bf.check.pc0-aaaaaa" "$SHARE/.bf.check.pc9-zzzzzz"
both none
is "$one $two" '0 0' 'two checks of one folder find it fit, whatever killed ones have left'
for side in first second; do
	said=$(cat "$WORK/$side")
	like "$said" '^FIT\.$' "the $side says so without reserve"
	like "$said" 'met pc[12]-' "the $side met the other"
	like "$said" '^ok +race of renames +128: this machine won [0-9]+, the other [0-9]+, both 0' "the $side raced"
	like "$said" '^ok +race of creations +128' "the $side raced for new names"
	like "$said" 'new names +seen after [0-9]+ ms' "the $side knows how late names are seen"
	like "$said" 'new content +seen after [0-9]+ ms' "the $side knows how late content is seen"
	like "$said" 'clock of the other +[0-9.]+ s (ahead|behind)' "the $side knows how far the clocks differ"
done
rmdir "$SHARE/.bf.check.pc0-aaaaaa" "$SHARE/.bf.check.pc9-zzzzzz"
is "$(left_over)" '' 'and nothing is left'

# ---- folders that lie

# liar KIND WHAT: alone it is found out, and called by its name.
liar() {
	exits 1 "$1 is found out" "$BF_BIN/tests/brokenshare" "$1" "$SHARE" 0 pc1
	like "$(cat "$WORK/out")" '^NOT FIT' 'and said to be not fit'
	is "$(grep '^BAD' "$WORK/out" | cut -c9-28 | sed 's/ *$//' | sort -u)" "$2" "because of $2, and of nothing else"
	rm -rf "$SHARE"/.bf.check.*
}
liar rename-twice rename
liar creation-twice 'exclusive creation'
liar stale-list listing
liar fsync-fails fsync
liar hides-dots names

# liars KIND WHAT: only two find it out, and both do.
liars() {
	exits 0 "$1 deceives one machine" "$BF_BIN/tests/brokenshare" "$1" "$SHARE" 0 pc1
	rm -rf "$SHARE"/.bf.check.*
	both "$1"
	is "$one $two" '1 1' "$1 does not deceive two"
	for side in first second; do
		like "$(cat "$WORK/$side")" "^BAD +$2" "the $side says: $2"
		like "$(cat "$WORK/$side")" '^NOT FIT' "and that the folder is not fit"
	done
	rm -rf "$SHARE"/.bf.check.*
}
liars rename-copies 'race of renames'
liars list-misses "others' renames"

both cached-list
is "$one $two" '0 0' 'listings from the past are no harm where an own change makes them fresh'
like "$(cat "$WORK/first")" '^better +new names' 'but the first says what could be better'
like "$(cat "$WORK/second")" '^FIT, if you change this' 'and so does the second'

# ---- stopped

has_folder() { compgen -G "$SHARE/.bf.check.*" >/dev/null; }
start "$BF_BIN/bfagent" --check-share --share "$SHARE" --wait 60
ok 'a check waits' wait_until 10 grep -q 'waiting' "$started_log"
ok 'in a folder of its own' has_folder
code=0
stop "$started" TERM || code=$?
is "$code" 143 'and ends by the signal it gets'
unlike "$(cat "$started_log")" 'FIT' 'without a verdict'
is "$(left_over)" '' 'and nothing is left'

# whichever of the two is stopped, the other one says so and blames nobody
for name in pc1 pc2; do
	start "$BF_BIN/bfagent" --check-share --share "$SHARE" --wait 60 --name pc1
	first=$started first_log=$started_log
	start "$BF_BIN/bfagent" --check-share --share "$SHARE" --wait 60 --name pc2
	second=$started second_log=$started_log
	ok 'two are at it' wait_until 20 grep -q 'race of creations' "$first_log"
	if [ "$name" = pc1 ]; then leaver=$first stayer=$second log=$second_log; else leaver=$second stayer=$first log=$first_log; fi
	code=0
	stop "$leaver" TERM || code=$?
	is "$code" 143 "$name is stopped in the middle"
	wait_until 60 tap_is_gone "$stayer"
	code=0
	wait "$stayer" || code=$?
	is "$code" 0 'the other one ends with what it knows'
	like "$(cat "$log")" 'it left before the end' 'and says that it was left'
	is "$(left_over)" '' 'nothing is left'
done
done_testing
