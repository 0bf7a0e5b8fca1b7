// What has happened at Cal.com, read and handed on. Its answers are read outside of any
// transaction, each booking is applied in one of its own: whatever line the power fails on, the
// next look reads the same again and changes nothing twice.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.h"
#include "core/booking/calcom_link.h"
#include "core/booking/calcom_secret.h"
#include "core/booking/calcom_store.h"
#include "core/channels/call_place.h"

namespace flead::booking {

namespace {

using channels::Verdict;

constexpr int k_pages_max = 20;                              // of one look; the rest at the next
constexpr int k_moves_followed_max = 5;                      // of one meeting, back or forth
constexpr std::int64_t k_overlap_ms = 5 * k_minute_ms;       // changes that were late to be listed
constexpr std::int64_t k_clocks_differ_ms = k_hour_ms;       // theirs and ours, at most
constexpr std::int64_t k_failed_pause_ms = 2 * k_minute_ms;  // it may answer soon
constexpr std::int64_t k_refused_pause_ms = 30 * k_minute_ms;

struct OpenedLink {
  CalcomLink link;
  calcom::Access access;
};

// Nothing: it was removed.
Result<std::optional<OpenedLink>> open_link(App& app, const CalcomLinkId& id) {
  return app.store.read([&](store::Tx& tx) -> Result<std::optional<OpenedLink>> {
    FLEAD_TRY(auto link, calcom_store::by_id(tx, id));
    if (!link) return std::optional<OpenedLink>();
    FLEAD_TRY(const CalcomSecret secret, open_calcom(app, tx, *link));
    const calcom::Access access{link->base_url, secret.key, link->ca_file};
    return std::optional<OpenedLink>(OpenedLink{std::move(*link), access});
  });
}

bool is_known(App& app, const TenantId& tenant, std::string_view uid) {
  const auto known =
      app.store.read([&](store::Tx& tx) { return calcom_store::known(tx, tenant, uid); });
  return known && known->has_value();
}

// The meeting with what it was before and became since, where that is not known yet: the oldest
// first, so that a move is a move and not a second meeting.
calcom::Answer with_moves(App& app, const OpenedLink& opened, calcom::Booking booking,
                          std::vector<calcom::Booking>& chain) {
  calcom::Answer good;
  good.verdict = Verdict::sent;
  chain = {std::move(booking)};
  const auto fetch = [&](const std::string& uid, bool before) {
    auto answer =
        calcom::parse_booking(app.transport.http(calcom::build_booking(opened.access, uid)));
    const bool one = answer.verdict == Verdict::sent && answer.bookings.size() == 1;
    if (one) chain.insert(before ? chain.begin() : chain.end(), answer.bookings.front());
    // What cannot be read there is left out: the meeting itself is known.
    if (!one && answer.verdict != Verdict::sent && answer.verdict != Verdict::rejected) {
      good = answer;
    }
    return one;
  };
  for (int i = 0; i < k_moves_followed_max; ++i) {
    const std::string uid = chain.front().moved_from;
    if (uid.empty() || is_known(app, opened.link.tenant, uid) || !fetch(uid, true)) break;
  }
  for (int i = 0; i < k_moves_followed_max; ++i) {
    const std::string uid = chain.back().moved_to;
    if (uid.empty() || is_known(app, opened.link.tenant, uid) || !fetch(uid, false)) break;
  }
  return good;
}

struct Settled {
  calcom::Answer answer;  // not `sent`: ask again later
  Status kept;            // an error: this booking could not be applied
};

Settled settle_news(App& app, const OpenedLink& opened, const CalcomNews& news) {
  Settled out;
  std::vector<calcom::Booking> chain;
  out.answer = with_moves(app, opened, news.booking, chain);
  if (out.answer.verdict != Verdict::sent) return out;
  for (const calcom::Booking& one : chain) {
    CalcomNews part = news;
    part.booking = one;
    part.ended = news.ended && one.uid == news.booking.uid;
    out.kept =
        app.store.write([&](store::Tx& tx) { return apply_calcom(app, tx, opened.link, part); });
    if (!out.kept) return out;
  }
  return out;
}

// One look at all that has changed.
class Look {
 public:
  Look(App& app, OpenedLink opened) : app_(app), opened_(std::move(opened)) {
    first_ = !opened_.link.seen_at.has_value();
    query_.event_type = opened_.link.event_type;
    if (first_) {
      query_.after_start = app_.world.clock.now();
    } else {
      query_.after_change = *opened_.link.seen_at - k_overlap_ms;
      newest_ = *opened_.link.seen_at;
    }
  }

