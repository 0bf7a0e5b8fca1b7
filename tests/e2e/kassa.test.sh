#!/usr/bin/env bash
# The double of YooKassa, the real binary: a shop that asks by HTTP, a payer with a browser without
# scripts, notifications that come by themselves, a clock that is moved, and `flead trigger`.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"

mock_port=$(free_port)
start_background mock "$flead_bin" mock serve yookassa --listen "127.0.0.1:$mock_port"
mock_pid=$background_pid
wait_until 15 "the double" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
start_background shop "$python" "$e2e_dir/hook_server.py" "$folder/shop" --refuse 1
wait_until 15 "the shop" test -s shop/port
shop="http://127.0.0.1:$(cat shop/port)"
touch shop/calls.jsonl

set_double() {  # set_double SWITCHES: sets body to what holds now
  request POST "$mock/_mock/yookassa/account" -H 'Content-Type: application/json' -d "$1"
  check_eq "$status" 200 "the switches $1"
}
keys=0
ask() {  # ask METHOD PATH [BODY]: as the shop
  local method=$1 path=$2 data=()
  [ -z "${3:-}" ] || data=(-H 'Content-Type: application/json' --data-binary "$3")
  keys=$((keys + 1))
  request "$method" "$mock/yookassa/v3$path" -u 100500:test_shop -H "Idempotence-Key: k$keys" \
    "${data[@]}"
}
make_payment() {  # sets payment (its id) and page (its confirmation_url)
  ask POST /payments '{"amount":{"value":"1500.00","currency":"RUB"},"capture":true,
    "confirmation":{"type":"redirect","return_url":"'"$shop"'/back"},
    "metadata":{"booking_id":"b_91"}}'
  check_eq "$status" 200 "a payment: $body"
  payment=$(json "$body" id)
  page=$(json "$body" confirmation.confirmation_url)
}
told() { [ "$(grep -c "$1" shop/calls.jsonl)" -ge "$2" ]; }

say "whoever is nobody is refused"
request GET "$mock/yookassa/v3/me"
check_eq "$status" 401 "no credentials"
ask GET /me
check_eq "$(json "$body" status)" enabled "the shop"

say "a payer pays on the page, and the shop is told by itself, until it answers 200"
set_double '{"notify_url":"'"$shop"'/hook","notify_retry_ms":200}'
make_payment
request GET "$page"
check_eq "$status" 200 "the page"
check_contains "$body" "1500.00 ₽" "the page"
request POST "$page" -d 'do=pay&card=5555555555554444'
check_eq "$status" 303 "after paying"
check_contains "$head" "$shop/back" "where the payer goes"
wait_until 10 "the notification, twice" told "$payment" 2
check_eq "$(head -1 shop/calls.jsonl)" "$(sed -n 2p shop/calls.jsonl)" "the second try"
check_eq "$(json "$(head -1 shop/calls.jsonl)" event)" payment.succeeded "the event"
check_eq "$(json "$(head -1 shop/calls.jsonl)" object.metadata.booking_id)" b_91 "the object"
delivered() {
  set_double '{}'
  check_eq "$(json "$body" notifications.0.state)" delivered "the notification"
}
wait_until 10 "the answer 200" delivered

say "an hour passes in no time"
make_payment
set_double '{"advance_s":3600}'
wait_until 10 "the cancellation" told expired_on_confirmation 1
ask GET "/payments/$payment"
check_eq "$(json "$body" cancellation_details.reason)" expired_on_confirmation "the payment"

say "flead trigger makes it happen"
make_payment
"$flead_bin" trigger payment.succeeded --mock "$mock" --set amount=1500.00 >trigger.log 2>&1 ||
  fail "trigger: $(cat trigger.log)"
ask GET "/payments/$payment"
check_eq "$(json "$body" status)" succeeded "the payment"
check_eq "$(json "$(tail -1 shop/calls.jsonl)" object.id)" "$payment" "what the shop was told"
"$flead_bin" trigger payment.forged --mock "$mock" --set "id=$payment" --set status=canceled \
  >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
check_eq "$(json "$(tail -1 shop/calls.jsonl)" event)" payment.canceled "the forged event"
ask GET "/payments/$payment"
check_eq "$(json "$body" status)" succeeded "the payment, after the forged event"
"$flead_bin" trigger payout.canceled --mock "$mock" --set reason=recipient_not_found \
  >trigger.log 2>&1 || fail "trigger: $(cat trigger.log)"
check_eq "$(json "$(tail -1 shop/calls.jsonl)" object.cancellation_details.reason)" \
  recipient_not_found "the payout"
fails_with 2 "$flead_bin" trigger payment.succeeded --mock "$mock" --set id=nobody
fails_with 2 "$flead_bin" trigger payment.paid --mock "$mock"

say "an answer that is lost, and one that hangs"
set_double '{"fault":"hang","fault_ms":300,"redirect":"after"}'
begin=$(date +%s%N)
ask POST /payments '{"amount":{"value":"1.00","currency":"RUB"}}'
check_eq "$status" 500 "the hanging answer"
[ $((($(date +%s%N) - begin) / 1000000)) -ge 300 ] || fail "it did not hang"

say "a browser without scripts pays, confirms with 3-D Secure, and is back after the notification"
if [ -d "$source_dir/tests/browser/node_modules/playwright-core" ] && command -v chromium >/dev/null
then
  make_payment
  seen=$(node "$source_dir/tests/browser/pay.mjs" "$page" 5555555555554477) || fail "the browser"
  check_contains "$(json "$seen" page)" "Заплатить" "the page"
  check_eq "$(json "$seen" problems)" "[]" "problems of the page"
  wait_until 10 "the notification" told "$payment" 1
  make_payment
  set_double '{"redirect":"before"}'
  seen=$(node "$source_dir/tests/browser/pay.mjs" "$page" 5555555555554477) || fail "the browser"
  check_eq "$(json "$seen" url)" "$shop/back" "where the browser is"
else
  say "  (no browser here: the pages were read without one)"
fi

say "the double stops at once"
kill -TERM "$mock_pid"
stopped() { ! port_answers "$mock_port"; }
wait_until 10 "the end" stopped
check_lacks "$(cat mock.log)" test_shop "the log"
