#!/usr/bin/env bash
# A real CalDAV server (Radicale): what is busy there is busy here, what is booked here is written,
# moved and taken away there. Then an .ics file over HTTP, as Outlook writes it, and one that cannot
# be read any more.
source "$(dirname "$0")/lib.sh"
command -v radicale >/dev/null || skip "radicale is not installed"

caldav_port=$(free_port)
cat >radicale.conf <<CONF
[server]
hosts = 127.0.0.1:$caldav_port
[auth]
type = htpasswd
htpasswd_filename = $folder/users
htpasswd_encryption = plain
[storage]
filesystem_folder = $folder/collections
CONF
echo "me:pw" >users
echo pw >calendar.pass
start_background radicale radicale --config radicale.conf
wait_until 30 "Radicale" port_answers "$caldav_port"
work="http://127.0.0.1:$caldav_port/me/cal/"
dav() {  # dav METHOD PATH [curl flags]: prints the status, leaves the body in dav.body
  local method=$1 path=$2
  shift 2
  curl -s -u me:pw -X "$method" -o dav.body -w '%{http_code}' "$@" "$work$path"
}
check_eq "$(dav MKCALENDAR '')" 201 "a calendar is made"

# Tomorrow and the day after, at whole hours of UTC.
day() { date -u -d "+$1 day" +%Y-%m-%d; }
compact() { echo "${1//[-:]/}"; }
put_event() {  # put_event UID START END
  printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//test//EN BEGIN:VEVENT "UID:$1" \
    DTSTAMP:20260101T000000Z "DTSTART:$2" "DTEND:$3" SUMMARY:Dentist END:VEVENT END:VCALENDAR \
    >event.ics
  check_eq "$(dav PUT "$1.ics" -H 'Content-Type: text/calendar' --data-binary @event.ics)" 201 \
    "an event is put there"
}

init_store --tz UTC
flead slot rule add --host me --weekly "daily 10:00-14:00" --len 60m --json >/dev/null 2>&1
free_at() {  # free_at DATE HOUR: whether that slot is offered
  flead slot list --from "$1" --to "$(date -u -d "$1 +1 day" +%Y-%m-%d)" --json 2>/dev/null |
    grep -q "\"starts_at\":\"$1T$2:00:00"
}
tomorrow=$(day 1)
put_event dentist "$(compact "$tomorrow")T100000Z" "$(compact "$tomorrow")T103000Z"

say "a wrong password is told, and nothing is kept"
echo wrong >wrong.pass
fails_with 7 flead calendar add --host me --caldav "$work" --user me --secret-file wrong.pass
check_contains "$err" "refuses this user and password" "the reason"
check_eq "$(flead calendar list --json)" "[]" "no calendar"

say "busy there is busy here"
free_at "$tomorrow" 10 || fail "the slot should be free before the calendar is known"
calendar=$(json "$(flead calendar add --host me --caldav "$work" --user me \
  --secret-file calendar.pass --json 2>/dev/null)" id)
! free_at "$tomorrow" 10 || fail "10:00 is busy there"
free_at "$tomorrow" 11 || fail "11:00 is free there"
check_lacks "$(strings flead.db)" "calendar.pass" "the store"
! grep -q "$caldav_port/me/cal" flead.db || fail "the address is not sealed"

say "a booking is written there"
booking=$(flead booking create --at "${tomorrow}T11:00:00Z" --name Anna --email anna@example.org \
  --consent processing --json 2>/dev/null)
id=$(json "$booking" id) uid=$(json "$booking" uid)
flead work --once >/dev/null 2>&1
check_eq "$(dav GET "$(printf %s "$uid" | sed 's/@/%40/').ics")" 200 "the booking's object"
"$python" - dav.body "$tomorrow" <<'PY'
import sys
from icalendar import Calendar
calendar = Calendar.from_ical(open(sys.argv[1], encoding="utf-8").read())
event, = calendar.walk("VEVENT")
assert "METHOD" not in calendar, calendar
assert event["DTSTART"].dt.isoformat() == sys.argv[2] + "T11:00:00+00:00", event["DTSTART"].dt
assert "Anna" in event["SUMMARY"], event["SUMMARY"]
PY
say "our own object does not make its own time busy"
flead calendar sync "$calendar" >/dev/null 2>&1
check_eq "$(json "$(flead calendar list --json)" 0.busy)" 1 "busy times read"

