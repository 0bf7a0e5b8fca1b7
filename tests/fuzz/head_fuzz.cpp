// The bytes of one connection: however they are cut into packets, the same requests come out, and
// none of them holds what a handler must never see.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "fuzz/fuzz.h"
#include "serve/http/reader.h"

namespace flead::http {
namespace {

constexpr std::size_t k_fuzz_body_bytes_max = 100;

struct Read {
  std::vector<Reader::Message> messages;
  Reader::State state = Reader::State::empty;
  Refused refusal;
};

// Sizes of pieces. The same input is always cut in the same places, so a crash repeats.
class Cuts {
 public:
  // 0: all at once; 1: byte by byte; from 2 on anywhere.
  Cuts(std::string_view input, std::uint64_t kind) : all_(input.size()), kind_(kind) {
    for (const char c : input) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    state_ += kind;
  }
  std::size_t next() {
    if (kind_ < 2) return kind_ == 0 ? std::max<std::size_t>(all_, 1) : 1;
    state_ = state_ * 0x5851F42D4C957F2DULL + 0x14057B7EF767814FULL;
    const std::uint64_t dice = state_ >> 33;
    const std::size_t most = dice % 4 == 0 ? all_ + 1 : 16;  // a part of a line, or of everything
    return 1 + (dice >> 2) % most;
  }

 private:
  std::size_t all_;
  std::uint64_t kind_;
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

Read read_all(std::string_view input, Cuts cuts) {
  ReaderLimits limits;
  limits.body_bytes_max = [](const Head&) { return k_fuzz_body_bytes_max; };
  Reader reader(limits);
  Read read;
  while (!input.empty()) {
    const std::size_t size = std::min(cuts.next(), input.size());
    read.state = reader.feed(input.substr(0, size));
    input.remove_prefix(size);
    while (read.state == Reader::State::complete) {
      read.messages.push_back(reader.take());
      read.state = reader.feed({});
    }
  }
  read.refusal = reader.refusal();
  return read;
}

void check(const Reader::Message& message) {
  const Head& head = message.head;
  FLEAD_ASSERT(message.body.size() == head.content_length);
  FLEAD_ASSERT(head.content_length <= k_fuzz_body_bytes_max);
  FLEAD_ASSERT(!head.method.empty() && !head.path.empty());
  FLEAD_ASSERT(head.headers.size() <= k_headers_max);
  for (const auto& [name, value] : head.headers) {
    FLEAD_ASSERT(!name.empty() && name == ascii_lower(name));
    FLEAD_ASSERT(name != "transfer-encoding" && name != "content-encoding" && name != "range");
    FLEAD_ASSERT(name != "remote_addr" && name != "local_addr");
    FLEAD_ASSERT(valid_utf8(value) && value.find_first_of("\r\n") == std::string::npos);
    FLEAD_ASSERT(value.find('\0') == std::string::npos);
  }
}

void check_same(const Read& one, const Read& other) {
  FLEAD_ASSERT(one.state == other.state);
  FLEAD_ASSERT(one.messages.size() == other.messages.size());
  for (std::size_t i = 0; i < one.messages.size(); ++i) {
    const auto& [head, body] = one.messages[i];
    const auto& [other_head, other_body] = other.messages[i];
    FLEAD_ASSERT(head.method == other_head.method && head.path == other_head.path);
    FLEAD_ASSERT(head.query == other_head.query && head.keep_alive == other_head.keep_alive);
    FLEAD_ASSERT(head.headers == other_head.headers && body == other_body);
  }
  if (one.state != Reader::State::refused) return;
  FLEAD_ASSERT(one.refusal.status == other.refusal.status);
  FLEAD_ASSERT(one.refusal.code == other.refusal.code);
}

}  // namespace

FLEAD_FUZZ(head) {
  const Read whole = read_all(input, {input, 0});
  for (const Reader::Message& message : whole.messages) check(message);
  if (whole.state == Reader::State::refused) {
    constexpr std::array k_statuses = {400, 411, 413, 414, 415, 431, 505};
    FLEAD_ASSERT(std::count(k_statuses.begin(), k_statuses.end(), whole.refusal.status) == 1);
  }
  for (std::uint64_t kind = 1; kind < 5; ++kind) check_same(whole, read_all(input, {input, kind}));
}

}  // namespace flead::http
