#!/bin/bash
# bfstatus JOB on a terminal: a thumbnail of the newest picture, drawn by chafa.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/terminal.sh"
cd "$WORK" || exit 99
export LC_ALL=C.UTF-8
"$BF_BIN/tests/makejob" share 3000
output=share/output/big_2026-01-02_030405
mkdir -p "$output" bin
# The journals agree on when their last frames ended, so any of them may be the newest.
convert -size 64x36 xc:red red.png
for n in $(seq 1480 1500); do cp red.png "$output/$n.png"; done

# A chafa of our own: says how it was called, what it got, and things that no terminal should see.
cat >bin/chafa <<'SH'
#!/bin/sh
echo "$*" >>"$CHAFA_LOG"
cksum >>"$CHAFA_LOG"
[ -z "$CHAFA_HANGS" ] || exec sleep 1000
printf '\033[31mPICTURE\033[0m\033[2J\033]0;title\007\nbelow\n'
SH
chmod +x bin/chafa
export CHAFA_LOG=$WORK/chafa.log CHAFA_HANGS=''

open() { # COMMAND
	open_window 80 50 "CHAFA_HANGS=$CHAFA_HANGS PATH=$WORK/bin:\$PATH; export PATH CHAFA_HANGS; $*; echo code \$?; sleep 100"
}
calls() { if [ -e chafa.log ]; then grep -c -- --format chafa.log; else echo 0; fi; }

open "$BF_BIN/bfstatus --share share big"
ok 'a thumbnail is shown' wait_until 20 shows '^PICTURE\[2J\]0;title$'
ok 'with what it shows' shows '^picture of frame 1[45][0-9][0-9]$'
ok 'below all that is told' shows '^below'
like "$(cat chafa.log)" '^--format=symbols .*--size=60x16 -$' 'chafa is told the size'
like "$(cat chafa.log)" "^$(cksum <red.png)" 'and given the picture'
close
rm chafa.log
exits 0 'into a pipe' env PATH="$WORK/bin:$PATH" "$BF_BIN/bfstatus" --share share big
is "$(calls)" 0 'there is none'
open "$BF_BIN/bfstatus --share share --no-picture big"
ok 'nor when it is not wanted' wait_until 20 shows '^code 0'
is "$(calls)" 0 'really'
close
open "NO_COLOR=1 $BF_BIN/bfstatus --share share big"
ok 'nor without colour' wait_until 20 shows '^code 0'
is "$(calls)" 0 'either'
close

open "$BF_BIN/bfstatus --share share --watch --interval 0.1 big"
ok 'on the screen' wait_until 20 shows '^  PICTURE'
touch share/jobs/big_2026-01-02_030405/PAUSE
ok 'looked at again and again' wait_until 20 shows '^  big_2026-01-02_030405  paused'
is "$(calls)" 1 'the same picture is drawn once'
keys q
ok 'it ends' wait_until 20 shows '^code 0'
close

CHAFA_HANGS=1
open "$BF_BIN/bfstatus --share share big"
ok 'a chafa that hangs is not waited for' wait_until 20 shows '^code 0'
close
rm bin/chafa
open "$BF_BIN/bfstatus --share share big"
ok 'the real one draws' wait_until 20 shows '^code 0'
ok 'in colour' sh -c "tmux -S '$WORK/tmux' capture-pane -p -e -t t | grep -q '48;[25];\|41m\|101m'"
close
done_testing
