#!/usr/bin/env bash
# A power cut at ROUNDS random moments of a busy server (30 here). A store is made of what had been
# flushed by then, and of any part of what had not: every request that was answered 2xx before is
# there exactly once with its event, consent and job, and the store is whole. Then the same on disks
# that lie of their flushes, of the log's, the database's and the folder's, and that is noticed.
source "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-30}
shim=${RECORDED_IO:?the library that keeps the disk\'s diary}
[ -f "$shim" ] || skip "the recorded disk was not built"

init_store --tz UTC
# A static binary does not take it. On a store of its own: whoever only
# looks at one leaves a log behind, and the first life is to make its own.
LD_PRELOAD=$shim FLEAD_RECORD_STORE=$folder/try.db FLEAD_RECORD_LOG=$folder/try.diary \
  "$flead_bin" --db "$folder/try.db" init --tenant acme --test >try.log 2>&1 || true
[ -s try.diary ] || skip "nothing can be preloaded into this binary"

cut_power() {
  "$python" "$e2e_dir/power.py" "$flead_bin" "$folder/flead.db" "$pk" "$1" "$(free_port)" "$shim" \
    "${@:2}"
}
cut_power "$rounds"
for letter in w d n; do
  fails_with 3 cut_power 60 "$letter"
  say "$(tail -1 <<<"$out" | cut -c 3-)"
done
