#include "serve/http/listener.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "core/base/limits.h"

namespace flead::http {
namespace {

Error listen_error(const ListenAddress& address, int number) {
  const std::string where = format_address(address.host, address.port);
  Error error = internal_error(fmt::format("Cannot listen on {}.", where), std::strerror(number));
  error.code = "listen_failed";
  if (number == EADDRINUSE) {
    error.code = "address_in_use";
    error.message = fmt::format("{} is in use by another program.", where);
    error.hint = "Stop that program, or choose another port: --listen 127.0.0.1:8081";
  } else if (number == EADDRNOTAVAIL) {
    error.code = "address_unavailable";
    error.message = fmt::format("{} is not an address of this machine.", where);
    error.hint = "Listen on 127.0.0.1, on [::1], or on an address that `ip addr` shows.";
  } else if (number == EACCES) {
    error.code = "listen_denied";
    error.message = fmt::format("Not allowed to listen on {}.", where);
    error.hint = "Ports below 1024 belong to root: listen on 8080 and put a proxy in front.";
  }
  return error;
}

int listening_port(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  in_port_t port = 0;
  if (name.ss_family == AF_INET) {
    port = reinterpret_cast<const sockaddr_in*>(&name)->sin_port;
  } else {
    port = reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port;
  }
  return ntohs(port);
}

}  // namespace

Result<Listener> open_listener(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0) return listen_error(address, EADDRNOTAVAIL);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);

  int problem = EADDRNOTAVAIL;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    const int fd = socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      problem = errno;
      continue;
    }
    // REUSEADDR lets a restart take the port at once; never REUSEPORT, with which a second copy
    // would share it silently. Accepted sockets inherit NODELAY: replies are one write each.
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, one->ai_addr, one->ai_addrlen) == 0 && listen(fd, k_listen_backlog) == 0) {
      return Listener{fd, listening_port(fd)};
    }
    problem = errno;
    close(fd);
  }
  return listen_error(address, problem);
}

}  // namespace flead::http
