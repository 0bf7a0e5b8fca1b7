#include "serve/http/address.h"

#include <string>

#include "support/catch.h"

namespace flead::http {

TEST_CASE("http: addresses to listen on", "[http]") {
  struct Case {
    std::string text, host;
    int port;
  };
  const auto& [text, host, port] = GENERATE(values<Case>({
      {"127.0.0.1:8080", "127.0.0.1", 8080},
      {"127.0.0.1:0", "127.0.0.1", 0},
      {"[::1]:8080", "::1", 8080},
      {"localhost:65535", "localhost", 65535},
  }));
  CAPTURE(text);
  const auto parsed = parse_listen_address(text);
  REQUIRE(parsed);
  CHECK(parsed->host == host);
  CHECK(parsed->port == port);
  CHECK(format_address(parsed->host, parsed->port) == text);
}

TEST_CASE("http: what is no address to listen on is a usage error", "[http]") {
  const std::string text =
      GENERATE(as<std::string>(), "", "8080", ":8080", "host:", "host:x", "host:-1", "host:65536",
               "::1:8080", "[::1]", "[host]:1", "127.0.0.1:80 ", "ho\nst:1", "\xFF:x");
  CAPTURE(text);
  const auto parsed = parse_listen_address(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().kind == ErrorKind::usage);
  CHECK(parsed.error().code == "listen_invalid");
}

TEST_CASE("http: address ranges", "[http]") {
  struct Case {
    std::string range, address;
    bool inside;
  };
  const auto& [range, address, inside] = GENERATE(values<Case>({
      {"10.0.0.0/8", "10.255.1.2", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"127.0.0.1", "::ffff:127.0.0.1", true},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},
      {"fd00::/8", "fd12::1", true},
      {"fd00::/8", "fe80::1", false},
      {"192.168.1.128/25", "192.168.1.127", false},
      {"192.168.1.128/25", "192.168.1.200", true},
      {"10.0.0.0/8", "not an address", false},
  }));
  CAPTURE(range, address);
  const auto parsed = Cidr::parse(range);
  REQUIRE(parsed);
  CHECK(parsed->contains(address) == inside);
}

TEST_CASE("http: a bad range is a usage error", "[http]") {
  const std::string text = GENERATE(as<std::string>(), "", "10.0.0.0/33", "10.0.0/8", "::/129",
                                    "10.0.0.0/", "10.0.0.0/-1", "host", "10.0.0.0/8x");
  CAPTURE(text);
  CHECK(Cidr::parse(text).error().code == "cidr_invalid");
}

TEST_CASE("http: a forwarded address counts only when a trusted proxy wrote it", "[http]") {
  struct Case {
    std::string peer, forwarded, trusted, client;
  };
  const auto& [peer, forwarded, trusted, client] = GENERATE(values<Case>({
      {"203.0.113.9", "1.1.1.1", "", "203.0.113.9"},
      {"203.0.113.9", "1.1.1.1", "127.0.0.1", "203.0.113.9"},
      {"127.0.0.1", "", "127.0.0.1", "127.0.0.1"},
      {"127.0.0.1", "1.1.1.1", "127.0.0.1", "1.1.1.1"},
      {"127.0.0.1", "9.9.9.9, 1.1.1.1", "127.0.0.1", "1.1.1.1"},  // the client wrote 9.9.9.9
      {"127.0.0.1", "9.9.9.9, 1.1.1.1, 10.0.0.5", "127.0.0.1 10.0.0.0/8", "1.1.1.1"},
      {"127.0.0.1", "10.0.0.7", "127.0.0.1,10.0.0.0/8", "10.0.0.7"},
      {"127.0.0.1", "1.1.1.1:4711", "127.0.0.1", "1.1.1.1"},
      {"::1", "[2001:db8::1]:4711", "::1", "2001:db8::1"},
      {"::1", "2001:0DB8::0001", "::1", "2001:db8::1"},
      {"::ffff:127.0.0.1", "1.1.1.1", "127.0.0.0/8", "1.1.1.1"},
      {"127.0.0.1", "1.1.1.1, unknown", "127.0.0.1", "127.0.0.1"},
      {"127.0.0.1", "1.1.1.1, <script>", "127.0.0.1", "127.0.0.1"},
      {"127.0.0.1", ",,,", "127.0.0.1", "127.0.0.1"},
  }));
  CAPTURE(peer, forwarded, trusted);
  const auto ranges = parse_cidrs(trusted);
  REQUIRE(ranges);
  CHECK(client_address(peer, forwarded, *ranges) == client);
}

TEST_CASE("address: an IPv6 customer counts by the /64, an IPv4 one by the address", "[http]") {
  CHECK(address_share("203.0.113.7") == "203.0.113.7");
  CHECK(address_share("::ffff:203.0.113.7") == "203.0.113.7");
  CHECK(address_share("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(address_share("2001:db8:1:2::9") == address_share("2001:db8:1:2:ffff::1"));
  CHECK(address_share("2001:db8:1:3::9") != address_share("2001:db8:1:2::9"));
  CHECK(address_share("not an address") == "not an address");
}

}  // namespace flead::http
