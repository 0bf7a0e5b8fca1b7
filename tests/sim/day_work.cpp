// The other half of a Day: what we do. The worker, which dies and is started again, and the
// operator, whose process is another one.
#include <algorithm>

#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/channels/chat.h"
#include "core/channels/outbox.h"
#include "sim/day.h"
#include "support/catch.h"

namespace flead::sim {
namespace {

constexpr std::uint64_t k_commits_of_a_life = 160;
constexpr std::int64_t k_calm_days = 5;  // the longest wait of a message is three
constexpr std::int64_t k_operates_every_ms = 10 * k_minute_ms;
constexpr std::int64_t k_turns_max = 4'000'000;  // a loop that does not end is a failure

}  // namespace

void Day::operate() {
  operates_at_ += k_operates_every_ms;
  resume_channels();
  retry_ambiguous();
  answer_people();
}

// Somebody repairs what is paused within a quarter of an hour.
void Day::resume_channels() {
  auto live =
      test.store().read([&](store::Tx& tx) { return channels::list(tx, test.tenant().id); });
  REQUIRE(live);
  for (const channels::Channel& channel : *live) {
    if (channel.status != "paused") continue;
    const auto [known, first] = paused_.emplace(channel.id.text(), test.clock().now());
    if (first) continue;
    paused_.erase(known);
    ++counts.resumes;
    REQUIRE(test.store().write(
        [&](store::Tx& tx) { return channels::resume(test.world(), tx, channel.id); }));
  }
}

// Each is seen once; half of them are sent again.
void Day::retry_ambiguous() {
  channels::MessageFilter filter;
  filter.state = "ambiguous";
  filter.limit = k_page_max;
  auto found = test.store().read(
      [&](store::Tx& tx) { return channels::list_messages(tx, test.tenant().id, filter); });
  REQUIRE(found);
  for (const channels::Message& message : *found) {
    if (!ambiguous.insert(message.id.text()).second || !rolls(50)) continue;
    ++counts.retries;
    ++retried[message.id.text()];
    REQUIRE(test.store().write([&](store::Tx& tx) {
      return channels::retry_message(test.app(), tx, test.tenant().id, message.id);
    }));
  }
}

void Day::answer_people() {
  channels::ThreadFilter filter;
  filter.unanswered = true;
  filter.limit = 20;
  auto threads = test.store().read(
      [&](store::Tx& tx) { return channels::list_threads(tx, test.tenant().id, filter); });
  REQUIRE(threads);
  for (const channels::ChatThread& thread : *threads) {
    const auto known = by_lead_.find(thread.lead.text());
    // An operator reads before answering, and leaves in peace whoever wants that.
    if (known != by_lead_.end() && !people[known->second].closed.empty()) continue;
    if (!rolls(60)) continue;
    const std::string text = "Ответ " + std::to_string(++counts.answers) + ": завтра в пять?";
    const auto sent = test.store().write([&](store::Tx& tx) -> Result<channels::ChatLine> {
      FLEAD_TRY(const auto lead, intake::load(tx, test.tenant().id, thread.lead));
      return channels::send_words(test.app(), tx, test.tenant(), lead, {text, "cli", {}});
    });
    if (!sent) REQUIRE(sent.error().code == "unroutable");
  }
}

// Everything that is due. A process that dies leaves what it held to the next one.
void Day::work() {
  while (true) {
    try {
      const auto ran = jobs::work_on(app, table_, worker_, [] { return true; });
      REQUIRE(ran);
      return;
    } catch (const Killed&) {
      store.live(k_commits_of_a_life);
      REQUIRE(jobs::rescue(test.world(), test.store()));
    }
  }
}

// A word counts as known once nothing that was handed over up to then waits to be read.
void Day::note_what_was_read() {
  if (unread_.empty()) return;
  if (test::count_rows(test.store(), "callbacks WHERE state = 'waiting'") > 0) return;
  const TimeMs now = test.clock().now();
  for (const Unread& one : unread_) {
    Person& person = people[one.person];
    if (person.words == one.word) person.known = true;
    counts.read_late_ms = std::max(counts.read_late_ms, now - one.at);
  }
  unread_.clear();
}

TimeMs Day::next_moment(TimeMs end) {
  TimeMs next = end;
  if (!plan_.empty()) next = std::min(next, plan_.begin()->first);
  if (!wire_.empty()) next = std::min(next, wire_.begin()->first);
  const auto due = test.store().read([](store::Tx& tx) { return jobs::next_due(tx); });
  REQUIRE(due);
  if (*due) next = std::min(next, **due);
  return next;
}

void Day::run() {
  const TimeMs evening = begin_ + k_day_ms;
  const TimeMs end = evening + k_calm_days * k_day_ms;
  store.live(k_commits_of_a_life);
  for (TimeMs now = begin_; now < end; now = test.clock().now()) {
    REQUIRE(++counts.turns < k_turns_max);
    if (net.faulty && now >= evening) {
      net.faulty = false;
      store.live(0);
    }
    while (!plan_.empty() && plan_.begin()->first <= now) {
      const Act next = plan_.extract(plan_.begin()).mapped();
      act(next);
    }
    while (!wire_.empty() && wire_.begin()->first <= now) {
      deliver(wire_.extract(wire_.begin()).mapped());
    }
    // Through the evening, too: what failed last has to be looked at.
    const bool operates = now < evening + 6 * k_hour_ms;
    if (operates && now >= operates_at_) operate();
    work();
    note_what_was_read();
    test.clock().set(std::max(now, next_moment(operates ? operates_at_ : end)));
  }
}

}  // namespace flead::sim
