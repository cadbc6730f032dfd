#!/bin/bash
# bfstatus --watch and a share that goes away, or whose server does not answer.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/terminal.sh"
cd "$WORK" || exit 99
export LC_ALL=C.UTF-8
"$BF_BIN/tests/makejob" share 3
job=big_2026-01-02_030405

open() { open_window 90 24 "$*; echo code \$?; stty -a | grep -o -e '-*icanon'; sleep 100"; } # COMMAND...

open "$BF_BIN/bfstatus" --share share --interval 0.2 --watch
ok 'it draws' wait_until 20 shows "^> $job"
mkdir gone
mv share/* gone
ok 'the share is gone: it says so' wait_until 20 shows '^the share cannot be read: '
ok 'and shows what was known' shows "^> $job"
keys p
ok 'what cannot be done is said' wait_until 20 shows '^there is no job big_'
mv gone/* share
ok 'it is back' wait_until 20 shows_not 'cannot be read'
keys p
ok 'and works' wait_until 20 test -e "share/jobs/$job/PAUSE"
keys x
mv "share/jobs/$job" elsewhere
ok 'a job that was removed is gone' wait_until 20 shows_not "^> $job"
keys p
ok 'and nothing can be done with it' wait_until 20 shows '^there is no job to do that with'
mv elsewhere "share/jobs/$job"
keys q
ok 'q leaves' wait_until 20 shows '^code 0'
close

# One job alone, removed.
open "$BF_BIN/bfstatus" --share share --interval 0.2 --watch big
ok 'one job' wait_until 20 shows "^  $job"
mv "share/jobs/$job" elsewhere
ok 'that is removed ends it, and the reason stays' wait_until 20 shows "^bfstatus: $job was removed"
ok 'on the old screen' shows '^code 0'
mv elsewhere "share/jobs/$job"
close

# A server that does not answer: a look that lists more than so many directories does not come back.
if [ -z "${BF_SANITIZER:-}" ] && strace -o /dev/null -e inject=getdents64:delay_enter=1:when=1 ls >/dev/null 2>&1; then
	# strace itself waits for the end of the delay, and so does whoever waits for it
	cat >slow.sh <<-SH
		echo before
		echo \$\$ >strace.pid
		exec strace -f -qq -o /dev/null -e trace=getdents64 -e inject=getdents64:delay_enter=500000000:when=60+ \\
			"$BF_BIN/bfstatus" --share share --interval 0.2 --watch
	SH
	open sh slow.sh
	ok 'it draws' wait_until 20 shows "^> $job"
	slow=$(ps -o pid= --ppid "$(cat strace.pid)" | tr -d ' ')
	ok 'it runs' is_running "$slow"
	for n in 1 2 3 4 5 6 7 8; do cp -r "share/jobs/$job" "share/jobs/more${n}_2026-01-02_030405"; done
	ok 'no answer: it says so' wait_until 30 shows '^no answer from the share for [0-9]+ s; q leaves'
	ok 'what was known stays' shows "^> $job"
	tm resize-window -t t -x 70 -y 20
	ok 'the screen lives' wait_until 20 shows '^no answer from the share for ([4-9]|[1-9][0-9]) s; q leaves'
	keys q
	ok 'q leaves all the same' wait_until 20 tap_is_gone "$slow"
	ok 'with the terminal given back' wait_until 20 shows '^before'
	kill -s KILL "$(cat strace.pid)"
	close
else
	skip 'a server that does not answer' 'optional: strace cannot trace here'
fi
done_testing
