#!/bin/bash
# bfsubmit, with an error or a kill -9 at every call it makes once it has opened the share: what is in the queue afterwards is
# whole, or nothing but what agents pass over.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
if [ -n "${BF_SANITIZER:-}" ] || ! strace -o /dev/null true 2>/dev/null; then
	skip_all 'optional: strace cannot trace here'
fi

idle_farm
queue=$SHARE/queue
cd "$WORK" || exit 99
mkdir -p project/wood
"$FAKE" --make project/scene.blend frames=1-5
echo oak >project/wood/oak.png
calls=openat,write,fsync,close,getdents64,mkdirat,renameat,unlinkat
# submit STRACE-ARGUMENT...: the folder, under strace.
submit() { strace -f "$@" "$BF_BIN/bfsubmit" --share "$SHARE" --no-collect project >out 2>&1; }
whole='project project.ini project/scene.blend project/wood project/wood/oak.png '

submit -o trace -e "trace=$calls"
is "$(queued)" "$whole" 'undisturbed it gets there'
empty_queue

# The calls behind the opening of the share, as `NAME N`: N counts all calls of that name.
mapfile -t points < <(awk -v share="\"$SHARE\"" '{ sub(/^[0-9]+ +/, ""); name = $0; sub(/\(.*/, "", name) }
	name ~ /^[a-z0-9]+$/ { n[name]++; if (index($0, share)) inside = 1; if (inside) print name, n[name] }' trace)
# After the last rename there is nothing left to go wrong, but closing.
ok 'there are enough of them' [ "${#points[@]}" -ge 40 ]

# holds KIND CODE: is the queue as it may be?
holds() {
	local found
	found=$(queued)
	[ "$found" != "$whole" ] || return 0
	if [ "$1" = error ]; then
		[ "$2" -ne 0 ] && [ -z "$found" ]
	else # whatever it had made so far: hidden, or the wishes alone
		[ -z "$(find "$queue" -mindepth 1 -maxdepth 1 ! -name rejected ! -name '.bf.submit.*' ! -name project.ini)" ]
	fi
}
for kind in error kill; do
	bad='' told=0
	for point in "${points[@]}"; do
		read -r name n <<<"$point"
		# what tidies up may fail as well; then it stays behind
		[ "$name" != unlinkat ] || continue
		inject="$name:when=$n:error=EIO"
		[ "$kind" = error ] || inject="$name:when=$n:signal=KILL"
		code=0
		{ submit -o /dev/null -e "trace=$calls" -e "inject=$inject"; } 2>/dev/null || code=$? # bash tells of each kill
		holds "$kind" "$code" || bad+="$point: code $code, $(queued)"$'\n'
		[ "$code" -eq 0 ] || told=$((told + 1))
		empty_queue
	done
	is "$bad" '' "$kind at each of ${#points[@]} calls: the queue is as it may be"
	ok "$kind: most of them are noticed" [ "$told" -ge 25 ]
done
done_testing
