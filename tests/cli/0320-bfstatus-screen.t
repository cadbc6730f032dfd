#!/bin/sh
# bfstatus --watch on a terminal: it draws, follows the size, and gives the terminal back.
set -eu
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/terminal.sh"
cd "$WORK"
"$BF_BIN/tests/makejob" share 3000

# open WIDTH HEIGHT ARGUMENT...: a terminal in which bfstatus is started by a shell.
open() {
	width=$1 height=$2; shift 2
	cat >run.sh <<SH
trap : INT
echo before
"$BF_BIN/bfstatus" --share share --interval 0.2 $* ; echo "code \$?"; stty -a | grep -o -e '-*icanon'; exec sleep 1000
SH
	open_window "$width" "$height" 'sh run.sh'
}

open 80 24 --watch
ok 'it draws' wait_until 20 shows '^> big_2026.*running'
not_ok 'on a screen of its own' shows before
like "$(tm capture-pane -p -e -t t)" "$(printf '\033')\\[3" 'colours are used'
: >share/jobs/big_2026-01-02_030405/PAUSE
ok 'it follows what happens' wait_until 20 shows '^> big_2026.*paused'
keys q
ok 'q leaves' wait_until 20 shows '^code 0'
ok 'the old screen is back' shows '^before'
ok 'the terminal takes lines again' wait_until 20 shows '^icanon'
close

open 80 24 --watch
wait_until 20 shows '^> big_2026'
keys C-c
ok 'Ctrl-C leaves' wait_until 20 shows '^code 0'
close

open 80 24 --watch
wait_until 20 shows '^> big_2026'
shell=$(tm list-panes -t t -F '#{pane_pid}')
kill -TERM "$(tr -d ' ' <"/proc/$shell/task/$shell/children")"
ok 'SIGTERM ends it' wait_until 20 shows '^code 143'
ok 'with the terminal given back' shows '^before'
ok 'and its lines' wait_until 20 shows '^icanon'
close

open 80 24 --watch --wait
wait_until 20 shows '^> big_2026'
keys q
ok 'left before the end' wait_until 20 shows '^code 5'
close

open 20 5 --watch
ok 'a tiny terminal' wait_until 20 shows '^q quit  [?] help'
is "$(screen | wc -l)" 5 'is filled, not more'
ok 'from the top' shows '^> big_2026-01-02_03$'
tm resize-window -t t -x 100 -y 30
ok 'a larger one shows more' wait_until 20 shows '^ +tower +rendering'
close

# Elsewhere it prints blocks.
start env TERM=dumb "$BF_BIN/bfstatus" --share share --watch --interval 0.1
log=$started_log
two_blocks() { [ "$(grep -c '^big_' "$log")" -ge 2 ]; }
ok 'a file gets blocks' wait_until 20 two_blocks
is "$(grep -c "$(printf '\033')" "$log" || :)" 0 'without escapes'
stop "$started" || :
done_testing
