// Price and terms on the pages: what the form of a booking shows and takes back, and what the
// person's own page says of cancelling. Callers: booking_form.cpp, my.cpp.
#pragma once

#include <string>
#include <vector>

#include "core/booking/price.h"
#include "serve/pages/booking_visit.h"

namespace flead::pages {

struct OfferTerms {
  std::vector<booking::Price> prices;
  booking::Policy policy;
};
Result<OfferTerms> load_terms(store::Tx& tx, const OfferId& offer);

// The section TERMS: a price, or one of several to choose; the rules of cancelling. Nothing for an
// offer without a price. `typed` is what was chosen before.
void add_terms(Data& data, const OfferTerms& terms, const FormFields& typed, Language language);
// "5 000 ₽", "2 000 ₽ – 9 000 ₽", "Бесплатно".
std::string print_price(const booking::Price& price, Language language);
// The hidden field `price_version` of that form: the newest version shown.
std::string shown_version(const OfferTerms& terms);

// Format, amount and price of the form into the booking. Errors (refused, conflict), as a person
// reads them on the form: amount_invalid, price_changed, and those of price_for.
Status read_terms(const OfferTerms& terms, const FormFields& fields, booking::NewBooking& input);

// What the person gets back by cancelling at `now`: "You get back 2 500 ₽ of 5 000 ₽."; "" when
// nothing is paid for it.
std::string refund_sentence(const booking::Booking& booking, const booking::Policy& policy,
                            TimeMs now, Language language);

}  // namespace flead::pages
