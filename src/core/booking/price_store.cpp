#include <algorithm>

#include <fmt/format.h>

#include "core/base/text.h"
#include "core/booking/price.h"

namespace flead::booking {

namespace {

constexpr std::size_t k_formats_max = 20;  // of one offer
constexpr std::int64_t k_versions_max = 1000;
constexpr std::size_t k_format_characters_max = 40;

Price read_price(const store::Row& row) {
  Price price;
  price.version = row.integer(0);
  price.format = row.string(1);
  price.money = {row.integer(2), row.string(3)};
  price.least_minor = row.integer_or_null(4);
  price.most_minor = row.integer_or_null(5);
  price.ended = row.flag(6);
  price.created_at = row.integer(7);
  return price;
}

Policy read_policy(const store::Row& row) {
  Policy policy;
  policy.version = row.integer(0);
  // Checked before it was stored.
  if (auto steps = parse_policy_steps(row.text(1))) policy.steps = std::move(*steps);
  policy.moves_max = row.integer_or_null(2);
  policy.move_notice_min = row.integer(3);
  policy.created_at = row.integer(4);
  return policy;
}

// The newest of each format, ended ones too.
Result<std::vector<Price>> newest_prices(store::Tx& tx, const OfferId& offer) {
  return tx.all(
      R"sql(
      SELECT p.version, p.format, p.amount_minor, p.currency, p.least_minor, p.most_minor, p.ended,
             p.created_at_ms
      FROM offer_prices p
      WHERE p.offer_id = $1 AND p.version = (
        SELECT MAX(q.version) FROM offer_prices q WHERE q.offer_id = $1 AND q.format = p.format)
      ORDER BY p.format LIMIT $2
  )sql",
      read_price, offer, static_cast<std::int64_t>(k_formats_max));
}

std::string formats_of(const std::vector<Price>& prices) {
  std::string out;
  for (const Price& price : prices) {
    if (!out.empty()) out += ", ";
    out += price.format.empty() ? "(any)" : price.format;
  }
  return out;
}

Error format_unknown(std::string_view format, const std::vector<Price>& prices) {
  return refused_field(
      "format", "format_unknown",
      fmt::format("The offer has no format \"{}\"; it has: {}.",
                  utf8_prefix(format, k_format_characters_max), formats_of(prices)));
}

Status check_price(const NewPrice& input) {
  if (!valid_utf8(input.format) || has_control_characters(input.format) ||
      utf8_length(input.format) > k_format_characters_max) {
    return refused_field(
        "format", "format_invalid",
        fmt::format("A format is a name of up to {} characters.", k_format_characters_max));
  }
  const std::int64_t amount = input.money.amount_minor;
  const bool bounds =
      input.least_minor.has_value() == input.most_minor.has_value() &&
      input.least_minor.value_or(amount) <= amount && amount <= input.most_minor.value_or(amount) &&
      input.least_minor.value_or(0) >= 0 && input.most_minor.value_or(0) <= k_money_minor_max;
  if (amount < 0 || amount > k_money_minor_max || !bounds) {
    return refused_field("amount", "price_invalid",
                         "A sliding scale has both ends, and the price lies between them.");
  }
  return {};
}

bool is_same(const Price& price, const NewPrice& input) {
  if (price.ended || input.ended) return price.ended && input.ended;
  return price.money == input.money && price.least_minor == input.least_minor &&
         price.most_minor == input.most_minor;
}

}  // namespace

Result<std::vector<Price>> prices_of(store::Tx& tx, const OfferId& offer) {
  FLEAD_TRY(auto prices, newest_prices(tx, offer));
  std::erase_if(prices, [](const Price& price) { return price.ended; });
  return prices;
}

Result<Price> price_for(store::Tx& tx, const OfferId& offer, std::string_view format) {
  FLEAD_TRY(const auto prices, prices_of(tx, offer));
  const auto named = [&](std::string_view name) {
    return std::find_if(prices.begin(), prices.end(),
                        [&](const Price& price) { return price.format == name; });
  };
  if (const auto own = named(format); own != prices.end()) return *own;
  const auto any = named("");
  if (any != prices.end() || prices.empty()) {
    Price price = prices.empty() ? Price() : *any;
    price.format = format;
    return price;
  }
  if (!format.empty()) return format_unknown(format, prices);
  if (prices.size() == 1) return prices.front();
  return usage_error("format_needed", "The offer has several formats: " + formats_of(prices) + ".",
                     "Name the format");
}

