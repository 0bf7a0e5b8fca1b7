// Addresses: where to listen, which peers are trusted proxies, and whose address a request counts
// under. Pure; callers are the front and the commands that read the flags.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace flead::http {

struct ListenAddress {
  std::string host;  // "127.0.0.1", "::1", "localhost": without brackets
  int port = 0;      // 0: any free one
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:0". Error listen_invalid (usage).
Result<ListenAddress> parse_listen_address(std::string_view text);
// With brackets around an IPv6 host: what goes into an URL.
std::string format_address(std::string_view host, int port);

// A range of addresses. IPv4 is kept as ::ffff:a.b.c.d, so both families compare alike.
class Cidr {
 public:
  // "10.0.0.0/8", "fd00::/8", or one address. Error cidr_invalid (usage).
  static Result<Cidr> parse(std::string_view text);
  bool contains(std::string_view address) const;

 private:
  std::array<unsigned char, 16> bytes_{};
  int bits_ = 128;
};

// Ranges parted by commas or spaces.
Result<std::vector<Cidr>> parse_cidrs(std::string_view text);

bool is_loopback(std::string_view address);

// Whose address it is for counting: IPv4 as it is, of IPv6 the /64, which one customer has whole.
std::string address_share(std::string_view address);

// The address that a request counts under: the peer's, or, when the peer is a trusted proxy, the
// last one in X-Forwarded-For that no trusted proxy wrote about itself. Anything unreadable in the
// header ends the search: it is the client's own invention.
std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<Cidr>& trusted);

}  // namespace flead::http
