#!/bin/bash
# What people drop into queue/: every kind of nonsense is accepted or rejected with a reason, nothing is lost, and the
# farm goes on.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
SETTLE_LIMIT=1.5
AGENT_AS=("${PLAIN_USER[@]}")
new_farm
agents one two
queue=$SHARE/queue

rejects() { # NAME PATTERN
	ok "rejected: $1" wait_until 15 is_rejected "$1"
	like "$(why_of "$1")" "$2" "its reason: $(why_of "$1" | head -c 70 | tr '\n' ' ')"
	not_ok "not in queue/ any more: $1" test -e "$queue/$1" -o -L "$queue/$1"
}
make_blend() { "$FAKE" --make "$@"; }

head -c 300 /dev/urandom >"$WORK/noise"
others=$WORK/others # what links lead to: a file of this test, in case anything ever writes through one
echo 'not yours' >"$others"

# ---- not a .blend ----
printf 'hello, I am no .blend\n' >"$queue/text.blend"
: >"$queue/zero.blend"
make_blend "$WORK/whole" frames=1-2
head -c 30 "$WORK/whole" >"$queue/cut.blend"
ln -s "$others" "$queue/link.blend"
ln -s "$WORK/whole" "$queue/goodlink.blend"
ln -s "$WORK" "$queue/dirlink.blend"
mkfifo "$queue/pipe.blend"
cp "$WORK/whole" "$queue/secret.blend" && chmod 000 "$queue/secret.blend"
mkdir "$queue/none" "$queue/two" "$queue/empty"
echo notes >"$queue/none/notes.txt"
cp "$WORK/whole" "$queue/two/a.blend"
cp "$WORK/whole" "$queue/two/b.blend"
mkdir "$queue/inner" "$queue/linked" "$queue/stuck"
cp "$WORK/whole" "$queue/inner/scene.blend" && chmod 000 "$queue/inner/scene.blend"
ln -s "$WORK/whole" "$queue/linked/scene.blend"
cp "$WORK/whole" "$queue/stuck/scene.blend" && chmod 555 "$queue/stuck"
rejects text.blend 'text.blend: not a .blend file'
rejects zero.blend 'zero.blend: not complete'
rejects cut.blend 'not complete'
rejects link.blend 'link'
rejects goodlink.blend 'link'
rejects dirlink.blend 'link'
rejects pipe.blend 'special file'
rejects secret.blend 'may not read this \(permission denied\)'
rejects none 'no \.blend'
rejects empty 'no \.blend'
rejects inner 'may not read this'
rejects linked 'is a link'
rejects two '2 \.blend files.*blend = '
ok 'a rejected link is the link itself' test -L "$queue/rejected/link.blend"
is "$(cat "$queue/rejected/text.blend")" 'hello, I am no .blend' 'a rejected file is what was dropped'
# Another user's folder can be read but not moved.
ok 'what may not be moved stays, and a reason is left' wait_until 15 test -s "$queue/rejected/stuck.why.txt"
like "$(why_of stuck)" 'still lies in queue/.*may not move' "it says: $(why_of stuck)"
ok 'it is still there' test -f "$queue/stuck/scene.blend"

# ---- the same names again ----
printf 'another\n' >"$queue/text.blend"
ok 'a second one of a rejected name gets another' wait_until 15 is_rejected text.blend.2
is "$(cat "$queue/rejected/text.blend")" 'hello, I am no .blend' 'the first one is not touched'

# ---- left by an agent that died ----
left() { # NAME: what it had taken
	mkdir -p "$WORK/leaving/source"
	mv "$WORK/left" "$WORK/leaving/source/$1.blend"
	mv "$WORK/leaving" "$SHARE/jobs/.incoming/$1_2026-01-02_030405.1.open" # at once: agents are about
}
ln -s "$others" "$WORK/left" && left leftlink
mkfifo "$WORK/left" && left leftpipe
cp "$WORK/whole" "$WORK/left" && chmod 000 "$WORK/left" && left leftsecret
cp "$WORK/noise" "$WORK/left" && left leftnoise
cp "$WORK/whole" "$WORK/left" && left leftgood
mkdir -p "$SHARE/jobs/.incoming/leftempty_2026-01-02_030405.1.open/source"
rejects leftlink.blend 'is a link'
rejects leftpipe.blend 'not a regular file'
rejects leftsecret.blend 'may not read this'
rejects leftnoise.blend 'not a \.blend file'
ok 'a good one is accepted' wait_until 10 is_accepted leftgood
nothing_hangs() { [ -z "$(find "$SHARE/jobs/.incoming" -mindepth 1)" ]; }
ok 'and an empty one goes away' wait_until 10 nothing_hangs
is "$(stat -c %a "$others") $(cat "$others")" "$(printf '%o' $((0666 & ~$(umask)))) not yours" 'nobody has touched what the links lead to'

# ---- wishes ----
wish() { # NAME PATTERN LINE...
	local name=$1 pattern=$2
	shift 2
	printf '%s\n' "$@" >"$queue/$name.ini"
	drop "$name" frames=1-2
	rejects "$name.blend" "$pattern"
	ok "with its wishes: $name" test -f "$queue/rejected/$name.blend.ini"
	not_ok "which do not wait for the next: $name" test -e "$queue/$name.ini"
}
wish badframes '^badframes\.ini.*frames' '[job]' 'frames = banana'
wish badpieces 'pieces' '[job]' 'pieces = 0x0'
wish badpercent 'percent' '[job]' 'percent = -5'
wish nosense '^nosense\.ini:1:' '[job' 'what'
cp "$WORK/noise" "$queue/noise.ini"
drop noise frames=1-2
accepted_or_rejected() { is_accepted "$1" || is_rejected "$1.blend"; }
ok 'wishes of random bytes do no harm' wait_until 15 accepted_or_rejected noise

# ---- .job files ----
printf 'nothing.blend\n1\n2\n' >"$queue/lonely.job"
printf '../../etc/passwd\n1\n2\n' >"$queue/evil.job"
printf 'one line\n' >"$queue/short.job"
rejects lonely.job 'nothing\.blend, is not in queue/'
rejects evil.job 'first line of a \.job file is the name'
rejects short.job 'three lines'

# ---- Blender refuses ----
drop nocam nocamera=1
rejects nocam.blend 'no camera'
drop rotten badfile=1
rejects rotten.blend 'cannot open'
drop textures missing=//wood.png,//stone.png
rejects textures.blend 'wood\.png.*stone\.png.*Pack'

# ---- and in the end ----
all_reasoned() {
	local path bad=0
	while IFS= read -r -d '' path; do
		[ -s "$path.why.txt" ] || [[ $path == *.ini ]] || { diag "no reason: $path"; bad=1; }
	done < <(find "$queue/rejected" -mindepth 1 -maxdepth 1 ! -name '*.why.txt' -print0)
	return $bad
}
ok 'each that was rejected has its reason' all_reasoned
unlike "$(cat "$queue/rejected"/*.why.txt)" '\.incoming|submit\.|source/' 'no reason speaks of what people have never seen'
chmod 755 "$queue/stuck"
ok 'what may be moved at last is taken' wait_until 30 is_accepted stuck
drop good frames=1-5
job=$(job_of good)
ok 'the farm goes on with a good job' wait_until 20 has_ended "$job"
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
ok 'nothing hangs half-way' nothing_hangs
is "$(find "$queue" -mindepth 1 -maxdepth 1 ! -name rejected)" '' 'queue/ is empty'
stop_agents
done_testing
