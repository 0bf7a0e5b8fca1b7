#include "serve/http/front.h"

#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "core/base/blocking.h"
#include "core/base/id.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "serve/http/fair_queue.h"
#include "serve/http/listener.h"
#include "serve/http/problem.h"

namespace flead::http {
namespace {

// ---- the library: a reply's head as bytes ----------------------------------------------------

// The library's view of a connection: one constant request to read, its answer kept in memory.
// It always sees HEAD, so it writes a head with the right length and leaves the body to us, who
// need not copy it.
class HeadStream final : public httplib::Stream {
 public:
  bool is_readable() const override { return position_ < k_request.size(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* bytes, std::size_t size) override {
    size = std::min(size, k_request.size() - position_);
    std::copy_n(k_request.data() + position_, size, bytes);
    position_ += size;
    return static_cast<ssize_t>(size);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    head.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  // Not the real one: the library refuses numbers from FD_SETSIZE on.
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string head;

 private:
  static constexpr std::string_view k_request = "HEAD / HTTP/1.1\r\n\r\n";
  std::size_t position_ = 0;
};

thread_local const Reply* t_reply = nullptr;  // what the library is to write the head of

class HeadWriter final : private httplib::Server {
 public:
  explicit HeadWriter(int idle_timeout_ms) {
    set_keep_alive_timeout(idle_timeout_ms / 1000);
    set_keep_alive_max_count(k_requests_per_connection_max);
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      fill(*t_reply, response);
      return HandlerResponse::Handled;
    });
  }

  std::string write(const Reply& reply, bool keep_alive) {
    t_reply = &reply;
    HeadStream stream;
    bool closed = false;
#if FLEAD_HTTPLIB_VERSION >= 1400
    process_request(stream, {}, 0, {}, 0, !keep_alive, closed, nullptr);
#else
    process_request(stream, !keep_alive, closed, nullptr);
#endif
    t_reply = nullptr;
    if (reply.status == 204 || reply.status == 304 || reply.subscription) {
      // These have no body, and so no length (RFC 9110 section 8.6), or one that ends with the
      // connection; the library writes one.
      constexpr std::string_view k_length = "Content-Length: 0\r\n";
      const auto length = stream.head.find(k_length);
      if (length != std::string::npos) stream.head.erase(length, k_length.size());
    }
    return std::move(stream.head);
  }

 private:
  static void fill(const Reply& reply, httplib::Response& response) {
    response.status = reply.status;
    std::string type = "application/octet-stream";
    for (const auto& [name, value] : reply.headers) {
      // The library drops a header that would break the head, without a word; ours never do.
      if (has_control_characters(value)) log_error("http.bad_header", {{"name", name}});
      if (name == "content-type") {
        type = value;
      } else {
        response.set_header(name, value);
      }
    }
    response.set_header("Accept-Ranges", "none");
    const std::size_t size =
        reply.static_body.empty() ? reply.body.size() : reply.static_body.size();
    if (reply.subscription) response.set_header("Content-Type", type);  // it has no size
    if (size > 0) {
      response.set_content_provider(
          size, type, [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
    }
  }
};

}  // namespace

// ---- the front -------------------------------------------------------------------------------

class Front::Impl final : public Exchange, private Pool {
 public:
  Impl(World world, const Router& router, Metrics& metrics, FrontOptions options)
      : world_(world),
        router_(router),
        metrics_(metrics),
        options_(std::move(options)),
        connections_(world.clock, metrics, *this, reader_limits(), options_.limits,
                     options_.trusted) {}

  ~Impl() override {
    if (options_.streams != nullptr) options_.streams->stop();
    end_workers();
    connections_.stop();
  }

  Status listen() {
    FLEAD_TRY(const Listener listener, open_listener(options_.listen));
    address_ = format_address(options_.listen.host, listener.port);
    connections_.adopt_listener(listener.fd);
    return {};
  }

  Status start() {
    FLEAD_CHECK(connections_.start());
    if (options_.streams != nullptr) FLEAD_CHECK(options_.streams->start());
    const int count = std::clamp(options_.workers, 1, k_request_threads_max);
    for (int i = 0; i < count; ++i) workers_.emplace_back([this] { work(); });
    return {};
  }

  bool stop(std::int64_t wait_ms) {
    connections_.drain();
    if (options_.streams != nullptr) options_.streams->stop();
    if (!connections_.wait_empty(wait_ms)) return false;
    end_workers();
    connections_.stop();
    return true;
  }

  bool take(std::shared_ptr<Connection> connection, Reader::Message message) override {
    Work work{std::move(connection), std::move(message), world_.clock.steady_ms()};
    if (router_.immediate(work.message.head.method, work.message.head.path)) {
      static_cast<void>(serve(std::make_shared<Work>(std::move(work))));
      return true;
    }
    const std::string owner = owner_of(work);
    const std::lock_guard lock(mutex_);
    if (ending_ || !queue_.push(owner, std::move(work))) return false;
    wake_one();
    return true;
  }

