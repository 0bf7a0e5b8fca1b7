#include "serve/pages/offer_terms.h"

#include <algorithm>
#include <cstdint>

#include "core/base/money.h"
#include "core/base/text.h"
#include "serve/pages/texts.h"

namespace flead::pages {

namespace {

std::string plain_amount(std::int64_t minor) {
  std::string cents = std::to_string(minor % 100);
  if (cents.size() == 1) cents.insert(0, "0");
  return std::to_string(minor / 100) + (cents == "00" ? "" : "." + cents);
}

const booking::Price* chosen_price(const OfferTerms& terms, const FormFields& fields) {
  const std::string format = field_value(fields, "format");
  const auto found = std::find_if(terms.prices.begin(), terms.prices.end(),
                                  [&](const auto& price) { return price.format == format; });
  if (found != terms.prices.end()) return &*found;
  return terms.prices.size() == 1 ? &terms.prices.front() : nullptr;
}

}  // namespace

std::string print_price(const booking::Price& price, Language language) {
  const std::string name(language_name(language));
  if (price.is_free()) return std::string(text("booking.free", language));
  if (!price.slides()) return print_money(price.money, name);
  return print_money({*price.least_minor, price.money.currency}, name) + " – " +
         print_money({*price.most_minor, price.money.currency}, name);
}

Result<OfferTerms> load_terms(store::Tx& tx, const OfferId& offer) {
  OfferTerms terms;
  FLEAD_TRY(terms.prices, booking::prices_of(tx, offer));
  FLEAD_TRY(terms.policy, booking::policy_of(tx, offer));
  return terms;
}

std::string shown_version(const OfferTerms& terms) {
  std::int64_t version = 0;
  for (const auto& price : terms.prices) version = std::max(version, price.version);
  return std::to_string(version);
}

void add_terms(Data& data, const OfferTerms& terms, const FormFields& typed, Language language) {
  if (terms.prices.empty()) return;
  Data& section = data.add("TERMS");
  const booking::Price* chosen = chosen_price(terms, typed);
  if (terms.prices.size() == 1) {
    section.add("PRICE").set("TEXT", print_price(terms.prices.front(), language));
  } else {
    Data& formats = section.add("FORMATS");
    for (std::size_t i = 0; i < terms.prices.size(); ++i) {
      const booking::Price& price = terms.prices[i];
      Data& row = formats.add("FORMAT");
      row.set("ID", std::to_string(i)).set("VALUE", price.format);
      row.set("LABEL", price.format.empty() ? text("booking.any_format", language) : price.format);
      row.set("TEXT", print_price(price, language));
      row.show_if("CHECKED", chosen == &price || (chosen == nullptr && i == 0));
    }
  }
  const auto slides = std::find_if(terms.prices.begin(), terms.prices.end(),
                                   [](const auto& price) { return price.slides(); });
  if (slides != terms.prices.end()) {
    const std::string amount = field_value(typed, "amount");
    section.add("SLIDING").set("VALUE",
                               amount.empty() ? plain_amount(slides->money.amount_minor) : amount);
  }
  const bool free = std::all_of(terms.prices.begin(), terms.prices.end(),
                                [](const auto& price) { return price.is_free(); });
  if (free) return;
  for (const std::string& sentence :
       booking::policy_sentences(terms.policy, language_name(language))) {
    section.add("RULE").set("TEXT", sentence);
  }
}

Status read_terms(const OfferTerms& terms, const FormFields& fields, booking::NewBooking& input) {
  if (terms.prices.empty()) return {};
  const booking::Price* price = chosen_price(terms, fields);
  if (price == nullptr) {
    return refused_field("format", "format_needed", "Choose how to meet.");
  }
  input.format = price->format;
  input.price_version = price->version;
  // The page showed nothing newer than this.
  const std::string shown = field_value(fields, "price_version");
  if (std::to_string(price->version) != shown && shown_version(terms) != shown) {
    return refused_field("price", "price_changed", "The price has changed since it was shown.");
  }
  const std::string amount = field_value(fields, "amount");
  if (!price->slides() || trim(amount).empty()) return {};
  input.amount_minor = parse_money_minor(amount);
  if (!input.amount_minor) {
    return refused_field("amount", "amount_invalid", "An amount such as 5000 is expected.");
  }
  FLEAD_CHECK(booking::agreed_price(*price, input.amount_minor));
  return {};
}

std::string refund_sentence(const booking::Booking& booking, const booking::Policy& policy,
                            TimeMs now, Language language) {
  const std::int64_t price = booking.price.amount_minor;
  if (price == 0) return {};
  const std::int64_t back =
      percent_of(price, booking::refund_percent(policy, booking.starts_at, now));
  const std::string name(language_name(language));
  return text_with("my.refund", language,
                   {{"back", print_money({back, booking.price.currency}, name)},
                    {"price", print_money(booking.price, name)}});
}

}  // namespace flead::pages
