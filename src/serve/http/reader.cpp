#include "serve/http/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace flead::http {
namespace {

constexpr Refused k_bad_line = {Refusal::bad_request, 400, "bad_request",
                                "The request line is malformed."};
constexpr Refused k_bad_header = {Refusal::bad_request, 400, "bad_request",
                                  "A header line is malformed."};
constexpr Refused k_bad_bytes = {Refusal::bad_request, 400, "bad_request",
                                 "The head holds control bytes or a bare CR or LF."};
constexpr Refused k_bad_length = {Refusal::bad_request, 400, "bad_content_length",
                                  "Content-Length must be there once, in digits."};
constexpr Refused k_bad_host = {Refusal::bad_request, 400, "bad_host",
                                "HTTP/1.1 takes exactly one Host header."};
constexpr Refused k_repeated = {Refusal::bad_request, 400, "bad_request",
                                "A header that may come once came twice."};
constexpr Refused k_no_length = {Refusal::length_required, 411, "length_required",
                                 "Send the body with a Content-Length, not in chunks."};
constexpr Refused k_body_too_large = {Refusal::body_too_large, 413, "body_too_large",
                                      "The body is larger than this address takes."};
constexpr Refused k_long_target = {Refusal::target_too_long, 414, "target_too_long",
                                   "The address is too long."};
constexpr Refused k_encoded = {Refusal::unsupported_body, 415, "unsupported_content_encoding",
                               "Compressed bodies are not taken."};
constexpr Refused k_large_head = {Refusal::head_too_large, 431, "head_too_large",
                                  "The request has too many or too long headers."};
constexpr Refused k_bad_version = {Refusal::version_unsupported, 505, "version_unsupported",
                                   "Only HTTP/1.1 and HTTP/1.0 are spoken here."};

// Room for the method, two spaces and the version around the longest target.
constexpr std::size_t k_line_slack = 32;
constexpr std::size_t k_length_digits_max = 12;

// Names that must not repeat: whoever reads the other one than we do is fooled.
constexpr std::array<std::string_view, 5> k_single = {"host", "content-type", "authorization",
                                                      "origin", "idempotency-key"};
// Never shown to handlers. Range: every answer is whole. The *_addr names: what the library behind
// us would trust. The rest belongs to the connection, not to the request.
constexpr std::array<std::string_view, 11> k_hidden = {
    "range",      "if-range", "remote_addr", "remote_port", "local_addr",      "local_port",
    "connection", "expect",   "keep-alive",  "upgrade",     "proxy-connection"};

bool is_control_byte(unsigned char c) {
  return (c < 0x20 && c != '\t') || c == 0x7F;
}

bool is_token(std::string_view text) {
  constexpr std::string_view k_marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           k_marks.find(c) != std::string_view::npos;
  });
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Path and query of the target, which may be a whole URL (RFC 9112 section 3.2.2) or "*".
bool parse_target(std::string_view target, Head& head) {
  if (target.find('#') != std::string_view::npos) return false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find_first_of("/?", scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
    break;
  }
  if (!target.starts_with('/') && target != "*") return false;
  const auto question = target.find('?');
  head.path = percent_decode(target.substr(0, question));
  head.query = question == std::string_view::npos ? "" : target.substr(question + 1);
  return true;
}

// "GET /path HTTP/1.1"; says in `minor` which 1.x it was.
std::optional<Refused> parse_request_line(std::string_view line, const ReaderLimits& limits,
                                          Head& head, char& minor) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return k_bad_line;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || target.find_first_of(" \t") != target.npos) {
    return k_bad_line;
  }
  if (target.size() > limits.target_bytes_max) return k_long_target;
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.') return k_bad_line;
  if (version[5] != '1' || (version[7] != '1' && version[7] != '0')) return k_bad_version;
  minor = version[7];
  head.method = method;
  if (!parse_target(target, head)) return k_bad_line;
  return std::nullopt;
}

// What is seen on the way through the headers and judged at the end.
struct Seen {
  bool length = false;
  bool chunks = false;
  bool host = false;
  bool close = false;       // Connection: close
  bool keep_alive = false;  // Connection: keep-alive, which only HTTP/1.0 needs
};

