#!/usr/bin/env bash
# The canary: it finds an open way, names the hop that is closed, and leaves nothing behind.
source "$(dirname "$0")/lib.sh"
init_store
start_serve

# Rows that a canary passes through, and figures: all of them zero again afterwards.
left() {
  sqlite3 -readonly flead.db "SELECT
    (SELECT COUNT(*) FROM leads) + (SELECT COUNT(*) FROM events) + (SELECT COUNT(*) FROM consents) +
    (SELECT COUNT(*) FROM intake_raw) + (SELECT COUNT(*) FROM messages) +
    (SELECT COUNT(*) FROM erasures) +
    (SELECT COUNT(*) FROM jobs WHERE kind IN ('lead.greet', 'message.send')) +
    (SELECT COUNT(*) FROM day_counts WHERE count <> 0) +
    (SELECT COUNT(*) FROM lead_totals WHERE count <> 0)"
}

say "an open way: exit 0, each hop with its time, nothing left"
fails_with 0 flead canary run --url "$base" --json
check_eq "$(json "$out" state)" passed "the run"
check_eq "$(json "$out" failed_hop)" null "the failed hop"
check_contains "$out" '"channel"' "the hops"
check_eq "$(left)" 0 "what is left of it"
check_eq "$(wc -l <outbox.jsonl)" 1 "greetings"
fails_with 0 flead db check

say "with times to book, the link in the greeting must answer"
flead slot rule add --host me --weekly "daily 00:00-24:00" --len 30m --json >rules.json 2>rules.log
fails_with 0 flead canary run --url "$base" --json
check_contains "$(json "$out" hops)" "/b/acme" "the booking hop"
check_eq "$(left)" 0 "what is left of it"

say "silence is a fault, a lead ends it"
fails_with 8 flead canary run --expect-leads 1 --within 3d
post_json /api/v1/leads '{"phone":"+79000000001","consent":{"purposes":["processing"]}}'
check_eq "$status" 201 "a lead"
lead=$(json "$body" id)
fails_with 0 flead canary run --expect-leads 1 --within 3d --json
fails_with 8 flead canary run --expect-leads 2 --within 3d
fails_with 2 flead canary run --expect-leads 1 --within soon
wait_until 20 "its greeting" grep -q 79000000001 outbox.jsonl
flead privacy erase "$lead" --yes >/dev/null
sqlite3 flead.db 'DELETE FROM erasures'
check_eq "$(left)" 0 "rows before the next canary"

say "a wrong address: exit 8 at health"
fails_with 8 flead canary run --url "http://127.0.0.1:$(free_port)" --json
check_contains "$err" "health" "what it says"
check_eq "$(left)" 0 "what is left of it"

say "a spam proof that visitors must bring does not keep the canary out"
flead config set spam.proof always >/dev/null
fails_with 0 flead canary run --url "$base"
flead config set spam.proof auto >/dev/null

say "a dead channel: exit 8 at channel, and nothing left"
dead=$(free_port)
flead channel add email --smtp "127.0.0.1:$dead" --from 'Acme <hi@acme.test>' --user '' --json \
  >channel.json 2>channel.log || fail "channel add: $(cat channel.log)"
fails_with 8 flead canary run --url "$base" --timeout 3s --json
check_contains "$err" "channel" "what it says"
check_contains "$(json "$out" hops)" "email" "the hop's detail"
check_eq "$(left)" 0 "what is left of it"

say "every run is on record"
fails_with 0 flead canary list --json
check_eq "$(json "$out" 0.state)" failed "the newest run"
check_eq "$(json "$out" 0.failed_hop)" channel "its failed hop"
check_eq "$(json_length "$out")" 5 "runs"

say "the channel again, by itself: the greeting goes to the channel's own address"
if "$python" -c 'import aiosmtpd' 2>/dev/null; then
  source "$e2e_dir/story.sh"
  start_mail mail
  flead channel remove email --yes >/dev/null
  add_email_channel "$smtp_port"
  fails_with 0 flead canary run --url "$base"
  mail_to mail 1
  check_contains "$(grep -iA1 '^To:' mail/1.eml)" "hi+canary@acme.test" "who got it"
  check_eq "$(left)" 0 "what is left of it"
else
  say "(python3-aiosmtpd is not installed: left out)"
fi
