#include "core/demo/demo.h"

#include <algorithm>
#include <queue>

#include "core/booking/booking.h"
#include "core/booking/offer.h"
#include "core/booking/price.h"
#include "core/demo/people.h"
#include "core/intake/lead.h"
#include "core/jobs/jobs.h"
#include "core/money/pay_account.h"

namespace flead::demo {

void ToldClock::set(TimeMs time) {
  now_ = std::max(now_, time);
}

namespace {

constexpr std::int64_t k_paid_offer_minor = 300'000;  // 3 000 roubles, of test money

// One thing that happens at its time. Later things are added as earlier ones make them possible.
struct Happening {
  enum class Kind { arrives, jobs_run, books, meets, cancels, is_lost, gets_remark };
  TimeMs at = 0;
  Kind kind = Kind::arrives;
  std::size_t number = 0;  // of the visitor
  LeadId lead;
  BookingId booking;

  friend bool operator>(const Happening& a, const Happening& b) {
    return std::tuple(a.at, a.number, a.kind) > std::tuple(b.at, b.number, b.kind);
  }
};

// Plays the weeks: one step after the other, each through the operation a real one goes through.
class Past {
 public:
  Past(App& app, ToldClock& clock, const Plan& plan, const tenants::Tenant& tenant, Zone zone)
      : app_(app), clock_(clock), plan_(plan), tenant_(tenant), zone_(std::move(zone)) {}

  Status play(const std::function<void(int, int)>& progress) {
    const TimeMs start = clock_.now();
    for (int number = 0; number < plan_.leads; ++number) {
      later(Happening::Kind::arrives, arrival(start), static_cast<std::size_t>(number));
    }
    int arrived = 0;
    while (!queue_.empty()) {
      const Happening next = queue_.top();
      queue_.pop();
      clock_.set(next.at);
      FLEAD_CHECK(happen(next));
      if (next.kind == Happening::Kind::arrives && progress) progress(++arrived, plan_.leads);
    }
    clock_.set(plan_.until);
    return run_jobs();
  }

  std::int64_t bookings() const { return bookings_; }

 private:
  // What would be after the present does not happen.
  void later(Happening::Kind kind, TimeMs at, std::size_t number, LeadId lead = {},
             BookingId booking = {}) {
    if (at >= plan_.until) return;
    queue_.push({at, kind, number, std::move(lead), std::move(booking)});
  }

