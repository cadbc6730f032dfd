#!/bin/bash
# timeout: 900
# The end of a picture in pieces: one machine's Blender stands still, its agent goes on beating, and the other, with nothing to
# take, renders that piece beside it. Whoever commits first has made it, however late the loser comes.
BEDS=5
BED_OPTIONS=(-t 600)
# Each costs a minute of two processors. CI has these; by itself `make check-shares` has all five.
[ -z "${CI:-}" ] || FILE_SYSTEMS='nfs4 smb3 sshfs'

# Large pieces, three or four of them, whose costs the plan knows.
make_still() {
	"$BF_BIN/tests/fakeblender" --make "$1/still.blend" frames=7-7 ms=24000 size=640x400 depth=16 samples=100 piece_ms=100 \
		map=2,2,2,2,2,2,2,2 'picture=still_####.png' && printf '[job]\npieces = auto\n' >"$1/still.ini"
}
on_host() {
	. "$here/farm.sh"
	make_jobs() { make_still "$@"; }
	render_undisturbed
}
. "${0%/*}/each.sh"
. "$here/farm.sh"

pieces() { sed -n 's/^pieces *= *"\{0,1\}1x\([0-9]*\).*/\1/p' "$truth"/jobs/still_*/job.ini; }
begun() { grep "^7 f0007\.p" "$WORK/rendered-$farm" 2>/dev/null; }
# rendering CLIENT: the piece that it owns.
rendering() { states | sed -nE "s/^(f0007\.p[0-9]+)\.run\.1\.0\.$1-.*/\1/p"; }
is_rendering() { piece=$(rendering a) && [ -n "$piece" ] && begun | grep -q " $piece\."; }
is_stopped() { grep -q '^State:[[:space:]]*T' "/proc/$1/status"; }
stand_still() { kill -STOP "$1" && wait_until 10 is_stopped "$1"; }
worker_of() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"; } # PID of its Blender