  calcom::Answer run() {
    bool more = true;
    for (int page = 0; more && page < k_pages_max; ++page) {
      const auto answer = calcom::parse_bookings(
          app_.transport.http(calcom::build_bookings(opened_.access, query_)));
      if (answer.verdict != Verdict::sent) return end(answer);
      unreadable_ += answer.unreadable;
      for (const calcom::Booking& booking : answer.bookings) {
        const calcom::Answer settled = take(booking);
        if (settled.verdict != Verdict::sent) return end(settled);
      }
      more = answer.more && go_on(answer);
    }
    // Nothing there yet: from now on what is called off is told, too.
    if (first_ && !more && newest_ == 0) newest_ = app_.world.clock.now() - k_clocks_differ_ms;
    calcom::Answer good;
    good.verdict = Verdict::sent;
    return end(good);
  }

 private:
  calcom::Answer take(const calcom::Booking& booking) {
    const Settled settled = settle_news(app_, opened_, {booking, false, first_});
    if (settled.answer.verdict != Verdict::sent) return settled.answer;
    calcom::Answer answer;
    answer.verdict = Verdict::sent;
    if (settled.kept) {
      newest_ = std::max(newest_, booking.changed_at);
    } else if (settled.kept.error().kind == ErrorKind::store) {
      answer.verdict = Verdict::retry;
      answer.says = settled.kept.error().message;
    } else {
      // The others go on; this one is read again at every look until it can be kept.
      log_error("calcom.not_kept",
                {{"link", opened_.link.id.text()}, {"code", settled.kept.error().code}});
      trouble_ = settled.kept.error().message;
      held_ = std::min(held_, booking.changed_at - 1);
    }
    return answer;
  }

  // From the last change rather than by counting: what changes meanwhile goes to the end of the
  // list, and would shift another one out of sight. Many of one moment are counted.
  bool go_on(const calcom::Bookings& page) {
    TimeMs last = query_.after_change.value_or(0);
    for (const calcom::Booking& booking : page.bookings) last = std::max(last, booking.changed_at);
    if (last - 1 > query_.after_change.value_or(0)) {
      query_.after_change = last - 1;
      query_.skip = 0;
    } else {
      query_.skip += page.count;
    }
    return page.count > 0;
  }

  calcom::Answer end(calcom::Answer answer) {
    const bool good = answer.verdict == Verdict::sent;
    const Status kept = app_.store.write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(auto link, calcom_store::by_id(tx, opened_.link.id));
      if (!link) return {};
      const TimeMs now = app_.world.clock.now();
      link->tried_at = now;
      if (good) link->synced_at = now;
      // A first look that was cut short begins again.
      const TimeMs seen = std::min(newest_, held_);
      if ((good || !first_) && seen > 0) link->seen_at = std::max(link->seen_at.value_or(0), seen);
      if (held_ < link->seen_at.value_or(0)) link->seen_at = held_;
      link->error = good ? trouble_ : answer.says;
      if (good && trouble_.empty() && unreadable_ > 0) {
        link->error = fmt::format("{} bookings could not be read", unreadable_);
      }
      link->updated_at = now;
      return calcom_store::update(tx, *link);
    });
    if (!kept && good) {
      answer.verdict = Verdict::retry;
      answer.says = kept.error().message;
    }
    return answer;
  }

  App& app_;
  OpenedLink opened_;
  calcom::ListQuery query_;
  bool first_ = false;
  TimeMs newest_ = 0;
  TimeMs held_ = INT64_MAX;  // before the first that could not be kept
  std::int64_t unreadable_ = 0;
  std::string trouble_;
};

Status keep_failure(App& app, const CalcomLinkId& id, const std::string& says) {
  return app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(auto link, calcom_store::by_id(tx, id));
    if (!link) return {};
    link->tried_at = app.world.clock.now();
    link->error = says;
    return calcom_store::update(tx, *link);
  });
}

std::int64_t pause_of(const calcom::Answer& answer) {
  if (answer.retry_after_ms > 0) return answer.retry_after_ms;
  return answer.verdict == Verdict::retry ? k_failed_pause_ms : k_refused_pause_ms;
}

