#include "serve/http/connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace flead::http {
namespace {

constexpr int k_tick_ms = 250;  // how late a deadline may be noticed
constexpr int k_events_per_wait = 64;
constexpr int k_accepts_per_event = 64;  // then others get their turn
constexpr int k_reads_per_event = 4;
constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr Refused k_timed_out = {Refusal::timed_out, 408, "request_timeout",
                                 "The request did not arrive in time."};
constexpr Refused k_connections_full = {Refusal::connections_full, 503, "overloaded",
                                        "The server has too many connections."};
constexpr Refused k_address_full = {Refusal::address_full, 503, "too_many_connections",
                                    "This address has too many connections."};
constexpr Refused k_queue_full = {Refusal::queue_full, 503, "overloaded",
                                  "The server has too much to do."};

std::string peer_address(const sockaddr_storage& name) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (name.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&name)->sin_addr, text.data(),
              text.size());
  } else if (name.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&name)->sin6_addr, text.data(),
              text.size());
  }
  return client_address(text.data(), {}, {});  // one writing for one address
}

std::size_t output_size(const Output& output) {
  return output.head.size() + output.body.size() + output.static_body.size();
}

// One send of what is left; as sendmsg.
ssize_t send_rest(const Connection& connection) {
  std::array<iovec, 3> parts{};
  std::size_t count = 0;
  std::size_t skip = connection.sent;
  const Output& output = connection.output;
  for (const std::string_view part :
       {std::string_view(output.head), std::string_view(output.body), output.static_body}) {
    if (skip >= part.size()) {
      skip -= part.size();
      continue;
    }
    parts[count].iov_base = const_cast<char*>(part.data() + skip);
    parts[count].iov_len = part.size() - skip;
    skip = 0;
    ++count;
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return sendmsg(connection.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool again(int number) {
  return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

}  // namespace

Connections::Connections(Clock& clock, Metrics& metrics, Exchange& exchange,
                         ReaderLimits reader_limits, ConnectionLimits limits,
                         std::vector<Cidr> trusted)
    : clock_(clock),
      metrics_(metrics),
      exchange_(exchange),
      reader_limits_(std::move(reader_limits)),
      limits_(limits),
      trusted_(std::move(trusted)) {}

Connections::~Connections() {
  stop();
  for (const int fd : {epoll_, wake_, listener_}) {
    if (fd >= 0) close(fd);
  }
}

Status Connections::start() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_ < 0 || wake_ < 0) {
    return internal_error("Cannot watch sockets.", std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  event.data.fd = listener_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  swept_ms_ = clock_.steady_ms();
  for (int i = 0; i < Turns::k_threads; ++i) {
    threads_[static_cast<std::size_t>(i)] = std::thread([this, i] { loop(i); });
  }
  return {};
}

void Connections::drain() {
  draining_ = true;
  const std::uint64_t one = 1;
  if (wake_ >= 0 && write(wake_, &one, sizeof one) < 0) return;  // it wakes at the next tick
}

bool Connections::wait_empty(std::int64_t wait_ms) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                         [this] { return open_.empty(); });
}

void Connections::stop() {
  turns_.stop();
  drain();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [fd, connection] : open_) close(fd);
  metrics_.connections_open -= static_cast<std::int64_t>(open_.size());
  open_.clear();
  per_address_.clear();
}

void Connections::loop(int self) {
  while (turns_.wait(self)) {
    poll();
    if (!std::exchange(kept_, false)) continue;
    turns_.leave();
    exchange_.serve_kept();
    turns_.come_back(self);
  }
}

void Connections::poll() {
  std::array<epoll_event, k_events_per_wait> events{};
  const int count = epoll_wait(epoll_, events.data(), k_events_per_wait, k_tick_ms);
  alone_ = count == 1;
  for (int i = 0; i < count; ++i) handle_event(events[static_cast<std::size_t>(i)].data.fd);
  alone_ = false;
  if (draining_ && !drained_) {
    drained_ = true;
    close(std::exchange(listener_, -1));
    drain_until_ms_ = clock_.steady_ms() + k_drain_read_ms;
    sweep();
  }
  const std::int64_t now = clock_.steady_ms();
  if (count == 0 || now - swept_ms_ >= k_tick_ms) {
    swept_ms_ = now;
    sweep();
  }
}

