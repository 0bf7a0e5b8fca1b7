// Streams: the readers of server-sent events (WHATWG HTML, section 9.2), all on one thread of their
// own. Whoever has news publishes it from any thread and waits for nobody; a reader that does not
// keep up is let go, comes back and goes on after the last event that it saw.
//
// Why not the connections' thread: this one also asks the store for news (Look), and a question to
// the store must not hold up every request. A reader's connection stays in Connections' books as
// one whose request is running, so caps, counters and the end of the process treat it as any other.
// Callers: the front hands readers over, the server wakes it after commits. Knows no routes.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/base/world.h"
#include "serve/http/http.h"
#include "serve/http/metrics.h"

namespace flead::http {

inline constexpr std::string_view k_streams_full = "All places for readers of events are taken.";

struct StreamEvent {
  std::string topic;  // who reads it: a tenant's id
  std::string name;   // "lead.created"
  std::string data;   // JSON in one line
};

struct StreamLimits {
  std::size_t readers_max = k_streams_max;
  std::size_t events_kept = k_stream_events_kept;
  std::size_t backlog_bytes_max = k_stream_backlog_bytes_max;
};

class Streams {
 public:
  // Asked for news on the streams' own thread, after notify() and once a second, but only while
  // somebody reads: it calls publish() and lost().
  using Look = std::function<void(Streams&)>;

  // World and metrics outlive this.
  Streams(World world, Metrics& metrics, StreamLimits limits = {}, Look look = {});
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  Status start();
  // Lets all readers go, at once. No reader is taken after this.
  void stop();

  // From any thread; none of these waits for a reader or for the store.
  void publish(StreamEvent event);
  void lost();    // events are missing here: every reader is told to load anew
  void notify();  // there may be news for Look
  bool full() const { return taken_.load() >= limits_.readers_max; }

  struct NewReader {
    int fd = -1;       // non-blocking, stays the giver's
    std::string head;  // of the reply
    Subscription subscription;
    std::function<void()> close;  // called once, on the streams' thread
  };
  // False when all places are taken or the end has come; the connection is the caller's then.
  //
  // What a reader gets: first the events after its Last-Event-ID, or else, where these are not all
  // known any more, the event `reset`: "load anew what you show; from here on you miss nothing".
  // Ids are RUN.NUMBER, where the number counts the topic's events: nothing of other topics shows.
  bool take(NewReader reader);

 private:
  struct Reader {
    explicit Reader(NewReader reader) : given(std::move(reader)) {}

    NewReader given;
    std::string backlog;         // what the socket did not take yet
    std::int64_t since_ms = 0;   // steady, as the others
    std::int64_t moved_ms = 0;   // when the socket last took something, or nothing was left
    std::int64_t spoken_ms = 0;  // when something was last said
    bool gone = false;
  };
  struct Kept {
    std::string topic;
    std::int64_t number = 0;
    std::string text;
  };

  void loop();
  void wait(bool forever);
  void turn();
  bool look_is_due(bool newcomers);
  void forget_all();
  void tell(const StreamEvent& event);
  void welcome(Reader& reader);
  void reset(Reader& reader);
  void say(Reader& reader, std::string_view text);
  void send(Reader& reader);
  void look_after(Reader& reader);
  void let_go();
  void wake();

  World world_;
  Metrics& metrics_;
  const StreamLimits limits_;
  const Look look_;
  const int wake_;
  std::thread thread_;
  std::atomic<std::size_t> taken_{0};  // readers and newcomers
  std::atomic<bool> news_{false};      // notify() was called

  std::mutex mutex_;
  std::vector<NewReader> newcomers_;  // guarded by mutex_, as the rest of this block
  std::deque<StreamEvent> inbox_;
  bool lost_ = false;
  bool open_ = false;  // between start() and stop()

  // The thread's own.
  std::vector<Reader> readers_;
  std::deque<Kept> kept_;
  std::map<std::string, std::int64_t, std::less<>> numbers_;  // topic to its last event's number
  std::string run_;                                           // changes when events were lost
  std::int64_t looked_ms_ = 0;
};

}  // namespace flead::http
