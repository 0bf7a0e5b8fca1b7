// The switches of YooKassa's double: POST /_mock/yookassa/account {"NAME":value,…} sets some and
// answers with all of them and with what is kept. A name or a value that is none is refused.
// Switches (default):
//   shop_id (100500), shop_key (test_shop), gateway_id (500100), gateway_key (test_gateway):
//     the two pairs of HTTP Basic; shop_status, gateway_status: enabled|disabled
//   test (true): the mode of what is made; methods, payout_methods: joined by commas, "" is what a
//     shop of this mode has (no SBP in a test shop)
//   recurring, payouts_enabled (true), card_payouts (false): features that are 403 when off
//   fiscalization (false), receipt_required (true; unverified): no payment without a receipt then
//   key_reuse: refuse (unverified text)|replay: what the same key with another body is answered
//   fee_basis_points (350): how much less than the amount income_amount is
//   page_url (the host that was asked), redirect: before|after the notification, or none
//   pay_within_s (3600), expires (true), hold_s (0: by the means of payment)
//   settle_ms (0): how long a paid payment stays pending, its expiry included; stuck: for ever
//   charge, refund, payout: succeeded|pending|the reason of a cancellation; refund_ms (0),
//     payout_ms (1000): how long those stay pending
//   permission_revoked (false): charges of saved methods are canceled so
//   balance ("100000.00") of the gateway; limits {"sbp":{"min","max","month","day"}},
//   limit_answer: canceled|refused (unverified which of the two it is)
//   notify_url, payout_notify_url (the same), notify_delay_ms (100), notify_copies (1), notify_lose
//     (0: so many are lost), notify_out_of_order, notify_retry_ms (1000, doubled each time),
//     notify_tries (10)
//   fault: none|lost (done, then 500)|hang (done, 500 after fault_ms)|flood (429, fault_retry_ms in
//     the body)|error (500, nothing done); for fault_times requests of fault_method ("" is any)
//     whose path has fault_path in it
//   advance_s: moves the double's clock forward
#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/money.h"
#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

// One row for each switch: its name, where it is kept and, for words, which are allowed.
struct Switch {
  std::string_view name;
  std::variant<bool Settings::*, std::int64_t Settings::*, std::string Settings::*> place;
  std::string_view words = {};
  bool (*also)(std::string_view) = nullptr;
};

constexpr std::string_view k_ends = "succeeded|pending";
const Switch k_switches[] = {
    {"shop_id", &Settings::shop_id},
    {"shop_key", &Settings::shop_key},
    {"gateway_id", &Settings::gateway_id},
    {"gateway_key", &Settings::gateway_key},
    {"shop_status", &Settings::shop_status, "enabled|disabled"},
    {"gateway_status", &Settings::gateway_status, "enabled|disabled"},
    {"test", &Settings::test},
    {"methods", &Settings::methods},
    {"payout_methods", &Settings::payout_methods},
    {"recurring", &Settings::recurring},
    {"payouts_enabled", &Settings::payouts_enabled},
    {"card_payouts", &Settings::card_payouts},
    {"fiscalization", &Settings::fiscalization},
    {"receipt_required", &Settings::receipt_required},
    {"key_reuse", &Settings::key_reuse, "refuse|replay"},
    {"fee_basis_points", &Settings::fee_basis_points},
    {"page_url", &Settings::page_url},
    {"redirect", &Settings::redirect, "before|after|none"},
    {"pay_within_s", &Settings::pay_within_s},
    {"expires", &Settings::expires},
    {"stuck", &Settings::stuck},
    {"settle_ms", &Settings::settle_ms},
    {"hold_s", &Settings::hold_s},
    {"charge", &Settings::charge, k_ends, is_payment_reason},
    {"refund", &Settings::refund, k_ends, is_refund_reason},
    {"permission_revoked", &Settings::permission_revoked},
    {"refund_ms", &Settings::refund_ms},
    {"payout", &Settings::payout, k_ends, is_payout_reason},
    {"payout_ms", &Settings::payout_ms},
    {"limit_answer", &Settings::limit_answer, "canceled|refused"},
    {"notify_url", &Settings::notify_url},
    {"payout_notify_url", &Settings::payout_notify_url},
    {"notify_delay_ms", &Settings::notify_delay_ms},
    {"notify_copies", &Settings::notify_copies},
    {"notify_lose", &Settings::notify_lose},
    {"notify_retry_ms", &Settings::notify_retry_ms},
    {"notify_tries", &Settings::notify_tries},
    {"notify_out_of_order", &Settings::notify_out_of_order},
    {"fault", &Settings::fault, "none|lost|hang|flood|error"},
    {"fault_method", &Settings::fault_method},
    {"fault_path", &Settings::fault_path},
    {"fault_times", &Settings::fault_times},
    {"fault_ms", &Settings::fault_ms},
    {"fault_retry_ms", &Settings::fault_retry_ms},
};

