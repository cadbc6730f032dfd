#!/bin/bash
# bfsubmit and bad input: one clear line each, the right exit code, and nothing changed on the share; stopped and killed in the
# middle of a copy.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"

idle_farm
queue=$SHARE/queue
cd "$WORK" || exit 99
bfsubmit() { "$BF_BIN/bfsubmit" --share "$SHARE" --no-collect "$@"; }
state() { find "$SHARE" -printf '%p %s %i\n' | sort; }
"$FAKE" --make shot.blend frames=1-5
before=$(state)

# refused CODE REGEX ARGUMENT...: one line (and a hint for wrong usage), and nothing has changed.
refused() {
	local code=$1 regex=$2 shown
	shift 2
	printf -v shown '%q ' "$@"
	exits "$code" "refused: $shown" bfsubmit "$@"
	like "$(grep -v '^Try ' err)" "^bfsubmit: .*$regex" 'with the reason'
	is "$(grep -vc '^Try ' err)" 1 'in one line'
	is "$(state)" "$before" 'nothing has changed'
}

# ---- files

head -c 30 shot.blend >cut.blend
: >empty.blend
printf 'PK\3\4 something else altogether, and long enough' >zip.blend
head -c 100 /dev/zero >zeros.blend
{ printf '\x28\xb5\x2f\xfd'; head -c 200 /dev/urandom; } >packed.blend
mkfifo pipe.blend
ln -s nowhere.blend dangling.blend
mkdir nothing
refused 1 'there is no such file' nosuch.blend
refused 1 'there is no such file' 'no*such.blend'
refused 1 'there is no such file' ''
refused 1 'there is no such file' dangling.blend
refused 1 'not a .blend file' zip.blend
refused 1 'not complete' cut.blend
refused 1 'not complete: it is empty' empty.blend
refused 1 'not complete: it begins with zeros' zeros.blend
refused 1 'not complete' packed.blend
refused 1 'this is not a file' pipe.blend
refused 1 'no .blend' nothing
cp shot.blend locked.blend && chmod 0 locked.blend
exits 1 'a file that may not be read' "${PLAIN_USER[@]}" "$BF_BIN/bfsubmit" --share "$SHARE" --no-collect locked.blend
like "$(cat err)" '^bfsubmit: locked.blend: .*Permission denied' 'with the reason'

# ---- options

refused 2 'runs backwards: write 1-10' -f 10-1 shot.blend
refused 2 'is no frame and no range' -f 1- shot.blend
refused 2 'is no frame and no range' -f a shot.blend
refused 2 'out of reach' -f 1-1000000000 shot.blend
refused 2 'the list is empty' -f '' shot.blend
refused 2 'forward, backward or coarse' --order sideways shot.blend
refused 2 'a number from 1 to 1000' --percent 0 shot.blend
refused 2 'a number from 1 to' --samples many shot.blend
refused 2 'a number from -1000 to 1000' --priority 1001 shot.blend
refused 2 'a number from 1 to 10000' --max-agents -1 shot.blend
refused 2 'columns x rows' --pieces 4x shot.blend
refused 2 'or samples:12' --pieces samples:0 shot.blend
refused 2 'a tag is made of' --tags 'gpu!' shot.blend
refused 2 'a word such as PNG' --format 'p/ng' shot.blend
refused 2 'no time: want 22:30' --not-before tomorrow shot.blend
refused 2 'no time: want 22:30' --not-before 25:00 shot.blend
refused 2 'no time: want 22:30' --not-before '2026-02-30 06:00' shot.blend
refused 2 'control characters' --scene $'a\nframes = 1' shot.blend
refused 2 'both kinds of quotes' --camera "a\"b'c" shot.blend
refused 2 'a name of at most' --scene "$(printf '%0300d' 1)" shot.blend
refused 2 'given twice' -f 1 --frames 2 shot.blend
refused 2 'there is no such job' --after nobody shot.blend
refused 2 'cannot be the name of a job' --after ../jobs shot.blend
refused 2 '--name is for one file' --name both shot.blend shot.blend
refused 2 '--name is for one file' --name both '*t.blend'
refused 2 'which file' -n
exits 2 'an unknown option' bfsubmit --nosuch shot.blend
exits 2 'no share' env -u BF_SHARE "$BF_BIN/bfsubmit" shot.blend

# ---- shares

share_refused() { # REGEX SHARE
	exits 3 "refused: --share $2" "$BF_BIN/bfsubmit" --no-collect --share "$2" shot.blend
	like "$(cat err)" "$1" 'with the reason'
	is "$(wc -l <err)" 1 'in one line'
}
share_refused 'No such file|no such' "$WORK/nowhere"
share_refused '.' "$WORK/nothing"
is "$(ls -A nothing)" '' 'and no share is made there'
share_refused '.' "$WORK/shot.blend"
cp -r "$SHARE" newer && sed -i '1s/.*/blendfolder 2/' newer/FORMAT
share_refused 'newer|2' "$WORK/newer"
cp -r "$SHARE" torn && rm -r torn/queue
share_refused 'queue' "$WORK/torn"
cp -r "$SHARE" closed && chmod 555 closed/queue
exits 3 'a queue that one may not write to' "${PLAIN_USER[@]}" "$BF_BIN/bfsubmit" --share closed --no-collect shot.blend
like "$(cat err)" 'Permission denied' 'with the reason'

# ---- stopped and killed while it copies

if [ -n "${BF_SANITIZER:-}" ] || ! strace -o /dev/null true 2>/dev/null; then
	skip 'stopped in the middle' 'optional: strace cannot trace here'
else
	copying() { compgen -G "$queue/.bf.submit.*" >/dev/null; }
	# slowly SIGNAL: start it, with a first sync that takes long, and send it that signal meanwhile. Sets $code.
	slowly() {
		start strace -f -o /dev/null -e trace=fsync -e inject=fsync:delay_enter=3000000:when=1 \
			"$BF_BIN/bfsubmit" --share "$SHARE" --no-collect shot.blend
		wait_until 20 copying || :
		kill -s "$1" "$(ps -o pid= --ppid "$started")"
		code=0
		stop "$started" 0 || code=$?
	}
	slowly TERM
	is "$code" 143 'stopped, it ends by that signal'
	is "$(state)" "$before" 'and leaves nothing'
	slowly INT
	is "$code" 130 'by Ctrl-C likewise'
	is "$(state)" "$before" 'with nothing left'
	slowly KILL
	is "$(find "$queue" -type f -printf '%f\n' | sed 's/submit\..*/submit.X/')" '.bf.submit.X' 'killed, it leaves a hidden file'
	exits 4 'which agents pass over' bfagent --once
	exits 0 'and so does the next one' bfsubmit shot.blend
	is "$(find "$queue" -maxdepth 1 -type f -printf '%f\n' | grep -v '^\.' | sort | tr '\n' ' ')" 'shot.blend shot.ini ' 'that is queued'
	rm "$queue"/.bf.submit.* "$queue"/shot.*
fi
done_testing