Result<Price> set_price(World& world, store::Tx& tx, const OfferId& offer, const NewPrice& input) {
  FLEAD_CHECK(check_price(input));
  FLEAD_TRY(const auto newest, newest_prices(tx, offer));
  const auto present = std::find_if(newest.begin(), newest.end(), [&](const Price& price) {
    return price.format == input.format;
  });
  if (input.ended && (present == newest.end() || present->ended)) {
    return format_unknown(input.format, newest);
  }
  if (present != newest.end() && is_same(*present, input)) return *present;
  if (present == newest.end() && newest.size() >= k_formats_max) {
    return refused("too_many_prices", "The offer has too many formats.");
  }
  FLEAD_TRY(const std::int64_t last,
            tx.one(
                "SELECT COALESCE(MAX(version), 0) FROM offer_prices WHERE offer_id = $1",
                [](const store::Row& row) { return row.integer(0); }, offer));
  if (last >= k_versions_max) return refused("too_many_prices", "The price changed too often.");
  const NewPrice& price = input;
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO offer_prices (offer_id, version, format, amount_minor, currency, least_minor,
                                most_minor, ended, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  )sql",
                      offer, last + 1, price.format, price.money.amount_minor, price.money.currency,
                      price.least_minor, price.most_minor, price.ended ? 1 : 0, world.clock.now()));
  return tx.one(R"sql(
      SELECT version, format, amount_minor, currency, least_minor, most_minor, ended, created_at_ms
      FROM offer_prices WHERE offer_id = $1 AND version = $2
  )sql",
                read_price, offer, last + 1);
}

Result<Policy> policy_of(store::Tx& tx, const OfferId& offer) {
  FLEAD_TRY(auto found, tx.maybe(R"sql(
      SELECT version, steps, moves_max, move_notice_min, created_at_ms FROM offer_policies
      WHERE offer_id = $1 ORDER BY version DESC LIMIT 1
  )sql",
                                 read_policy, offer));
  return found ? std::move(*found) : Policy();
}

Result<Policy> policy_at(store::Tx& tx, const OfferId& offer, std::int64_t version) {
  if (version == 0) return Policy();
  return tx.one(R"sql(
      SELECT version, steps, moves_max, move_notice_min, created_at_ms FROM offer_policies
      WHERE offer_id = $1 AND version = $2
  )sql",
                read_policy, offer, version);
}

Result<Policy> set_policy(World& world, store::Tx& tx, const OfferId& offer,
                          const NewPolicy& input) {
  constexpr std::int64_t k_moves_max = 100;
  constexpr std::int64_t k_move_notice_min_max = 365 * k_day_ms / k_minute_ms;
  FLEAD_TRY(const auto steps, parse_policy_steps(input.steps));
  if (input.moves_max.value_or(0) < 0 || input.moves_max.value_or(0) > k_moves_max ||
      input.move_notice_min < 0 || input.move_notice_min > k_move_notice_min_max) {
    return refused_field("moves", "policy_invalid",
                         "Moves are 0 to 100, and their notice is up to a year.");
  }
  FLEAD_TRY(const Policy present, policy_of(tx, offer));
  if (present.version > 0 && present.steps == steps && present.moves_max == input.moves_max &&
      present.move_notice_min == input.move_notice_min) {
    return present;
  }
  if (present.version >= k_versions_max) {
    return refused("policy_invalid", "The policy changed too often.");
  }
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO offer_policies (offer_id, version, steps, moves_max, move_notice_min,
                                  created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6)
  )sql",
                      offer, present.version + 1, format_policy_steps(steps), input.moves_max,
                      input.move_notice_min, world.clock.now()));
  return policy_of(tx, offer);
}

}  // namespace flead::booking
