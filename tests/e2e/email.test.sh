# E-mail through a real SMTP server: TLS and logins, each answer's verdict, the message as it
# arrives.
. "$(dirname "$0")/lib.sh"
$python -c 'import aiosmtpd' 2>/dev/null || skip "python3-aiosmtpd is not installed"
command -v openssl >/dev/null || skip "openssl is not installed"

start_smtp() {  # start_smtp NAME [flags]: sets smtp_port, smtp_pid
  local name=$1
  shift
  start_background "$name" "$python" "$e2e_dir/smtp_server.py" "$folder/$name.d" "$@"
  smtp_pid=$background_pid
  wait_until 15 "the SMTP server" test -s "$name.d/port"
  smtp_port=$(cat "$name.d/port")
}
count_log() { grep -c "\"event\": \"$2\"" "$1.d/log" 2>/dev/null || true; }
lead_to() {  # lead_to ADDRESS: sets lead
  post_json /api/v1/leads \
    "{\"name\":\"Анна Ёжикова\",\"email\":\"$1\",\"consent\":{\"purposes\":[\"processing\"]}}"
  check_eq "$status" 201 "a lead for $1: $body"
  lead=$(json "$body" id)
}
message_of() {  # message_of LEAD PATH
  json "$(flead message list --lead "$1" --json)" "0.$2"
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
  -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
echo 'correct horse' >smtp.pass
echo 'battery staple' >wrong.pass
init_store --name 'Студия «Пример»' --locale ru
start_serve --no-jobs
export FLEAD_BASE_URL=$base  # what links in messages begin with

# ---- STARTTLS with a login ----------------------------------------------------------------------
start_smtp tls --tls starttls --cert cert.pem --key key.pem --user hi@acme.test \
  --password 'correct horse'
flead channel add email --name wrong --smtp "127.0.0.1:$smtp_port" --require-tls \
  --ca-file cert.pem \
  --from hi@acme.test --secret-file wrong.pass >/dev/null 2>&1
fails_with 7 flead channel test wrong --to me@example.test
check_contains "$err" "535" "the server's words"
check_lacks "$err" "battery" "the password"
flead channel remove wrong --yes >/dev/null 2>&1

flead channel add email --name distrustful --smtp "127.0.0.1:$smtp_port" --require-tls \
  --from hi@acme.test --secret-file smtp.pass >/dev/null 2>&1
fails_with 7 flead channel test distrustful --to me@example.test
check_contains "$err" "tls" "an unknown certificate"
flead channel remove distrustful --yes >/dev/null 2>&1

added=$(flead channel add email --smtp "127.0.0.1:$smtp_port" --require-tls --ca-file cert.pem \
  --from 'Ира <hi@acme.test>' --secret-file smtp.pass --json 2>/dev/null)
check_lacks "$added" "correct horse" "what channel add prints"
check_eq "$(json "$(flead channel test email --to me@example.test --json)" verdict)" sent "a test"
check_eq "$(count_log tls message)" 1 "messages at the server"

# Sealed: the password is nowhere in the store's files.
check_eq "$(cat flead.db flead.db-wal 2>/dev/null | grep -c 'correct horse' || true)" 0 "the secret"

# ---- the message as it arrives ------------------------------------------------------------------
printf '{name|Добрый день}!\n.\n..точки\n\n{booking_url}\n' |
  flead template set lead.greeting --lang ru --file - >/dev/null
lead_to anna@example.test
first=$lead
lead_to boris@example.test
flead work --once 2>work.log
check_eq "$(message_of "$first" state)" sent "the greeting"
check_eq "$(count_log tls message)" 3 "messages at the server"
# Two letters of one run share a connection: 4 before (2 refused, 1 test with its probe), then 1.
"$python" - tls.d/2.eml "$(message_of "$first" id)" "$base" <<'PY'
import email, email.policy, sys
raw = open(sys.argv[1], "rb").read()
assert b"\r\n" in raw and raw.replace(b"\r\n", b"").count(b"\n") == 0, "only CRLF"
m = email.message_from_bytes(raw, policy=email.policy.default)
assert not m.defects, m.defects
assert m["From"] == "Ира <hi@acme.test>", m["From"]
assert m["To"] == "Анна Ёжикова <anna@example.test>", m["To"]
assert m["Message-ID"] == f"<{sys.argv[2]}@acme.test>", m["Message-ID"]
assert m["Date"].datetime.utcoffset().total_seconds() == 0
assert m["Auto-Submitted"] == "auto-generated" and "List-Unsubscribe" not in m
assert "Спасибо" in m["Subject"], m["Subject"]
text, html = m.get_content_type() == "multipart/alternative" and m.iter_parts()
assert text.get_content_type() == "text/plain" and html.get_content_type() == "text/html"
body = text.get_content().replace("\r\n", "\n")
assert body.startswith("Анна Ёжикова!\n.\n..точки\n"), repr(body)
link = f"{sys.argv[3]}/b/acme?t="
assert link in body and link in html.get_content()
assert "Выбрать время</a>" in html.get_content()
PY
check_contains "$(cat tls.d/log)" '"tls": true' "TLS"

# ---- every answer has its consequence -----------------------------------------------------------
declare -A leads
for local in nouser full spam drop greylist; do
  lead_to "$local@example.test"
  leads[$local]=$lead
done
flead work --once 2>>work.log
check_eq "$(message_of "${leads[nouser]}" state)" unreachable "nouser"
check_eq "$(message_of "${leads[full]}" state)" queued "full"
check_eq "$(message_of "${leads[spam]}" state)" rejected "spam"
check_eq "$(message_of "${leads[drop]}" state)" ambiguous "drop"
check_eq "$(message_of "${leads[greylist]}" state)" queued "greylist"
check_contains "$(message_of "${leads[nouser]}" provider_says)" "550 5.1.1" "nouser's words"
check_eq "$(json "$(flead channel list --json)" 1.status)" active "the channel"
kept=$(count_log tls message)
flead work --once 2>>work.log
check_eq "$(count_log tls message)" "$kept" "an ambiguous mail is not repeated"

# Of the two, a person hurries one: greylisting is over, and the mail keeps its Message-ID.
flead message retry "$(message_of "${leads[greylist]}" id)" >/dev/null
flead work --once 2>>work.log
check_eq "$(message_of "${leads[greylist]}" state)" sent "greylist after a retry"
flead message retry "$(message_of "${leads[drop]}" id)" >/dev/null
flead work --once 2>>work.log
ids=$(grep -h '^Message-ID' tls.d/*.eml | sort | uniq -c | awk '$1 == 2' | wc -l)
check_eq "$ids" 1 "the dropped mail under one Message-ID"

# ---- down, then without TLS ---------------------------------------------------------------------
kill -TERM "$smtp_pid"
wait "$smtp_pid" 2>/dev/null || true
lead_to later@example.test
flead work --once 2>>work.log
check_eq "$(message_of "$lead" state)" queued "with the server down"
check_eq "$(json "$(flead channel list --json)" 1.status)" active "a down server pauses nothing"
start_smtp again --port "$smtp_port"  # no STARTTLS, no login
flead message retry "$(message_of "$lead" id)" >/dev/null
flead work --once 2>>work.log
check_eq "$(count_log again message)" 0 "mail to a server without TLS"
check_eq "$(json "$(flead channel list --json)" 1.status)" paused "the channel without TLS"
check_contains "$(cat work.log)" "channel.paused" "the log"
check_lacks "$(cat work.log serve.log)" "correct horse" "the logs"
check_lacks "$(cat work.log serve.log)" "later@example.test" "the logs"

# ---- implicit TLS, a relay without any, and mail for a mailbox that answers late ---------------
kill -TERM "$smtp_pid"
start_smtp smtps --tls implicit --cert cert.pem --key key.pem
flead channel add email --name smtps --base-url "smtps://127.0.0.1:$smtp_port" --ca-file cert.pem \
  --from hi@acme.test --user '' >/dev/null 2>&1
flead channel test smtps --to me@example.test >/dev/null
start_smtp plain
flead channel add email --name plain --smtp "127.0.0.1:$smtp_port" --from hi@acme.test \
  --user '' >/dev/null 2>&1
flead channel test plain --to slow@example.test >/dev/null
check_eq "$(count_log smtps message)$(count_log plain message)" 11 "both arrived"