  bool keep(const std::shared_ptr<Connection>& connection, Reader::Message& message) override {
    if (router_.immediate(message.head.method, message.head.path)) return false;
    const std::lock_guard lock(mutex_);
    if (ending_ || working_ > 0 || under_way_ > 0 || work_left()) return false;
    ++working_;
    ++under_way_;
    kept_ = std::make_shared<Work>(Work{connection, std::move(message), world_.clock.steady_ms()});
    return true;
  }

  // As a worker would, with what the request itself leaves to be done.
  void serve_kept() override {
    t_pool = this;
    const bool over = serve(std::exchange(kept_, nullptr));
    std::unique_lock lock(mutex_);
    finish(over);
    while (!tasks_.empty()) run_task(lock);
    --working_;
    wake_one();
  }

  Output refuse(const Refused& refused, const Head* head, const std::string& ip) override {
    Reply refusal = problem(refused.status, refused.code, refused.detail);
    if (head == nullptr) {
      const std::string id = make_id(world_, "req");
      add_request_id(refusal, id);
      refusal.header("x-request-id", id);
      return write(std::move(refusal), false, false);
    }
    Request request = read_head(*head, ip);
    return write(router_.refuse(std::move(request), std::move(refusal)), false, false);
  }

  void tick() override {
    const std::lock_guard lock(mutex_);
    wake_one();
  }

  const std::string& address() const { return address_; }

 private:
  struct Work {
    std::shared_ptr<Connection> connection;
    Reader::Message message;
    std::int64_t taken_ms = 0;  // steady
  };

  // Whose request it is, as far as that shows before anybody has looked at it: credentials, the
  // tenant in a page's address, else where it comes from.
  static std::string owner_of(const Work& work) {
    const Head& head = work.message.head;
    for (const auto& [name, value] : head.headers) {
      if (name == "authorization") return value;
    }
    if (const auto key = head.query.find("key="); key != std::string::npos) {
      return head.query.substr(key, head.query.find('&', key) - key);
    }
    if (head.path.size() > 3 && head.path[2] == '/') {  // /b/TENANT/…, /m/, /u/, /w/
      return head.path.substr(0, head.path.find('/', 3));
    }
    return work.connection->ip;
  }

  ReaderLimits reader_limits() const {
    ReaderLimits limits;
    limits.body_bytes_max = [this](const Head& head) {
      return router_.body_bytes_max(head.method, head.path);
    };
    return limits;
  }

  // The rest of a request whose write is committed.
  void resume(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (t_pool != this || !t_returns_to_pool) wake_one();
  }

  // Requests wait here, where turns are fair, and not for the store.
  bool may_take() const { return !queue_.empty() && under_way_ < k_requests_under_way_max; }

  // Under the lock. As many workers as there are cores; those that wait for the store don't count,
  // and more come when nothing was taken for a while. More would only take turns on the cores, and
  // a thread that is woken for one request costs more than the request. `waking_`: a worker was
  // woken and has not come yet; it wakes the next.
  void wake_one() {
    constexpr int k_stalled_ms = 50;
    // Nothing to take: whoever came for nothing would leave `waking_` behind for ever.
    if (waking_ || idle_ == 0 || !work_left()) return;
    if (working_ >= k_cores && world_.clock.steady_ms() - taken_ms_ < k_stalled_ms) return;
    waking_ = true;
    ready_.notify_one();
  }

  void thread_waits() override {
    const std::lock_guard lock(mutex_);
    --working_;
    wake_one();
  }
  void thread_works() override {
    const std::lock_guard lock(mutex_);
    ++working_;
  }

  bool work_left() const { return !tasks_.empty() || may_take(); }

  void work() {
    t_pool = this;
    std::unique_lock lock(mutex_);
    ++working_;
    for (;;) {
      if (!work_left()) {
        --working_;
        ++idle_;
        ready_.wait(
            lock, [this] { return work_left() || (ending_ && under_way_ == 0 && queue_.empty()); });
        --idle_;
        ++working_;
      }
      waking_ = false;
      if (!tasks_.empty()) {
        run_task(lock);
      } else if (auto next = queue_.pop()) {
        taken_ms_ = world_.clock.steady_ms();
        ++under_way_;
        wake_one();
        lock.unlock();
        const bool over = serve(std::make_shared<Work>(std::move(*next)));
        lock.lock();
        finish(over);
      } else {
        return;
      }
    }
  }

  void run_task(std::unique_lock<std::mutex>& lock) {
    taken_ms_ = world_.clock.steady_ms();
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    wake_one();
    lock.unlock();
    task();
    task = nullptr;  // what it holds is let go of here, and not under the lock
    lock.lock();
    finish(true);
  }

