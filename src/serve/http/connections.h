// Connections: every accepted socket, polled by one thread at a time. It reads whole requests,
// sends what is left of replies, and enforces deadlines and caps, so no worker ever waits for a
// client and an idle connection costs no thread. A lonely request it serves itself: to wake a
// worker costs a third of what such a request takes. Caller: the front. Knows nothing of routes or
// handlers.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/base/limits.h"
#include "core/base/world.h"
#include "serve/http/address.h"
#include "serve/http/metrics.h"
#include "serve/http/reader.h"
#include "serve/http/turns.h"

namespace flead::http {

// What is to be sent, in this order. `static_body` outlives the process's connections.
struct Output {
  std::string head;
  std::string body;
  std::string_view static_body;
};

// At any time a connection belongs either to the thread that polls or to the one that has its
// request: `phase` and `due_ms` are guarded by Connections, the rest is the owner's.
struct Connection {
  enum class Phase { reading, running, sending, lingering };

  Connection(int socket, std::string address, const ReaderLimits& limits)
      : fd(socket), ip(std::move(address)), reader(limits) {}

  const int fd;
  const std::string ip;
  Reader reader;
  int served = 0;
  bool continued = false;  // "100 Continue" was sent for this request
  Output output;
  std::size_t sent = 0;
  bool close_after = false;
  bool linger_after = false;  // unread input would turn our close into a reset: see linger()
  std::int64_t sending_until_ms = 0;

  Phase phase = Phase::reading;
  std::int64_t due_ms = 0;
};

// What Connections asks of the front, from several threads.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Takes a whole request; false when the queue is full.
  virtual bool take(std::shared_ptr<Connection> connection, Reader::Message message) = 0;
  // A lonely request: nothing else is at work, and the thread that polls does it itself, which
  // saves waking another. False when there is company: then take() it. serve_kept() is called next.
  virtual bool keep(const std::shared_ptr<Connection>& connection, Reader::Message& message) = 0;
  virtual void serve_kept() = 0;
  // A few times a second, from the thread that polls.
  virtual void tick() = 0;
  // The reply to a request that goes no further; `head` when it was readable.
  virtual Output refuse(const Refused& refused, const Head* head, const std::string& ip) = 0;
};

// Of the settings http.*, see core/tenants/settings.cpp.
struct ConnectionLimits {
  std::size_t connections_max = k_connections_max;
  // Not for loopback and trusted proxies, behind which stand many clients.
  std::size_t per_address_max = k_connections_per_address_max;
  int head_timeout_ms = k_head_timeout_ms;
  int body_timeout_ms = k_body_timeout_ms;
  int idle_timeout_ms = k_idle_timeout_ms;
  int write_timeout_ms = k_write_timeout_ms;
};

class Connections {
 public:
  Connections(Clock& clock, Metrics& metrics, Exchange& exchange, ReaderLimits reader_limits,
              ConnectionLimits limits, std::vector<Cidr> trusted);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // A listening socket, which is this object's from here on. Before start().
  void adopt_listener(int fd) { listener_ = fd; }
  Status start();

  // A worker gives its connection back with the reply.
  void reply(const std::shared_ptr<Connection>& connection, Output output, bool keep_alive);
  // Or closes it, when it was a stream's: until then it counts as any other.
  void end(const std::shared_ptr<Connection>& connection) { drop(connection); }

  // Accepts no more and closes what is idle; what has begun goes on. Returns at once.
  void drain();
  bool draining() const { return draining_.load(); }
  // True when no connection was left within this time.
  bool wait_empty(std::int64_t wait_ms);
  // Ends the thread and drops what is left. No reply() after this.
  void stop();

 private:
  using Shared = std::shared_ptr<Connection>;
  void loop(int self);
  void poll();
  void handle_event(int fd);
  void accept_some();
  bool admit(int fd, const std::string& ip);
  void read(const Shared& connection);
  void advance(const Shared& connection, Reader::State before, bool alone);
  void refuse(const Shared& connection, const Refused& refused);
  void send(const Shared& connection);
  void sent_all(const Shared& connection);
  void linger(const Shared& connection);
  void discard(const Shared& connection);
  void sweep();
  void park(const Shared& connection, Connection::Phase phase, std::int64_t due_ms);
  void drop(const Shared& connection);
  bool counts_per_address(const std::string& ip) const;
  void watch_listener(bool on);

  Clock& clock_;
  Metrics& metrics_;
  Exchange& exchange_;
  const ReaderLimits reader_limits_;
  const ConnectionLimits limits_;
  const std::vector<Cidr> trusted_;

  int epoll_ = -1;
  int wake_ = -1;
  int listener_ = -1;
  bool listener_paused_ = false;
  static constexpr std::int64_t k_never_ms = std::numeric_limits<std::int64_t>::max();
  // Of the thread that polls, as all down to scratch_.
  std::int64_t drain_until_ms_ = k_never_ms;
  std::int64_t swept_ms_ = 0;
  bool drained_ = false;
  bool alone_ = false;  // one event came, and no other
  bool kept_ = false;   // its request is this thread's to serve
  std::array<char, 64 * 1024> scratch_{};

  Turns turns_;  // who polls; it serves what it kept
  std::array<std::thread, Turns::k_threads> threads_;
  std::atomic<bool> draining_{false};

  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<int, Shared> open_;  // by socket
  std::unordered_map<std::string, std::size_t> per_address_;
};

}  // namespace flead::http
