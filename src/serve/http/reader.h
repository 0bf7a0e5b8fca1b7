// Reader: turns the bytes of one connection into whole, validated requests. Pure: no socket, no
// clock; the front feeds it and enforces the deadlines. What it lets through is plain HTTP/1.1 with
// a known length; everything that has fooled servers before (two lengths, chunks, folded lines,
// bare CR or LF, compressed bodies) is refused with a status of its own. Sources: RFC 9110, 9112.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/limits.h"
#include "serve/http/http.h"
#include "serve/http/metrics.h"

namespace flead::http {

struct Head {
  std::string method;
  std::string path;   // percent-decoded; may still be bad UTF-8 or hold control bytes
  std::string query;  // raw, without the "?"
  Headers headers;    // lower-case names, one entry each (repeats joined), values valid UTF-8
  std::size_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;  // the client waits for "100 Continue" before it sends the body
};

// Why a request goes no further; the connection is closed after the answer.
struct Refused {
  Refusal reason = Refusal::bad_request;
  int status = 400;
  std::string_view code = "bad_request";
  std::string_view detail;
};

struct ReaderLimits {
  std::size_t head_bytes_max = k_head_bytes_max;
  std::size_t headers_max = k_headers_max;
  std::size_t target_bytes_max = k_target_bytes_max;
  // Of a body, once its head is known; never above k_body_bytes_max.
  std::function<std::size_t(const Head&)> body_bytes_max;
};

class Reader {
 public:
  enum class State {
    empty,     // nothing of a request yet
    head,      // a part of the head
    body,      // the head is complete, the body is not
    complete,  // take() it
    refused,   // see refusal(); nothing more is read
  };

  explicit Reader(ReaderLimits limits) : limits_(std::move(limits)) {}

  // Adds bytes (or none, after take(), to go on with what had arrived early).
  State feed(std::string_view bytes);
  State state() const { return state_; }

  const Refused& refusal() const { return refusal_; }
  // Known from `body` on, and for refusals that came after the head was read.
  const Head* head() const { return head_ ? &*head_ : nullptr; }

  struct Message {
    Head head;
    std::string body;
  };
  // The complete request; what follows it stays for the next one.
  Message take();

 private:
  State scan();
  State parse();
  State refuse(Refused refused);

  ReaderLimits limits_;
  std::string buffer_;
  std::size_t scanned_ = 0;     // bytes of the head that have been looked at
  std::size_t line_start_ = 0;  // of the line that scanned_ is in
  std::size_t lines_ = 0;
  std::size_t head_size_ = 0;  // with the empty line; 0 while unknown
  State state_ = State::empty;
  Refused refusal_;
  std::optional<Head> head_;
};

// The text of a head, its empty line included, every line ended by CR LF. Pure; for Reader and the
// fuzzer.
std::optional<Refused> parse_head(std::string_view text, const ReaderLimits& limits, Head& head);

}  // namespace flead::http
