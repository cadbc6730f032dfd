#!/bin/bash
# A newer build on the share: taken when its signature and version are good, between two tasks; refused otherwise.
# timeout: 240
set -u
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
command -v ssh-keygen >/dev/null || skip_all 'optional: no ssh-keygen here'
new_farm
ssh-keygen -q -t ed25519 -N '' -C farm -f "$WORK/key"
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$WORK/strange"
echo "blendfolder $(cat "$WORK/key.pub")" >"$WORK/signers"
update_from() { write_config "$WORK/agent.ini"; printf '%s\n' '[security]' "$@" >>"$WORK/agent.ini"; }
update_from 'update_from = share' "update_signers = $WORK/signers"
export BF_FAKE_LOG=$WORK/attempts
ours=$("$BF_BIN/bfagent" --version); ours=${ours#* }
machine=$(uname -m)
# Versions as long as ours, so that a build can be made of this one by writing over the number in it.
later() { echo "${ours%?}$1"; }
build() { # DIR VERSION
	mkdir -p "$1"
	for program in bfagent bfmerge; do
		LC_ALL=C sed "s/${ours//./\\.}/$2/g" "$BF_BIN/$program" >"$1/$program"
		chmod +x "$1/$program"
	done
}
sign() { local file; for file in "$2"/bfagent "$2"/bfmerge; do ssh-keygen -q -Y sign -f "$1" -n blendfolder "$file" 2>/dev/null; done; }
publish() { mkdir -p "$SHARE/agents/update"; mv "$1" "$SHARE/agents/update/$2-${3:-$machine}"; } # DIR VERSION [MACHINE]
# A card that is renamed between the listing and the look is not found: ask again.
card_says() { grep -qs "^version = \"$1\"" "$SHARE"/agents/*.*; }
is_refused() { says one "update version=$1 is not taken: $2"; }

# ---- refused ----
agent one
wait_until 10 card_says "$ours"
build "$WORK/b" "$(later 2)"
is "$("$WORK/b/bfagent" --version)" "bfagent $(later 2)" 'a build of another version can be made'
publish "$WORK/b" "$(later 2)"
ok 'one without signatures is refused' wait_until 15 is_refused "$(later 2)" '.*bfagent\.sig'
build "$WORK/b" "$(later 3)"
sign "$WORK/strange" "$WORK/b"
publish "$WORK/b" "$(later 3)"
ok "one with a stranger's signature is refused" wait_until 15 is_refused "$(later 3)" 'the signature of bfagent is not good: .*[Nn]o principal|the signature'
build "$WORK/b" "$(later 4)"
sign "$WORK/key" "$WORK/b"
echo >>"$WORK/b/bfmerge"
publish "$WORK/b" "$(later 4)"
ok 'one of whose programs was changed after signing is refused' wait_until 15 is_refused "$(later 4)" 'the signature of bfmerge is not good'
build "$WORK/b" "$(later 1)"
sign "$WORK/key" "$WORK/b"
publish "$WORK/b" "$(later 5)"
ok 'a signed one under the name of a later version is refused' wait_until 15 is_refused "$(later 5)" "bfagent says it is bfagent $(later 1)"
build "$WORK/b" "$(later 6)"
sign "$WORK/key" "$WORK/b"
publish "$WORK/b" "$(later 6)" riscv128
mkdir "$SHARE/agents/update/.new.9.9.9-$machine" "$SHARE/agents/update/whatever"
drop before frames=1-3
job=$(job_of before)
ok 'meanwhile frames are rendered' wait_until 20 has_ended "$job"
ok 'by the version that was started' wait_until 5 card_says "$ours"
not_ok 'one for another kind of machine is not even looked at' says one "version=$(later 6)"
is "$(grep -c "version=$(later 5) is not taken" "${agent_log[one]}")" 1 'a refusal is said once'
is "$(find "$WORK/scratch/update" -type f)" '' 'and nothing of them is kept'

# ---- taken ----
drop during frames=1-8 ms=1000
job=$(job_of during)
ok 'in the middle of a job' wait_until 20 has_pictures "$job" 1
build "$WORK/b" "$(later 7)"
sign "$WORK/key" "$WORK/b"
publish "$WORK/b" "$(later 7)"
ok 'a good one is taken' wait_until 20 says one "update version=$(later 7) program=.*/update/$(later 7)-$machine/bfagent"
ok 'and runs' wait_until 20 card_says "$(later 7)"
ok 'as the same process' is_running "${agent_pid[one]}"
is "$(readlink "/proc/${agent_pid[one]}/exe")" "$WORK/scratch/update/$(later 7)-$machine/bfagent" 'from the local disk'
ok 'the job goes on to its end' wait_until 30 has_ended "$job"
is "$(count_pictures "$job")" 8 'with all pictures'
is "$(grep -c "^[0-9]" "$WORK/attempts")" 11 'no frame was begun twice'
is "$(count_tasks "$job" '^f[0-9]+\.done\.[0-9]+\.0\.')" 8 'none failed'
ok 'hashes hold' hashes_hold "$job"
is "$(find "$SHARE/agents" -name 'one-*' | wc -l)" 1 'there is one card'
stop "${agent_pid[one]}"
is $? 0 'the new one ends as the old one would have'

# ---- one that does not come up ----
mkdir "$WORK/b"
for program in bfagent bfmerge; do
	printf '#!/bin/sh\n[ "$1" != --version ] || { echo "%s %s"; exit; }\nexit 1\n' "$program" "$(later 8)" >"$WORK/b/$program"
	chmod +x "$WORK/b/$program"
done
sign "$WORK/key" "$WORK/b"
publish "$WORK/b" "$(later 8)"
agent one
ok 'a broken one is tried' wait_until 20 tap_is_gone "${agent_pid[one]}"
code=0; stop "${agent_pid[one]}" 0 || code=$?
is "$code" 1 'and ends with a failure: whoever started it starts it again'
agent one
ok 'it is not tried a second time' wait_until 20 is_refused "$(later 8)" 'it did not come up'
ok 'the agent works as it was' wait_until 5 card_says "$ours"
stop "${agent_pid[one]}"
rm -r "$SHARE/agents/update/$(later 8)-$machine"
agent one
ok 'without it the last good one is taken again' wait_until 20 card_says "$(later 7)"

# ---- a person's word counts more ----
stop "${agent_pid[one]}" TERM
is $? 0 'told to end it ends'

# ---- off, and badly said ----
write_config "$WORK/agent.ini"
agent one
drop last frames=1-3
ok 'without update_from' wait_until 20 has_ended "$(job_of last)"
ok 'nothing is taken' wait_until 5 card_says "$ours"
stop "${agent_pid[one]}"
update_from 'update_from = share'
exits 3 'without signers it is refused' bfagent --once
like "$(cat "$WORK/err")" 'update_from = "share": want update_signers = a file' 'saying what is missing'
update_from 'update_from = https://example.org' "update_signers = $WORK/signers"
exits 3 'so is another source' bfagent --once
update_from 'update_from = share' 'update_signers = /nowhere/at/all'
exits 3 'and a file of signers that is not there' bfagent --once
done_testing
