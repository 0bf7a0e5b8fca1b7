// The rules of YooKassa's double that look at one request or one list and keep nothing.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/base/money.h"
#include "core/base/text.h"
#include "serve/mock/yookassa_double.h"

namespace flead::serve::mock::yookassa_double {

namespace {

constexpr std::size_t k_metadata_pairs_max = 16;
constexpr std::size_t k_metadata_key_max = 32;
constexpr std::size_t k_metadata_value_max = 512;
constexpr std::size_t k_receipt_items_max = 80;
constexpr std::size_t k_item_words_max = 128;
constexpr double k_quantity_max = 99'999.999;
constexpr std::int64_t k_page_max = 100;
constexpr std::size_t k_page_default = 10;

// bank_card and yoo_money hold for 7 days, others for 2 hours at least; SBP cannot hold at all.
constexpr Means k_means[] = {
    {"bank_card", true, 350'000'00, 7 * k_day_ms},
    {"yoo_money", true, 0, 7 * k_day_ms},
    {"sbp", false, 700'000'00, 0},
    {"sberbank", true, 0, 2 * k_hour_ms, 365 * k_day_ms},
    {"tinkoff_bank", true, 0, 2 * k_hour_ms},
};

constexpr std::string_view k_currencies[] = {"RUB", "EUR", "USD", "KZT", "BYN", "UAH",
                                             "UZS", "TRY", "INR", "MDL", "AZN", "AMD"};
constexpr std::string_view k_payment_reasons[] = {"insufficient_funds",
                                                  "issuer_unavailable",
                                                  "call_issuer",
                                                  "internal_timeout",
                                                  "general_decline",
                                                  "payment_method_limit_exceeded",
                                                  "card_expired",
                                                  "invalid_csc",
                                                  "invalid_card_number",
                                                  "fraud_suspected",
                                                  "country_forbidden",
                                                  "payment_method_restricted",
                                                  "identification_required",
                                                  "3d_secure_failed",
                                                  "permission_revoked",
                                                  "canceled_by_merchant",
                                                  "expired_on_capture",
                                                  "expired_on_confirmation",
                                                  "deal_expired",
                                                  "loan_declined",
                                                  "unsupported_mobile_operator"};
constexpr std::string_view k_refund_reasons[] = {"insufficient_funds", "yoo_money_account_closed",
                                                 "rejected_by_payee",  "rejected_by_timeout",
                                                 "payment_expired",    "general_decline"};
constexpr std::string_view k_payout_reasons[] = {
    "insufficient_funds",  "one_time_limit_exceeded", "periodic_limit_exceeded",
    "recipient_not_found", "recipient_check_failed",  "rejected_by_payee",
    "issuer_unavailable",  "identification_required", "fraud_suspected",
    "general_decline"};

template <std::size_t size>
bool is_one_of(const std::string_view (&words)[size], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// "1500.00": digits, a point and two digits, nothing else.
bool is_sum(std::string_view text) {
  const std::size_t point = text.find('.');
  return point != std::string_view::npos && is_digits(text.substr(0, point), 1, 12) &&
         is_digits(text.substr(point + 1), 2, 2);
}

Fault check_item(const Json& item, std::size_t number, std::int64_t& total) {
  const std::string at = "receipt.items[" + std::to_string(number) + "].";
  const std::string words = item.text("description").value_or("");
  if (words.empty() || utf8_length(words) > k_item_words_max) {
    return invalid("The description is 1 to 128 characters long", at + "description");
  }
  const auto quantity = item.number("quantity");
  if (!quantity || *quantity <= 0 || *quantity > k_quantity_max)
    return invalid("The quantity is a number", at + "quantity");
  const auto rate = item.integer("vat_code");
  if (!rate || *rate < 1 || *rate > 12) return invalid("vat_code is 1 to 12", at + "vat_code");
  std::int64_t each = 0;
  if (read_money(item, "amount", each)) return invalid("Incorrect amount", at + "amount");
  total += std::llround(*quantity * static_cast<double>(each));
  return std::nullopt;
}

bool within(TimeMs time, std::string_view bound, TimeMs limit) {
  if (bound == "gte") return time >= limit;
  if (bound == "gt") return time > limit;
  if (bound == "lte") return time <= limit;
  return time < limit;
}

// Drops what the filters do not want.
Fault filter(const Fields& query, const ListRules& rules, std::vector<Listed>& all) {
  std::erase_if(all, [&](const Listed& one) { return one.created < rules.since; });
  for (const std::string_view member : rules.times) {
    for (const std::string_view bound : {"gte", "gt", "lte", "lt"}) {
      const std::string name = std::string(member) + "." + std::string(bound);
      const auto asked = query.find(name);
      if (asked == query.end()) continue;
      const auto limit = parse_time(asked->second);
      if (!limit) return invalid("The time is not in ISO 8601", name);
      std::erase_if(all, [&](const Listed& one) {
        const auto time = parse_time(one.json.text(member).value_or(""));
        return !time || !within(*time, bound, *limit);
      });
    }
  }
  for (const auto& [name, path] : rules.equal) {
    const auto asked = query.find(name);
    if (asked == query.end()) continue;
    const std::string_view place = path;
    std::erase_if(all, [&](const Listed& one) { return one.json.text(place) != asked->second; });
  }
  return std::nullopt;
}

}  // namespace

http::Reply good_reply(const Json& body) {
  return http::json_reply(200, body);
}

http::Reply refusal(int status, std::string_view code, std::string_view words,
                    std::string_view parameter) {
  Json body = Json::object({{"type", "error"},
                            {"id", "ab5a11cd-13cc-4e33-af8b-75a74e18dd09"},
                            {"code", code},
                            {"description", words}});
  if (!parameter.empty()) body.set("parameter", parameter);
  return http::json_reply(status, body);
}

http::Reply invalid(std::string_view words, std::string_view parameter) {
  return refusal(400, "invalid_request", words, parameter);
}

http::Reply not_found(std::string_view what) {
  return refusal(404, "not_found", std::string(what) + " doesn't exist or access denied",
                 std::string(what) + "_id");
}

std::string money_text(std::int64_t minor) {
  const std::string cents = std::to_string(minor % 100);
  return std::to_string(minor / 100) + "." + (cents.size() < 2 ? "0" : "") + cents;
}

Json money_json(std::int64_t minor, std::string_view currency) {
  return Json::object({{"value", money_text(minor)}, {"currency", currency}});
}

bool is_digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

Fault read_money(const Json& body, std::string_view name, std::int64_t& minor) {
  const std::string at(name);
  const Json* sum = body.find(name);
  if (sum == nullptr || !sum->is_object()) return invalid("Required parameter is missing", at);
  const auto value = sum->text("value");
  if (!value || !is_sum(*value)) return invalid("Incorrect value of the amount", at + ".value");
  const std::string currency = sum->text("currency").value_or("");
  if (!is_one_of(k_currencies, currency)) {
    return invalid("Incorrect currency", at + ".currency");
  }
  if (currency != "RUB") {
    return invalid("The shop takes no payments in this currency", at + ".currency");
  }
  minor = parse_money_minor(*value).value_or(0);
  if (minor <= 0) return invalid("The amount is too small or too large", at + ".value");
  return std::nullopt;
}

Fault check_metadata(const Json& body) {
  const Json* metadata = body.find("metadata");
  if (metadata == nullptr || metadata->is_null()) return std::nullopt;
  if (!metadata->is_object()) return invalid("Metadata is an object", "metadata");
  if (metadata->members().size() > k_metadata_pairs_max) {
    return invalid("Metadata has more than 16 keys", "metadata");
  }
  for (const auto& [key, value] : metadata->members()) {
    if (key.empty() || utf8_length(key) > k_metadata_key_max) {
      return invalid("A key of metadata is longer than 32 characters", "metadata");
    }
    if (!value.is_text()) return invalid("A value of metadata is no string", "metadata." + key);
    if (utf8_length(*value.text()) > k_metadata_value_max) {
      return invalid("A value of metadata is longer than 512 characters", "metadata." + key);
    }
  }
  return std::nullopt;
}

Fault check_text(const Json& body, std::string_view name, std::size_t characters_max) {
  const Json* value = body.find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_text() || utf8_length(*value->text()) > characters_max) {
    return invalid("It is a string of at most " + std::to_string(characters_max) + " characters",
                   name);
  }
  return std::nullopt;
}

// "Receipts from YooMoney": an e-mail and at most 80 items, which add up to the sum.
Fault check_receipt(const Json& receipt, std::int64_t amount_minor) {
  if (!receipt.text("customer.email")) {
    return invalid("The customer's e-mail is needed", "receipt.customer.email");
  }
  const Json* items = receipt.find("items");
  if (items == nullptr || items->items().empty() || items->items().size() > k_receipt_items_max) {
    return invalid("A receipt has 1 to 80 items", "receipt.items");
  }
  std::int64_t total = 0;
  for (std::size_t i = 0; i < items->items().size(); ++i) {
    if (auto fault = check_item(items->items()[i], i, total)) return fault;
  }
  if (total != amount_minor) {
    return invalid("The items do not add up to the amount", "receipt.items");
  }
  return std::nullopt;
}

http::Reply list_page(const Fields& query, const std::vector<Listed>& all, const ListRules& rules) {
  std::size_t limit = k_page_default;
  if (const auto asked = query.find("limit"); asked != query.end()) {
    const auto number = parse_json(asked->second);
    const std::int64_t given = number ? number->integer().value_or(0) : 0;
    if (given < 1 || given > k_page_max) return invalid("limit is 1 to 100", "limit");
    limit = static_cast<std::size_t>(given);
  }
  std::vector<Listed> newest(all.rbegin(), all.rend());
  if (const auto cursor = query.find("cursor"); cursor != query.end()) {
    const auto at = std::find_if(newest.begin(), newest.end(),
                                 [&](const Listed& one) { return one.id == cursor->second; });
    if (at == newest.end()) return invalid("There is no such cursor", "cursor");
    newest.erase(newest.begin(), std::next(at));
  }
  if (auto fault = filter(query, rules, newest)) return std::move(*fault);
  Json items = Json::array();
  for (std::size_t i = 0; i < std::min(limit, newest.size()); ++i) items.push(newest[i].json);
  Json body = Json::object({{"type", "list"}, {"items", std::move(items)}});
  if (newest.size() > limit) body.set("next_cursor", newest[limit - 1].id);
  return good_reply(body);
}

const Means* find_means(std::string_view type) {
  const auto found = std::find_if(std::begin(k_means), std::end(k_means),
                                  [&](const Means& one) { return one.type == type; });
  return found == std::end(k_means) ? nullptr : found;
}

const std::vector<TestCard>& test_cards() {
  static const std::vector<TestCard> cards = {
      {"5555555555554477", true, ""},
      {"5555555555554444", false, ""},
      {"5555555555554600", false, "insufficient_funds"},
      {"5555555555554543", false, "card_expired"},
      {"5555555555554568", false, "fraud_suspected"},
      {"5555555555554592", true, "3d_secure_failed"},
  };
  return cards;
}

bool is_payment_reason(std::string_view word) {
  return is_one_of(k_payment_reasons, word);
}
bool is_refund_reason(std::string_view word) {
  return is_one_of(k_refund_reasons, word);
}
bool is_payout_reason(std::string_view word) {
  return is_one_of(k_payout_reasons, word);
}

}  // namespace flead::serve::mock::yookassa_double
