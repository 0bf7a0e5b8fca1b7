#!/usr/bin/env bash
# A disk that fails: each write and flush of a request in turn, once with an I/O error and once as a
# full disk; then a disk that stays full for a while. Each time the answer is 201 or a clear 503,
# the next request works without a restart, and what was answered is there.
source "$(dirname "$0")/lib.sh"
shim=${FAILING_IO:?the library that fails on demand}
[ -f "$shim" ] || skip "the failing disk was not built"

init_store --tz UTC
"$python" "$e2e_dir/disk.py" "$flead_bin" "$folder/flead.db" "$pk" "$(free_port)" "$shim"
