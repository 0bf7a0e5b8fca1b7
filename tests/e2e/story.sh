# What the stories of one lead share: a real SMTP server, a browser, mails taken apart, calendars
# read
# by somebody else's reader. Sourced after lib.sh.

need_browser() {
  [ -d "$source_dir/tests/browser/node_modules/playwright-core" ] ||
    skip "the browser driver is not installed: (cd tests/browser && npm ci --ignore-scripts)"
  command -v chromium >/dev/null || skip "chromium is not installed"
}
need_smtp() {
  "$python" -c 'import aiosmtpd' 2>/dev/null || skip "python3-aiosmtpd is not installed"
}

# start_mail NAME [flags of smtp_server.py]: mails are NAME/N.eml; sets smtp_port.
start_mail() {
  local name=$1
  shift
  rm -f "$name/port"
  start_background "$name" "$python" "$e2e_dir/smtp_server.py" "$folder/$name" "$@"
  smtp_pid=$background_pid
  wait_until 20 "the SMTP server" test -s "$name/port"
  smtp_port=$(cat "$name/port")
}
add_email_channel() {  # add_email_channel PORT
  flead channel add email --smtp "127.0.0.1:$1" --from 'Студия <hi@acme.test>' --user '' --json \
    >channel.json 2>channel.log || fail "channel add: $(cat channel.log)"
}
# A host who can be met at any time from an hour on: the story never waits for office hours.
add_slots() {
  flead slot rule add --host me --weekly "daily 00:00-24:00" --len 30m "$@" --json >rules.json \
    2>rules.log || fail "slot rule add: $(cat rules.log)"
}

# send_by_widget VALUES: a visitor on the demo page; sets lead (id).
send_by_widget() {
  answer=$(node "$source_dir/tests/browser/lead.mjs" "$base/demo/acme" "$1") ||
    fail "the widget did not send"
  lead=$(json "$answer" id)
}
# book_by_link LINK [flags of book.mjs]: sets booked (its JSON).
book_by_link() {
  booked=$(node "$source_dir/tests/browser/book.mjs" "$@") || fail "the booking page did not book"
}

# mail_text FILE: subject, then the plain part. mail_link FILE: the booking link in it.
mail_text() {
  "$python" - "$1" <<'PY'
import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
assert not mail.defects, mail.defects
print(mail["Subject"])
print(mail.get_body(("plain",)).get_content())
PY
}
mail_link() { mail_text "$1" | grep -oE "$base/b/acme\?t=[A-Za-z0-9]+" | head -1; }
# mail_calendar FILE: the invite that the mail carries.
mail_calendar() {
  "$python" - "$1" <<'PY'
import email, email.policy, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
for part in mail.walk():
    if part.get_content_type() == "text/calendar":
        sys.stdout.write(part.get_content())
        sys.exit(0)
sys.exit("no calendar in this mail")
PY
}

# check_calendar FILE STARTS_AT METHOD SEQUENCE: read by icalendar, which is not ours; sets ics_uid.
check_calendar() {
  ics_uid=$("$python" - "$@" <<'PY'
import datetime, sys
from icalendar import Calendar
path, starts, method, sequence = sys.argv[1:]
calendar = Calendar.from_ical(open(path, "rb").read())
events = [part for part in calendar.walk() if part.name == "VEVENT"]
assert len(events) == 1, events
event = events[0]
assert not calendar.errors and not event.errors, (calendar.errors, event.errors)
assert str(calendar["METHOD"]) == method, calendar["METHOD"]
assert int(event["SEQUENCE"]) == int(sequence), event["SEQUENCE"]
want = datetime.datetime.fromisoformat(starts.replace("Z", "+00:00"))
assert event.decoded("DTSTART") == want, (event.decoded("DTSTART"), want)
assert event.decoded("DTEND") - want == datetime.timedelta(minutes=30), event.decoded("DTEND")
print(str(event["UID"]))
PY
  ) || fail "the calendar $1 is not what it should be: $(cat "$1")"
}

# check_booked: what the store says at the end of the story; sets starts_at.
check_booked() {
  local shown listed
  shown=$(flead lead show "$lead" --json)
  check_eq "$(json "$shown" status)" booked "flead lead show"
  listed=$(flead booking list --json)
  starts_at=$(json "$listed" 0.starts_at)
  check_eq "$(json "$listed" 0.status)" confirmed "the booking"
  check_contains "$(flead lead timeline "$lead" --json)" "booking.created" "the timeline"
}
mails() { ls "$1" 2>/dev/null | grep -c '\.eml$' || true; }
mail_to() {  # mail_to FOLDER N: the Nth mail, waited for
  wait_until 40 "mail $2" test -s "$1/$2.eml"
}