std::optional<Refused> read_header(std::string name, std::string_view value, Head& head,
                                   Seen& seen) {
  if (name == "content-length") {
    const bool digits =
        !value.empty() && value.size() <= k_length_digits_max &&
        std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (seen.length || !digits) return k_bad_length;
    seen.length = true;
    std::from_chars(value.data(), value.data() + value.size(), head.content_length);
    return std::nullopt;
  }
  const std::string lower_value = ascii_lower(value);
  if (name == "transfer-encoding") {
    seen.chunks = true;
    return std::nullopt;
  }
  if (name == "content-encoding") {
    if (lower_value != "identity") return k_encoded;
    return std::nullopt;
  }
  if (name == "host") seen.host = true;
  if (name == "expect" && lower_value == "100-continue") head.expects_continue = true;
  if (name == "connection") {
    for (const std::string& option : split(lower_value, ',')) {
      seen.close = seen.close || option == "close";
      seen.keep_alive = seen.keep_alive || option == "keep-alive";
    }
  }
  if (contains(k_hidden, name)) return std::nullopt;
  for (auto& [known, text] : head.headers) {
    if (known != name) continue;
    if (name == "host") return k_bad_host;
    if (contains(k_single, name)) return k_repeated;
    text.append(name == "cookie" ? "; " : ", ").append(repair_utf8(value));
    return std::nullopt;
  }
  head.headers.emplace_back(std::move(name), repair_utf8(value));
  return std::nullopt;
}

}  // namespace

std::optional<Refused> parse_head(std::string_view text, const ReaderLimits& limits, Head& head) {
  const auto next_line = [&text] {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(std::min(text.size(), line.size() + 2));
    return line;
  };
  char minor = '1';
  if (const auto bad = parse_request_line(next_line(), limits, head, minor)) return bad;
  Seen seen;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::string_view line = next_line();
    if (line.empty()) break;
    if (++count > limits.headers_max) return k_large_head;
    const auto colon = line.find(':');
    // A folded line starts with a space and a space before ":" is none of a token: both end here.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return k_bad_header;
    const auto bad =
        read_header(ascii_lower(line.substr(0, colon)), trim(line.substr(colon + 1)), head, seen);
    if (bad) return bad;
  }
  if (seen.chunks) return k_no_length;
  if (!seen.host && minor == '1') return k_bad_host;
  head.keep_alive = !seen.close && (minor == '1' || seen.keep_alive);
  return std::nullopt;
}

Reader::State Reader::refuse(Refused refused) {
  refusal_ = refused;
  buffer_.clear();
  return state_ = State::refused;
}

Reader::State Reader::feed(std::string_view bytes) {
  if (state_ == State::refused) return state_;
  buffer_.append(bytes);
  if (head_size_ == 0 && scan() == State::refused) return state_;
  if (head_size_ == 0) return state_;
  if (!head_ && parse() == State::refused) return state_;
  const bool whole = buffer_.size() - head_size_ >= head_->content_length;
  return state_ = whole ? State::complete : State::body;
}

// Looks at each byte once, as it comes: a client that drips costs no more than one that does not,
// and garbage is refused at its first byte instead of at the deadline.
Reader::State Reader::scan() {
  for (; scanned_ < buffer_.size(); ++scanned_) {
    const char c = buffer_[scanned_];
    const bool after_cr = scanned_ > line_start_ && buffer_[scanned_ - 1] == '\r';
    if (scanned_ >= limits_.head_bytes_max) return refuse(k_large_head);
    if (lines_ == 0 && scanned_ - line_start_ > limits_.target_bytes_max + k_line_slack) {
      return refuse(k_long_target);
    }
    if ((c == '\n') != after_cr) return refuse(k_bad_bytes);
    if (c != '\n' && c != '\r' && is_control_byte(static_cast<unsigned char>(c))) {
      return refuse(k_bad_bytes);
    }
    if (c != '\n') continue;
    const bool empty_line = scanned_ - line_start_ == 1;
    line_start_ = scanned_ + 1;
    if (!empty_line) {
      if (++lines_ > limits_.headers_max + 1) return refuse(k_large_head);
    } else if (lines_ > 0) {
      head_size_ = ++scanned_;
      return state_ = State::body;
    }
    // An empty line before the request line is skipped (RFC 9112 section 2.2).
  }
  return state_ = buffer_.empty() ? State::empty : State::head;
}

Reader::State Reader::parse() {
  std::string_view text(buffer_.data(), head_size_);
  while (text.starts_with("\r\n")) text.remove_prefix(2);
  Head head;
  if (const auto bad = parse_head(text, limits_, head)) return refuse(*bad);
  head_ = std::move(head);
  std::size_t body_max = k_body_bytes_max;
  if (limits_.body_bytes_max) body_max = std::min(body_max, limits_.body_bytes_max(*head_));
  if (head_->content_length > body_max) return refuse(k_body_too_large);
  return state_ = State::body;
}

Reader::Message Reader::take() {
  Message message;
  message.head = std::move(*head_);
  const std::size_t size = head_size_ + message.head.content_length;
  message.body = buffer_.substr(head_size_, message.head.content_length);
  buffer_.erase(0, size);
  if (buffer_.empty()) buffer_.shrink_to_fit();  // an idle connection holds no request's memory
  head_.reset();
  scanned_ = line_start_ = lines_ = head_size_ = 0;
  state_ = State::empty;
  return message;
}

}  // namespace flead::http
