#!/usr/bin/env bash
# A backup while leads come in, a person who is erased, and the older backup put back: everything of
# it is there again, but for that person.
source "$(dirname "$0")/lib.sh"
init_store
start_serve

lead_of() { printf '{"phone":"+7900%07d","consent":{"purposes":["processing"]}}' "$1"; }
leads_in() { sqlite3 -readonly "$1" 'SELECT COUNT(*) FROM leads'; }

# Posts until the file `enough` is there; a line in accepted.txt for each 201.
post_on() {
  local n=1000 code
  while [ ! -e enough ]; do
    n=$((n + 1))
    code=$(curl -s -o /dev/null -w '%{http_code}' --max-time 20 \
      -H 'Content-Type: application/json' -H "Authorization: Bearer $pk" \
      --data-binary "$(lead_of $n)" "$base/api/v1/leads") || code=000
    [ "$code" = 201 ] && echo "$n" >>accepted.txt
  done
}
accepted() { wc -l <accepted.txt; }
more_than() { [ "$(accepted)" -gt "$1" ]; }

say "a backup while leads come in: complete, checked, private, without the key"
post_json /api/v1/leads "$(lead_of 1)"
check_eq "$status" 201 "the first lead"
gone=$(json "$body" id)
: >accepted.txt
start_background poster post_on
wait_until 20 "some leads" more_than 20
made=$(flead backup --verify --json 2>backup.log) || fail "backup: $(cat backup.log)"
check_contains "$(cat backup.log)" "key is not in it" "what backup says"
file=$(json "$made" file)
check_eq "$(json "$made" verified)" true "verified"
check_eq "$(stat -c %a "$file")" 600 "its mode"
check_eq "$(sha256sum <"$file" | cut -d' ' -f1)" "$(json "$made" sha256)" "its digest"
check_eq "$(json "$made" leads)" "$(leads_in "$file")" "its leads"
[ "$(json "$made" leads)" -gt 20 ] || fail "leads in the backup: $made"
if grep -qF "$(cat flead.db.key)" "$file"; then fail "the key is in the backup"; fi
during=$(accepted)
wait_until 20 "leads after the backup" more_than $((during + 5))
touch enough
wait "$background_pid" || true
check_eq "$(leads_in flead.db)" $((1 + $(accepted))) "leads in the store"
check_eq "$(ls backups | wc -l)" 1 "files in the folder"

say "only so many are kept, the newest"
for second in 1 2 3; do
  flead backup --keep 2 --now "2030-01-0${second}T00:00Z" --json >kept.json 2>/dev/null
done
check_eq "$(ls backups | wc -l)" 2 "backups"
check_contains "$(ls backups)" flead-20300103T000000Z.db "backups"
flead backup -o "$folder/first.db" --json >/dev/null 2>&1  # before somebody is erased

say "a person is erased; figures and rows say so"
fails_with 2 flead privacy erase "$gone"
fails_with 0 flead privacy erase "$gone" --reason "request 12" --yes --json
check_eq "$(json "$out" lead)" "$gone" "what was erased"
fails_with 0 flead privacy erase "$gone" --yes
fails_with 3 flead lead show "$gone"
get_as "$token" "/api/v1/leads/$gone"
check_eq "$status" 404 "the erased lead"
fails_with 0 flead db check
fails_with 0 flead privacy list --json
check_eq "$(json "$out" 0.lead)" "$gone" "privacy list"
echo "$out" >erasures.json

say "a rehearsal beside serve changes nothing and says what would be there"
before=$(store_digest)
fails_with 0 flead restore first.db --check --json
check_eq "$(json "$out" erased_again)" 1 "erased again"
check_eq "$(json "$out" leads)" "$(accepted)" "leads that would be there"
check_eq "$(json "$out" restored)" false "restored"
check_eq "$(store_digest)" "$before" "the store after the rehearsal"
[ -z "$(ls | grep -E 'rehearsal|restor')" ] || fail "left behind: $(ls)"

say "restoring while serve runs is refused"
fails_with 9 flead restore first.db --yes
check_contains "$err" "serve" "what it says"
check_eq "$(store_digest)" "$before" "the store after the refusal"
check_eq "$(json "$(flead db status --json)" in_use)" true "in_use"
stop_serve
check_eq "$(json "$(flead db status --json)" in_use)" false "in_use"

say "what is no sound backup is refused, with exit 9, and nothing changes"
before=$(store_digest)
head -c 40000 first.db >cut.db
echo words >words.db
for bad in cut.db words.db; do
  fails_with 9 flead restore "$bad" --yes
  check_eq "$(store_digest)" "$before" "the store after $bad"
done
fails_with 3 flead restore nowhere.db --yes
fails_with 2 flead restore first.db
check_contains "$err" "--yes" "without --yes"

say "the older backup is put back: the erased person stays erased"
mode=$(stat -c %a flead.db)
fails_with 0 flead restore first.db --yes --json
check_eq "$(json "$out" erased_again)" 1 "erased again"
check_eq "$(leads_in flead.db)" "$(accepted)" "leads"
check_eq "$(stat -c %a flead.db)" "$mode" "mode of the store"
fails_with 3 flead lead show "$gone"
fails_with 0 flead db check
if grep -qF 79000000001 flead.db; then fail "the erased number is in the file"; fi
[ -s flead.db.before-restore ] || fail "the store that was there was not kept"

say "on a machine that knows nothing, a list says who was erased"
mkdir other
fails_with 0 flead --db other/flead.db restore first.db --json
check_eq "$(json "$out" erased_again)" 0 "without the list"
check_eq "$(json "$out" kept)" null "kept"
fails_with 0 flead --db other/flead.db restore first.db --erasures erasures.json --yes --json
check_eq "$(json "$out" erased_again)" 1 "with the list"

say "serve goes on with the restored store"
start_serve
post_json /api/v1/leads "$(lead_of 7)"
check_eq "$status" 201 "a lead afterwards"
stop_serve

say "db vacuum, recount and check"
fails_with 0 flead db vacuum --json
fails_with 0 flead db recount
sqlite3 flead.db "UPDATE lead_totals SET count = count + 1"
fails_with 9 flead db check --json
check_eq "$(json "$err" error.code)" counters_differ "a wrong figure"
fails_with 0 flead db recount
fails_with 0 flead db check

say "of two work --once the second says so and ends"
"$python" - flead.db.lock <<'PY' &
import fcntl, os, struct, sys, time
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(file, 37, struct.pack("hh4xqqi4x", fcntl.F_WRLCK, 0, 1, 1, 0))  # F_OFD_SETLK
open("held", "w").close()
time.sleep(30)
PY
holder=$!
started_pids+=("$holder")
wait_until 10 "the lock" test -e held
fails_with 0 flead work --once
check_contains "$err" "Another" "what the second says"
kill "$holder"
wait "$holder" 2>/dev/null || true
fails_with 0 flead work --once
check_lacks "$err" "Another" "afterwards"