  // Under the lock. A request that is not over has a task to come.
  void finish(bool over) {
    if (over) --under_way_;
    if (ending_ && under_way_ == 0) ready_.notify_all();
  }

  // False when the reply waits for a commit.
  bool serve(const std::shared_ptr<Work>& work) {
    const Head& head = work->message.head;
    Request request = read_head(head, work->connection->ip);
    if (world_.clock.steady_ms() - work->taken_ms > k_request_wait_ms) {
      // Whoever waited so long for a worker has better things to do than to wait for the store too.
      metrics_.count_refusal(Refusal::waited_too_long);
      reply(*work, router_.refuse(std::move(request), problem(503, "overloaded", k_busy)));
      return true;
    }
    auto query = parse_form(head.query);
    if (!query) {
      reply(*work, router_.refuse(std::move(request), failure(query.error())));
      return true;
    }
    request.query = std::move(*query);
    request.body = std::move(work->message.body);
    return router_.handle(std::move(request),
                          {[this](std::function<void()> task) { resume(std::move(task)); },
                           [this, work](Reply made) { reply(*work, std::move(made)); }});
  }

  void reply(Work& work, Reply reply) {
    const Head& head = work.message.head;
    const bool without_body = head.method == "HEAD";
    const bool keep_alive = head.keep_alive && !connections_.draining() &&
                            work.connection->served < k_requests_per_connection_max;
    if (reply.subscription && !without_body) {
      subscribe(work, std::move(reply));
      return;
    }
    connections_.reply(work.connection, write(std::move(reply), keep_alive, without_body),
                       keep_alive);
  }

  // The connection goes over to the streams, which give it back only to be closed.
  void subscribe(Work& work, Reply reply) {
    Streams::NewReader reader;
    reader.fd = work.connection->fd;
    reader.subscription = *reply.subscription;
    reader.close = [this, connection = work.connection] { connections_.end(connection); };
    std::string id;
    for (const auto& [name, value] : reply.headers) {
      if (name == "x-request-id") id = value;
    }
    reader.head = write(std::move(reply), false, false).head;
    if (options_.streams != nullptr && options_.streams->take(std::move(reader))) return;
    // The last place went to another, or the server is stopping.
    metrics_.count_refusal(Refusal::streams_full);
    Reply full = problem(503, "streams_full", k_streams_full);
    add_request_id(full, id);
    full.header("x-request-id", id);
    connections_.reply(work.connection, write(std::move(full), false, false), false);
  }

  Request read_head(const Head& head, const std::string& peer) const {
    Request request;
    request.method = head.method;
    request.path = head.path;
    request.headers = head.headers;
    request.ip = client_address(peer, request.header("x-forwarded-for"), options_.trusted);
    return request;
  }

  Output write(Reply reply, bool keep_alive, bool without_body) {
    reply.header("date", format_http_date(world_.clock.now()));
    Output output;
    output.head = writer_.write(reply, keep_alive);
    if (without_body) return output;
    if (reply.static_body.empty()) {
      output.body = std::move(reply.body);
    } else {
      output.static_body = reply.static_body;
    }
    return output;
  }

  void end_workers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    ready_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  static inline const int k_cores =
      std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  static constexpr std::string_view k_busy = "The server is busy.";

  World world_;
  const Router& router_;
  Metrics& metrics_;
  const FrontOptions options_;
  HeadWriter writer_{options_.limits.idle_timeout_ms};
  std::string address_;

  std::mutex mutex_;
  std::condition_variable ready_;
  // guarded by mutex_, as all down to ending_
  FairQueue<Work> queue_{options_.queue_max, std::max<std::size_t>(1, options_.queue_max / 2)};
  std::deque<std::function<void()>> tasks_;  // of requests under way: their commit is done
  std::size_t under_way_ = 0;                // requests taken from the queue and not answered
  int idle_ = 0;
  int working_ = 0;
  std::int64_t taken_ms_ = 0;  // steady: when a worker last took something
  bool waking_ = false;        // a worker was woken and has not come yet
  bool ending_ = false;
  std::shared_ptr<Work> kept_;  // of the thread that polls
  std::vector<std::thread> workers_;
  Connections connections_;  // last: its thread calls this object
};

Front::Front(World world, const Router& router, Metrics& metrics, FrontOptions options)
    : impl_(std::make_unique<Impl>(world, router, metrics, std::move(options))) {}

Front::~Front() = default;

Status Front::listen() {
  return impl_->listen();
}

Status Front::start() {
  return impl_->start();
}

const std::string& Front::address() const {
  return impl_->address();
}

bool Front::stop(std::int64_t wait_ms) {
  return impl_->stop(wait_ms);
}

}  // namespace flead::http
