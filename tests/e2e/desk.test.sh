#!/usr/bin/env bash
# A human inbox, the real binary against the doubles of Telegram and Chatwoot: a lead that asks for
# a person gets a conversation, operators answer there, and both sides know what became of it.
source "$(dirname "$0")/lib.sh"

init_store --name Acme --locale ru --tz Europe/Moscow
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve telegram,chatwoot --listen "127.0.0.1:$mock_port"
wait_until 15 "the doubles" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
echo '700:token-of-the-double' >bot.token
echo 'token-of-an-agent' >chatwoot.token
serve_port=$(free_port)
export FLEAD_BASE_URL="http://127.0.0.1:$serve_port"
start_serve
flead channel add telegram --base-url "$mock/telegram" --secret-file bot.token >/dev/null

say "Chatwoot is set up by itself, and its secret learned"
flead channel add chatwoot --base-url "$mock/chatwoot" --set account=1 \
  --secret-file chatwoot.token --json >chatwoot.json 2>chatwoot.log ||
  fail "channel add: $(cat chatwoot.log)"
channel=$(json "$(cat chatwoot.json)" id)
check_eq "$(json "$(cat chatwoot.json)" state.hook_url)" "$base/hooks/chatwoot/$channel" "the hook"
flead channel test chatwoot >/dev/null
check_contains "$(flead doctor --json 2>/dev/null || true)" '"2 called"' "doctor"
desk() { curl -sf --max-time 5 -X POST "$mock/_mock/chatwoot/account" -d '{}'; }
trigger() {
  flead trigger "$@" --mock "$mock" >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
}

say "whoever asks for a person gets a conversation"
trigger telegram.message --no-url --set chat=501 --set name=Ира --set 'text=Сколько стоит?'
came() { [[ $(flead lead list --json) == *'"Ира"'* ]]; }
wait_until 20 "the lead" came
lead=$(json "$(flead lead list --json)" 0.id)
check_eq "$(json "$(desk)" conversations)" 0 "nobody is told of what needs nobody"
trigger telegram.message --no-url --set chat=501 --set name=Ира --set 'text=Позовите человека'
told() { [[ $(desk) == *'"Позовите человека"'* ]]; }
wait_until 20 "the words in Chatwoot" told
check_eq "$(json "$(desk)" contacts)" 1 "contacts"
check_contains "$(desk)" 'Сколько стоит' "the history in the note"

say "an operator answers, and is told what became of it"
trigger chatwoot.reply --set conversation=1 --set 'text=Добрый день! Две тысячи.'
answered() { curl -sf --max-time 5 "$mock/_mock/telegram/requests" | grep -q 'Две тысячи'; }
wait_until 20 "the answer" answered
delivered() { [[ $(desk) == *'"delivered"'* ]]; }
wait_until 20 "its fate in Chatwoot" delivered
check_eq "$(json_length "$(flead lead list --needs-human --json)")" 0 "nobody waits any more"
trigger chatwoot.reply --set conversation=1 --set private=true --set 'text=Только между нами'

say "her next words go there, an answer from here as well"
trigger telegram.message --no-url --set chat=501 --set name=Ира --set 'text=Дорого'
again() { [[ $(desk) == *'"Дорого"'* ]]; }
wait_until 20 "her next words" again
flead chat send "$lead" --text 'Есть рассрочка.' >/dev/null
ours() { [[ $(desk) == *'Есть рассрочка.'* ]]; }
wait_until 20 "our words in Chatwoot" ours
check_lacks "$(curl -sf "$mock/_mock/telegram/requests")" 'между нами' "what she was told"

say "done on either side is done on both"
flead chat done "$lead" >/dev/null
closed() { [[ $(curl -sf "$mock/_mock/chatwoot/requests") == *toggle_status* ]]; }
wait_until 20 "the conversation to be resolved" closed

say "forged and stale calls are refused"
flead trigger chatwoot.reply --mock "$mock" --set conversation=1 --set 'text=Подделка' \
  --set bad_signature=true >trigger.log 2>&1 || true
flead trigger chatwoot.reply --mock "$mock" --set conversation=1 --set 'text=Подделка' \
  --set stale=true >trigger.log 2>&1 || true
request POST "/hooks/chatwoot/$channel" -H 'Content-Type: application/json' --data-binary '{}'
check_eq "$status" 401 "a forged call"
sleep 0.5
check_lacks "$(curl -sf "$mock/_mock/telegram/requests")" 'Подделка' "what she was told"

stop_serve
check_eq "$serve_exit" 0 "exit of serve"
flead db check >/dev/null