say "moved, it moves there; cancelled, it goes"
flead booking move "$id" --at "${tomorrow}T12:00:00Z" >/dev/null 2>&1
flead work --once >/dev/null 2>&1
check_eq "$(dav GET "$(printf %s "$uid" | sed 's/@/%40/').ics")" 200 "still one object"
check_contains "$(cat dav.body)" "T120000Z" "the new time"
flead booking cancel "$id" --yes >/dev/null 2>&1
flead work --once >/dev/null 2>&1
check_eq "$(dav GET "$(printf %s "$uid" | sed 's/@/%40/').ics")" 404 "gone there"

say "a change there shows here after the next reading"
put_event lunch "$(compact "$tomorrow")T130000Z" "$(compact "$tomorrow")T140000Z"
free_at "$tomorrow" 13 || fail "not read yet"
flead calendar sync "$calendar" >/dev/null 2>&1
! free_at "$tomorrow" 13 || fail "13:00 is busy now"
flead slot check >/dev/null || fail "slot check found something"

say "made busy there over a booking: slot check ends with 8 until one of them gives way"
booking=$(json "$(flead booking create --at "${tomorrow}T11:00:00Z" --name Boris \
  --email boris@example.org --consent processing --json 2>/dev/null)" id)
put_event clash "$(compact "$tomorrow")T113000Z" "$(compact "$tomorrow")T120000Z"
flead slot check >/dev/null || fail "not read yet"
flead calendar sync "$calendar" >/dev/null 2>&1
fails_with 8 flead slot check
check_contains "$(flead slot check --json 2>/dev/null || true)" "calendar_overlap" "the finding"
flead booking cancel "$booking" --yes >/dev/null 2>&1
flead slot check >/dev/null || fail "nothing overlaps any more"

say "a hold counts as much as a booking"
later=$(day 3)
hold=$(json "$(flead slot hold --at "${later}T11:00:00Z" --for 1h --json 2>/dev/null)" id)
put_event later "$(compact "$later")T111500Z" "$(compact "$later")T114500Z"
flead calendar sync "$calendar" >/dev/null 2>&1
fails_with 8 flead slot check
check_contains "$(flead slot check --json 2>/dev/null || true)" "$hold" "the hold"
flead booking cancel "$hold" --yes >/dev/null 2>&1
flead slot check >/dev/null || fail "nothing overlaps any more"

say "the server is gone: what was read last stays, and the try is told"
kill "${started_pids[0]}" && wait "${started_pids[0]}" 2>/dev/null || true
fails_with 7 flead calendar sync "$calendar"
! free_at "$tomorrow" 13 || fail "what was read is forgotten"
check_contains "$(json "$(flead calendar list --json)" 0.error)" "does not answer" "the reason"

say "an .ics address as Outlook writes it"
web_port=$(free_port)
mkdir web
cat >web/busy.ics <<ICS
BEGIN:VCALENDAR
VERSION:2.0
PRODID:Microsoft Exchange Server 2010
BEGIN:VEVENT
UID:standup
DTSTAMP:20260101T000000Z
DTSTART;TZID=Russian Standard Time:20240101T133000
DTEND;TZID=Russian Standard Time:20240101T140000
RRULE:FREQ=DAILY
END:VEVENT
END:VCALENDAR
ICS
start_background web "$python" -m http.server "$web_port" --bind 127.0.0.1 --directory web
wait_until 15 "a web server" port_answers "$web_port"
flead slot rule add --host two --weekly "daily 10:00-14:00" --len 60m --json >/dev/null 2>&1
second=$(flead slot list --offer two --from "$(day 2)" --to "$(day 3)" --json 2>/dev/null)
check_contains "$second" "starts_at\":\"$(day 2)T10:00:00" "10:00 before"
flead calendar add --host two --ics "http://127.0.0.1:$web_port/busy.ics" >/dev/null 2>&1
second=$(flead slot list --offer two --from "$(day 2)" --to "$(day 3)" --json 2>/dev/null)
check_lacks "$second" "starts_at\":\"$(day 2)T10:00:00" "13:30 in Moscow is 10:30 here"
check_contains "$second" "T11:00:00" "11:00 after"
echo "calendar: all as promised"
