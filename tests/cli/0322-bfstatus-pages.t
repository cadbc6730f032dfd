#!/bin/bash
# bfstatus --watch: every page and every key on a terminal, compared with what it looked like when somebody thought it
# good: tests/cli/0322-bfstatus-pages/PAGE. BF_UPDATE=1 writes these anew.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/terminal.sh"
golden=$(realpath "${0%.t}")
cd "$WORK" || exit 99
export LC_ALL=C.UTF-8
big=big_2026-01-02_030405 pano=pano_2026-01-03_030405
# so long that a narrow window always cuts it, wherever this runs
share=a-share-with-a-long-name-so-that-it-wraps
none=00000000000000000000000000000000

# ---- a share with something of everything, on which nobody works

"$BF_BIN/tests/makejob" $share 3000
"$BF_BIN/tests/makejob" cut 1 4x3
"$BF_BIN/tests/makejob" ended 1
# Beats so slow that nobody falls silent while we look.
sed -i 's/^beat_ms = .*/beat_ms = 86400000/; s/^lease_ms = .*/lease_ms = 172800000/' $share/agents/*
# copy FROM ID: a job of another share under another id.
copy() {
	cp -r "$1/jobs/$big" "$share/jobs/$2"
	sed -i "s/$big/$2/; s/^name = .*/name = \"${2%%_*}\"/" "$share/jobs/$2/job.ini"
}
copy cut "$pano"
tasks=$share/jobs/$pano/tasks/000
for n in 002 005; do
	old=$(echo "$tasks/f0001.p$n".*) run=${old/.done./.run.}
	mv "$old" "${run%.*}"
done
for n in 009 010 011 ; do mv "$(echo "$tasks/f0001.p$n".*)" "$tasks/f0001.p$n.open.1.0"; done
mv "$(echo "$tasks"/f0001.join.*)" "$tasks/f0001.join.open.1.0"
for n in $(seq 10 21); do
	copy ended "old${n}_2026-01-01_0000$n"
	job=$share/jobs/old${n}_2026-01-01_0000$n
	mv "$(echo "$job"/tasks/000/f0001.*)" "$job/tasks/000/f0001.done.1.0.laptop-defghj-0-0.$none"
	mv "$job/tasks/end/finish.open.1.0" "$job/tasks/end/finish.done.1.0.laptop-defghj-0-1.$none"
	: >"$job.ended"
done
printf 'Error: Out of memory\nBlender 3.4.1\nsome \033[2Jevil line\n' >"$share/jobs/$big/logs/f0001.1.tower.log"
printf 'the picture is 64x48, not 1920x1080\nmore\n' >"$share/jobs/$big/logs/f0998.1.laptop.log"
echo x >$share/queue/later.blend
echo x >$share/queue/rejected/bad.blend
echo 'it ends early' >$share/queue/rejected/bad.blend.why.txt

# ---- a terminal

screen() { tm capture-pane -p -t t 2>/dev/null | sed -e '1s|^/.*wraps  |/SHARE  |' -e '1s|^/[^S].*|/SHARE|'; }
open() { # WIDTH HEIGHT ARGUMENT...
	open_window "$1" "$2" "$BF_BIN/bfstatus --share $share --interval 0.5 --watch ${*:3}; echo code \$?; sleep 100"
}
same() { [ "$(screen)" = "$(cat "$golden/$1")" ]; }
# looks_like PAGE NAME: the screen becomes what is on record.
looks_like() {
	[ -z "${BF_UPDATE:-}" ] || { sleep 1.5; screen >"$golden/$1"; }
	if wait_until 20 same "$1"; then pass "$2"; else fail "$2"; diag "$(diff "$golden/$1" <(screen))"; fi
}

