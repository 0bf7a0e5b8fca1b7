"""A shop for the stories: keeps what is posted to it, in the order of coming.

  hook_server.py FOLDER [--refuse N]   writes FOLDER/port, FOLDER/calls.jsonl

The first N posts are answered with 500, the others with 200; every GET is a page that says so.
"""
import http.server
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
refuse = int(sys.argv[3]) if len(sys.argv) > 3 else 0
folder.mkdir(parents=True, exist_ok=True)


class Shop(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, b"<!doctype html><title>shop</title>back in the shop")

    def do_POST(self):
        global refuse
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(folder / "calls.jsonl", "ab") as calls:
            calls.write(body + b"\n")
        refuse -= 1
        self.answer(500 if refuse >= 0 else 200)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
(folder / "port.new").write_text(str(server.server_address[1]))
(folder / "port.new").rename(folder / "port")
server.serve_forever()