void Connections::handle_event(int fd) {
  if (fd == wake_) {
    std::uint64_t count = 0;
    if (::read(wake_, &count, sizeof count) < 0) return;  // another event had emptied it
    return;
  }
  if (fd == listener_) {
    accept_some();
    return;
  }
  Shared connection;
  {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(fd);
    // An event may be older than the socket's return to the table, or still on its way when a
    // worker took over.
    if (found == open_.end() || found->second->phase == Connection::Phase::running) return;
    connection = found->second;
  }
  switch (connection->phase) {
    case Connection::Phase::reading:
      read(connection);
      break;
    case Connection::Phase::sending:
      send(connection);
      break;
    case Connection::Phase::lingering:
      discard(connection);
      break;
    case Connection::Phase::running:
      break;
  }
}

void Connections::watch_listener(bool on) {
  if (listener_ < 0) return;
  listener_paused_ = !on;
  epoll_event event{};
  event.events = on ? static_cast<std::uint32_t>(EPOLLIN) : 0U;
  event.data.fd = listener_;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, listener_, &event);
}

void Connections::accept_some() {
  for (int i = 0; i < k_accepts_per_event; ++i) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    const int fd =
        accept4(listener_, reinterpret_cast<sockaddr*>(&name), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      // No descriptor left: the next tick tries again, instead of this thread spinning.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        metrics_.count_refusal(Refusal::connections_full);
        watch_listener(false);
      }
      return;
    }
    metrics_.connections_accepted.fetch_add(1, std::memory_order_relaxed);
    const std::string ip = peer_address(name);
    if (!admit(fd, ip)) continue;
    const auto connection = std::make_shared<Connection>(fd, ip, reader_limits_);
    epoll_event event{};
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    {
      const std::lock_guard lock(mutex_);
      open_[fd] = connection;
    }
    metrics_.connections_open.fetch_add(1, std::memory_order_relaxed);
    park(connection, Connection::Phase::reading, clock_.steady_ms() + limits_.head_timeout_ms);
  }
}

bool Connections::counts_per_address(const std::string& ip) const {
  return !is_loopback(ip) && std::none_of(trusted_.begin(), trusted_.end(),
                                          [&](const Cidr& range) { return range.contains(ip); });
}

// Whether there is room; says so on the socket and closes it when not.
bool Connections::admit(int fd, const std::string& ip) {
  const Refused* refused = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= limits_.connections_max) {
      refused = &k_connections_full;
    } else if (counts_per_address(ip) && per_address_[ip] >= limits_.per_address_max) {
      refused = &k_address_full;
    } else {
      ++per_address_[ip];
    }
  }
  if (refused == nullptr) return true;
  metrics_.count_refusal(refused->reason);
  Connection brief(fd, ip, reader_limits_);
  brief.output = exchange_.refuse(*refused, nullptr, ip);
  send_rest(brief);  // best effort: there is no room to wait for this one
  shutdown(fd, SHUT_WR);
  close(fd);
  return false;
}

