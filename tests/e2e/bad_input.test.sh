#!/usr/bin/env bash
# Bad input, each with its status or exit code, and nothing changed in the store.
source "$(dirname "$0")/lib.sh"
init_store --locale ru --tz Europe/Moscow
start_serve --no-jobs
consent='"consent":{"purposes":["processing"]}'
post_json /api/v1/leads "{\"name\":\"Первая\",\"phone\":\"+79000000001\",$consent}"
check_eq "$status" 201 "a good lead"
before=$(store_digest)

# refused STATUS CODE WHAT: after a request; problem+json with this code, and an unchanged store.
refused() {
  check_eq "$status" "$1" "status of $3: $body"
  check_contains "${head,,}" "application/problem+json" "type of $3"
  [ -z "$2" ] || check_eq "$(json "$body" code)" "$2" "code of $3"
  [ -n "$(json "$body" request_id)" ] || fail "$3: no request id"
  check_eq "$(store_digest)" "$before" "the store after $3"
}
lead_body() { post_json /api/v1/leads "$1"; }

say "bodies that are no lead"
lead_body '{"name":"Анна"' && refused 400 bad_json "broken JSON"
lead_body '' && refused 400 "" "an empty body"
lead_body '[]' && refused 422 wrong_type "an array"
lead_body 'null' && refused 422 wrong_type "null"
lead_body "{\"name\":5,\"phone\":\"+79000000002\",$consent}"
refused 422 wrong_type "a number for a name"
lead_body "{\"phone\":{\"a\":1},$consent}" && refused 422 wrong_type "an object for a phone"
lead_body "$(printf '[%.0s' {1..20000})" && refused 400 "" "20,000 brackets"
printf '{"name":"\xff\xfe","phone":"+79000000002",%s}' "$consent" >bad.json
lead_body @bad.json && refused 400 "" "invalid UTF-8"
printf '{"name":"a\\u0000b","phone":"+79000000002",%s}' "$consent" >nul.json
lead_body @nul.json && refused 400 bad_json "an escaped NUL"
printf '{"name":"a\0b","phone":"+79000000002",%s}' "$consent" >nul.json
lead_body @nul.json && refused 400 "" "a bare NUL"
head -c 1048576 /dev/zero | tr '\0' 'x' >megabyte
lead_body @megabyte && refused 413 "" "a megabyte"

say "fields against the rules"
long=$(printf 'ж%.0s' {1..10000})
lead_body "{\"name\":\"$long\",\"phone\":\"+79000000002\",$consent}"
refused 422 too_long "a name of 10,000 characters"
check_eq "$(json "$body" errors.0.field)" name "the field"
lead_body "{\"phone\":\"12345\",$consent}" && refused 422 phone_invalid "phone 12345"
lead_body "{\"email\":\"nobody\",$consent}" && refused 422 email_invalid "an address without @"
lead_body "{\"name\":\"Анна\",$consent}" && refused 422 contact_required "no contact"
lead_body '{"phone":"+79000000002"}' && refused 422 consent_required "no consent"

say "who calls"
request POST /api/v1/leads -H 'Content-Type: application/json' -d '{}'
refused 401 "" "no key"
request POST /api/v1/leads -H 'Content-Type: application/json' -d '{}' \
  -H 'Authorization: Bearer pk_00000000000000000000000000000000'
refused 401 "" "an unknown key"
request POST /api/v1/leads -H 'Content-Type: application/json' -d '{}' \
  -H "Authorization: Bearer $token$token"
refused 401 "" "a key too long"
get_as sk_none /api/v1/leads
refused 401 "" "an unknown token"

say "how it is asked"
request POST /api/v1/leads -H "Authorization: Bearer $pk" -H 'Content-Type: text/csv' -d 'a,b'
refused 415 "" "another type"
request DELETE /api/v1/leads -H "Authorization: Bearer $token"
refused 405 "" "another method"
check_contains "${head,,}" "allow:" "405"
request GET /api/v1/nothing -H "Authorization: Bearer $token"
refused 404 "" "an unknown path"
for limit in 0 201 -1 x 99999999999999999999; do
  get_as "$token" "/api/v1/leads?limit=$limit"
  refused 400 "" "limit=$limit"
done
get_as "$token" "/api/v1/leads?cursor=nonsense"
refused 400 "" "a cursor of somebody's own"

say "the key of an earlier request with another body"
post_json /api/v1/leads "{\"phone\":\"+79000000003\",$consent}" -H 'Idempotency-Key: one'
check_eq "$status" 201 "the first"
before=$(store_digest)
post_json /api/v1/leads "{\"phone\":\"+79000000004\",$consent}" -H 'Idempotency-Key: one'
refused 409 idempotency_key_reused "the second"
stop_serve

# refused_command EXIT CODE COMMAND...
refused_command() {
  local exit=$1 code=$2
  shift 2
  fails_with "$exit" "$@" --json
  check_eq "$(json "$err" error.code)" "$code" "code of: $*"
  check_eq "$(json "$err" error.exit)" "$exit" "exit in the error of: $*"
  check_eq "$(store_digest)" "$before" "the store after: $*"
}
say "the same by commands"
refused_command 6 phone_invalid flead lead add --phone 12345 --consent processing
refused_command 6 consent_required flead lead add --phone +79000000005
refused_command 6 too_long flead lead add --phone +79000000005 --consent processing --name "$long"
refused_command 3 lead_not_found flead lead show lead_00000000000000000000000000
fails_with 2 flead lead list --json=id,nonsense
check_contains "$err" created_at "the valid fields"
fails_with 2 flead lead list --nonsense
fails_with 2 flead leed list
check_contains "$err" lead "what was meant"
echo 'Здравствуйте, {nmae}!' >letter.txt
refused_command 6 template_variable_unknown flead template set lead.greeting --lang ru \
  --file letter.txt

say "lists that were made elsewhere"
printf '\xef\xbb\xbfname,phone\r\nАнна,+79000000011\r\n' >bom.csv
printf 'name;phone\nБорис;8 900 000-00-12\n' >semicolon.csv
printf 'name;phone\nВера;8 900 000-00-13\n' | iconv -t cp1251 >cp1251.csv
for file in bom semicolon cp1251; do
  flead lead import "$file.csv" --consent processing --json >import.json 2>import.log ||
    fail "import of $file.csv: $(cat import.log)"
done
names=$(flead lead list --json)
for name in Анна Борис Вера; do check_contains "$names" "\"$name\"" "imported names"; done
check_lacks "$names" "﻿" "a BOM in a name"

say "a list cut in the middle is refused whole: nothing is half done"
before=$(store_digest)
printf 'name,phone\nГлеб,+79000000014\nДарья,"+7900000' >cut.csv
fails_with 6 flead lead import cut.csv --consent processing --json
check_eq "$(store_digest)" "$before" "the store after the cut list"

say "a list with bad rows: the good ones are kept, the others named with a reason"
printf 'name,phone\nГлеб,+79000000014\nДарья,12345\n' >mixed.csv
flead lead import mixed.csv --dry-run --consent processing --json >dry.json 2>&1 || true
check_eq "$(store_digest)" "$before" "the store after --dry-run"
flead lead import mixed.csv --consent processing --rejects rejects.csv --json >mixed.json 2>&1 ||
  true
check_contains "$(cat rejects.csv)" "Дарья" "the rejected rows"
check_contains "$(flead lead list --json)" "Глеб" "the whole row"
check_lacks "$(flead lead list --json)" "Дарья" "the rejected row"
