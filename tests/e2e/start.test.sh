#!/usr/bin/env bash
# From nothing to a store that answers: init, a second init, doctor, tokens, two tenants.
source "$(dirname "$0")/lib.sh"

say "init makes a store, its key and the first token"
made=$(flead init --tenant acme --name "Acme Ltd" --tz Europe/Moscow --test --json </dev/null)
check_eq "$(json "$made" tenant.slug)" acme "tenant's slug"
pk=$(json "$made" publishable_key)
token=$(json "$made" token)
[[ $pk == pk_* && $token == sk_* ]] || fail "keys: $made"
check_eq "$(stat -c %a flead.db.key)" 600 "mode of the key"
if grep -qF "$token" flead.db flead.db-wal 2>/dev/null; then fail "the token is in the store"; fi

say "a second init is a conflict and changes nothing"
before=$(store_digest)
fails_with 5 flead init --tenant acme --test --json
check_eq "$(json "$err" error.exit)" 5 "exit in the error object"
check_lacks "$err$out" sk_ "second init"
check_eq "$(store_digest)" "$before" "store after the second init"
fails_with 0 flead init --tenant acme --test --if-missing --json
check_eq "$(store_digest)" "$before" "store after --if-missing"

say "doctor finds nothing wrong"
fails_with 0 flead doctor

say "tokens are shown once, work, and stop working"
start_serve
second=$(flead token create --role viewer --json)
viewer=$(json "$second" token)
get_as "$viewer" /api/v1/leads
check_eq "$status" 200 "leads as viewer"
check_lacks "$(flead token list --json)" "$viewer" "token list"
flead token revoke "$(json "$second" id)" --yes >/dev/null
get_as "$viewer" /api/v1/leads
check_eq "$status" 401 "leads with a revoked token"

say "a viewer reads, and does not write"
viewer=$(json "$(flead token create --role viewer --json)" token)
anna='{"name":"Анна","phone":"+79000000001","consent":{"purposes":["processing"]}}'
post_json /api/v1/leads "$anna"
check_eq "$status" 201 "lead by the publishable key"
lead=$(json "$body" id)
request PATCH "/api/v1/leads/$lead" -H "Authorization: Bearer $viewer" \
  -H 'Content-Type: application/json' -d '{"status":"won"}'
check_eq "$status" 403 "PATCH as viewer"
request PATCH "/api/v1/leads/$lead" -H "Authorization: Bearer $token" \
  -H 'Content-Type: application/json' -d '{"status":"won"}'
check_eq "$status" 200 "PATCH as owner"

say "the publishable key reads no lead"
get_as "$pk" "/api/v1/leads/$lead"
[ "$status" = 401 ] || [ "$status" = 403 ] || fail "lead by pk_: $status $body"
check_lacks "$body" 79000000001 "refusal"

say "another tenant sees 404, never 403, and nothing of it"
flead tenant add globex --tz Europe/Berlin --json >/dev/null
other=$(json "$(flead token create --role owner --tenant globex --json)" token)
for path in "/api/v1/leads/$lead" "/api/v1/leads/$lead/events"; do
  get_as "$other" "$path"
  check_eq "$status" 404 "$path as another tenant"
  check_lacks "$body" 79000000001 "$path as another tenant"
done
request PATCH "/api/v1/leads/$lead" -H "Authorization: Bearer $other" \
  -H 'Content-Type: application/json' -d '{"status":"lost"}'
check_eq "$status" 404 "PATCH as another tenant"
get_as "$other" /api/v1/leads
check_eq "$(json_length "$(json "$body" data)")" 0 "leads of the other tenant"
get_as "$token" "/api/v1/leads/$lead"
check_eq "$(json "$body" status)" won "the lead afterwards"

say "with two tenants a command must be told which"
fails_with 2 flead lead list
fails_with 3 flead lead list --tenant nobody
fails_with 0 flead lead list --tenant acme --json
check_eq "$(json_length "$out")" 1 "acme's leads"

say "a suspended tenant takes no leads"
flead tenant suspend acme --yes >/dev/null
post_json /api/v1/leads '{"phone":"+79000000002","consent":{"purposes":["processing"]}}'
[[ $status == 4* ]] || fail "lead of a suspended tenant: $status"
fails_with 0 flead lead list --tenant acme --json
check_eq "$(json_length "$out")" 1 "acme's leads after the suspension"
