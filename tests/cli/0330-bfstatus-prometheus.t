#!/bin/bash
# bfstatus --prometheus and --output: metrics that Prometheus takes, in a file that is never half.
. "${0%/*}/../lib/tap.sh"
cd "$WORK" || exit 99
status=$BF_BIN/bfstatus
unset BF_SHARE NO_COLOR
"$BF_BIN/tests/makejob" share 3000
job=big_2026-01-02_030405
evil=$(printf 'e\033[2J"\\\n\377.blend')
echo x >"share/queue/$evil"

# The text format as its documentation has it, by somebody who knows nothing of us.
cat >check.py <<'PY'
import re, sys
text = sys.stdin.buffer.read().decode("utf-8")
assert text.endswith("\n") and "\033" not in text
name = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
sample = re.compile(r'(%s)(?:\{((?:%s="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?[0-9.]+)' % (name, name))
family, helped, typed, seen = None, set(), set(), set()
for line in text.split("\n")[:-1]:
    if line.startswith("# HELP "):
        family = line.split()[2]
        assert family not in helped, line
        helped.add(family)
    elif line.startswith("# TYPE "):
        assert line.split()[2] == family and line.split()[3] in ("gauge", "counter"), line
        typed.add(family)
    else:
        match = sample.fullmatch(line)
        assert match and match[1] == family and family in typed, line
        assert line.rsplit(" ", 1)[0] not in seen, line
        seen.add(line.rsplit(" ", 1)[0])
        float(match[3])
print(len(helped), len(seen))
PY
exits 0 'metrics' "$status" --share share --prometheus
like "$(python3 check.py <out)" '^1[0-9] [0-9]+$' 'are as the format wants them'
like "$(cat out)" "^blendfolder_job_frames\{job=\"$job\",state=\"done\"\} 1498\$" 'and say how far a job is'
like "$(cat out)" '^blendfolder_agents\{state="rendering"\} 8$' 'who works'
like "$(cat out)" '^blendfolder_queued\{held="no"\} 1$' 'and what waits'
if command -v promtool >/dev/null; then
	ok 'promtool finds nothing wrong' sh -c 'promtool check metrics <out'
else
	skip 'promtool finds nothing wrong' 'optional: promtool is not installed'
fi
exits 0 'one job' "$status" --share share --prometheus "$job"
ok 'is right, too' sh -c 'python3 check.py <out >/dev/null'

exits 0 'into a file' "$status" --share share --prometheus -o farm.prom
ok 'which holds them' sh -c 'python3 check.py <farm.prom >/dev/null'
is "$(cat out)" '' 'and nothing goes elsewhere'
is "$(find . -maxdepth 1 -name 'farm*' | wc -l)" 1 'no other file is left'
before=$(stat -c %i farm.prom)
exits 0 'again' "$status" --share share --prometheus -o farm.prom
isnt "$(stat -c %i farm.prom)" "$before" 'in one step: it is another file'
exits 0 'JSON into a file' "$status" --share share --json --output farm.json
ok 'which holds it' python3 -c 'import json; json.load(open("farm.json"))'
exits 1 'where there is no folder' "$status" --share share --prometheus -o nowhere/farm.prom
like "$(cat err)" 'cannot write: .*nowhere/farm.prom' 'it says so'
exits 2 'without a name' "$status" --share share --prometheus -o ''
exits 2 'two formats at once' "$status" --share share --prometheus --json

# With --watch the file follows.
start "$status" --share share --prometheus --watch --interval 0.2 -o watched.prom
follows() { grep -q "^blendfolder_job_info{job=\"$job\",name=\"big\",state=\"paused\"} 1" watched.prom 2>/dev/null; }
ok 'a file is written' wait_until 20 test -s watched.prom
touch "share/jobs/$job/PAUSE"
ok 'and follows what happens' wait_until 20 follows
stop "$started" || :
done_testing
