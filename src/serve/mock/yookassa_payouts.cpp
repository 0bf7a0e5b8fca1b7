// Payouts of YooKassa's double, to people only: destinations, limits of each recipient, and the
// gateway's balance, which is held while a payout is under way.
#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr std::size_t k_payout_words_max = 128;
constexpr std::string_view k_wallet_without_funds = "410011806060766";
constexpr TimeMs k_search_ms = 90 * k_day_ms;  // "the last 3 months"
constexpr TimeMs k_payouts_forgotten_ms = 3 * 365 * k_day_ms;
constexpr TimeMs k_limit_month_ms = 30 * k_day_ms;

struct SbpBank {
  std::string_view id, name, bic;
};
// By descending ids, as the document says.
constexpr SbpBank k_sbp_banks[] = {
    {"100000000111", "Сбербанк", "044525225"},   {"100000000012", "РОСБАНК", "044525256"},
    {"100000000008", "АЛЬФА-БАНК", "044525593"}, {"100000000005", "Банк ВТБ", "044525187"},
    {"100000000004", "Т-Банк", "044525974"},
};

bool is_sbp_bank(std::string_view id) {
  return std::any_of(std::begin(k_sbp_banks), std::end(k_sbp_banks),
                     [&](const SbpBank& bank) { return bank.id == id; });
}

http::Reply sbp_banks() {
  Json items = Json::array();
  for (const SbpBank& bank : k_sbp_banks) {
    items.push(Json::object({{"bank_id", bank.id}, {"name", bank.name}, {"bic", bank.bic}}));
  }
  return good_reply(Json::object({{"type", "list"}, {"items", std::move(items)}}));
}

// A card's number is not kept: its first six and last four digits are, and a digest that tells
// whether it is the same recipient.
Json payout_card(std::string_view number) {
  return Json::object({{"type", "bank_card"},
                       {"card", Json::object({{"first6", number.substr(0, 6)},
                                              {"last4", number.substr(number.size() - 4)},
                                              {"card_type", "MasterCard"},
                                              {"issuer_country", "RU"}})}});
}

}  // namespace

Json Yookassa::payout_json(const Payout& payout) const {
  Json out = Json::object({{"id", payout.id},
                           {"status", payout.status},
                           {"amount", money_json(payout.amount_minor)},
                           {"payout_destination", payout.destination},
                           {"created_at", format_time(payout.created)},
                           {"test", payout.test}});
  if (payout.status == "succeeded") out.set("succeeded_at", format_time(payout.succeeded));
  if (!payout.description.empty()) out.set("description", payout.description);
  if (payout.metadata.is_object()) out.set("metadata", payout.metadata);
  if (payout.status == "canceled") {
    const bool own = payout.reason == k_no_funds || payout.reason.ends_with("_exceeded") ||
                     payout.reason == "identification_required";
    out.set("cancellation_details", Json::object({{"party", own ? "yoo_money" : "payout_network"},
                                                  {"reason", payout.reason}}));
  }
  return out;
}

Fault Yookassa::read_destination(const Json& body, Payout& payout) const {
  const Json* data = body.find("payout_destination_data");
  const auto token = body.text("payout_token");
  const auto method_id = body.text("payment_method_id");
  if ((data != nullptr) + token.has_value() + method_id.has_value() != 1) {
    return invalid("One of payout_destination_data, payout_token and payment_method_id is needed",
                   "payout_destination_data");
  }
  if (token) {  // of the widget, which has seen the card
    if (token->empty()) return invalid("There is no such token", "payout_token");
    payout.recipient = "bank_card " + *token;
    payout.destination = payout_card(test_cards()[0].number);
    return std::nullopt;
  }
  if (method_id) {
    const Method* method = thing_of(methods_, *method_id);
    if (method == nullptr || !method->saved || method->card.empty()) {
      return invalid("There is no such saved card", "payment_method_id");
    }
    payout.recipient = "bank_card " + sha256_hex(method->card);
    payout.destination = payout_card(method->card);
    return std::nullopt;
  }
  const std::string type = data->text("type").value_or("");
  const auto offered = split(settings_.payout_methods, ',');
  if (std::find(offered.begin(), offered.end(), type) == offered.end()) {
    return invalid("There is no such destination", "payout_destination_data.type");
  }
  const auto bad = [](std::string_view name) {
    return invalid("Incorrect value", "payout_destination_data." + std::string(name));
  };
  if (type == "bank_card") {
    if (!settings_.card_payouts) {
      return refusal(403, "forbidden", "Card numbers are for gateways with PCI DSS");
    }
    const std::string number = data->text("card.number").value_or("");
    if (!is_digits(number, 16, 19)) return bad("card.number");
    payout.recipient = "bank_card " + sha256_hex(number);
    payout.destination = payout_card(number);
  } else if (type == "sbp") {
    const std::string phone = data->text("phone").value_or("");
    const std::string bank = data->text("bank_id").value_or("");
    if (!is_digits(phone, 4, 15)) return bad("phone");
    if (!is_sbp_bank(bank)) return bad("bank_id");
    payout.recipient = "sbp " + phone + " " + bank;
    payout.destination = Json::object(
        {{"type", type}, {"phone", phone}, {"bank_id", bank}, {"recipient_checked", false}});
  } else {
    const std::string account = data->text("account_number").value_or("");
    if (!is_digits(account, 11, 33)) return bad("account_number");
    payout.recipient = "yoo_money " + account;
    payout.destination = Json::object({{"type", type}, {"account_number", account}});
  }
  return std::nullopt;
}

