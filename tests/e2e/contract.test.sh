#!/usr/bin/env bash
# What the connectors send and what YooKassa's double answers, held against the vendors' own
# schemas; nothing is sent. The programs of tests/contract/requests.cpp and replies.cpp print them,
# check.mjs and replies.mjs beside them say what is wrong.
source "$(dirname "$0")/lib.sh"

specs=$source_dir/../shared/providers/specs
contract=$source_dir/tests/contract
[ -d "$specs" ] || skip "provider specs are not here"
command -v node >/dev/null || skip "node is not installed"
[ -d "$contract/node_modules/ajv-formats" ] ||
  skip "the contract checkers are not installed: (cd tests/contract && npm ci --ignore-scripts)"

say "the connectors' requests"
"${CONTRACT_REQUESTS:?the program that prints the requests}" >requests.jsonl ||
  fail "not every request could be built"
check_eq "$([ "$(wc -l <requests.jsonl)" -ge 100 ] && echo many)" many "the number of requests"

say "by the vendors' schemas"
node "$contract/check.mjs" "$specs" requests.jsonl >check.txt || {
  grep '^FAULT' check.txt | head -60
  fail "requests and schemas"
}
cat check.txt

# The whole way once more with one wrong name, as a connector's bug would bring it.
say "a wrong name is found"
for wrong in 's/\\"chat_id\\"/\\"chatid\\"/' 's/&random_id=/\&randomid=/' \
  's/[?]user_id=/?userid=/' \
  's/\\"payment_id\\"/\\"paymentid\\"/' 's/created_at.gte=/created_at.from=/' \
  's/Idempotence-Key/Idempotency-Key/' \
  's/\\"messaging_product\\"/\\"messaging_produkt\\"/' 's/afterUpdatedAt=/afterUpdated=/' \
  's/\\"subscriberUrl\\"/\\"subscribeUrl\\"/' 's/2024-08-13/2024-04-15/'; do
  sed "$wrong" requests.jsonl >wrong.jsonl
  ! cmp -s requests.jsonl wrong.jsonl || fail "nothing was made wrong by $wrong"
  fails_with 1 node "$contract/check.mjs" "$specs" wrong.jsonl
  check_contains "$out" FAULT "what is printed"
done

say "the double's replies, by the vendor's schema"
"${CONTRACT_REPLIES:?the program that prints the replies}" >replies.jsonl ||
  fail "not every reply came"
node "$contract/replies.mjs" "$specs" replies.jsonl >replies.txt || {
  grep '^FAULT' replies.txt | head -60
  fail "replies and schema"
}
cat replies.txt

say "a renamed field is found"
for name in refundable confirmation_url payout_balance next_cursor retry_after; do
  sed "s/\\\\\"$name\\\\\"/\\\\\"${name}s\\\\\"/" replies.jsonl >wrong.jsonl
  ! cmp -s replies.jsonl wrong.jsonl || fail "no reply has $name"
  fails_with 1 node "$contract/replies.mjs" "$specs" wrong.jsonl
  check_contains "$out" FAULT "what is printed"
done
