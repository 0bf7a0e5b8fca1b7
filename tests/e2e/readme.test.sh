#!/usr/bin/env bash
# The README's first ten minutes, line by line as printed there. Only the mail server is another
# one.
source "$(dirname "$0")/lib.sh"
source "$e2e_dir/story.sh"
need_smtp
command -v openssl >/dev/null || skip "openssl is not installed"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
  -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null
start_mail mail --tls starttls --cert cert.pem --key key.pem --user hi@example.org --password secret
echo secret >smtp.pass
echo '# Согласие на обработку данных' >consent.md
echo '# Политика' >policy.md
port=$(free_port)
export FLEAD_LISTEN=127.0.0.1:$port
mkdir bin && ln -s "$flead_bin" bin/flead
export PATH="$folder/bin:$PATH"
unset -f flead

for part in session mentor; do
  sed -n "/^<!-- $part -->/,/^\`\`\`\$/p" "$source_dir/README.md" | sed -n 's/^\$ //p' >"$part"
done
[ "$(wc -l <session)" -ge 10 ] || fail "the README has no session"
[ "$(wc -l <mentor)" -ge 7 ] || fail "the README has no mentor's session"
mail="--smtp 127.0.0.1:$smtp_port --require-tls --ca-file cert.pem"
sed -i "s|--smtp mail.example.org:465|$mail|" session

while IFS= read -r line; do
  say "\$ $line"
  if [[ $line == *"&" ]]; then
    eval "${line%&}" >serve.out.log 2>serve.log </dev/null &
    started_pids+=("$!")
    wait_until 15 "serve" curl -sf -o /dev/null "http://127.0.0.1:$port/readyz"
    continue
  fi
  eval "$line" >out.txt 2>err.txt </dev/null || fail "exit $? of: $line: $(cat out.txt err.txt)"
  case $line in
    *"lead list"*) check_contains "$(cat out.txt)" Anna "flead lead list" ;;
    *"slot list"*) [ "$(wc -l <out.txt)" -gt 1 ] || fail "no free slots" ;;
    *"booking quote"*) check_contains "$(cat out.txt)" "90.00 EUR" "the price" ;;
    *"calendar feed"*) check_contains "$(cat out.txt)" "/c/feed/" "the feed" ;;
    *snippet*) check_contains "$(cat out.txt)" "<script async src=" "the snippet" ;;
  esac
done < <(cat session mentor)

say "and Anna has the mail, with the public address in it"
mail_to mail 2
check_contains "$(mail_text mail/2.eml)" "https://leads.example.org/b/acme?t=" "the greeting"