open 100 30
looks_like list 'the list'
keys Down
looks_like list-down 'a step down'
keys Up
looks_like list-again 'and up again'
keys a
looks_like list-all 'older jobs, too'
keys g
looks_like list-top 'the first'
keys G
keys Up
keys a
looks_like list-again 'the newest, without the older ones'
keys '?'
looks_like help 'help'
keys x
looks_like list-again 'any key leads back'
keys Enter
looks_like job 'a job'
keys Down
looks_like job-second 'its second failed task is selected'
keys l
looks_like log 'its log'
keys q
looks_like job-second 'back'
keys Escape
looks_like list-again 'and back'
keys l
looks_like log-first 'the log of the first, from the list'
keys q
looks_like list-again 'which is where it leads back'
keys Tab
keys Tab
looks_like list-again 'Tab goes round'

# ---- keys that change something

keys p
ok 'p pauses' wait_until 20 test -e "$share/jobs/$big/PAUSE"
ok 'and says so' wait_until 20 shows "^paused  $big"
ok 'which is seen' wait_until 20 shows "^> $big  paused"
keys r
ok 'r resumes' wait_until 20 shows "^goes on  $big"
not_ok 'the file is gone' test -e "$share/jobs/$big/PAUSE"
keys r
ok 'once' wait_until 20 shows "^it was not paused"
keys + +
ok '+ raises the priority' wait_until 20 test -e "$share/jobs/$big/PRIORITY.20"
keys -
ok '- lowers it' wait_until 20 test -e "$share/jobs/$big/PRIORITY.10"
not_ok 'in place of the old one' test -e "$share/jobs/$big/PRIORITY.20"
ok 'it is shown' wait_until 20 shows "^> $big  running  priority 10"
keys c
ok 'c asks' wait_until 20 shows '^cancel[?] y/n'
keys n
ok 'n does nothing' wait_until 20 shows '^not cancelled'
not_ok 'at all' test -e "$share/jobs/$big/CANCEL"
keys c y
ok 'y cancels' wait_until 20 test -e "$share/jobs/$big/CANCEL"
ok 'which is seen, too' wait_until 20 shows "^> $big  cancelled"
keys c
ok 'a job that has ended is not cancelled' wait_until 20 shows "has ended"
keys r
ok 'r takes it up again' wait_until 20 shows "^> $big  running"
not_ok 'without the file' test -e "$share/jobs/$big/CANCEL"
keys f
ok 'f takes up what failed' wait_until 20 shows "^2 tasks taken up again  $big"
ok 'both of them' test -e "$share/jobs/$big/tasks/000/f0001.open.2.0"
keys f
ok 'once' wait_until 20 shows "^no task of $big has failed"
keys x q
ok 'q leaves' wait_until 20 shows '^code 0'
close

# ---- one picture in pieces

open 100 40 pano
looks_like pieces 'the pieces of a picture'
mv "$(echo "$tasks/f0001.p009".*)" "$tasks/f0001.p009.done.1.0.laptop-defghj-0-9.$none"
looks_like pieces-more 'it fills up'
tm resize-window -t t -x 36 -y 25
looks_like pieces-narrow 'in a narrow window'
keys PageDown
looks_like pieces-narrow-below 'scrolled'
keys Home
looks_like pieces-narrow 'to the top'
keys q
ok 'with one job alone q leaves' wait_until 20 shows '^code 0'
close

# ---- narrow: keys are left out and not cut, help is wrapped

for width in 40 60 80; do
	open "$width" 24
	looks_like "list-$width" "the list in $width columns"
	keys Enter
	looks_like "job-$width" 'a job'
	keys '?'
	looks_like "help-$width" 'help'
	close
done

# ---- small, and nothing flickers

open 20 5
looks_like tiny 'a tiny terminal'
keys Tab
looks_like tiny-agents 'its other half'
keys Enter
looks_like tiny-job 'a job on it'
close

open 100 30
wait_until 20 shows '^q quit'
tm pipe-pane -t t "cat >$WORK/written"
touch $share/jobs/$big/PRIORITY.30
ok 'a change is drawn' wait_until 20 shows "^> $big  running  priority 30"
wrote() { [ "$(wc -c <written)" -gt 0 ]; }
ok 'something was written' wait_until 20 wrote
ok 'the line that differs, and no other' test "$(wc -c <written)" -lt 300
close
done_testing
