#!/bin/sh
# Errors and signals at every step: the result's name is untouched and nothing is left beside it.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
merge=$BF_BIN/bfmerge
convert -size 900x700 -seed 1 plasma: +noise Gaussian -depth 16 PNG48:piece.png

untouched() {
	is "$(cat out.png)" precious "$1: the name is untouched"
	is "$(find . -name '*.tmp')" '' "$1: nothing left"
}

echo precious >out.png
limited() { ulimit -f 16 && exec "$merge" -o out.png piece.png@0,0; }
rc=0
( limited ) >log 2>&1 || rc=$?
isnt $rc 0 'the file may not grow: fails'
untouched 'the file may not grow'

if [ -n "${BF_SANITIZER:-}" ] || ! strace -o /dev/null true 2>/dev/null; then
	skip 'errors and signals inside' 'optional: strace cannot trace here'
	done_testing
	exit 0
fi

# inject WHAT: run bfmerge with one call of its own failing or hit by a signal.
inject() {
	rc=0
	strace -f -o trace -e "inject=$1" "$merge" -o out.png piece.png@0,0 >log 2>&1 || rc=$?
}
for what in write:error=ENOSPC:when=1 write:error=ENOSPC:when=3 fsync:error=EIO:when=1 rename,renameat:error=EACCES \
	read:error=EIO:when=20; do
	inject "$what"
	is $rc 3 "$what: exit code"
	ok "$what: a message" grep -q '^bfmerge: ' log
	untouched "$what"
done
for signal in INT TERM HUP; do
	inject "write:signal=SIG$signal:when=3"
	isnt $rc 0 "$signal: fails"
	ok "$signal: ended by it" grep -q "killed by SIG$signal" trace
	untouched "$signal"
done
done_testing
