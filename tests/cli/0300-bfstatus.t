#!/bin/sh
# bfstatus: options, exit codes, what it says about a share, in text and in JSON.
set -eu
. "${0%/*}/../lib/tap.sh"
cd "$WORK"
status=$BF_BIN/bfstatus
unset BF_SHARE NO_COLOR
"$BF_BIN/tests/makejob" share 3000
job=big_2026-01-02_030405

# ---- options

exits 0 'help' "$status" --help
like "$(cat out)" '^usage: bfstatus' 'help goes to stdout'
exits 0 'version' "$status" --version
exits 2 'no share' "$status"
like "$(cat err)" 'BF_SHARE' 'it says how to name one'
exits 2 'an unknown option' "$status" --share share --frobnicate
exits 2 'two jobs' "$status" --share share a b
for interval in 0 -1 x 1x nan inf 1e9 ''; do
	exits 2 "an interval of \"$interval\"" "$status" --share share --interval "$interval"
done
exits 2 'an unknown colour' "$status" --share share --color sometimes
exits 3 'no such folder' "$status" --share nowhere
mkdir empty
exits 3 'not a share' "$status" --share empty
like "$(cat err)" 'not a blendfolder share' 'it says so'

# ---- text

exits 0 'everything' "$status" --share share
like "$(cat out)" "^$job  running" 'the job and its state'
like "$(cat out)" ' 49%  1498/3000 frames  8 running  [0-9]+ failed  1[0-9]+ waiting  36\.6 frames/min  ETA about 41 min' 'its figures'
like "$(cat out)" "^  output/$job\$" 'where the pictures are'
like "$(cat out)" '^  render-01  rendering' 'an agent'
is "$(grep -c "$(printf '\033')" out || :)" 0 'no colour in a file'
exits 0 'the same by the environment' env BF_SHARE=share "$status"
exits 0 'colour when asked for' "$status" --share share --color always
like "$(cat out)" "$(printf '\033')\\[" 'there it is'
exits 0 'one job by its name' "$status" --share share big
like "$(cat out)" '^  tower  +[0-9]+ tasks +17\.0 s each +\+26 % against the mean' 'its machines'
exits 0 'one job by its id' "$status" --share share "$job"
exits 2 'an unknown job' "$status" --share share bi
like "$(cat err)" 'no job bi on the share' 'it says so'
cp -r "share/jobs/$job" share/jobs/big_2026-01-02_030406
exits 2 'two jobs of one name' "$status" --share share big
like "$(cat err)" "$job, big_2026-01-02_030406" 'it lists them'
rm -r share/jobs/big_2026-01-02_030406

printf 'x' >share/queue/later.blend
printf 'x' >share/queue/rejected/bad.blend
printf 'it ends early\nmore\n' >share/queue/rejected/bad.blend.why.txt
exits 2 'a job that is queued only' "$status" --share share later
like "$(cat err)" 'still in the queue' 'it says so'
exits 2 'a job that was rejected' "$status" --share share bad
like "$(cat err)" 'bad.blend was rejected: it ends early' 'it says so'
exits 0 'queue' "$status" --share share
like "$(cat out)" '^  later\.blend$' 'what is queued'
like "$(cat out)" '^  bad\.blend:  it ends early$' 'what was rejected'

# ---- JSON, read by somebody who knows nothing of us

cat >check.py <<'PY'
import json, sys
for line in sys.stdin:
    d = json.loads(line)
    assert d["format"] == 1 and d["share"].startswith("/")
    for job in d["jobs"]:
        assert job["state"] in "planning running waiting paused done failed cancelled".split()
        for count in job["frames"], job["tasks"]:
            assert count["total"] == count["done"] + count["running"] + count["failed"] + count["waiting"]
        assert job["output"] == "output/" + job["id"]
        assert job["eta_s"] is None or job["eta_s"] >= 0
        assert isinstance(job["warnings"], list)
    for agent in d["agents"]:
        assert agent["state"] in "idle planning rendering paused stopping lost".split()
        assert {"name", "host", "job", "task", "percent", "seen_s"} <= agent.keys()
    for entry in d["rejected"]:
        assert entry["name"] and "why" in entry
    print(len(d["jobs"]), len(d["agents"]), len(d["rejected"]), [q["name"] for q in d["queued"]])
PY
exits 0 'JSON' "$status" --share share --json
is "$(wc -l <out)" 1 'one line'
is "$(python3 check.py <out)" "1 8 1 ['later.blend']" 'it holds what it should'
evil=$(printf 'e\033[2J\n"\\\377.blend')
printf 'x' >"share/queue/$evil"
exits 0 'JSON with an evil name' "$status" --share share --json
like "$(python3 check.py <out)" '^1 8 1 .*e.x1b\[2J.n".+�\.blend.*later' 'it is told, not done'
exits 0 'text with an evil name' "$status" --share share
is "$(grep -c "$(printf '\033')" out || :)" 0 'nothing of it reaches the terminal'
like "$(cat out)" 'e\\x1b\[2J\\x0a"\\\\xff\.blend' 'it can still be recognised'
rm "share/queue/$evil"
exits 1 'a full disk' sh -c "$status --share share >/dev/full"
done_testing
