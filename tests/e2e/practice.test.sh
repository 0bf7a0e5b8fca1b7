#!/usr/bin/env bash
# A practice at the shell: each command of the README's table is run once, and what it says is
# looked at.
source "$(dirname "$0")/lib.sh"
init_store --tz Europe/Moscow --locale en
for host in ira max; do
  flead slot rule add --host $host --offer $host --weekly "daily 10:00-12:00" --len 60m --json \
    >/dev/null 2>&1
done
tomorrow=$(date -u -d '+1 day' +%F)

say "a pool: round and round"
pool=$(flead offer pool set any --name "Any expert" --of ira,max --json)
check_contains "$(json "$pool" url)" "/b/acme/any" "the pool's page"
for person in anna boris; do
  flead booking create --offer any --at "${tomorrow}T10:00:00+03:00" --name $person \
    --email $person@example.org --consent processing --json >$person.json 2>/dev/null
done
check_eq "$(json "$(cat anna.json)" offer) $(json "$(cat boris.json)" offer)" "ira max" "whose"
fails_with 5 flead booking create --offer any --at "${tomorrow}T10:00:00+03:00" --name vera \
  --email vera@example.org --consent processing
check_eq "$(json_length "$(flead offer pool list --json)")" 1 "pools"
flead offer pool remove any --yes >/dev/null 2>&1
check_eq "$(flead offer pool list --json)" "[]" "no pool any more"

say "holidays: Russia's, a file's, one by hand"
check_contains "$(flead slot holiday russia --year 2026)" "2026-12-31" "the transfer"
cat >day.ics <<ICS
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:h
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:${tomorrow//-/}
SUMMARY:A day off
END:VEVENT
END:VCALENDAR
ICS
check_contains "$(flead slot holiday import day.ics)" "A day off" "the file's day"
check_lacks "$(flead slot list --offer ira --json 2>/dev/null)" "${tomorrow}T" "slots of that day"
flead slot holiday remove "$tomorrow" >/dev/null
check_contains "$(flead slot list --offer ira --json 2>/dev/null)" "${tomorrow}T" "a day again"
fails_with 3 flead slot holiday remove "$tomorrow"
fails_with 2 flead slot holiday add someday
echo rubbish >bad.ics
fails_with 6 flead slot holiday import bad.ics
check_contains "$(flead slot holiday list)" "2026-01-07" "the list"

say "a waiting list, notes and a brief"
wait_id=$(json "$(flead waitlist add vera@example.org --offer ira --json 2>/dev/null ||
  { flead lead add --name Vera --email vera@example.org --consent processing --json >/dev/null 2>&1
    flead waitlist add vera@example.org --offer ira --json; })" id)
check_eq "$(json "$(flead waitlist list --status waiting --json)" 0.id)" "$wait_id" "who waits"
flead waitlist remove "$wait_id" >/dev/null
check_eq "$(flead waitlist list --status waiting --json)" "[]" "nobody waits"
anna=$(json "$(cat anna.json)" id)
note=$(json "$(flead booking note "$anna" --text "Ask about May" --json)" id)
check_contains "$(flead booking notes "$anna")" "Ask about May" "the note"
flead booking unnote "$note" >/dev/null
check_eq "$(flead booking notes "$anna" --json)" "[]" "no note"
flead offer edit ira --questions "Why now?" --json >/dev/null
check_contains "$(flead booking brief "$anna")" "Why now?" "the brief"

say "a profile, its link, figures"
flead expert add ira --name "Ira" --topics product --json >/dev/null
link=$(json "$(flead expert link ira --json)" url)
check_contains "$link" "/h/in/" "the link"
flead expert link ira --revoke >/dev/null
check_contains "$(flead stats expert)" "ira" "the figures"
fails_with 6 flead expert link ira --send  # has no address

say "a group: rounds, a record out and in"
flead group form circle --lead anna@example.org --lead boris@example.org \
  --lead vera@example.org --json >/dev/null
check_eq "$(json_length "$(json "$(flead group rotate circle --json)" 0.people)")" 3 "a trio"
check_eq "$(json_length "$(json "$(flead group rotate circle --absent vera@example.org \
  --json)" 0.people)")" 2 "a pair"
flead group record show circle >record.md
check_contains "$(cat record.md)" "## Goals" "an empty record"
sed -i 's/^## Goals$/## Goals\n\nanna: write a plan/' record.md
check_contains "$(flead group record save circle record.md --json)" "write a plan" "what was read"
check_eq "$(flead group record show circle)" "$(cat record.md)" "the record as it was"
fails_with 3 flead group record show circle --table 9
check_contains "$(flead group list)" "circle" "the groups"
check_eq "$(json "$(flead group show circle --json)" rounds)" 2 "rounds"
echo "practice: all as promised"
