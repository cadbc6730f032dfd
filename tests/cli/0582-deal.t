#!/bin/bash
# Pieces of known cost dealt out to machines of mixed speed, in virtual time, and always the same: within bounds of the ideal.
. "${0%/*}/../lib/tap.sh"
exits 0 'every farm is done in time' "$BF_BIN/tests/dealsim"
like "$(cat "$WORK/out")" '^4, one at a quarter  .* skewed ' 'there are farms with a slow machine'
ok 'and many others' test "$(grep -c '^[0-9]' "$WORK/out")" -ge 50
done_testing
