#!/usr/bin/env bash
# An offer that is booked at Cal.com, the real binary against its double: the way there by our own
# link, what is booked, moved, called off and missed there told by its webhook and found by asking,
# forged calls, a lost key, and the way back.
source "$(dirname "$0")/lib.sh"

init_store --name Acme --locale ru --tz Europe/Moscow
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve calcom --listen "127.0.0.1:$mock_port"
wait_until 15 "the double" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
serve_port=$(free_port)
export FLEAD_BASE_URL="http://127.0.0.1:$serve_port"
start_serve
echo 'cal_live_0fake0key' >key.txt
flead offer add session --host me --name "Разговор" --len 60m >/dev/null
account() { curl -sf --max-time 5 -X POST "$mock/_mock/calcom/account" -d "${1:-{\}}"; }
trigger() {
  flead trigger "$@" --mock "$mock" >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
}
day=$(date -u -d '+2 days' +%F)
bookings() { flead booking list --offer session --json; }
there() { json "$(account)" "bookings.$1"; }

say "a wrong key and an unknown type are refused, and keep nothing"
account '{"key":"cal_live_0fake0key"}' >/dev/null
echo 'cal_live_another' >wrong.txt
fails_with 7 flead offer calcom connect session --base-url "$mock/calcom" --secret-file wrong.txt
fails_with 2 flead offer calcom connect session --base-url "$mock/calcom" --secret-file key.txt
check_contains "$err" 'consult, intro' "the types there are"
fails_with 6 flead offer calcom connect session --base-url "$mock/calcom" --secret-file key.txt \
  --event-type nothing
fails_with 3 flead offer calcom sync session

say "connected: who the key is, the type, our webhook"
flead offer calcom connect session --base-url "$mock/calcom" --event-type consult --hook yes \
  --secret-file key.txt --json >connect.json 2>connect.log || fail "connect: $(cat connect.log)"
link=$(json "$(cat connect.json)" id)
page="$mock/calcom/anna/consult"
check_eq "$(json "$(cat connect.json)" page)" "$page" "the page"
check_eq "$(json "$(account)" webhooks.0.subscriberUrl)" "$base/hooks/calcom/$link" "the hook"
flead offer calcom connect session >/dev/null 2>&1
check_eq "$(json "$(flead offer show session --json)" calcom.hook)" true "connected again"
check_eq "$(json_length "$(json "$(account)" webhooks)")" 1 "webhooks after connecting twice"
check_lacks "$(cat connect.json connect.log)" 'cal_live' "what is printed"
! grep -q 'cal_live_0fake0key' flead.db* || fail "the key lies open in the store"

say "times are chosen there"
request GET "/api/v1/slots?offer=session&key=$pk"
check_eq "$status" 422 "free slots of ours"
check_contains "$body" 'booked_elsewhere' "why"
fails_with 6 flead slot list --offer session
check_contains "$err" "$page" "where to book"

say "our link leads there, filled in only when it was sent to the person"
request POST "/api/v1/leads?key=$pk" -H 'Content-Type: application/json' --data-binary \
  '{"name":"Анна","email":"anna@example.com","consent":{"purposes":["processing"]}}'
lead=$(json "$body" id)
request GET "$(json "$body" booking_url)"
check_eq "$status" 303 "the way there"
plain=$(grep -i '^location:' <<<"$head" | cut -d' ' -f2-)
check_contains "$plain" "$page?metadata%5Bflead_lead%5D=" "the way there"
check_lacks "$plain" anna@ "a link that anybody may have asked for"
greeted() { flead message list --json | grep -q lead.greeting; }
wait_until 20 "the greeting" greeted
sent=$(flead message list --json | grep -o "$base/b/acme[^\" \\\\]*" | head -1)
check_contains "$sent" '&p=' "the link that was sent"
request GET "${sent//&amp;/&}"
whole=$(grep -i '^location:' <<<"$head" | cut -d' ' -f2-)
check_contains "$whole" 'email=anna%40example.com' "the link that was sent"

say "she books there, and is booked here"
mark=$(sed 's/.*flead_lead%5D=//' <<<"$whole")
request GET "$whole"
check_contains "$body" "value=\"anna@example.com\"" "the page there"
request POST "$page" -d name=Анна -d email=other@example.com -d "start=${day}T10:00:00.000Z" \
  --data-urlencode "metadata[flead_lead]=$mark"
