#!/usr/bin/env bash
# An expert and two visitors in a browser: found, booked, briefed, moved, cancelled; one request
# accepted and one declined by the host's own pages; the meeting reviewed; a place on the waiting
# list. The first visit runs with scripts off, the others with axe looking at every page.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser
[ -f "$source_dir/tests/browser/node_modules/axe-core/axe.min.js" ] ||
  skip "axe is not installed: (cd tests/browser && npm ci --ignore-scripts)"

init_store --tz Europe/Moscow --locale en
flead slot rule add --host ira --offer talk --weekly "daily 00:00-24:00" --len 30m \
  --host-email ira@acme.test --json >/dev/null 2>&1
flead offer edit talk --questions "What do you want?|What have you tried?" --json >/dev/null 2>&1
flead offer add session --host ira --name "Session" --len 60m --on-request yes --json \
  >/dev/null 2>&1
flead slot rule add --host ira --offer session --weekly "daily 00:00-24:00" --json >/dev/null 2>&1
flead slot rule add --host hall --offer full --weekly "daily 00:00-24:00" --len 24h --horizon 1d \
  --json >/dev/null 2>&1
flead expert add ira --name "Ira Petrova" --headline "Product mentor" --topics "product,career" \
  --languages "ru,en" --about "Ten years of products." --json >/dev/null
flead expert add max --name "Max" --topics law --json >/dev/null
start_serve

step() {  # step NAME: sets seen, its JSON
  seen=$(FLEAD_BASE=$base node "$source_dir/tests/browser/expert.mjs" "$1" 2>browser.log) ||
    fail "$1: $(tail -5 browser.log)"
  check_eq "$(json "$seen" problems)" "[]" "errors of the pages at $1"
}
contact() { printf '{"name":"%s","email":"%s"}' "$1" "$2"; }

say "found and booked, with scripts off"
export FLEAD_NO_SCRIPT=1 FLEAD_CONTACT
FLEAD_CONTACT=$(contact Anna anna@example.org)
step find
check_eq "$(json "$seen" names)" '["Ira Petrova"]' "who is found by topic"
check_contains "$(json "$seen" url)" "/my/" "the visitor's own page"
unset FLEAD_NO_SCRIPT

say "found and booked, with axe looking on"
FLEAD_CONTACT=$(contact Boris boris@example.org)
step find
boris=$(json "$seen" url)
check_contains "$(json "$seen" looked)" "/m/acme/ira" "the pages that axe saw"

say "briefed, moved, cancelled"
FLEAD_MY=${boris%%\?*}?lang=en
export FLEAD_MY
step manage
check_contains "$(json "$seen" moved)" "moved" "after the move"
check_contains "$(json "$seen" cancelled)" "cancelled" "after the cancellation"
check_contains "$(flead booking list --status cancelled --json)" '"text":"A plan"' "the brief"

say "one request is accepted, another declined"
for person in vera gleb; do
  start=$(json "$(flead slot list --offer session --json 2>/dev/null)" \
    "$([ $person = vera ] && echo 30 || echo 40).starts_at")
  flead booking create --offer session --at "$start" --name $person \
    --email "$person@example.org" --consent processing --json >"$person.json" 2>/dev/null
done
FLEAD_LINK=$(json "$(flead expert link ira --json)" url)?lang=en
FLEAD_LINK=${FLEAD_LINK/#http:\/\/*\/h\//$base/h/}
export FLEAD_LINK
step decide
check_contains "$(json "$seen" accepted)" "confirmed" "the first request"
check_contains "$(json "$seen" declined)" "declined" "the second request"
vera=$(json "$(cat vera.json)" id) gleb=$(json "$(cat gleb.json)" id)
check_eq "$(json "$(flead booking show "$vera" --json)" status)" confirmed "the booking"
check_eq "$(json "$(flead booking show "$gleb" --json)" reason)" "On leave" "why not"
check_contains "$(flead booking notes "$vera" --json)" "Bring numbers" "the host's note"

say "who met reviews, once"
sqlite3 flead.db "UPDATE bookings SET starts_at_ms = starts_at_ms - 864000000,
  ends_at_ms = ends_at_ms - 864000000, busy_until_ms = busy_until_ms - 864000000
  WHERE id = '$vera'"
flead booking complete "$vera" >/dev/null
FLEAD_MY=$(json "$(flead booking show "$vera" --json)" manage_url)?lang=en
FLEAD_MY=${FLEAD_MY/#http:\/\/*\/my\//$base/my/}
step review
check_contains "$(json "$seen" text)" "Thank" "after the review"
check_eq "$(json "$(flead expert show ira --json)" rating)" "5.0" "the rating"

say "a full offer has a waiting list"
start=$(json "$(flead slot list --offer full --json 2>/dev/null)" 0.starts_at)
while [ "$(flead slot list --offer full --json 2>/dev/null | grep -c starts_at || true)" != 0 ]; do
  start=$(json "$(flead slot list --offer full --json 2>/dev/null)" 0.starts_at)
  flead booking create --offer full --at "$start" --name Full --email full@example.org \
    --consent processing --json >full.json 2>/dev/null
done
FLEAD_CONTACT=$(contact Dina dina@example.org)
step wait
check_contains "$(json "$seen" heading)" "waiting list" "on the list"
check_eq "$(json "$(flead waitlist list --json)" 0.status)" waiting "the list"
flead slot check >/dev/null || fail "slot check found something"
echo "expert: all as promised"
