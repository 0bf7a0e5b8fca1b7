#include "serve/http/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/base/text.h"

namespace flead::http {
namespace {

using AddressBytes = std::array<unsigned char, 16>;
constexpr int k_v4_prefix_bits = 96;  // of ::ffff:0:0/96

std::optional<AddressBytes> address_bytes(std::string_view text) {
  const std::string copy(text);
  AddressBytes bytes{};
  in_addr v4{};
  if (inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    bytes[10] = bytes[11] = 0xFF;
    std::memcpy(bytes.data() + 12, &v4, 4);
    return bytes;
  }
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

// "::ffff:1.2.3.4" is "1.2.3.4"; IPv6 in its one canonical writing.
std::string address_text(const AddressBytes& bytes) {
  static constexpr AddressBytes k_mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = std::equal(bytes.begin(), bytes.begin() + 12, k_mapped.begin());
  if (v4) {
    inet_ntop(AF_INET, bytes.data() + 12, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  }
  return text.data();
}

std::optional<int> whole_number(std::string_view text, int max) {
  int value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  if (value < 0 || value > max) return std::nullopt;
  return value;
}

// Proxies write "1.2.3.4", "1.2.3.4:5678", "2001:db8::1" or "[2001:db8::1]:5678".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    return close == std::string_view::npos ? std::string_view() : text.substr(1, close - 1);
  }
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon == text.rfind(':') ? text.substr(0, colon) : text;
}

bool any_contains(const std::vector<Cidr>& ranges, std::string_view address) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Cidr& range) { return range.contains(address); });
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto bad = [&] {
    return usage_error("listen_invalid",
                       fmt::format("\"{}\" is not an address to listen on.", repair_utf8(text)),
                       "Write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080.");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const auto port = whole_number(text.substr(colon + 1), 65535);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos || !address_bytes(host)) return bad();
  } else if (host.find(':') != std::string_view::npos) {
    return bad();  // IPv6 without brackets: the port could be a part of it
  }
  if (!port || host.empty() || has_control_characters(host)) return bad();
  return ListenAddress{std::string(host), *port};
}

std::string format_address(std::string_view host, int port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const auto bad = [&] {
    return usage_error("cidr_invalid",
                       fmt::format("\"{}\" is not an address range.", repair_utf8(text)),
                       "Write it as 10.0.0.0/8, fd00::/8, or one address.");
  };
  const auto slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const auto bytes = address_bytes(address);
  if (!bytes) return bad();
  const bool v4 = address.find(':') == std::string_view::npos;
  Cidr range;
  range.bytes_ = *bytes;
  if (slash != std::string_view::npos) {
    const auto bits = whole_number(text.substr(slash + 1), v4 ? 32 : 128);
    if (!bits) return bad();
    range.bits_ = v4 ? *bits + k_v4_prefix_bits : *bits;
  }
  return range;
}

bool Cidr::contains(std::string_view address) const {
  const auto other = address_bytes(address);
  if (!other) return false;
  for (int bit = 0; bit < bits_; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if ((bytes_[byte] & mask) != ((*other)[byte] & mask)) return false;
  }
  return true;
}

Result<std::vector<Cidr>> parse_cidrs(std::string_view text) {
  std::vector<Cidr> ranges;
  for (const std::string& item : split(replace_all(text, " ", ","), ',')) {
    if (item.empty()) continue;
    FLEAD_TRY(auto range, Cidr::parse(item));
    ranges.push_back(range);
  }
  return ranges;
}

bool is_loopback(std::string_view address) {
  const auto bytes = address_bytes(address);
  if (!bytes) return false;
  return address_text(*bytes) == "::1" || address_text(*bytes).starts_with("127.");
}

std::string address_share(std::string_view address) {
  auto bytes = address_bytes(address);
  if (!bytes) return std::string(address);
  std::string text = address_text(*bytes);
  if (text.find(':') == std::string::npos) return text;
  std::fill(bytes->begin() + 8, bytes->end(), static_cast<unsigned char>(0));
  return address_text(*bytes) + "/64";
}

std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<Cidr>& trusted) {
  const auto peer_bytes = address_bytes(peer);
  if (!peer_bytes) return std::string(peer);
  std::string current = address_text(*peer_bytes);
  std::vector<std::string> hops = split(forwarded_for, ',');
  while (!hops.empty() && any_contains(trusted, current)) {
    const auto bytes = address_bytes(without_port(hops.back()));
    if (!bytes) break;
    current = address_text(*bytes);
    hops.pop_back();
  }
  return current;
}

}  // namespace flead::http
