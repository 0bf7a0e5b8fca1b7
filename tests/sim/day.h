// A day of one tenant on all channels: leads come in by form and by messenger, press start links,
// write, ask for a person, say stop, block and come back, while providers fail and the worker dies.
// Everything hangs on one seed. What cannot wait until the end is judged here, as it happens: whom
// a provider wrote to after that person had said stop. The rest is judged by the cases. Callers:
// the cases of tests/sim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/channels/channel.h"
#include "core/jobs/jobs.h"
#include "sim/world.h"
#include "support/test_app.h"

namespace flead::sim {

struct Person {
  std::size_t number = 0;
  std::string kind;     // where this person writes: a messenger, sms, or "" nowhere
  std::string address;  // as the double is told
  std::string fields;   // of the form; "" came by themselves
  LeadId lead;          // of the form
  // Where the last word was that we shall be quiet; "" when it was another one.
  std::string closed;
  bool blocked = false;  // said to the provider, who then lets nothing through
  bool known = false;    // every call of our hook up to that word has been read
  int words = 0;         // how often this person did something
};

struct Counts {
  std::int64_t hooks = 0;               // calls of our hook, with copies
  std::int64_t copies = 0;              // of them, the same again
  std::int64_t refused = 0;             // answered with anything but 200
  std::int64_t strangers = 0;           // messages to an address that nobody has
  std::int64_t crossed = 0;             // left before the word "stop" had been read
  std::int64_t elsewhere = 0;           // on another channel than that of the word
  std::int64_t answers = 0;             // by an operator's hand
  std::int64_t retries = 0;             // the same, of what was ambiguous
  std::int64_t resumes = 0;             // of paused channels
  std::int64_t turns = 0;               // of the loop
  TimeMs read_late_ms = 0;              // the longest wait of the word "stop" to be read
  std::vector<std::string> after_stop;  // messages that must not have left
};

class Day {
 public:
  Day(std::uint64_t seed, std::size_t people);
  // Who has this address; null for nobody.
  const Person* owner(std::string_view kind, std::string_view address) const;
  // The day, and then calm days without a failure until nothing is left to do.
  void run();

  test::TestApp test;
  test::SeededRandom chance;
  DyingStore store;
  Net net;
  App app;  // the worker's
  std::vector<Person> people;
  Counts counts;
  std::map<std::string, int> retried;  // message, by a person's hand
  std::set<std::string> ambiguous;     // messages that have ever been so
  std::set<std::string> told_read;     // messages of which we were told that they were read

 private:
  enum class Verb { post, start, hello, write, stop, human, press, block, unblock };
  struct Act {
    std::size_t person = 0;
    Verb verb = Verb::post;
  };
  // A call of our hook on its way.
  struct Hook {
    channels::HttpRequest request;
    std::optional<std::size_t> closes;  // whose "stop" it is
    int word = 0;                       // which of that person's words
    std::string read;                   // message that it says was read
    bool copy = false;
  };
  struct Unread {
    std::size_t person = 0;
    int word = 0;
    TimeMs at = 0;
  };

  void add_channels();
  void add_channel(const std::string& kind, Json config, const std::string& secret);
  void add_person(std::size_t number);
  std::string form_fields(Person& person);
  void plan_story(const Person& person, TimeMs at);
  TimeMs soon(TimeMs at);

  void act(const Act& act);
  void post(Person& person);
  Json wish_of(const Person& person, Verb verb);
  Json addressed(std::string_view kind, std::string_view address);
  void learn_address(const Person& person, const channels::HttpRequest& request);
  void take_accepted(const Accepted& one);
  void tell_receipts(const Accepted& one);
  void send_hook(const channels::HttpRequest& request, Hook hook);
  void deliver(const Hook& hook);

  void operate();
  void resume_channels();
  void retry_ambiguous();
  void answer_people();
  void work();
  void note_what_was_read();
  TimeMs next_moment(TimeMs end);
  bool rolls(std::uint64_t percent) { return chance.below(100) < percent; }

  TimeMs begin_;
  jobs::Table table_;
  std::string worker_;
  std::map<std::string, channels::Channel> channels_;  // by kind
  std::map<std::string, std::size_t> owners_;          // "kind:address"
  std::map<std::string, std::size_t> by_lead_;
  std::multimap<TimeMs, Act> plan_;
  std::multimap<TimeMs, Hook> wire_;
  std::vector<Unread> unread_;
  std::map<std::string, TimeMs> paused_;  // channel, since
  TimeMs operates_at_ = 0;
};

}  // namespace flead::sim
