#include "serve/http/streams.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "core/base/id.h"

namespace flead::http {
namespace {

constexpr int k_stream_tick_ms = 250;  // how late a time may be noticed
constexpr std::string_view k_come_back = "retry: 2000\n\n";
constexpr std::string_view k_comment = ":\n\n";

std::string event_text(std::string_view run, std::int64_t number, std::string_view name,
                       std::string_view data) {
  return fmt::format("id: {}.{}\nevent: {}\ndata: {}\n\n", run, number, name, data);
}

// The number of an id of this run.
std::optional<std::int64_t> number_in(std::string_view id, std::string_view run) {
  if (id.size() < run.size() + 2 || !id.starts_with(run) || id[run.size()] != '.') {
    return std::nullopt;
  }
  std::int64_t number = 0;
  const char* const end = id.data() + id.size();
  const auto [stop, code] = std::from_chars(id.data() + run.size() + 1, end, number);
  return code == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace

Streams::Streams(World world, Metrics& metrics, StreamLimits limits, Look look)
    : world_(world),
      metrics_(metrics),
      limits_(limits),
      look_(std::move(look)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  forget_all();
}

Streams::~Streams() {
  stop();
  if (wake_ >= 0) close(wake_);
}

Status Streams::start() {
  if (wake_ < 0) return internal_error("Cannot watch sockets.");
  {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }
  thread_ = std::thread([this] { loop(); });
  return {};
}

void Streams::stop() {
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void Streams::wake() {
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) < 0) return;  // it is awake already
}

void Streams::publish(StreamEvent event) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = inbox_.empty();
    // Nobody could be told of more than are kept.
    if (inbox_.size() >= limits_.events_kept) {
      inbox_.clear();
      lost_ = true;
    } else {
      inbox_.push_back(std::move(event));
    }
  }
  if (first) wake();
}

void Streams::lost() {
  {
    const std::lock_guard lock(mutex_);
    inbox_.clear();  // these are loaded anew with the others
    lost_ = true;
  }
  wake();
}

void Streams::notify() {
  if (!news_.exchange(true) && taken_.load() > 0) wake();
}

bool Streams::take(NewReader reader) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_ || full()) return false;
    taken_.fetch_add(1);
    newcomers_.push_back(std::move(reader));
    metrics_.streams_open.fetch_add(1, std::memory_order_relaxed);
  }
  wake();
  return true;
}

// ---- the thread ------------------------------------------------------------------------------

void Streams::loop() {
  for (;;) {
    wait(readers_.empty());
    {
      const std::lock_guard lock(mutex_);
      if (!open_) break;
    }
    turn();
    let_go();
  }
  // No goodbye: whoever reads comes back by itself, and is told what it missed or to load anew.
  {
    const std::lock_guard lock(mutex_);
    for (NewReader& newcomer : newcomers_) readers_.emplace_back(std::move(newcomer));
    newcomers_.clear();
  }
  for (Reader& reader : readers_) reader.gone = true;
  let_go();
}

// Until something happens, or a tick has passed. Sockets that have room are written to here.
void Streams::wait(bool forever) {
  std::vector<pollfd> watched;
  watched.reserve(readers_.size() + 1);
  watched.push_back({wake_, POLLIN, 0});
  for (const Reader& reader : readers_) {
    const int events = POLLIN | POLLRDHUP | (reader.backlog.empty() ? 0 : POLLOUT);
    watched.push_back({reader.given.fd, static_cast<short>(events), 0});
  }
  if (poll(watched.data(), watched.size(), forever ? -1 : k_stream_tick_ms) <= 0) return;
  std::uint64_t count = 0;
  if ((watched[0].revents & POLLIN) != 0 && read(wake_, &count, sizeof count) < 0) return;
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    const int events = watched[i + 1].revents;
    // A reader that closes has gone; one that speaks has mistaken this for another connection.
    if ((events & ~POLLOUT) != 0) readers_[i].gone = true;
    if ((events & POLLOUT) != 0) send(readers_[i]);
  }
}

void Streams::turn() {
  std::vector<NewReader> newcomers;
  {
    const std::lock_guard lock(mutex_);
    newcomers.swap(newcomers_);
  }
  if (look_ && look_is_due(!newcomers.empty())) look_(*this);
  std::deque<StreamEvent> inbox;
  bool lost = false;
  {
    const std::lock_guard lock(mutex_);
    inbox.swap(inbox_);
    lost = std::exchange(lost_, false);
  }
  if (lost) {
    forget_all();
    for (Reader& reader : readers_) reset(reader);
  }
  for (const StreamEvent& event : inbox) tell(event);
  for (Reader& reader : readers_) look_after(reader);
  // Last: what they came back for is known by now.
  for (NewReader& newcomer : newcomers) {
    readers_.emplace_back(std::move(newcomer));
    welcome(readers_.back());
  }
}

