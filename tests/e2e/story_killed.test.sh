#!/usr/bin/env bash
# The process is killed by SIGKILL between the answer and the send. What was answered with 201 is
# kept,
# what was not sent goes out after the restart, and what may have gone out is not sent again.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_browser
need_smtp

init_store --locale ru --tz Europe/Moscow
smtp_port=$(free_port)
add_email_channel "$smtp_port"
add_slots

say "killed after the 201, before anything could be sent"
start_serve --no-jobs
send_by_widget '{"name":"Вера","email":"vera@example.test"}'
kill -KILL "$serve_pid"
wait "$serve_pid" 2>/dev/null || true
start_mail mail --port "$smtp_port"
serve_port=$port
start_serve
mail_to mail 1
link=$(mail_link mail/1.eml)

say "killed while the server has the mail and has not answered: it may be out"
first=$lead
kill -TERM "$smtp_pid"
wait "$smtp_pid" 2>/dev/null || true
SMTP_SLOW=600 start_mail slow --port "$smtp_port"
post_json /api/v1/leads \
  '{"email":"slow@example.test","consent":{"purposes":["processing"]}}'
check_eq "$status" 201 "the second lead"
second=$(json "$body" id)
state_of() { json "$(flead message list --lead "$1" --json)" 0.state; }
in_flight() { [ "$(state_of "$second")" = sending ] && [ "$(slow_data)" -gt 0 ]; }
slow_data() { grep -c '"event": "connection"' slow/log; }
wait_until 20 "the mail in flight" in_flight
kill -KILL "$serve_pid"
wait "$serve_pid" 2>/dev/null || true
kill -KILL "$smtp_pid" 2>/dev/null || true
start_mail after --port "$smtp_port"
start_serve
settled() { [[ $(state_of "$second") =~ ^(ambiguous|sent)$ ]]; }
wait_until 90 "what became of it" settled
say "it is $(state_of "$second")"
check_eq "$(mails after)" 0 "mails sent again"

say "the first lead's link still books"
lead=$first
book_by_link "$link"
check_booked
