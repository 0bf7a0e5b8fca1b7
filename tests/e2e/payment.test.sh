#!/usr/bin/env bash
# Money through a payment provider, the real binary against the double of YooKassa: paid and told,
# told falsely, given back in part, held and taken, a card that is kept, a wrong key, an answer that
# is lost.
source "$(dirname "$0")/lib.sh"

init_store --name Acme --locale ru --tz Europe/Moscow
mock_port=$(free_port)
start_background mock "$flead_bin" mock serve yookassa --listen "127.0.0.1:$mock_port"
wait_until 15 "the double" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
serve_port=$(free_port)
export FLEAD_BASE_URL="http://127.0.0.1:$serve_port"
start_serve
echo test_shop >shop.key
set_double() {
  curl -sf --max-time 5 -X POST "$mock/_mock/yookassa/account" \
    -H 'Content-Type: application/json' -d "$1" >/dev/null || fail "the switches $1"
}
trigger() {
  flead trigger "$@" --mock "$mock" >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
}
shown() { flead payment show "$1" --json; }
is_state() { [ "$(json "$(shown "$1")" state)" = "$2" ]; }
ask_for() { payment=$(json "$(flead payment create "$@" --json 2>/dev/null)" id); }
no_problem() { check_eq "$(json "$(shown "$1")" problem)" "" "the problem of $1"; }

say "a live shop is not connected by a test shop's key"
fails_with 7 flead payment connect yookassa --shop-id 100500 --secret-file shop.key \
  --base-url "$mock/yookassa/v3"
check_eq "$(json "$(flead payment accounts --json)" 0.status)" paused "the account"
flead payment disconnect yookassa --yes >/dev/null

say "a test shop is, and says where to call"
flead payment connect yookassa --test --shop-id 100500 --secret-file shop.key \
  --base-url "$mock/yookassa/v3" --json >account.json 2>account.log ||
  fail "connect: $(cat account.log)"
hook=$base/hooks/yookassa/$(json "$(cat account.json)" id)
check_contains "$(cat account.log)" "$hook" "what is said"
set_double '{"notify_url":"'"$hook"'","notify_delay_ms":50,"notify_retry_ms":200}'

say "somebody pays, and it is posted with the fee"
ask_for 1500 --text 'Talk'
wait_until 20 "the payer's page" is_state "$payment" pending
trigger payment.succeeded
wait_until 20 "the money" is_state "$payment" succeeded
no_problem "$payment"
check_eq "$(json "$(shown "$payment")" fee.amount_minor)" 5250 "the fee"
check_contains "$(flead ledger balance --json)" '"XTS"' "the ledger counts it apart"
first=$payment

say "a forged notification changes nothing"
ask_for 700
wait_until 20 "the payer's page" is_state "$payment" pending
trigger payment.forged --set status=succeeded
sleep 1
check_eq "$(json "$(shown "$payment")" state)" pending "what was not paid"

say "a part goes back, then the rest"
flead payment refund "$first" --amount 500 --reason late >/dev/null 2>&1
back() { [ "$(json "$(shown "$first")" refunded.amount_minor)" = "$1" ]; }
wait_until 20 "the refund" back 50000
fails_with 6 flead payment refund "$first" --amount 1000.01 --reason late
flead payment refund "$first" --reason late >/dev/null 2>&1
wait_until 20 "the rest" back 150000

say "held money is taken in part"
ask_for 100 --hold
wait_until 20 "the payer's page" is_state "$payment" pending
trigger payment.waiting_for_capture
wait_until 20 "the hold" is_state "$payment" waiting_for_capture
flead payment capture "$payment" --amount 60 >/dev/null
wait_until 20 "the capture" is_state "$payment" succeeded
check_eq "$(json "$(shown "$payment")" amount.amount_minor)" 6000 "what was taken"

say "an answer that is lost makes no second payment"
set_double '{"fault":"lost","fault_times":1}'
ask_for 900
wait_until 90 "the payment" is_state "$payment" pending
no_problem "$payment"

say "a card is kept by whoever agrees to it, charged without them, and dropped when they withdraw"
added=$(flead lead add --phone '+7 916 000-00-11' --name Anna --consent processing --json)
lead=$(json "$added" id)
made=$(flead payment create 300 --lead "$lead" --save --json 2>/dev/null)
payment=$(json "$made" id)
page=$(json "$made" pay_url)
request GET "$page"
check_contains "$body" 'name="save"' "the page asks"
check_eq "$(json "$(shown "$payment")" state)" created "nothing is asked of the provider yet"
request POST "$page" -d 'do=go&save=1'
check_eq "$status" 303 "the payer goes on"
wait_until 20 "the provider's page" is_state "$payment" pending
request GET "$page"
theirs=$(sed -n 's/^[Rr]efresh: 0; url=//p' <<<"$head" | tr -d '\r')
request POST "$theirs" -d 'do=pay&means=bank_card&card=5555555555554444'
wait_until 20 "the money" is_state "$payment" succeeded
kept=$(json "$(flead payment method list --lead "$lead" --json)" 0.id)
check_eq "$(json "$(flead payment method list --json)" 0.title)" "MasterCard *4444" "what is kept"
ask_for 200 --lead "$lead" --saved "$kept"
wait_until 20 "the charge" is_state "$payment" succeeded
set_double '{"charge":"insufficient_funds"}'
ask_for 201 --lead "$lead" --saved "$kept"
wait_until 20 "the refusal" is_state "$payment" canceled
check_eq "$(json "$(flead payment method list --json)" 0.status)" active "after a refusal"
set_double '{"charge":"succeeded","permission_revoked":true}'
ask_for 202 --lead "$lead" --saved "$kept"
wait_until 20 "the withdrawal" is_state "$payment" canceled
check_eq "$(flead payment method list --json)" "[]" "what is kept after that"
check_eq "$(json "$(flead payment method list --all --json)" 0.status)" revoked "what was kept"
fails_with 6 flead payment create 203 --lead "$lead" --saved "$kept"
fails_with 5 flead payment method forget "$kept"
set_double '{"permission_revoked":false}'

say "the books are whole"
flead ledger verify >/dev/null || fail "the ledger"
check_contains "$(flead doctor --json 2>/dev/null || true)" 'nobody is charged' "doctor"
check_lacks "$(cat serve.log)" test_shop "the log"
