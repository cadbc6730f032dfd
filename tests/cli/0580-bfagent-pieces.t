#!/bin/bash
# Pieces that are not what was committed when they are to be joined: looked at again, reopened, and never the join's failure.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
LEASE=4
new_farm 'name = one'

pixels() { convert "$1" -depth 16 rgba:- | sha256sum; }
logs_of() { find "$SHARE/jobs/$1/logs" -type f -printf '%f\n' | sort; }
has_rendered_pieces() { [ "$(count_tasks "$1" '\.p[0-9]+\.done\.')" -eq 4 ] && has_task "$1" '^f0003\.join\.open\.'; }

# one_more JOB: whatever is next, until the pieces are there and the join is to come.
one_more() { has_rendered_pieces "$1" || { bfagent --once >>"$WORK/once.log" 2>&1; false; }; }

# in_pieces NAME: a still of which all pieces are rendered; its id in $job, the file of piece 2 in $piece.
in_pieces() {
	mkdir -p "$SHARE/queue"
	printf '[job]\npieces = 2x2\n' >"$SHARE/queue/$1.ini"
	drop "$1" frames=3-3 size=64x48 depth=16 ms=10
	bfagent --once >>"$WORK/once.log" 2>&1
	job=$(job_of "$1")
	ok "$1: its pieces are rendered" wait_until 30 one_more "$job"
	piece=$(find "$SHARE/jobs/$job/pieces" -name 'f0003.p002.*')
	pieces=$(tasks_of "$job" '\.p[0-9]+\.done\.')
}

# joined NAME: the picture is there, and nobody has failed.
joined() {
	ok "$1: the job ends" wait_until 40 has_ended "$job"
	is "$(pixels "$SHARE/output/$job/0003.png")" "$whole" "$1: the picture is the whole"
	like "$(tasks_of "$job")" '^f0003\.join\.done\.[0-9]+\.0\.' "$1: its join has not failed"
	is "$(logs_of "$job")" '' "$1: nor has anything else"
	stop_agents
}

drop whole frames=3-3 size=64x48 depth=16
bfagent --drain >"$WORK/whole.log" 2>&1
job=$(job_of whole)
whole=$(pixels "$SHARE/output/$job/0003.png")

in_pieces empty
: >"$piece"
agent one
joined empty
like "$(cat "$(log_of one)")" ' reopen job=empty_.* task=f0003.p002: .* not what was committed' 'empty: that piece is rendered again'
is "$(tasks_of "$job" '\.p[0-9]+\.done\.1\.' | wc -l)" 3 'empty: and no other'

in_pieces short
cp "$piece" "$WORK/kept"
truncate -s 100 "$piece"
agent one
ok 'short: it is looked at again' wait_until 20 says one ' look again job=short_.* pieces=1 '
cp "$WORK/kept" "$piece"
joined short
is "$(tasks_of "$job" '\.p[0-9]+\.done\.')" "$pieces" 'short: what was there in the end is taken'

in_pieces gone
rm "$piece"
agent one
joined gone
like "$(cat "$(log_of one)")" ' reopen job=gone_.* task=f0003.p002: .* is gone' 'gone: that piece is rendered again'
is "$(tasks_of "$job" '\.p[0-9]+\.done\.1\.' | wc -l)" 3 'gone: and no other'

in_pieces folder
rm -r "$SHARE/jobs/$job/pieces"
agent one
joined folder
is "$(tasks_of "$job" '\.p[0-9]+\.done\.2\.' | wc -l)" 4 'folder: all pieces are rendered again'

# What was committed cannot be joined: that is a failure.
in_pieces bad
echo 'no picture' >"$piece"
task=$(find "$SHARE/jobs/$job/tasks" -name 'f0003.p002.done.*')
mv "$task" "${task%.*}.$(xxhsum -q -H2 "$piece" | grep -Eo '[0-9a-f]{32}')"
agent one
ok 'bad: the job ends' wait_until 40 has_ended "$job"
like "$(logs_of "$job")" '^f0003\.join\.[0-9]+\.one\.log$' 'bad: the join has failed'
like "$(head -n 1 "$SHARE/jobs/$job/logs/f0003.join."*.log)" 'f0003.p002.*not a PNG or EXR file' 'bad: with its reason'
is "$(count_tasks "$job" '\.join\.parked\.')" 1 'bad: it is given up'
stop_agents
done_testing