void Connections::read(const Shared& connection) {
  const Reader::State before = connection->reader.state();
  for (int i = 0; i < k_reads_per_event; ++i) {
    const ssize_t count = recv(connection->fd, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (count < 0 && again(errno)) break;
    if (count <= 0) {  // gone, or no more to come and what came is not a request
      drop(connection);
      return;
    }
    const auto size = static_cast<std::size_t>(count);
    const Reader::State state = connection->reader.feed({scratch_.data(), size});
    if (state == Reader::State::complete || state == Reader::State::refused) break;
    if (size < scratch_.size()) break;
  }
  advance(connection, before, alone_);
}

// What to do now that the reader has moved. `before` is its state when the deadline was set;
// `alone` is for the thread that polls, when no other connection had anything.
void Connections::advance(const Shared& connection, Reader::State before, bool alone) {
  Reader& reader = connection->reader;
  const std::int64_t now = clock_.steady_ms();
  switch (reader.state()) {
    case Reader::State::refused:
      refuse(connection, reader.refusal());
      return;
    case Reader::State::complete: {
      {
        const std::lock_guard lock(mutex_);
        connection->phase = Connection::Phase::running;
        connection->due_ms = k_never_ms;
      }
      ++connection->served;
      connection->continued = false;
      Reader::Message message = reader.take();
      // From a successful keep() or take() on, whoever serves the request owns the connection.
      if (alone && exchange_.keep(connection, message)) {
        kept_ = true;
        return;
      }
      if (!exchange_.take(connection, std::move(message))) refuse(connection, k_queue_full);
      return;
    }
    case Reader::State::empty:
      if (draining_) {
        drop(connection);
        return;
      }
      park(connection, Connection::Phase::reading, now + limits_.idle_timeout_ms);
      return;
    case Reader::State::body:
      if (reader.head()->expects_continue && !connection->continued) {
        connection->continued = true;
        ::send(connection->fd, k_continue.data(), k_continue.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      }
      break;
    case Reader::State::head:
      break;
  }
  std::int64_t due = connection->due_ms;
  if (reader.state() != before) {
    due = now + (reader.state() == Reader::State::body ? limits_.body_timeout_ms
                                                       : limits_.head_timeout_ms);
  }
  park(connection, Connection::Phase::reading, due);
}

void Connections::refuse(const Shared& connection, const Refused& refused) {
  metrics_.count_refusal(refused.reason);
  connection->linger_after = true;
  reply(connection, exchange_.refuse(refused, connection->reader.head(), connection->ip), false);
}

void Connections::reply(const Shared& connection, Output output, bool keep_alive) {
  connection->output = std::move(output);
  connection->sent = 0;
  connection->close_after = !keep_alive;
  connection->sending_until_ms = clock_.steady_ms() + k_reply_timeout_ms;
  send(connection);
}

void Connections::send(const Shared& connection) {
  const std::size_t size = output_size(connection->output);
  while (connection->sent < size) {
    const ssize_t count = send_rest(*connection);
    if (count >= 0) {
      connection->sent += static_cast<std::size_t>(count);
      continue;
    }
    if (errno == EINTR) continue;
    if (!again(errno)) {
      drop(connection);
      return;
    }
    // A slow reader: the epoll thread goes on, and gives up when nothing moves.
    const std::int64_t due =
        std::min(clock_.steady_ms() + limits_.write_timeout_ms, connection->sending_until_ms);
    park(connection, Connection::Phase::sending, due);
    return;
  }
  sent_all(connection);
}

void Connections::sent_all(const Shared& connection) {
  connection->output = {};
  if (connection->close_after) {
    if (connection->linger_after) {
      linger(connection);
    } else {
      drop(connection);
    }
    return;
  }
  connection->reader.feed({});  // the next request may have come already
  advance(connection, Reader::State::empty, false);
}

// A close with unread input resets the connection, and the reset may overtake our answer. So: say
// that no more comes from us, read on for a moment what the peer still sends, then close.
void Connections::linger(const Shared& connection) {
  shutdown(connection->fd, SHUT_WR);
  park(connection, Connection::Phase::lingering, clock_.steady_ms() + k_linger_ms);
}

void Connections::discard(const Shared& connection) {
  for (int i = 0; i < k_reads_per_event; ++i) {
    const ssize_t count = recv(connection->fd, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
    if (count > 0) continue;
    if (count < 0 && again(errno)) break;
    drop(connection);
    return;
  }
  park(connection, Connection::Phase::lingering, connection->due_ms);
}

// Enforces the deadlines. Only connections of this thread have one.
void Connections::sweep() {
  exchange_.tick();
  if (listener_paused_) watch_listener(true);
  const std::int64_t now = clock_.steady_ms();
  std::vector<Shared> late;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [fd, connection] : open_) {
      if (connection->phase == Connection::Phase::running) continue;
      if (connection->phase == Connection::Phase::reading) {
        connection->due_ms = std::min(connection->due_ms, drain_until_ms_);
      }
      const bool idle = connection->phase == Connection::Phase::lingering ||
                        (connection->phase == Connection::Phase::reading &&
                         connection->reader.state() == Reader::State::empty);
      if (connection->due_ms <= now || (draining_ && idle)) late.push_back(connection);
    }
  }
  for (const Shared& connection : late) {
    const bool begun = connection->reader.state() != Reader::State::empty;
    if (connection->phase == Connection::Phase::reading && begun && connection->due_ms <= now) {
      refuse(connection, k_timed_out);
    } else {
      drop(connection);
    }
  }
}

// Gives the connection to the epoll thread, which hears of it when its socket is ready. The caller
// must not touch it again.
void Connections::park(const Shared& connection, Connection::Phase phase, std::int64_t due_ms) {
  epoll_event event{};
  event.events = EPOLLONESHOT | EPOLLRDHUP;
  event.events |= phase == Connection::Phase::sending ? static_cast<std::uint32_t>(EPOLLOUT)
                                                      : static_cast<std::uint32_t>(EPOLLIN);
  event.data.fd = connection->fd;
  const std::lock_guard lock(mutex_);
  connection->phase = phase;
  connection->due_ms = due_ms;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection->fd, &event);
}

void Connections::drop(const Shared& connection) {
  const std::lock_guard lock(mutex_);
  open_.erase(connection->fd);
  const auto share = per_address_.find(connection->ip);
  if (share != per_address_.end() && --share->second == 0) per_address_.erase(share);
  metrics_.connections_open.fetch_sub(1, std::memory_order_relaxed);
  close(connection->fd);  // under the lock: the number may be taken again at once
  if (open_.empty()) empty_.notify_all();
}

}  // namespace flead::http
