#!/usr/bin/env bash
# One lead, end to end, by e-mail: a browser clicks the widget on the demo page, the mail arrives
# in a
# real SMTP server, the link from that mail books a slot, the calendar parses, the store says so.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser
need_smtp

init_store --name 'Студия «Пример»' --locale ru --tz Europe/Moscow
start_mail mail
add_email_channel "$smtp_port"
add_slots
start_serve

say "a visitor sends the widget"
send_by_widget '{"name":"Анна Ёжикова","email":"anna@example.test","phone":"8 (900) 000-00-01"}'

say "the mail arrives"
mail_to mail 1
check_contains "$(mail_text mail/1.eml)" "Анна Ёжикова" "the greeting"
link=$(mail_link mail/1.eml)
[ -n "$link" ] || fail "no booking link in the mail: $(mail_text mail/1.eml)"

say "its link books a slot"
book_by_link "$link"
[ "$(json "$booked" times)" -gt 0 ] || fail "no free times"
check_booked

say "the invite arrives and parses, by mail and from the page"
mail_to mail 2
mail_calendar mail/2.eml >invite.ics
check_calendar invite.ics "$starts_at" REQUEST 0
first_uid=$ics_uid
request GET "$(json "$booked" ics)"
check_eq "$status" 200 "the calendar file"
cp body.txt page.ics
check_calendar page.ics "$starts_at" PUBLISH 0
check_eq "$ics_uid" "$first_uid" "UID on the page and in the mail"

say "cancelled: the same UID, the next SEQUENCE, and the slot is free again"
booking=$(json "$(flead booking list --json)" 0.id)
flead booking cancel "$booking" --reason 'Заболел' --yes >/dev/null
mail_to mail 3
mail_calendar mail/3.eml >cancel.ics
check_calendar cancel.ics "$starts_at" CANCEL 1
check_eq "$ics_uid" "$first_uid" "UID of the cancellation"
get_as "$pk" "/api/v1/slots?from=$starts_at"
check_contains "$body" "$starts_at" "free slots afterwards"

say "nobody was written to twice, and no log knows who it was"
check_eq "$(mails mail)" 3 "mails"
check_lacks "$(cat serve.log)" "anna@example.test" "the log"
check_lacks "$(cat serve.log)" "79000000001" "the log"
stop_serve
check_eq "$serve_exit" 0 "exit of serve"
