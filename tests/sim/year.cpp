#include "sim/year.h"

#include <array>

#include <fmt/format.h>

#include "core/base/process.h"
#include "core/base/time.h"
#include "core/booking/offer.h"
#include "core/booking/price.h"
#include "core/money/payout_method.h"

namespace flead::sim {
namespace {

// Each year far from the clocks of all other cases, as with days (day.cpp), and with the same days
// of the week: a calendar comes back after 28 years.
TimeMs next_new_year(TimeMs now) {
  static std::int64_t k_years = 0;
  constexpr std::int64_t k_first_days = 500;
  constexpr std::int64_t k_apart_days = 28 * 365 + 7;
  return now + (k_first_days + k_apart_days * k_years++) * k_day_ms;
}

constexpr std::array<std::int64_t, 5> k_shares = {20, 0, 33, 15, 7};
constexpr std::array<std::string_view, 4> k_holds = {"75m", "30m", "75m", "20m"};

}  // namespace

Year::Year(const YearSize& of)
    : size(of),
      chance(of.seed),
      store(test.store(), chance),
      other(test.store(), chance),
      bank(test.clock(), chance),
      wire(test.clock(), chance, bank, store),
      app{store, test.world(), test.app().config, test.app().key, wire},
      other_app{other, test.world(), test.app().config, test.app().key, wire} {
  begin_ = next_new_year(test.clock().now());
  test.clock().set(begin_);
  const std::string here = process_name();
  worker_ = here.substr(0, here.rfind('/')) + "/1#1";  // of a process that is gone: see day.cpp
  for (std::size_t number = 0; number < size.firms; ++number) add_firm(number);
}

void Year::set(const Firm& firm, std::string_view key, std::string_view value) {
  REQUIRE(test.store().write([&](store::Tx& tx) {
    return tenants::set_setting(test.world(), tx, firm.tenant.id, key, value);
  }));
}

// Of five firms one takes money by hand and one only tries.
void Year::add_firm(std::size_t number) {
  Firm firm;
  firm.tenant = number == 0 ? test.tenant() : test.add_tenant(fmt::format("firm-{}", number));
  firm.cash = number % 5 == 2;
  firm.test = number % 5 == 1;
  firm.share_percent = k_shares[number % k_shares.size()];
  firm.fee_by_expert = number % 2 == 0;
  set(firm, "payment.share", fmt::format("{}%", firm.share_percent));
  set(firm, "payment.fee", firm.fee_by_expert ? "expert" : "tenant");
  set(firm, "payment.hold", k_holds[number % k_holds.size()]);
  set(firm, "payout.schedule",
      number % 3 == 0   ? "weekly fri"
      : number % 3 == 1 ? "daily"
                        : "manual");
  set(firm, "payout.delay", number % 2 == 0 ? "7d" : "2d");
  set(firm, "payout.approve_above", "3000");
  add_accounts(firm, number);
  add_experts(firm, number);
  firms.push_back(std::move(firm));
}

void Year::add_accounts(Firm& firm, std::size_t number) {
  const auto add = [&](std::string_view provider, std::string_view field,
                       const std::string& login) {
    money::NewPayAccount input;
    input.provider = provider;
    if (!login.empty()) {
      input.config.set(field, login);
      if (firm.test) input.config.set("test", true);
      input.secret = "key-" + login;
    }
    const auto made = test.store().write([&](store::Tx& tx) {
      return money::add_pay_account(test.app(), tx, firm.tenant.id, input);
    });
    REQUIRE(made);
    if (!login.empty()) {
      BankShop shop;
      shop.login = login;
      shop.secret = input.secret;
      shop.test = firm.test;
      shop.gateway = provider == "yookassa_payouts";
      shop.hook = fmt::format("/hooks/{}/{}", provider, made->id.text());
      shop.balance_minor = shop.gateway ? 1'000'000 : 0;
      bank.open_shop(std::move(shop));
    }
  };
  if (firm.cash) {
    add("manual", "", "");
    return;
  }
  firm.shop = std::to_string(100'500 + number);
  add("yookassa", "shop_id", firm.shop);
  firm.gateway = std::to_string(500'100 + number);
  add("yookassa_payouts", "gateway_id", firm.gateway);
}

void Year::add_experts(Firm& firm, std::size_t number) {
  for (std::size_t i = 0; i < 2; ++i) {
    booking::NewRules rules;
    rules.host = fmt::format("expert-{}", i);
    rules.offer = fmt::format("free-{}", i);
    rules.weekly = "daily 10:00-18:00";
    rules.length_min = 60;
    rules.buffer_min = 0;
    rules.notice_min = 60;
    rules.horizon_days = 30;
    const auto made = test.store().write(
        [&](store::Tx& tx) { return booking::add_rules(test.world(), tx, firm.tenant, rules); });
    REQUIRE(made);
    Expert expert;
    expert.who = {made->host.id, made->host.slug};
    expert.by_hand = firm.cash || (i == 1 && !firm.test);
    expert.phone = fmt::format("7916{:05}{:02}", number, i);
    money::NewPayoutMethod way;
    way.host = expert.who.host;
    way.host_slug = expert.who.slug;
    way.kind = expert.by_hand ? "manual" : "yookassa_sbp";
    if (expert.by_hand) {
      way.details.payee = "Ира И";
      way.details.account = "40817810099910004312";
      way.details.bank = "044525225";
    } else {
      way.details.phone = "+" + expert.phone;
      way.details.bank_id = "100000000111";
    }
    const auto set_way = test.store().write([&](store::Tx& tx) {
      return money::set_payout_method(test.app(), tx, firm.tenant.id, "RU", way);
    });
    REQUIRE(set_way);
    firm.experts.push_back(std::move(expert));
    add_meetings(firm, i, number);
  }
}

// Free, paid, with several seats, and on the host's word. Prices that no percent divides.
void Year::add_meetings(Firm& firm, std::size_t expert, std::size_t number) {
  const auto odd = static_cast<std::int64_t>(number * 100 + expert * 7);
  const std::vector<Meeting> all = {
      {fmt::format("free-{}", expert), expert, 0, 1, false, {}},
      {fmt::format("talk-{}", expert),
       expert,
       149'999 + odd,
       1,
       false,
       {{24 * k_hour_ms, 100}, {12 * k_hour_ms, 50}}},
      {fmt::format("group-{}", expert), expert, 70'001 + odd, 4, false, {{12 * k_hour_ms, 33}}},
      {fmt::format("asked-{}", expert), expert, 299'990 + odd, 1, true, {{48 * k_hour_ms, 100}}},
  };
  for (const Meeting& one : all) {
    booking::NewRules rules;
    rules.host = firm.experts[expert].who.slug;
    rules.offer = one.slug;
    rules.weekly = "daily 10:00-18:00";
    rules.length_min = 60;
    rules.buffer_min = 0;
    rules.notice_min = 60;
    rules.horizon_days = 30;
    rules.seats = one.seats;
    std::string terms;
    for (const Term& term : one.terms) {
      terms += fmt::format("{}{}h {}", terms.empty() ? "" : ", ", term.before_ms / k_hour_ms,
                           term.percent);
    }
    const auto made = test.store().write([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto added, booking::add_rules(test.world(), tx, firm.tenant, rules));
      booking::OfferEdit edit;
      edit.on_request = one.asks;
      FLEAD_CHECK(booking::edit_offer(test.world(), tx, firm.tenant.id, one.slug, edit));
      if (one.price_minor == 0) return {};
      booking::NewPrice price;
      price.money = {one.price_minor, "RUB"};
      FLEAD_CHECK(booking::set_price(test.world(), tx, added.offer.id, price));
      booking::NewPolicy policy;
      policy.steps = terms;
      FLEAD_CHECK(booking::set_policy(test.world(), tx, added.offer.id, policy));
      return {};
    });
    if (!made) FAIL(made.error().code << ": " << made.error().message);
    firm.meetings.push_back(one);
  }
}

std::vector<money::Payment> Year::payments_of(const Visit& visit) {
  std::vector<money::Payment> out;
  for (const std::string& id : visit.payments) {
    out.push_back(read([&](store::Tx& tx) {
      return money::load_payment(tx, firms[visit.firm].tenant.id, money::PaymentId(id));
    }));
  }
  return out;
}

booking::Booking Year::booking_of(const Visit& visit) {
  BookingId id = visit.booking;
  for (const money::Payment& payment : payments_of(visit)) {
    if (payment.state == "succeeded" && payment.subject != visit.booking.text()) {
      id = BookingId(payment.subject);
    }
  }
  return read([&](store::Tx& tx) { return booking::load(tx, firms[visit.firm].tenant.id, id); });
}

}  // namespace flead::sim