constexpr std::int64_t k_switch_number_max = 1'000'000'000;
constexpr std::int64_t k_hang_max_ms = 60'000;
constexpr std::int64_t k_shift_max_s = 50LL * 365 * 24 * 3600;
constexpr std::int64_t k_copies_max = 100;
constexpr std::int64_t k_tries_max = 100;
constexpr std::string_view k_other_names[] = {"balance", "limits", "advance_s"};
constexpr std::string_view k_limit_names[] = {"min", "max", "month", "day"};

const Switch* find_switch(std::string_view name) {
  const auto found = std::find_if(std::begin(k_switches), std::end(k_switches),
                                  [&](const Switch& one) { return one.name == name; });
  return found == std::end(k_switches) ? nullptr : found;
}

std::int64_t most_of(std::string_view name) {
  if (name == "fault_ms") return k_hang_max_ms;
  if (name == "notify_copies") return k_copies_max;
  if (name == "notify_tries") return k_tries_max;
  if (name == "fee_basis_points") return 10'000;
  return k_switch_number_max;
}

// Whether `value` may stand behind this switch.
bool fits(const Switch& one, const Json& value) {
  if (std::holds_alternative<bool Settings::*>(one.place)) return value.boolean().has_value();
  if (std::holds_alternative<std::int64_t Settings::*>(one.place)) {
    const auto number = value.integer();
    return number && *number >= 0 && *number <= most_of(one.name);
  }
  if (!value.is_text()) return false;
  if (one.words.empty()) return true;
  const auto words = split(one.words, '|');
  return std::find(words.begin(), words.end(), *value.text()) != words.end() ||
         (one.also != nullptr && one.also(*value.text()));
}

void set_switch(Settings& settings, const Switch& one, const Json& value) {
  if (const auto* flag = std::get_if<bool Settings::*>(&one.place)) {
    settings.** flag = value.boolean().value_or(false);
  } else if (const auto* number = std::get_if<std::int64_t Settings::*>(&one.place)) {
    settings.** number = value.integer().value_or(0);
  } else {
    settings.*std::get<std::string Settings::*>(one.place) = value.text().value_or("");
  }
}

Json switch_json(const Settings& settings, const Switch& one) {
  return std::visit([&](auto place) { return Json(settings.*place); }, one.place);
}

Status bad_switch(std::string_view name, std::string_view why) {
  return usage_error("bad_switch", "\"" + repair_utf8(name) + "\": " + std::string(why));
}

Status check_limits(const Json& limits) {
  for (const auto& [type, limit] : limits.members()) {
    if (type != "bank_card" && type != "sbp" && type != "yoo_money") {
      return bad_switch("limits", "of bank_card, sbp and yoo_money");
    }
    for (const auto& [name, value] : limit.members()) {
      const bool known = std::find(std::begin(k_limit_names), std::end(k_limit_names), name) !=
                         std::end(k_limit_names);
      const bool right = name == "day" ? value.integer().value_or(-1) >= 0
                                       : value.is_text() && parse_money_minor(*value.text());
      if (!known || !right) {
        return bad_switch("limits", "min, max and month are sums such as \"1.00\", day a number");
      }
    }
  }
  return {};
}

}  // namespace

