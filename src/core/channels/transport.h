// Transport: how core reaches the outside world without knowing a socket. serve/outbound implements
// it with libcurl; tests script it. Total: a call always gives a reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace flead::channels {

struct HttpRequest {
  std::string method = "POST";
  std::string url;    // may hold a secret (Telegram): never logged
  std::string label;  // what to log instead: "sms send", no secret, no personal data
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Certificates to trust beside the system's (PEM file), and a proxy ("http://…", "socks5h://…");
  // "" is none. Set from the channel's settings, not by connectors.
  std::string ca_file;
  std::string proxy;
  int timeout_ms = 15000;
  std::size_t reply_bytes_max = 0;  // 0: k_reply_bytes_max; `error` says when a reply is larger
};

struct HttpReply {
  int status = 0;                                            // 0: no answer
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string error;            // for the log when status is 0
  bool untrusted = false;       // status 0, because the server's certificate is not trusted
  bool may_have_acted = false;  // status 0, but request bytes left us: the outcome is unknown
  std::int64_t retry_after_ms = 0;
};

struct SmtpRequest {
  std::string url;          // smtps://host:465, smtp://host:587; the path is the EHLO name
  bool require_tls = true;  // STARTTLS or fail; false only for loopback relays
  std::string user;
  std::string password;
  std::string ca_file;    // "" is the system's store
  std::string mail_from;  // bare addresses, checked for control characters by the builder
  std::string rcpt_to;    // "" with `probe` set
  std::string data;       // the whole message, CRLF line ends, no dot-stuffing
  bool probe = false;     // connect, TLS, AUTH, NOOP; send nothing
  // Called once, when the server has asked for the message (354) and before its first byte leaves;
  // false ends the attempt with nothing sent. The outbox commits "handed over" here, so that after
  // a crash it knows whether the message can be out.
  std::function<bool()> before_data = {};
  int timeout_ms = 15000;
};

struct SmtpReply {
  enum class Stage { none, resolve, connect, tls, greeting, login, mail_from, rcpt_to, data, done };
  Stage stage = Stage::none;    // where it ended; `done` means accepted
  int code = 0;                 // last SMTP reply code, 0 for none
  std::string says;             // last reply line ("550 5.1.1 no such user"), no secrets
  bool may_have_acted = false;  // the final dot left us and no answer came
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual HttpReply http(const HttpRequest& request) = 0;
  virtual SmtpReply smtp(const SmtpRequest& request) = 0;
};

}  // namespace flead::channels