  std::uint64_t below(std::uint64_t bound) { return app_.world.random.below(bound); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  TimeMs from_now(std::int64_t at_least_ms, std::int64_t at_most_ms) {
    return clock_.now() + at_least_ms +
           static_cast<TimeMs>(below(static_cast<std::uint64_t>(at_most_ms - at_least_ms)));
  }

  // Business grows: the later of two draws. People write by day: a night's hour becomes an
  // evening's.
  TimeMs arrival(TimeMs start) {
    const auto span = static_cast<std::uint64_t>(plan_.until - start);
    TimeMs at = start + static_cast<TimeMs>(std::max(below(span), below(span)));
    const int hour = zone_.wall(at).hour;
    if (hour < 8) at += 12 * k_hour_ms;
    return std::min(at, plan_.until - k_minute_ms);
  }

  Status happen(const Happening& it) {
    switch (it.kind) {
      case Happening::Kind::arrives:
        return arrive(it);
      case Happening::Kind::jobs_run:
        return run_jobs();
      case Happening::Kind::books:
        return book(it);
      case Happening::Kind::meets:
        return meet(it);
      case Happening::Kind::cancels:
        return change_booking(it, booking::Action::cancel);
      case Happening::Kind::is_lost:
        return set_status(it.lead, "lost");
      case Happening::Kind::gets_remark:
        return app_.store.write([&](store::Tx& tx) -> Status {
          FLEAD_CHECK(intake::add_note(app_.world, tx, tenant_.id, it.lead,
                                       remark(plan_.locale, it.number), "cli"));
          return {};
        });
    }
    return {};
  }

  Status arrive(const Happening& it) {
    const Visitor who = visitor(plan_.locale, it.number, app_.world.random.next_u64());
    intake::Origin origin;
    origin.source = who.source;
    origin.content_type = "application/json";
    origin.raw_body = "{}";
    origin.ip = "127.0.0.1";
    origin.user_agent = "flead demo";
    FLEAD_TRY(const auto made, app_.store.write([&](store::Tx& tx) {
      return intake::create(app_.world, tx, tenant_, who.lead, origin);
    }));
    const LeadId id = made.lead.id;

    // Most are answered within seconds; now and then a channel was slow.
    const bool slow = one_in(12);
    later(Happening::Kind::jobs_run,
          slow ? from_now(6 * k_minute_ms, 3 * k_hour_ms)
               : from_now(2 * k_second_ms, 40 * k_second_ms),
          it.number);
    if (one_in(5))
      later(Happening::Kind::gets_remark, from_now(k_hour_ms, k_day_ms), it.number, id);
    if (below(100) < 42) {
      later(Happening::Kind::books, from_now(3 * k_minute_ms, 30 * k_hour_ms), it.number, id);
    } else if (one_in(4)) {
      later(Happening::Kind::is_lost, from_now(2 * k_day_ms, 6 * k_day_ms), it.number, id);
    }
    return {};
  }

  Status book(const Happening& it) {
    FLEAD_TRY(const auto free, app_.store.read([&](store::Tx& tx) -> Result<booking::FreeSlots> {
      FLEAD_TRY(const auto offer, booking::find_offer(tx, tenant_.id, ""));
      return booking::list_free(app_.world, tx, offer, clock_.now(), clock_.now() + 7 * k_day_ms,
                                40);
    }));
    if (free.slots.empty()) return {};  // fully booked: they come back, or not
    booking::NewBooking wish;
    wish.starts_at = free.slots[below(free.slots.size())].starts_at;
    wish.lead = it.lead;
    wish.zone = plan_.zone;
    FLEAD_TRY(const auto made, app_.store.write([&](store::Tx& tx) {
      return booking::book(app_, tx, tenant_, wish);
    }));
    ++bookings_;
    later(Happening::Kind::jobs_run, from_now(k_second_ms, 10 * k_second_ms), it.number);
    if (one_in(10)) {
      later(Happening::Kind::cancels, from_now(k_minute_ms, made.starts_at - clock_.now()),
            it.number, it.lead, made.id);
    } else {
      later(Happening::Kind::meets, made.ends_at, it.number, it.lead, made.id);
    }
    return {};
  }

  Status meet(const Happening& it) {
    if (one_in(12)) return change_booking(it, booking::Action::no_show);
    FLEAD_CHECK(change_booking(it, booking::Action::complete));
    return one_in(2) ? set_status(it.lead, "won") : Status();
  }

  Status change_booking(const Happening& it, booking::Action action) {
    booking::Change change;
    change.id = it.booking;
    change.action = action;
    FLEAD_CHECK(app_.store.write(
        [&](store::Tx& tx) { return booking::change(app_, tx, tenant_, change); }));
    return {};
  }

  Status set_status(const LeadId& lead, std::string_view status) {
    intake::LeadEdit edit;
    edit.status = std::string(status);
    FLEAD_CHECK(app_.store.write(
        [&](store::Tx& tx) { return intake::edit(app_.world, tx, tenant_, lead, edit, "cli"); }));
    return {};
  }

  Status run_jobs() {
    while (true) {
      FLEAD_TRY(const bool worked, jobs::work_one(app_, job_table(), "demo"));
      if (!worked) return {};
    }
  }

  App& app_;
  ToldClock& clock_;
  const Plan& plan_;
  const tenants::Tenant& tenant_;
  Zone zone_;
  std::int64_t bookings_ = 0;
  std::priority_queue<Happening, std::vector<Happening>, std::greater<>> queue_;
};

struct Founded {
  tenants::Tenant tenant;
  std::string token;
};

// The tenant, its owner's token, and a host who can be met twice a day.
Result<Founded> found(App& app, store::Tx& tx, const Plan& plan) {
  const bool russian = plan.locale == "ru";
  tenants::NewTenant wanted;
  wanted.slug = plan.slug;
  wanted.name = russian ? "Студия «Акме»" : "Acme Studio";
  wanted.zone = plan.zone;
  wanted.locale = plan.locale;
  wanted.region = "RU";
  FLEAD_TRY(auto tenant, add_tenant(app.world, tx, wanted));
  FLEAD_TRY(auto token,
            tenants::create_token(app.world, tx, tenant.id, tenants::Role::owner, "demo"));
  booking::NewRules rules;
  rules.host = "me";
  rules.host_name = russian ? "Ирина" : "Irene";
  rules.email = "irene@example.com";
  rules.offer = "intro";
  rules.offer_name = russian ? "Знакомство" : "First meeting";
  rules.location = russian ? "по телефону" : "by phone";
  rules.weekly = "mon-fri 10:00-13:00,15:00-18:00; sat 11:00-14:00";
  rules.length_min = 30;
  rules.buffer_min = 10;
  rules.notice_min = 60;
  rules.horizon_days = 30;
  FLEAD_CHECK(booking::add_rules(app.world, tx, tenant, rules));
  return Founded{std::move(tenant), std::move(token.secret)};
}

// Something that costs money, to be tried by clicking: paid at the provider inside this program.
// Made when the past is over, for the past is one of free meetings.
Status add_paid_offer(App& app, store::Tx& tx, const tenants::Tenant& tenant, bool russian) {
  money::NewPayAccount account;
  account.provider = "mock";
  FLEAD_CHECK(money::add_pay_account(app, tx, tenant.id, account));
  booking::NewRules rules;
  rules.host = "me";
  rules.offer = "consultation";
  rules.offer_name = russian ? "Консультация" : "Consultation";
  rules.location = russian ? "видеозвонок" : "video call";
  rules.weekly = "mon-fri 10:00-13:00,15:00-18:00";
  rules.length_min = 60;
  rules.buffer_min = 10;
  rules.notice_min = 60;
  rules.horizon_days = 30;
  FLEAD_TRY(const auto made, booking::add_rules(app.world, tx, tenant, rules));
  booking::NewPrice price;
  price.money = {k_paid_offer_minor, "RUB"};
  FLEAD_CHECK(booking::set_price(app.world, tx, made.offer.id, price));
  booking::NewPolicy policy;
  policy.steps = "24h 50";
  FLEAD_CHECK(booking::set_policy(app.world, tx, made.offer.id, policy));
  return tenants::set_setting(app.world, tx, tenant.id, "payment.save_methods", "true");
}

}  // namespace

Result<Seeded> seed(App& app, ToldClock& clock, const Plan& plan,
                    const std::function<void(int, int)>& progress) {
  FLEAD_TRY(auto zone, Zone::load(plan.zone));
  FLEAD_TRY(auto founded, app.store.write([&](store::Tx& tx) { return found(app, tx, plan); }));
  Past past(app, clock, plan, founded.tenant, std::move(zone));
  FLEAD_CHECK(past.play(progress));
  FLEAD_CHECK(app.store.write(
      [&](store::Tx& tx) { return add_paid_offer(app, tx, founded.tenant, plan.locale == "ru"); }));
  Seeded seeded;
  seeded.tenant = std::move(founded.tenant);
  seeded.token = std::move(founded.token);
  seeded.leads = plan.leads;
  seeded.bookings = past.bookings();
  return seeded;
}

}  // namespace flead::demo