Yookassa::Yookassa(World world) : world_(world) {
  limits_ = {{"bank_card", 5'00, 500'000'00, 1'500'000'00, 20},
             {"sbp", 1'00, 500'000'00, 0, 0},
             {"yoo_money", 1'00, 500'000'00, 600'000'00, 0}};
}

Status Yookassa::check_account(const Json& wish) const {
  for (const auto& [name, value] : wish.members()) {
    if (const Switch* known = find_switch(name)) {
      if (!fits(*known, value)) {
        return bad_switch(name, known->words.empty()
                                    ? std::string_view("a value of another type, or too much")
                                    : known->words);
      }
    } else if (name == "limits") {
      FLEAD_CHECK(check_limits(value));
    } else if (name == "balance") {
      if (!value.is_text() || !parse_money_minor(*value.text())) {
        return bad_switch(name, "a sum such as \"1500.00\"");
      }
    } else if (name == "advance_s") {
      const auto by = value.integer();
      if (!by || *by < 0 || *by > k_shift_max_s - shift_ms_ / k_second_ms) {
        return bad_switch(name, "seconds, forward, 50 years in all");
      }
    } else {
      return bad_switch(name, "there is no such switch");
    }
  }
  return {};
}

Json Yookassa::limits_json() const {
  Json out = Json::object();
  for (const PayoutLimit& limit : limits_) {
    out.set(limit.type, Json::object({{"min", money_text(limit.min_minor)},
                                      {"max", money_text(limit.max_minor)},
                                      {"month", money_text(limit.month_minor)},
                                      {"day", limit.day_count}}));
  }
  return out;
}

Json Yookassa::account(const Json& wish) {
  settle();
  for (const auto& [name, value] : wish.members()) {
    if (const Switch* known = find_switch(name)) set_switch(settings_, *known, value);
  }
  if (const auto text = wish.text("balance")) {
    balance_minor_ = parse_money_minor(*text).value_or(0);
  }
  for (PayoutLimit& limit : limits_) {
    const std::string at = "limits." + std::string(limit.type) + ".";
    const auto sum = [&](std::string_view name, std::int64_t& minor) {
      const auto text = wish.text(at + std::string(name));
      if (text) minor = parse_money_minor(*text).value_or(0);
    };
    sum("min", limit.min_minor);
    sum("max", limit.max_minor);
    sum("month", limit.month_minor);
    limit.day_count = wish.integer(at + "day").value_or(limit.day_count);
  }
  shift_ms_ += wish.integer("advance_s").value_or(0) * k_second_ms;
  settle();

  Json out = Json::object();
  for (const Switch& one : k_switches) out.set(one.name, switch_json(settings_, one));
  out.set("balance", money_text(balance_minor_)).set("limits", limits_json());
  out.set("now", format_time(now()));
  Json payments = Json::array();
  for (const Payment& one : payments_) payments.push(payment_json(one));
  Json refunds = Json::array();
  for (const Refund& one : refunds_) refunds.push(refund_json(one));
  Json payouts = Json::array();
  for (const Payout& one : payouts_) payouts.push(payout_json(one));
  Json keys = Json::array();
  for (const auto& [name, memory] : keys_) {
    keys.push(Json::object({{"key", name.substr(name.find('\n') + 1)},
                            {"account", name.substr(0, name.find('\n'))},
                            {"path", memory.path},
                            {"times", memory.times}}));
  }
  out.set("payments", std::move(payments)).set("refunds", std::move(refunds));
  out.set("payouts", std::move(payouts)).set("keys", std::move(keys));
  return out.set("notifications", notes_json());
}

// A real test shop has cards and the wallet only.
std::string Yookassa::offered() const {
  if (!settings_.methods.empty()) return settings_.methods;
  return settings_.test ? "bank_card,yoo_money" : "bank_card,yoo_money,sbp,sberbank,tinkoff_bank";
}

bool Yookassa::offers(std::string_view method) const {
  const auto all = split(offered(), ',');
  return std::find(all.begin(), all.end(), method) != all.end();
}

}  // namespace flead::serve::mock::yookassa_double