# has NUMBER PATTERN: so many tasks. Without a process for each look: those are dear in here, and there is much to wait for.
has() {
	local want=$1
	# shellcheck disable=SC2086 # a pattern
	set -- "$truth"/jobs/still_*/tasks/000/$2
	[ -e "$1" ] && [ $# -eq "$want" ]
}
only_one_is_left() { has $((count - 1)) 'f0007.p*.done.1.0.b-*'; }
has_made() { has 1 "$piece.done.1.0.$1-*"; } # CLIENT
has_made_it_locally() { [ -n "$(find "$WORK/scratch-$1" -path '*/out/*' -name "$piece.*.png" -size +0)" ]; } # CLIENT
card_says_duplicate() { grep -qs "$piece" "$truth"/agents/b-*; }
# A worker that stood still may look at the share before it hears its Blender: then it drops the render, else it fails to commit it.
late() { says "$1" " late job=still_.* task=$piece "; } # CLIENT
journal_of() { cat "$truth"/jobs/still_*/journal/"$1"-*; }

# tail_of FARM MS: client a's Blender stands still in $piece, client b's, which needs MS for a picture, has rendered all others. Both
# begin as in `begin`, but for the speed of their Blenders.
tail_of() {
	use "$1"
	BF_FAKE='ms=24000' ok "$farm: an agent makes the share" start_configured a 'beat = 1'
	drop "$BF_HOST_DIR"/drop/*
	ok "$farm: it renders a piece" wait_until 60 is_rendering
	blender_a=$(begun | tail -n 1 | grep -o '[0-9]*$')
	ok "$farm: its Blender stands still" stand_still "$blender_a"
	count=$(pieces)
	diag "$farm: $piece of $count, costs $(sed -n 's/^piece_costs *= *//p' "$truth"/jobs/still_*/job.ini)"
	BF_FAKE="ms=$2" ok "$farm: another agent comes" start_configured b 'beat = 1'
	ok "$farm: and renders all other pieces" wait_until 120 only_one_is_left
	blender_b=$(begun | tail -n 1 | grep -o '[0-9]*$')
}
duplicate_begins() {
	ok "$farm: and then that one, too" wait_until 90 says b " duplicate job=still_.* task=$piece attempt=1 of=a-"
}
# settled WINNER LOSER [COMPLAINTS]
settled() {
	settle 60 1 $((count + 2)) # a join, the last look
	ok "$farm: the piece is client $1's" has_made "$1"
	is "$(work_states | grep -v '\.done\.1\.')" '' "$farm: nobody was taken for dead"
	is "$(find "$truth"/jobs/still_*/pieces -mindepth 1)" '' "$farm: no piece is left over"
	is "$(find "$truth"/jobs/still_*/logs -type f)" '' "$farm: no failure is on record"
	like "$(journal_of "$1")" "^done task=$piece\." "$farm: the journal tells who made it"
	like "$(journal_of "$2")" "^late task=$piece\." "$farm: and who came too late"
	is "$(journal_of "$2" | grep -c "^done task=$piece\.")" 0 "$farm: who has made nothing of it"
	is "$(complaints "${3:-}")" '' "$farm: and nothing was complained about"
}

# ---- the duplicate wins, the other Blender never ends

tail_of stands 4000
duplicate_begins
ok "$farm: client b commits it" wait_until 60 has_made b
ok "$farm: the job ends" wait_until 60 ended 1
ok "$farm: client a drops its render" wait_until 90 late a
like "$(cat "$(log_of a)")" ' late job=still_.* another machine was quicker, render dropped' "$farm: and says why"
ok "$farm: with the Blender that stands still" wait_until 20 tap_is_gone "$blender_a"
settled b a
like "$(journal_of b)" "^done task=$piece\..*note=duplicate" "$farm: as a duplicate"

# ---- the duplicate wins, the other comes with its picture when all is over: only its worker sleeps meanwhile

tail_of late 4000
worker=$(worker_of "$blender_a")
ok "$farm: client a's worker stands still" stand_still "$worker"
duplicate_begins
kill -CONT "$blender_a"
ok "$farm: client b commits it" wait_until 60 has_made b
ok "$farm: the job ends" wait_until 60 ended 1
ok "$farm: client a has a picture, too" wait_until 60 has_made_it_locally a
kill -CONT "$worker"
ok "$farm: it is too late" wait_until 60 late a
diag "$farm: $(grep ' late job=' "$(log_of a)")"
settled b a '^warning late job=still_'

# ---- the owner wins, the duplicate is under way

tail_of owner 12000 # there is time to stop it before it ends the duplicate
ok "$farm: client b's Blender stands still" stand_still "$blender_b"
duplicate_begins
kill -CONT "$blender_a"
ok "$farm: client a goes on and commits it" wait_until 60 has_made a
ok "$farm: client b drops its render" wait_until 90 late b
like "$(cat "$(log_of b)")" ' late job=still_.* the other was quicker, render dropped' "$farm: and says why"
ok "$farm: with its Blender" wait_until 20 tap_is_gone "$blender_b"
settled a b

# ---- the owner wins, the duplicate is rendered and comes to commit

tail_of both 12000
worker=$(worker_of "$blender_b")
ok "$farm: client b's Blender stands still" stand_still "$blender_b"
duplicate_begins
ok "$farm: and is told to" wait_until 20 card_says_duplicate
ok "$farm: client b's worker stands still" stand_still "$worker"
kill -CONT "$blender_b"
ok "$farm: client b has a picture" wait_until 60 has_made_it_locally b
kill -CONT "$blender_a"
ok "$farm: client a goes on and commits it" wait_until 60 has_made a
ok "$farm: the job ends" wait_until 60 ended 1
kill -CONT "$worker"
ok "$farm: client b is too late" wait_until 60 late b
diag "$farm: $(grep ' late job=' "$(log_of b)")"
settled a b
done_testing
