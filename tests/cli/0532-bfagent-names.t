#!/bin/bash
# Names that people give their files: whatever is in them, the file is rendered under its own name, and nothing is run.
# timeout: 180
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
new_farm
agents one two
queue=$SHARE/queue

# shellcheck disable=SC2016 # nothing here is to be expanded
names=('two words' "it's" 'say "hi"' '100%' '%s%n%d' '%2F%00' '{}' '{0}' '$(touch pwned)' '`touch pwned`' ';touch pwned;'
	'-rf' '--' 'a&b|c' '~' '*' 'x?y' 'a\b' 'AUX' 'ünïcode' 'dots.in.it' 'trailing ' ' leading' '#hash; [x]' 'a=b'
	$'new\nline' $'tab\there' $'escape\e[31m' $'\xff\xfe' "$(printf 'l%.0s' {1..249})" "$(printf 'ü%.0s' {1..120})")
for name in "${names[@]}"; do
	drop "$name" frames=1-1
done
drop '.hidden' frames=1-1

is_left_alone() {
	[ "$(find "$queue" -mindepth 1 -maxdepth 1 ! -name rejected)" = "$queue/.hidden.blend" ] &&
		[ -z "$(find "$SHARE/jobs/.incoming" -mindepth 1)" ]
}
ok 'every one of them is taken, but for the hidden one' wait_until 60 is_left_alone
is "$(find "$queue/rejected" -mindepth 1 -printf '%f\n')" '' 'none is rejected'
is "$(find "$SHARE/jobs" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf x)" \
	"$(printf 'x%.0s' "${names[@]}")" 'as many jobs as names'
lost=0
for name in "${names[@]}"; do
	kept=("$SHARE"/jobs/*/source/"$name.blend")
	[ -f "${kept[0]}" ] || { lost=$((lost + 1)); diag "not kept under its own name: $name"; }
done
is "$lost" 0 'each lies in its job under its own name'
all_ended() { local job; for job in "$SHARE"/jobs/*/; do [ -e "${job%/}.ended" ] || return 1; done; }
ok 'every job ends' wait_until 60 all_ended
is "$(find "$SHARE/output" -type f -size +0 -name '0001.png' -printf x)" "$(printf 'x%.0s' "${names[@]}")" 'each has its picture'
is "$(find "$SHARE/jobs" "$SHARE/output" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C grep -c '[^ -~]*[][<>:"|?*;$`&\\]')" 0 \
	'names that we make have nothing in them that a file system or a shell minds'
is "$(find . "$WORK" -maxdepth 3 -name pwned 2>/dev/null)" '' 'nothing that stood in a name was run'
exits 0 'bfstatus shows them' "$BF_BIN/bfstatus" --share "$SHARE" --json
is "$(tr -d '\n -~\200-\377' <"$WORK/out" | od -An -c)" '' 'with no control byte'
is "$(LC_ALL=C tr -d '\n -~\200-\377' <"$(log_of one)" | od -An -c)" '' 'nor has the log of an agent'
ok 'no agent has crashed' eval '! grep -h "ended unexpectedly" "$WORK"/start.*'
stop_agents
done_testing
