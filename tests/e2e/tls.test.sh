#!/usr/bin/env bash
# A provider whose certificate no system trusts (MAX has one of those): refused with the reason,
# believed with --ca-file, and the system's own certificates still count beside it.
source "$(dirname "$0")/lib.sh"
command -v openssl >/dev/null || skip "openssl is not installed"

init_store --tz UTC
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
  -addext 'subjectAltName=DNS:localhost' -keyout key.pem -out cert.pem >openssl.log 2>&1 ||
  fail "openssl: $(cat openssl.log)"
port=$(free_port)
cat >provider.py <<'PY'
import http.server, json, ssl, sys

class Provider(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"user_id": 229, "username": "acme_bot", "is_bot": True}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Provider)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
PY
start_background provider "$python" provider.py "$port"
wait_until 15 "the provider" port_answers "$port"
echo a-token >bot.token

say "not trusted by anybody"
flead channel add max --name plain --no-connect --base-url "https://localhost:$port" \
  --secret-file bot.token --json >/dev/null
fails_with 7 flead channel test plain --json
check_contains "$err" "--ca-file" "what to do about it"

say "trusted by this channel"
flead channel add max --name own --no-connect --base-url "https://localhost:$port" \
  --ca-file "$folder/cert.pem" --secret-file bot.token --json >/dev/null
fails_with 0 flead channel test own --json

say "a file that is not there"
flead channel add max --name lost --no-connect --base-url "https://localhost:$port" \
  --ca-file "$folder/nothing.pem" --secret-file bot.token --json >/dev/null
fails_with 7 flead channel test lost --json
check_contains "$err" "cannot be read" "what is wrong"
