#!/usr/bin/env bash
# One rouble from payer to expert and back, with a browser and YooKassa's double: booked and paid,
# confirmed by a notification that is looked up, cancelled for half of the price, the rest earned by
# the expert; another one that nobody pays lapses; hledger and flead agree at the end.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser
[ -f "$source_dir/tests/browser/node_modules/axe-core/axe.min.js" ] ||
  skip "axe is not installed: (cd tests/browser && npm ci --ignore-scripts)"

mock_port=$(free_port)
start_background mock "$flead_bin" mock serve yookassa --listen "127.0.0.1:$mock_port"
wait_until 15 "the double" port_answers "$mock_port"
mock="http://127.0.0.1:$mock_port"
set_double() {
  request POST "$mock/_mock/yookassa/account" -H 'Content-Type: application/json' -d "$1"
  check_eq "$status" 200 "the switches $1"
}

init_store --tz Europe/Moscow --locale en
flead slot rule add --host ira --offer talk --weekly "daily 00:00-24:00" --len 30m --notice 1h \
  --host-email ira@acme.test --json >/dev/null 2>&1
flead offer price talk --amount 1500 --json >/dev/null 2>offer.log || fail "$(cat offer.log)"
flead offer policy talk --steps "2000h 100, 30m 50" --json >/dev/null 2>offer.log ||
  fail "$(cat offer.log)"
flead config set payment.share 15% >/dev/null
printf 'test_shop' >shop.key
account=$(flead payment connect yookassa --test --shop-id 100500 --secret-file shop.key \
  --base-url "$mock/yookassa/v3" --json 2>connect.log) || fail "connect: $(cat connect.log)"
check_eq "$(json "$account" probe)" done "what the shop says of itself"
start_serve
export FLEAD_BASE_URL=$base
set_double '{"notify_url":"'"$base/hooks/yookassa/$(json "$account" id)"'","fee_basis_points":350}'

step() {  # step NAME: sets seen, its JSON
  seen=$(FLEAD_BASE=$base node "$source_dir/tests/browser/paid.mjs" "$1" 2>browser.log) ||
    fail "$1: $(tail -8 browser.log) $(tail -3 serve.log)"
  check_eq "$(json "$seen" problems)" "[]" "errors of the pages at $1"
  seen=${seen//$'\u00a0'/ }
}
lies_in() {  # lies_in ACCOUNT: the balance in minor units; nothing was real, so it is XTS
  flead ledger balance "$1" --json 2>/dev/null | "$python" -c 'import json, sys
print(sum(row["balance"]["amount_minor"] for row in json.load(sys.stdin)))'
}
is_there() { [ "$(lies_in "$1")" = "$2" ]; }
state_of() { json "$(flead payment list --json 2>/dev/null)" "$1.state"; }

say "booked, paid and confirmed"
step book
check_contains "$(json "$seen" form)" "1,500 RUB" "the price before anything is promised"
check_contains "$(json "$seen" there)" "1500.00" "the provider's page"
check_contains "$(json "$seen" text)" "You are booked" "the person's page"
my=$(json "$seen" url)
check_eq "$(state_of 0)" succeeded "the payment"
check_eq "$(lies_in assets:provider:yookassa)" 144750 "at the provider, less its fee"
lead=$(json "$(flead lead list --json 2>/dev/null)" 0.id)
check_eq "$(lies_in "liabilities:prepaid:$lead")" -150000 "prepaid"

say "cancelled: half goes back, the rest is earned"
export FLEAD_MY=${my%%\?*}?lang=en
step cancel
check_contains "$(json "$seen" promise)" "750 RUB of 1,500 RUB" "what the page promised"
wait_until 20 "the money back" is_there "liabilities:refunds:$lead" 0
check_eq "$(lies_in "liabilities:prepaid:$lead")" 0 "prepaid"
check_eq "$(lies_in liabilities:expert)" -63750 "the expert's part of the half that stays"
check_eq "$(lies_in income:share)" -11250 "the tenant's part"
check_eq "$(lies_in assets:provider:yookassa)" 69750 "at the provider"

say "the expert sees it"
FLEAD_LINK=$(json "$(flead expert link ira --json 2>/dev/null)" url)
export FLEAD_LINK
step expert
check_contains "$(json "$seen" text)" "637.50" "what the expert has earned"

say "left without paying: the page leads there again, and the time lapses"
start=$(json "$(flead slot list --offer talk --json 2>/dev/null)" 20.starts_at)
booking=$(flead booking create --offer talk --at "$start" --name Boris --email boris@example.org \
  --consent processing --json 2>/dev/null)
check_eq "$(json "$booking" status)" held "the booking"
FLEAD_PAY=$(json "$(flead payment list --json 2>/dev/null)" 0.pay_url)
export FLEAD_PAY
step leave
check_contains "$(json "$seen" text)" "Go to the payment" "the pay page"

say "a forged notification changes nothing"
flead trigger payment.forged --mock "$mock" --set status=succeeded >trigger.log \
  2>&1 || fail "trigger: $(cat trigger.log)"
check_eq "$(state_of 0)" pending "the payment that nobody made"

say "the books"
flead ledger verify >/dev/null 2>verify.log || fail "verify: $(cat verify.log)"
flead doctor >doctor.log 2>&1 || [ $? = 8 ] || fail "doctor: $(cat doctor.log)"
if command -v hledger >/dev/null; then
  flead ledger export --format journal -o books.journal >/dev/null 2>&1 || fail "export"
  hledger -f books.journal check --strict 2>hledger.log || fail "hledger: $(cat hledger.log)"
else
  say "  (no hledger here)"
fi
check_lacks "$(cat serve.log)" test_shop "the log"
