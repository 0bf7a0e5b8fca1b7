#!/usr/bin/env bash
# One lead, end to end, by SMS: the same story against the SMSC double.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser

init_store --name Acme --locale en --tz Europe/Berlin --region RU
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve sms --listen "127.0.0.1:$mock_port"
wait_until 15 "the double" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
echo 'a-key-of-the-double' >sms.key
flead channel add sms --base-url "$mock/sms" --secret-file sms.key --json >channel.json
add_slots
start_serve

say "a visitor leaves a phone"
send_by_widget '{"name":"Ann","phone":"+7 900 000-00-02"}'

say "the short message reaches the provider"
got_sms() {
  sms=$(curl -sf --max-time 5 "$mock/_mock/sms/requests") && [[ $sms == *"/b/acme"* ]]
}
wait_until 30 "the short message" got_sms
check_contains "$sms" "79000000002" "what the provider received"
check_lacks "$(cat serve.log mock.log)" "a-key-of-the-double" "the logs"
link=$("$python" - "$sms" "$base" <<'PY'
import json, re, sys, urllib.parse
text = urllib.parse.unquote_plus(sys.argv[1])
print(re.search(re.escape(sys.argv[2]) + r"/b/acme\?t=[a-z0-9]+", text).group(0))
PY
)

say "its link books a slot, without scripts"
book_by_link "$link" --no-script
check_booked
request GET "$(json "$booked" ics)"
cp body.txt page.ics
check_calendar page.ics "$starts_at" PUBLISH 0

say "the confirmation went out by the same channel, once each"
sent_twice() {
  local listed
  listed=$(flead message list --state sent --json; flead message list --state delivered --json)
  [ "$(grep -o '"id":"msg_' <<<"$listed" | wc -l)" = 2 ]
}
wait_until 30 "two messages sent" sent_twice
check_eq "$(json "$(flead message list --json)" 0.channel)" sms "the channel" || true