// All connections together take as many job threads as one channel.
ChannelId all_calcom() {
  return ChannelId("calcom");
}

// Whether a person of ours stands behind this uid: not one who was erased.
Result<bool> names_person(store::Tx& tx, const TenantId& tenant, std::string_view uid) {
  FLEAD_TRY(const auto known, calcom_store::known(tx, tenant, uid));
  if (!known) return false;
  FLEAD_TRY(const auto booking, load(tx, tenant, known->booking));
  return booking.lead.has_value();
}

// Ends the reading of one call. What it says of a stranger, or of a person who was erased, is not
// ours to keep.
jobs::Outcome end_of_call(App& app, const calcom_store::KeptCall& call) {
  return jobs::Outcome::done([&app, call](store::Tx& tx) -> Status {
    FLEAD_TRY(const bool keep, names_person(tx, call.tenant, call.uid));
    return keep ? calcom_store::end_call(tx, call.id, app.world.clock.now())
                : calcom_store::delete_call(tx, call.id);
  });
}

}  // namespace

CalcomRead read_calcom(App& app, const CalcomLinkId& id) {
  CalcomRead out;
  auto opened = open_link(app, id);
  if (!opened) {
    out.answer.verdict =
        opened.error().kind == ErrorKind::store ? Verdict::retry : Verdict::misconfigured;
    out.answer.says = opened.error().message;
    static_cast<void>(keep_failure(app, id, out.answer.says));
    return out;
  }
  out.gone = !opened->has_value();
  if (!out.gone) out.answer = Look(app, std::move(**opened)).run();
  return out;
}

jobs::Outcome poll_calcom(App& app, const jobs::Job& job) {
  const auto id = job.payload.text("link");
  if (!id) return jobs::Outcome::dead("The job names no connection");
  const auto now = [&] { return app.world.clock.now(); };
  const channels::CallPlace place(all_calcom());
  if (!place.taken()) return jobs::Outcome::snooze(now() + k_second_ms, "Other accounts go first");
  const CalcomRead done = read_calcom(app, CalcomLinkId(*id));
  if (done.gone) return jobs::Outcome::done();
  if (done.answer.verdict == Verdict::sent) {
    return jobs::Outcome::snooze(now() + k_calcom_every_ms, "");
  }
  return jobs::Outcome::snooze(now() + pause_of(done.answer), done.answer.says);
}

jobs::Outcome read_calcom_call(App& app, const jobs::Job& job) {
  const std::string id = job.payload.text("call").value_or(job.subject_id);
  const auto now = [&] { return app.world.clock.now(); };
  const auto kept = app.store.read([&](store::Tx& tx) { return calcom_store::call_by_id(tx, id); });
  if (!kept) return jobs::Outcome::retry(kept.error().message);
  if (!*kept || (*kept)->read) return jobs::Outcome::done();
  const auto call = calcom::parse_call((*kept)->body);
  if (!call || call->uid.empty()) return end_of_call(app, **kept);
  const channels::CallPlace place(all_calcom());
  if (!place.taken()) return jobs::Outcome::snooze(now() + k_second_ms, "Other accounts go first");
  const auto opened = open_link(app, (*kept)->link);
  if (!opened) return jobs::Outcome::retry(opened.error().message);
  if (!*opened) return jobs::Outcome::done();
  const auto answer = calcom::parse_booking(
      app.transport.http(calcom::build_booking((*opened)->access, call->uid)));
  if (answer.verdict == Verdict::rejected) return end_of_call(app, **kept);  // gone there
  if (answer.verdict != Verdict::sent) {
    return jobs::Outcome::snooze(now() + pause_of(answer), answer.says);
  }
  for (calcom::Booking booking : answer.bookings) {
    if (booking.event_type != (*opened)->link.event_type) continue;
    if (booking.moved_from.empty() && booking.uid == call->uid) booking.moved_from = call->old_uid;
    const Settled settled = settle_news(app, **opened, {booking, call->ended, false});
    if (settled.answer.verdict != Verdict::sent) {
      return jobs::Outcome::snooze(now() + pause_of(settled.answer), settled.answer.says);
    }
    if (!settled.kept) return jobs::Outcome::retry(settled.kept.error().message);
  }
  return end_of_call(app, **kept);
}

}  // namespace flead::booking
