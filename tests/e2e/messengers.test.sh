#!/usr/bin/env bash
# Both ways on messengers, the real binary against the doubles: by hook (Telegram), and by asking
# (MAX), with a forged call in between.
source "$(dirname "$0")/lib.sh"

init_store --name Acme --locale ru --tz Europe/Moscow
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve telegram,max --listen "127.0.0.1:$mock_port"
wait_until 15 "the doubles" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
echo '700:token-of-the-double' >bot.token

# The server first: the provider is told where to call while the channel is added.
serve_port=$(free_port)
export FLEAD_BASE_URL="http://127.0.0.1:$serve_port"
start_serve

say "a channel connects by itself"
flead channel add telegram --base-url "$mock/telegram" --secret-file bot.token --json \
  >telegram.json 2>telegram.log || fail "channel add: $(cat telegram.log)"
channel=$(json "$(cat telegram.json)" id)
check_eq "$(json "$(cat telegram.json)" state.hook_url)" "$base/hooks/telegram/$channel" "the hook"
flead channel add max --pull --base-url "$mock/max" --secret-file bot.token --json >max.json \
  2>max.log || fail "channel add: $(cat max.log)"
check_eq "$(json "$(cat max.json)" state.pull)" true "asking instead of a hook"
printed=$(cat telegram.json max.json serve.log mock.log)
check_lacks "$printed" token-of-the-double "what was printed"

say "a lead that no channel reaches waits for a person"
post_json /api/v1/leads '{"name":"Ира","phone":"+79000000001","locale":"ru",
  "consent":{"purposes":["processing"]}}'
check_eq "$status" 201 "the lead"
lead=$(json "$body" id)
needs_human() { [ "$(json_length "$(flead lead list --needs-human --json)")" = 1 ]; }
wait_until 15 "needs-human" needs_human

say "the start link makes her somebody on Telegram"
link=$(json "$(flead channel link "$lead" --channel telegram --json)" 0.url)
check_contains "$link" "?start=" "the start link"
payload=${link##*start=}
flead trigger telegram.start --mock "$mock" --no-url --set chat=501 --set name=Ира \
  --set "payload=$payload" >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
welcomed() {
  curl -sf --max-time 5 "$mock/_mock/telegram/requests" >telegram-requests.json &&
    grep -q '/b/acme?t=' telegram-requests.json
}
wait_until 20 "the welcome" welcomed

say "she writes, and is answered where she wrote"
flead trigger telegram.message --mock "$mock" --no-url --set chat=501 --set name=Ира \
  --set 'text=Можно завтра?' >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
wrote() { [[ $(flead chat read "$lead" --json) == *"Можно завтра?"* ]]; }
wait_until 20 "her words" wrote
flead chat send "$lead" --text 'Конечно, в полдень.' --json >sent.json
answered() {
  curl -sf --max-time 5 "$mock/_mock/telegram/requests" | grep -q 'Конечно, в полдень'
}
wait_until 20 "the answer" answered
check_eq "$(json_length "$(flead lead list --needs-human --json)")" 0 "nobody waits any more"
check_eq "$(json "$(flead lead show "$lead" --json)" status)" replied "the lead"

say "a forged call is refused and changes nothing"
request POST "/hooks/telegram/$channel" -H 'Content-Type: application/json' \
  -H 'X-Telegram-Bot-Api-Secret-Token: guessed' --data-binary '{"update_id":1}'
check_eq "$status" 401 "a forged call"

say "стоп ends it"
flead trigger telegram.message --mock "$mock" --no-url --set chat=501 --set 'text=Стоп' \
  >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
closed() { [[ $(flead lead timeline "$lead" --json) == *'"channel.closed"'* ]]; }
wait_until 20 "the end" closed
check_contains "$(flead route explain "$lead" --json)" opted_out "why nothing is sent"

say "who writes first on MAX is a lead, found by asking"
flead trigger max.message --mock "$mock" --no-url --set chat=777 --set name=Олег \
  --set 'text=Здравствуйте' >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
came() { [[ $(flead lead list --json) == *'"Олег"'* ]]; }
wait_until 30 "the lead from MAX" came
max_answered() { curl -sf --max-time 5 "$mock/_mock/max/requests" | grep -q '/b/acme?t='; }
wait_until 20 "the welcome on MAX" max_answered

say "what came in is kept, and may be read again"
check_contains "$(flead webhook log --json)" '"done"' "the log of calls"
callback=$(json "$(flead webhook log --json --limit 1)" 0.id)
flead webhook replay "$callback" --json >/dev/null
read_again() { [[ $(json "$(flead webhook show "$callback" --json)" state) == done ]]; }
wait_until 15 "it to be read again" read_again
stop_serve
check_eq "$serve_exit" 0 "exit of serve"
flead db check >/dev/null
