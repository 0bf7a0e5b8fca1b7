#!/usr/bin/env bash
# A book kept at the shell, and read by hledger: both have to say the same of every account, on
# every day. Without hledger only what it reads is left out.
source "$(dirname "$0")/lib.sh"
export FLEAD_NOW=2026-01-05T09:00:00Z
init_store --tz Europe/Moscow --locale en

record() { flead ledger record "$@" --json 2>/dev/null >/dev/null; }

# balances [flags]: "ACCOUNT AMOUNT CURRENCY", a line each, as flead has them.
balances() {
  flead ledger balance "$@" --json | "$python" -c '
import json, sys
for row in json.load(sys.stdin):
    money = row["balance"]
    minor = money["amount_minor"]
    sign = "-" if minor < 0 else ""
    print(row["account"], f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02}", money["currency"])' |
    sort
}
# The same lines from hledger.
theirs() {
  hledger -f book.journal balance -N --flat --no-elide -O csv "$@" 2>/dev/null | "$python" -c '
import csv, re, sys
rows = list(csv.reader(sys.stdin))[1:]
for row in rows:
    for amount in row[1].split(", "):
        found = re.fullmatch(r"(-?[0-9.]+) ([A-Z]{3})", amount)
        if found and float(found[1]) != 0:
            print(row[0], found[1], found[2])' | sort
}
# The sum of all amounts of a CSV export.
csv_sum() {
  "$python" -c '
import csv, decimal, sys
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    rows = list(csv.DictReader(file, delimiter=sys.argv[2]))
sums = {}
for row in rows:
    amount = decimal.Decimal(row["amount"].replace(",", "."))
    sums[row["currency"]] = sums.get(row["currency"], 0) + amount
print(len(rows), sorted(sums) == ["EUR", "RUB"] and not any(sums.values()))' "$@"
}

say "one rouble from payer to expert, as flead help money has it"
lines=$(flead help money | awk '/^## One rouble/ { on = 1 } /^At the end/ { on = 0 }
  on && /(assets|liabilities|expenses)/ { print $(NF - 2), $(NF - 1), $NF }' |
  sed 's/LEAD/lead_1/g; s/HOST/hos_1/g')
check_eq "$(wc -l <<<"$lines")" 8 "entries of the page"
while read -r debit credit amount; do record "$debit" "$credit" "$amount" --text "p1"; done \
  <<<"$lines"
check_eq "$(balances)" "assets:bank 825.00 RUB
expenses:fees:main 175.00 RUB
income:share -1000.00 RUB" "825 lie in the bank"

say "costs of days, other currencies, odd texts, a correction"
record expenses:rooms assets:bank 5000.01 --at 2026-01-01 --text 'Rooms; "two" | = (x) [2026-01-01]'
record expenses:rooms assets:bank 0.07 --at 2026-01-02T00:30 --text 'date:2020-01-01, tag: x'
record assets:cash equity:owner 12,30 --currency eur --at 2025-12-31T23:59 --text '* ! Ёлка  2'
record assets:cash income:share 7 --at 2025-11-30
record liabilities:expert:hos_1 assets:cash 9999999999.99 --text '=1+2'
flead ledger correct 10 --reason 'not ; ours' >/dev/null
fails_with 5 flead ledger correct 10 --reason again
# By the same key once.
for _ in 1 2; do record expenses:tea assets:cash 3 --key tea; done
check_eq "$(json_length "$(flead ledger show --json)")" 15 "entries"

say "November is closed, December not yet"
closed=$(flead ledger close 2025-11 --yes --json)
fails_with 6 flead ledger record assets:bank income:share 1 --at 2025-11-30
record assets:bank income:share 1 --at 2025-12-01
check_eq "$(json "$(flead ledger show "$(json "$closed" last_number)" --json)" chain)" \
  "$(json "$closed" chain)" "the chain it was closed with"

say "CSV sums to nothing, also as a Russian spreadsheet's"
flead ledger export -o book.csv 2>/dev/null
check_eq "$(csv_sum book.csv ,)" "32 True" "the rows, and their sum"
flead ledger export --excel -o book.excel.csv 2>/dev/null
check_eq "$(csv_sum book.excel.csv ';')" "32 True" "the same for a spreadsheet"

say "a registry that agrees, and one that does not"
printf 'Registry of January\nid;amount;date\np1;5000,00;05.01.2026\nTotal;5000,00;\n' >registry.csv
flead ledger reconcile registry.csv --account main --date-column date >/dev/null 2>&1
printf 'p1;-2500,00;05.01.2026\n' >>registry.csv
fails_with 8 flead ledger reconcile registry.csv --account main --date-column date --json
check_eq "$(json "$out" 0.difference) $(json "$out" 0.theirs.amount_minor)" \
  "missing_here -250000" "the refund that nobody wrote down"
record liabilities:refunds:lead_1 assets:provider:main 2500 --text p1
flead ledger reconcile registry.csv --account main --date-column date >/dev/null 2>&1

say "a registry of payouts, which are written without a sign"
record liabilities:expert:host_1 assets:payouts 700 --at 2026-01-05
record assets:payouts assets:gateway:out 700 --at 2026-01-05 --text "po-1 arrived"
printf 'id,amount,date\npo-1,700.00,2026-01-05\n' >payouts.csv
flead ledger reconcile payouts.csv --account out --date-column date >/dev/null 2>&1
printf 'po-2,5.00,2026-01-05\n' >>payouts.csv
fails_with 8 flead ledger reconcile payouts.csv --account out --date-column date --json
check_eq "$(json "$out" 0.difference) $(json "$out" 0.theirs.amount_minor)" "missing_here -500" \
  "the payout that we know nothing of"

say "verify, doctor and db check agree, until a row is changed"
flead ledger verify >/dev/null
flead db check >/dev/null
command -v sqlite3 >/dev/null && {
  cp flead.db whole.db
  sqlite3 flead.db "UPDATE ledger_moves SET amount_minor = 1 WHERE number = 3" 2>refusal.log &&
    fail "a row of the ledger was changed"
  check_contains "$(cat refusal.log)" "never changed" "what the store says"
  flead ledger verify >/dev/null
  sqlite3 flead.db "DROP TRIGGER ledger_moves_not_changed;
    UPDATE ledger_moves SET amount_minor = amount_minor + 1 WHERE number = 3"
  fails_with 9 flead ledger verify
  check_contains "$err" "chain: 3 is not as it was written" "where"
  fails_with 9 flead db check
  fails_with 8 flead doctor
  sqlite3 flead.db "UPDATE ledger_moves SET amount_minor = amount_minor - 1 WHERE number = 3"
  flead ledger verify >/dev/null
}

command -v hledger >/dev/null || skip "there is no hledger to read the journal; the rest held"

say "hledger reads the journal strictly, and has the same balances on every day"
flead ledger export --format journal -o book.journal 2>/dev/null
hledger -f book.journal check --strict >check.log 2>&1 || fail "hledger: $(cat check.log)"
check_eq "$(theirs)" "$(balances)" "all accounts"
check_contains "$(balances)" "assets:cash 12.30 EUR" "euros"
for day in 2025-11-29 2025-11-30 2025-12-30 2025-12-31 2026-01-01 2026-01-02 2026-01-04 \
  2026-01-05; do
  check_eq "$(theirs -e "$(date -u -d "$day +1 day" +%F)")" "$(balances --at "$day")" "up to $day"
done
check_eq "$(hledger -f book.journal print | grep -c '^20')" 19 "entries that hledger has"
