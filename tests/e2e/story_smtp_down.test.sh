#!/usr/bin/env bash
# The mail server is down for the first two tries: the lead is kept, the message goes out at the
# third, once, and the link in it books.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser
need_smtp

init_store --locale ru --tz Europe/Moscow
smtp_port=$(free_port)
add_email_channel "$smtp_port"
add_slots
start_serve
send_by_widget '{"name":"Борис","email":"boris@example.test"}'

say "two tries fail, and the message waits"
message=
tried() {
  message=$(flead message list --json)
  [ "$(json "$message" 0.attempt)" -ge "$1" ] && [ "$(json "$message" 0.state)" = queued ]
}
wait_until 60 "the second try" tried 2
check_eq "$(json "$(flead lead show "$lead" --json)" status)" new "the lead meanwhile"
state=$(json "$(flead channel list --json)" 1.status)
check_eq "$state" active "a server that is down pauses nothing"

say "the server is back: the third try delivers"
start_mail mail --port "$smtp_port"
mail_to mail 1
link=$(mail_link mail/1.eml)
book_by_link "$link"
check_booked
mail_to mail 2
check_eq "$(mails mail)" 2 "mails"
