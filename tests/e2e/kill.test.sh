#!/usr/bin/env bash
# Load from several connections, SIGKILL at random moments, ROUNDS times over one store (8 here; the
# figure in the README is of 500: ROUNDS=500 tests/e2e/kill.test.sh). Then the count: every request
# that was answered 2xx is there exactly once with its event, consent and job; nobody was greeted
# twice; the store is whole after each round, and so is a copy taken in the middle of it.
source "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-8}

init_store --tz UTC
"$python" "$e2e_dir/kill.py" "$flead_bin" "$folder/flead.db" "$pk" "$rounds" "$(free_port)"