// A newcomer need not wait for the next look: the answer to its Last-Event-ID depends on it. A
// flood of commits is looked at a few times a second.
bool Streams::look_is_due(bool newcomers) {
  if (!newcomers && readers_.empty()) return false;
  const std::int64_t now = world_.clock.steady_ms();
  const std::int64_t ago = now - looked_ms_;
  const bool due = newcomers || ago >= k_job_poll_ms || (news_ && ago >= k_stream_look_ms);
  if (!due) return false;
  news_ = false;  // before looking: what is committed meanwhile is news again
  looked_ms_ = now;
  return true;
}

void Streams::forget_all() {
  kept_.clear();
  numbers_.clear();
  run_ = id_suffix(make_id(world_, "run"));
}

void Streams::tell(const StreamEvent& event) {
  const std::int64_t number = ++numbers_[event.topic];
  kept_.push_back({event.topic, number, event_text(run_, number, event.name, event.data)});
  if (kept_.size() > limits_.events_kept) kept_.pop_front();
  for (Reader& reader : readers_) {
    if (reader.gone || reader.given.subscription.topic != event.topic) continue;
    metrics_.stream_events.fetch_add(1, std::memory_order_relaxed);
    say(reader, kept_.back().text);
  }
}

void Streams::welcome(Reader& reader) {
  const Subscription& wanted = reader.given.subscription;
  reader.since_ms = reader.moved_ms = world_.clock.steady_ms();
  say(reader, reader.given.head);
  say(reader, k_come_back);
  reader.given.head.clear();
  const auto last = number_in(wanted.last_event_id, run_);
  const auto found = numbers_.find(wanted.topic);
  const std::int64_t newest = found == numbers_.end() ? 0 : found->second;
  if (last == newest) return;
  const auto first = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& kept) { return kept.topic == wanted.topic; });
  const bool all_known =
      last && *last < newest && first != kept_.end() && first->number <= *last + 1;
  if (!all_known) {
    reset(reader);
    return;
  }
  for (auto kept = first; kept != kept_.end(); ++kept) {
    if (kept->topic != wanted.topic || kept->number <= *last) continue;
    metrics_.stream_events.fetch_add(1, std::memory_order_relaxed);
    say(reader, kept->text);
  }
}

void Streams::reset(Reader& reader) {
  const auto found = numbers_.find(reader.given.subscription.topic);
  say(reader, event_text(run_, found == numbers_.end() ? 0 : found->second, "reset", "{}"));
}

void Streams::say(Reader& reader, std::string_view text) {
  if (reader.gone) return;
  const std::int64_t now = world_.clock.steady_ms();
  if (reader.backlog.empty()) reader.moved_ms = now;
  reader.spoken_ms = now;
  reader.backlog.append(text);
  send(reader);
  if (reader.gone || reader.backlog.size() <= limits_.backlog_bytes_max) return;
  reader.gone = true;
  metrics_.streams_too_slow.fetch_add(1, std::memory_order_relaxed);
}

void Streams::send(Reader& reader) {
  while (!reader.gone && !reader.backlog.empty()) {
    const ssize_t count = ::send(reader.given.fd, reader.backlog.data(), reader.backlog.size(),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      reader.gone = errno != EAGAIN && errno != EWOULDBLOCK;
      return;
    }
    reader.backlog.erase(0, static_cast<std::size_t>(count));
    reader.moved_ms = world_.clock.steady_ms();
  }
}

// What time brings: a comment for the quiet, an end for those who are stuck or have been here so
// long that they should show their token again.
void Streams::look_after(Reader& reader) {
  if (reader.gone) return;
  const std::int64_t now = world_.clock.steady_ms();
  if (!reader.backlog.empty()) {
    if (now - reader.moved_ms < k_write_timeout_ms) return;
    reader.gone = true;
    metrics_.streams_too_slow.fetch_add(1, std::memory_order_relaxed);
  } else if (now - reader.since_ms >= k_stream_age_max_ms) {
    reader.gone = true;
  } else if (now - reader.spoken_ms >= k_stream_comment_ms) {
    say(reader, k_comment);
  }
}

void Streams::let_go() {
  for (const Reader& reader : readers_) {
    if (!reader.gone) continue;
    reader.given.close();
    taken_.fetch_sub(1);
    metrics_.streams_open.fetch_sub(1, std::memory_order_relaxed);
  }
  std::erase_if(readers_, [](const Reader& reader) { return reader.gone; });
}

}  // namespace flead::http