std::string Yookassa::over_limit(const Payout& payout) const {
  const std::string type = payout.destination.text("type").value_or("");
  const auto limit = std::find_if(limits_.begin(), limits_.end(),
                                  [&](const PayoutLimit& one) { return one.type == type; });
  if (limit == limits_.end()) return {};
  if (payout.amount_minor < limit->min_minor ||
      (limit->max_minor > 0 && payout.amount_minor > limit->max_minor)) {
    return "one_time_limit_exceeded";
  }
  std::int64_t month_minor = payout.amount_minor;
  std::int64_t day_count = 1;
  for (const Payout& other : payouts_) {
    if (other.recipient != payout.recipient || other.status == "canceled") continue;
    if (other.created > payout.created - k_limit_month_ms) month_minor += other.amount_minor;
    if (other.created > payout.created - k_day_ms) ++day_count;
  }
  const bool over = (limit->month_minor > 0 && month_minor > limit->month_minor) ||
                    (limit->day_count > 0 && day_count > limit->day_count);
  return over ? "periodic_limit_exceeded" : "";
}

http::Reply Yookassa::create_payout(const Asked& asked) {
  const Json& body = asked.body;
  Payout made;
  made.id = "po-" + make_uuid();
  made.created = now();
  made.test = settings_.test;
  if (auto fault = read_money(body, "amount", made.amount_minor)) return std::move(*fault);
  if (auto fault = read_destination(body, made)) return std::move(*fault);
  if (auto fault = check_text(body, "description", k_payout_words_max)) return std::move(*fault);
  if (auto fault = check_metadata(body)) return std::move(*fault);
  if (auto fault = read_people(body, made)) return std::move(*fault);
  made.description = body.text("description").value_or("");
  if (const Json* metadata = body.find("metadata")) made.metadata = *metadata;
  std::string reason = over_limit(made);
  if (!reason.empty() && settings_.limit_answer == "refused") {
    return invalid("The amount is outside the limits of this destination", "amount.value");
  }
  const bool poor_wallet =
      made.destination.text("account_number").value_or("") == k_wallet_without_funds;
  if (reason.empty() && (poor_wallet || made.amount_minor > balance_minor_)) reason = k_no_funds;
  if (!reason.empty()) {
    made.outcome = std::move(reason);
  } else {
    balance_minor_ -= made.amount_minor;
    made.holds_balance = true;
    made.stuck = settings_.payout == "pending";
    made.settles = made.created + settings_.payout_ms;
    if (settings_.payout != "succeeded" && !made.stuck) made.outcome = settings_.payout;
  }
  const std::string id = keep_thing(payouts_, std::move(made)).id;
  settle();
  return good_reply(payout_json(*thing_of(payouts_, id)));
}

std::vector<Listed> Yookassa::listed_payouts() const {
  std::vector<Listed> all;
  for (const Payout& one : payouts_) all.push_back({one.id, one.created, payout_json(one)});
  return all;
}

// By one pair of metadata: metadata[booking_id]=b_91.
http::Reply Yookassa::search_payouts(const Asked& asked) const {
  constexpr std::string_view k_prefix = "metadata[";
  ListRules rules{{"created_at"}, {}, now() - k_search_ms};
  std::string key;
  std::string value;
  int pairs = 0;
  for (const auto& [name, text] : asked.call.query) {
    if (!name.starts_with(k_prefix) || !name.ends_with(']')) continue;
    key = name.substr(k_prefix.size(), name.size() - k_prefix.size() - 1);
    value = text;
    ++pairs;
  }
  if (pairs != 1) return invalid("One pair of metadata is needed", "metadata");
  std::vector<Listed> all = listed_payouts();
  // A member's name may have dots in it, so this is no path.
  std::erase_if(all, [&](const Listed& one) {
    const Json* metadata = one.json.find("metadata");
    if (metadata == nullptr) return true;
    const auto& members = metadata->members();
    return std::none_of(members.begin(), members.end(), [&](const Json::Member& member) {
      return member.first == key && member.second.text() == value;
    });
  });
  return list_page(asked.call.query, all, rules);
}

http::Reply Yookassa::payouts(const Asked& asked) {
  if (asked.parts[0] == "sbp_banks") return sbp_banks();
  if (asked.parts[1] == "search") return search_payouts(asked);
  if (asked.parts[1].empty()) {
    if (asked.post) return create_payout(asked);
    return list_page(
        asked.call.query, listed_payouts(),
        {{"created_at", "succeeded_at"},
         {{"status", "status"}, {"payout_destination.type", "payout_destination.type"}},
         now() - k_payouts_forgotten_ms});
  }
  const Payout* payout = thing_of(payouts_, asked.parts[1]);
  return payout == nullptr ? not_found("payout") : good_reply(payout_json(*payout));
}

}  // namespace flead::serve::mock::yookassa_double
