#include "serve/http/reader.h"

#include <string>
#include <vector>

#include "support/catch.h"

namespace flead::http {
namespace {

using State = Reader::State;

ReaderLimits roomy_limits() {
  ReaderLimits limits;
  limits.body_bytes_max = [](const Head&) { return std::size_t{1000}; };
  return limits;
}

// The status that refuses these bytes; 0 when they are taken or need more.
int refusal_of(const std::string& bytes) {
  Reader reader(roomy_limits());
  if (reader.feed(bytes) != State::refused) return 0;
  return reader.refusal().status;
}

std::string lines(std::size_t count, const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line;
  return text;
}

}  // namespace

TEST_CASE("http: a plain request is read whole", "[http]") {
  Reader reader(roomy_limits());
  const State state = reader.feed(
      "POST /a%20b/c?x=1&y=%D1%8F HTTP/1.1\r\nHost: h\r\nX-Two: a\r\nX-TWO:  b \r\n"
      "Content-Type: application/json\r\nContent-Length: 4\r\n\r\nbody");
  REQUIRE(state == State::complete);
  const Reader::Message message = reader.take();
  CHECK(message.head.method == "POST");
  CHECK(message.head.path == "/a b/c");
  CHECK(message.head.query == "x=1&y=%D1%8F");
  CHECK(message.head.keep_alive);
  CHECK(message.body == "body");
  CHECK(message.head.headers ==
        Headers{{"host", "h"}, {"x-two", "a, b"}, {"content-type", "application/json"}});
  CHECK(reader.state() == State::empty);
}

TEST_CASE("http: the cut between two packets does not matter", "[http]") {
  const std::string bytes =
      "\r\nPOST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "GET /q HTTP/1.1\r\nHost: h\r\n\r\n";
  std::vector<std::string> paths;
  Reader reader(roomy_limits());
  for (const char byte : bytes) {
    if (reader.feed({&byte, 1}) == State::complete) paths.push_back(reader.take().head.path);
    REQUIRE(reader.state() != State::refused);
  }
  CHECK(paths == std::vector<std::string>{"/p", "/q"});
}

TEST_CASE("http: requests that arrive together are taken one by one", "[http]") {
  Reader reader(roomy_limits());
  REQUIRE(reader.feed("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGE") ==
          State::complete);
  CHECK(reader.take().head.path == "/1");
  REQUIRE(reader.feed({}) == State::complete);
  CHECK(reader.take().head.path == "/2");
  CHECK(reader.feed({}) == State::head);
}

TEST_CASE("http: what has fooled servers is refused", "[http]") {
  struct Case {
    int status;
    std::string bytes;
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const auto& [status, bytes] = GENERATE_COPY(values<Case>({
      {400,
       "G"
       "\x01"},
      {400, "\x16\x03\x01"},  // a TLS hello
      {400, "GET / HTTP/1.1\nHost: h\n\n"},
      {400, "GET / HTTP/1.1\rHost: h\r\n\r\n"},
      {400, get + "X: a\rb\r\n\r\n"},
      {400, get + std::string("X: a\0b\r\n\r\n", 10)},
      {400, get + "X : a\r\n\r\n"},
      {400, get + " folded\r\n\r\n"},
      {400, get + "X: a\r\n\tfolded\r\n\r\n"},
      {400, get + "no colon\r\n\r\n"},
      {400, get + ": no name\r\n\r\n"},
      {400, get + "X\xC3\x84: a\r\n\r\n"},
      {400, get + "Host: other\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n\r\n"},  // no Host
      {400, get + "Authorization: a\r\nauthorization: b\r\n\r\n"},
      {400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /#x HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET nowhere HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "CONNECT host:443 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {400, "GET /\r\nHost: h\r\n\r\n"},
      {400, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\n"},
      {400, post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody"},
      {400, post + "Content-Length: 4, 4\r\n\r\nbody"},
      {400, post + "Content-Length: -1\r\n\r\n"},
      {400, post + "Content-Length: +1\r\n\r\n"},
      {400, post + "Content-Length: 0x10\r\n\r\n"},
      {400, post + "Content-Length:\r\n\r\n"},
      {400, post + "Content-Length: 99999999999999999999\r\n\r\n"},
      {411, post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
      {411, post + "Transfer-Encoding: chunked\r\n\r\n-5\r\n"},
      {411, post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nbody"},
      {411, post + "Content-Length: 4\r\nTransfer-Encoding: identity\r\n\r\nbody"},
      {413, post + "Content-Length: 1001\r\n\r\n"},
      {413, post + "Content-Length: 314572800\r\n\r\n"},
      {414, "GET /" + std::string(8191, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {414, "GET /" + std::string(10000, 'a')},
      {415, post + "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody"},
      {431, get + lines(101, "X: a\r\n") + "\r\n"},
      {431, get + lines(100000, "X: a\r\n")},
      {431, get + "X: " + std::string(17000, 'a')},
  }));
  CAPTURE(bytes.substr(0, 80));
  CHECK(refusal_of(bytes) == status);
}

TEST_CASE("http: what is odd and allowed is taken", "[http]") {
  const std::string bytes = GENERATE(
      as<std::string>(), "GET / HTTP/1.0\r\n\r\n", "GET http://h/x?y HTTP/1.1\r\nHost: h\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX:\t\xFF\xFE\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: identity\r\n"
      "Content-Length: 0\r\n\r\n");
  CAPTURE(bytes);
  Reader reader(roomy_limits());
  CHECK(reader.feed(bytes) == State::complete);
}

TEST_CASE("http: headers of the connection and of the library's trust stay hidden", "[http]") {
  Reader reader(roomy_limits());
  REQUIRE(reader.feed("GET / HTTP/1.1\r\nHost: h\r\nREMOTE_ADDR: 1.2.3.4\r\nLocal_Port: 1\r\n"
                      "Range: bytes=0-1\r\nConnection: close\r\nAccept-Encoding: br\r\n"
                      "X-Bad: \xFF\r\n\r\n") == State::complete);
  const Head head = reader.take().head;
  CHECK_FALSE(head.keep_alive);
  CHECK(head.headers ==
        Headers{{"host", "h"}, {"accept-encoding", "br"}, {"x-bad", "\xEF\xBF\xBD"}});
}

TEST_CASE("http: who stays connected", "[http]") {
  struct Case {
    std::string bytes;
    bool keep_alive;
  };
  const auto& [bytes, keep_alive] = GENERATE(values<Case>({
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close, keep-alive\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
  }));
  CAPTURE(bytes);
  Reader reader(roomy_limits());
  REQUIRE(reader.feed(bytes) == State::complete);
  CHECK(reader.take().head.keep_alive == keep_alive);
}

TEST_CASE("http: a body is refused by its announced size, before it comes", "[http]") {
  Reader reader(roomy_limits());
  CHECK(reader.feed("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                    "Content-Length: 1000\r\n\r\n") == State::body);
  CHECK(reader.head()->expects_continue);
  CHECK(reader.feed(std::string(999, 'x')) == State::body);
  CHECK(reader.feed("x") == State::complete);
}

}  // namespace flead::http
