#!/usr/bin/env bash
# The slot is taken by another just before: the page says so and offers the next one; nobody has the
# same time twice.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser
need_smtp

init_store --locale ru --tz Europe/Moscow
start_mail mail
add_email_channel "$smtp_port"
add_slots
start_serve
send_by_widget '{"name":"Глеб","email":"gleb@example.test"}'
mail_to mail 1
link=$(mail_link mail/1.eml)

# The rival takes the first free slot by the API, between the visitor's choice and confirmation.
cat >rival.sh <<RIVAL
set -eu
slot=\$(curl -sf "$base/api/v1/slots?limit=1" -H "Authorization: Bearer $pk" |
  $python -c 'import json,sys; print(json.load(sys.stdin)["data"][0]["starts_at"])')
consent='{"purposes":["processing"]}'
curl -sf "$base/api/v1/bookings?key=$pk" -H 'Content-Type: application/json' \\
  -d "{\"starts_at\":\"\$slot\",\"contact\":{\"phone\":\"+79000000099\",\"consent\":\$consent}}" \\
  >rival.json
RIVAL
book_by_link "$link" --before-confirm "bash $folder/rival.sh"
check_eq "$(json "$booked" refused)" true "the page after the slot was taken"

listed=$(flead booking list --json)
check_eq "$(json_length "$listed")" 2 "bookings"
taken=$(json "$(cat rival.json)" starts_at)
mine=$(json "$(flead booking list --lead "$lead" --json)" 0.starts_at)
[ "$taken" != "$mine" ] || fail "both have $mine"
check_eq "$(json "$(flead lead show "$lead" --json)" status)" booked "the visitor"
mail_to mail 2
mail_calendar mail/2.eml >invite.ics
check_calendar invite.ics "$mine" REQUEST 0
flead slot check >/dev/null || fail "slot check found a fault"

say "by the API, the taken slot is a conflict"
post_json /api/v1/bookings "{\"starts_at\":\"$taken\",\"lead\":\"$lead\"}"
check_eq "$status" 409 "the taken slot"
check_eq "$(json "$body" code)" slot_taken "its code"