check_eq "$status" 200 "booking there"
uid=$(there 0.uid)
trigger calcom.told --set trigger=BOOKING_CREATED
booked() { [[ $(bookings) == *'"confirmed"'* ]]; }
wait_until 20 "the booking here" booked
check_eq "$(json "$(bookings)" 0.lead)" "$lead" "whose it is"
check_eq "$(json "$(bookings)" 0.starts_at)" "${day}T10:00:00.000Z" "when it is"
check_eq "$(json "$(flead lead show "$lead" --json)" status)" booked "the lead"
check_eq "$(json_length "$(flead message list --json)")" 1 "messages: Cal.com writes to her, not we"
booking=$(json "$(bookings)" 0.id)
fails_with 6 flead booking cancel "$booking" --yes
check_contains "$err" 'Cal.com' "where it is changed"

say "the same call again, and an old one, change nothing"
trigger calcom.told --set trigger=BOOKING_CREATED --set times=3
flead offer calcom sync session >/dev/null
check_eq "$(json_length "$(bookings)")" 1 "bookings"

calls=$(flead offer calcom calls session --json)
check_eq "$(json_length "$calls")" 1 "calls that are kept"
check_contains "$calls" BOOKING_CREATED "what was told"
check_contains "$(flead doctor --json 2>/dev/null || true)" '"1 offers"' "doctor"

say "moved there, moved here: the same booking"
trigger calcom.rescheduled --set "starts_at=${day}T14:00:00Z"
moved() { [[ $(bookings) == *"${day}T14:00"* ]]; }
wait_until 20 "the new time" moved
check_eq "$(json_length "$(bookings)")" 1 "bookings"
check_eq "$(json "$(bookings)" 0.id)" "$booking" "the booking"
[ "$(there 1.uid)" != "$uid" ] || fail "the double gave no new uid"

say "a lost call is found by asking; a stranger becomes a lead"
trigger calcom.created --set name=Борис --set email=boris@example.com \
  --set "starts_at=${day}T12:00:00Z" --set tell=false
flead offer calcom sync session --json >sync.json
check_eq "$(json "$(cat sync.json)" error)" '' "the look"
check_eq "$(json_length "$(bookings)")" 2 "bookings"
check_eq "$(json "$(flead lead show boris@example.com --json)" status)" booked "the stranger"
check_eq "$(json "$(flead lead show boris@example.com --json)" source)" calcom "where he came from"

say "called off there, called off here"
trigger calcom.cancelled --set reason=Передумал
off() { [[ $(bookings) == *'"cancelled"'* ]]; }
wait_until 20 "the cancellation" off
check_eq "$(json "$(flead lead show boris@example.com --json)" status)" new "the stranger"

say "forged, bare and templated calls are refused"
request POST "/hooks/calcom/$link" -H 'X-Cal-Signature-256: no-secret-provided' \
  --data-binary '{"triggerEvent":"BOOKING_CANCELLED","payload":{"uid":"x"}}'
check_eq "$status" 401 "a call without a secret"
answer_to() { json "$(cat trigger.log)" data.0.status; }
for wrong in bad_signature no_secret; do
  flead trigger calcom.told --set "$wrong=true" --mock "$mock" --json >trigger.log 2>&1 || true
  check_contains "$(cat trigger.log)" 401 "the answer to $wrong"
done
flead trigger calcom.told --set template=true --mock "$mock" --json >trigger.log 2>&1 || true
check_contains "$(cat trigger.log)" 400 "the answer to a template"
trigger calcom.ping

say "too many requests and a key taken back are said, and asked about later"
account '{"flood":true}' >/dev/null
fails_with 7 flead offer calcom sync session
account '{"flood":false,"key":"cal_live_new"}' >/dev/null
fails_with 7 flead offer calcom sync session
check_contains "$(flead offer show session --json)" 'HTTP 401' "offer show"
check_contains "$(flead doctor --json 2>/dev/null || true)" 'HTTP 401' "doctor"
account '{"key":"cal_live_0fake0key"}' >/dev/null
flead offer calcom sync session >/dev/null
flead slot check >/dev/null

say "erased is erased: nothing told there brings her back"
flead privacy erase "$lead" --yes >/dev/null 2>&1
trigger calcom.cancelled --set "uid=$(there 1.uid)"
flead offer calcom sync session >/dev/null
fails_with 3 flead lead show anna@example.com
fails_with 3 flead lead show other@example.com

say "disconnected: ours again, and their webhook is gone"
flead offer calcom disconnect session --yes >/dev/null 2>&1
check_eq "$(json_length "$(json "$(account)" webhooks)")" 0 "webhooks there"
request GET "/b/acme/session"
check_eq "$status" 200 "our own page"

stop_serve
check_eq "$serve_exit" 0 "exit of serve"
flead db check >/dev/null
