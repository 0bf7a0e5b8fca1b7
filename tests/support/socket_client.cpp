#include "support/socket_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

#include "core/base/text.h"
#include "serve/http/address.h"
#include "support/catch.h"

namespace flead::test {
namespace {

constexpr int k_client_wait_ms = 5000;

}  // namespace

SocketClient::SocketClient(const std::string& address) {
  const auto parsed = http::parse_listen_address(address);
  REQUIRE(parsed);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool six = parsed->host.find(':') != std::string::npos;
  if (six) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<in_port_t>(parsed->port));
    REQUIRE(inet_pton(AF_INET6, parsed->host.c_str(), &v6.sin6_addr) == 1);
  } else {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<in_port_t>(parsed->port));
    REQUIRE(inet_pton(AF_INET, parsed->host.c_str(), &v4.sin_addr) == 1);
  }
  fd_ = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd_ >= 0);
  const auto* name =
      six ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  REQUIRE(connect(fd_, name, six ? sizeof v6 : sizeof v4) == 0);
}

SocketClient::~SocketClient() {
  if (fd_ >= 0) close(fd_);
}

SocketClient::SocketClient(SocketClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

bool SocketClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void SocketClient::finish_sending() {
  shutdown(fd_, SHUT_WR);
}

bool SocketClient::readable(int wait_ms) {
  if (!buffer_.empty()) return true;
  pollfd waited{fd_, POLLIN, 0};
  return poll(&waited, 1, wait_ms) == 1;
}

// One read; false at the end of the stream or of the wait.
bool SocketClient::fill(int wait_ms) {
  pollfd waited{fd_, POLLIN, 0};
  if (poll(&waited, 1, wait_ms) != 1) return false;
  std::array<char, 65536> bytes{};
  const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

std::string SocketClient::Reply::header(std::string_view lower_case_name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (ascii_lower(line.substr(0, colon)) == lower_case_name) {
      return std::string(trim(line.substr(colon + 1)));
    }
  }
  return {};
}

SocketClient::Reply SocketClient::reply(bool without_body) {
  Reply reply;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill(k_client_wait_ms)) return reply;
  }
  reply.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  if (reply.head.size() > 12) {
    std::from_chars(reply.head.data() + 9, reply.head.data() + 12, reply.status);
  }
  if (reply.status == 100) return reply;
  std::size_t length = 0;
  const std::string text = reply.header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  if (without_body) length = 0;
  while (buffer_.size() < length) {
    if (!fill(k_client_wait_ms)) break;
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

std::string SocketClient::read_until(std::string_view text) {
  std::size_t found = 0;
  while ((found = buffer_.find(text)) == std::string::npos) {
    if (!fill(k_client_wait_ms)) return std::exchange(buffer_, {});
  }
  std::string all = buffer_.substr(0, found + text.size());
  buffer_.erase(0, all.size());
  return all;
}

bool SocketClient::closed() {
  for (;;) {
    pollfd waited{fd_, POLLIN, 0};
    if (poll(&waited, 1, k_client_wait_ms) != 1) return false;
    std::array<char, 65536> bytes{};
    if (recv(fd_, bytes.data(), bytes.size(), 0) <= 0) return true;
  }
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    poll(nullptr, 0, 10);
  }
  return false;
}

}  // namespace flead::test
