// What a proxy's header, a flag and a peer say about addresses: only addresses come out, and
// nobody is believed whom we do not trust.
#include "serve/http/address.h"

#include "fuzz/fuzz.h"

namespace flead::http {

FLEAD_FUZZ(address) {
  FLEAD_ASSERT(client_address("192.0.2.1", input, {}) == "192.0.2.1");
  const auto trusted = parse_cidrs("127.0.0.0/8, ::1");
  const std::string claimed = client_address("127.0.0.1", input, *trusted);
  FLEAD_ASSERT(Cidr::parse(claimed).ok());
  FLEAD_ASSERT(client_address(claimed, {}, {}) == claimed);  // one writing for one address

  const std::string share = address_share(input);
  FLEAD_ASSERT(address_share(share) == share);
  if (is_loopback(input)) FLEAD_ASSERT(Cidr::parse(input).ok());
  if (const auto range = Cidr::parse(input)) {
    FLEAD_ASSERT(range->contains(input.substr(0, input.find('/'))));
  }
  if (const auto ranges = parse_cidrs(input)) FLEAD_ASSERT(ranges->size() <= input.size());
  if (const auto listen = parse_listen_address(input)) {
    FLEAD_ASSERT(!listen->host.empty() && listen->port >= 0 && listen->port <= 65535);
    const auto again = parse_listen_address(format_address(listen->host, listen->port));
    FLEAD_ASSERT(again && again->host == listen->host && again->port == listen->port);
  }
}

}  // namespace flead::http
