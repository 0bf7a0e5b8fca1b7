#include "serve/pages/experts.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/money.h"
#include "core/base/text.h"
#include "core/booking/expert.h"
#include "core/booking/photo.h"
#include "core/booking/review.h"
#include "serve/api/intake_request.h"
#include "serve/pages/assets.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/offer_terms.h"

namespace flead::pages {

namespace {

constexpr std::int64_t k_experts_shown = 20;
constexpr std::int64_t k_reviews_shown = 20;
constexpr std::size_t k_next_times_shown = 1;
constexpr std::int64_t k_next_within_ms = 60 * k_day_ms;

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

// "product, career · ru, en · 4.7 (12)"
std::string facts_of(const booking::Expert& expert) {
  std::string out;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) out += (out.empty() ? "" : " · ") + part;
  };
  add(joined(expert.topics));
  add(joined(expert.languages));
  const std::string rating = booking::rating_text(expert.rating_sum, expert.rating_count);
  if (!rating.empty()) add(rating + " (" + std::to_string(expert.rating_count) + ")");
  return out;
}

struct Catalogue {
  tenants::Tenant tenant;
  booking::ExpertPage page;
};

// Slugs joined by dots in a cookie of the visitor's own: nobody else learns whom they like.
constexpr std::string_view k_favourites_cookie = "favourites";

std::vector<std::string> favourites_of(const http::Request& request) {
  const std::string value = cookie_value(request, k_favourites_cookie);
  if (value.empty()) return {};
  auto slugs = split(value, '.');
  if (slugs.size() > k_favourites_max) slugs.resize(k_favourites_max);
  return slugs;
}

bool is_favourite(const std::vector<std::string>& slugs, std::string_view slug) {
  return std::find(slugs.begin(), slugs.end(), slug) != slugs.end();
}

std::string catalogue_path(const tenants::Tenant& tenant) {
  return "/m/" + percent_encode(tenant.slug);
}

std::string typed(const http::Request& request, std::string_view name) {
  return std::string(trim(request.query_value(name).value_or("")));
}

// What makes no sense is left out, as if nobody had typed it.
booking::ExpertFilter filter_of(const http::Request& request, const tenants::Tenant& tenant) {
  booking::ExpertFilter filter;
  filter.format = typed(request, "format");
  filter.price_max_minor = parse_money_minor(typed(request, "price"));
  if (const auto rating = parse_money_minor(typed(request, "rating"))) {
    filter.rating_min_tenths = *rating / 10;
  }
  const auto zone = Zone::load(tenant.zone);
  if (const auto day = parse_date(typed(request, "before")); day && zone) {
    filter.free_before = zone->day_start(date_from_days(days_from_date(*day) + 1));
  }
  filter.query = trim(request.query_value("q").value_or(""));
  filter.topic = trim(request.query_value("topic").value_or(""));
  filter.language = trim(request.query_value("language").value_or(""));
  filter.after_slug = request.query_value("after").value_or("");
  filter.limit = k_experts_shown;
  return filter;
}

struct FilterField {
  std::string_view name, mark;  // of the query, and in the template
};
constexpr FilterField k_filter_fields[] = {
    {"q", "Q"},         {"topic", "TOPIC"},   {"language", "LANGUAGE"}, {"format", "FORMAT"},
    {"price", "PRICE"}, {"rating", "RATING"}, {"before", "BEFORE"}};

// Only one that is kept here: our pages load nothing from elsewhere.
void show_photo(const booking::Expert& expert, std::string_view catalogue, Data& data) {
  if (expert.photo_mark.empty()) return;
  data.add("PHOTO").set("PHOTO_URL", booking::photo_address(expert, catalogue));
}

void fill_catalogue(const Catalogue& catalogue, const http::Request& request, Data& data) {
  const std::string path = catalogue_path(catalogue.tenant);
  data.set("ACTION", path);
  std::string query;
  for (const FilterField& field : k_filter_fields) {
    const std::string value = typed(request, field.name);
    data.set(field.mark, value);
    if (!value.empty()) query += std::string(field.name) + "=" + percent_encode(value) + "&";
  }
  for (const auto& expert : catalogue.page.experts) {
    Data& row = data.add("EXPERT");
    row.set("URL", path + "/" + percent_encode(expert.host.slug)).set("NAME", expert.host.name);
    row.set("HEADLINE", expert.headline).set("FACTS", facts_of(expert));
    show_photo(expert, path, row);
  }
  data.show_if("NONE", catalogue.page.experts.empty());
  if (!favourites_of(request).empty()) data.add("FAVOURITES").set("URL", path + "?favourites=1");
  if (catalogue.page.next_after.empty()) return;
  data.add("MORE").set("URL",
                       path + "?" + query + "after=" + percent_encode(catalogue.page.next_after));
}

Result<http::Reply> show_catalogue(App& app, const http::Request& request) {
  FLEAD_TRY(const auto catalogue, app.store.read([&](store::Tx& tx) -> Result<Catalogue> {
    Catalogue found;
    FLEAD_TRY(found.tenant, page_tenant(tx, request.param("tenant")));
    if (request.query_value("favourites")) {
      FLEAD_TRY(found.page.experts,
                booking::experts_named(tx, found.tenant.id, favourites_of(request)));
      return found;
    }
    FLEAD_TRY(found.page, booking::list_experts(app.world, tx, found.tenant.id,
                                                filter_of(request, found.tenant)));
    return found;
  }));
  const Language language = choose_language(request, catalogue.tenant);
  Page page = booking_page("experts", language, catalogue.tenant, text("experts.title", language));
  fill_catalogue(catalogue, request, page.data);
  return render(200, page);
}

struct ShownOffer {
  booking::Offer offer;
  OfferTerms terms;
  std::vector<booking::Slot> next;
};

struct Profile {
  tenants::Tenant tenant;
  booking::Expert expert;
  std::vector<ShownOffer> offers;
  std::vector<booking::Review> reviews;
};

Result<Profile> load_profile(App& app, store::Tx& tx, const http::Request& request) {
  Profile profile;
  FLEAD_TRY(profile.tenant, page_tenant(tx, request.param("tenant")));
  const TenantId& tenant = profile.tenant.id;
  FLEAD_TRY(profile.expert, booking::load_expert(tx, tenant, request.param("name")));
  if (!profile.expert.listed) return not_found("not_found", "There is no such page.");
  FLEAD_TRY(auto offers, booking::offers_kept_by(tx, profile.expert.host.id));
  const TimeMs now = app.world.clock.now();
  for (auto& offer : offers) {
    ShownOffer shown;
    FLEAD_TRY(shown.terms, load_terms(tx, offer.id));
    FLEAD_TRY(auto free, booking::list_free(app.world, tx, offer, now, now + k_next_within_ms,
                                            k_next_times_shown));
    shown.next = std::move(free.slots);
    shown.offer = std::move(offer);
    profile.offers.push_back(std::move(shown));
  }
  booking::ReviewFilter filter;
  filter.host = profile.expert.host.id;
  filter.limit = k_reviews_shown;
  FLEAD_TRY(profile.reviews, booking::list_reviews(tx, tenant, filter));
  return profile;
}

std::string offer_facts(const ShownOffer& shown, Language language) {
  std::string out = text_with("booking.minutes", language,
                              {{"minutes", std::to_string(shown.offer.terms.length_min)}});
  for (const auto& price : shown.terms.prices) {
    out += " · ";
    if (!price.format.empty()) out += price.format + ": ";
    out += print_price(price, language);
  }
  return out;
}

void fill_profile(const Profile& profile, Language language, Data& data) {
  const booking::Expert& expert = profile.expert;
  data.set("NAME", expert.host.name).set("HEADLINE", expert.headline);
  data.set("FACTS", facts_of(expert)).set("BACK", catalogue_path(profile.tenant));
  show_photo(expert, catalogue_path(profile.tenant), data);
  for (const std::string& paragraph : split(replace_all(expert.about, "\n\n", "\f"), '\f')) {
    if (!paragraph.empty()) data.add("ABOUT").set("TEXT", paragraph);
  }
  auto zone = Zone::load(profile.tenant.zone);
  if (!zone) zone = Zone::utc();
  Data* offers = profile.offers.empty() ? nullptr : &data.add("OFFERS");
  for (const ShownOffer& shown : profile.offers) {
    const std::string url = offer_path(profile.tenant, shown.offer);
    Data& row = offers->add("OFFER");
    row.set("URL", url).set("NAME", shown.offer.name).set("FACTS", offer_facts(shown, language));
    for (const auto& slot : shown.next) {
      row.add("NEXT")
          .set("URL", url + "?at=" + percent_encode(format_time(slot.starts_at)))
          .set("TEXT", day_label(*zone, slot.starts_at, language) + ", " +
                           time_label(*zone, slot.starts_at) + " (" + zone->name() + ")");
    }
  }
  Data* reviews = profile.reviews.empty() ? nullptr : &data.add("REVIEWS");
  for (const auto& review : profile.reviews) {
    Data& row = reviews->add("REVIEW");
    row.set("RATING", std::to_string(review.rating) + "/5").set("TEXT", review.text);
    // A first name is enough for the world.
    row.set("WHO", review.name.substr(0, review.name.find(' ')));
  }
}

Result<http::Reply> show_profile(App& app, const http::Request& request) {
  FLEAD_TRY(const auto profile,
            app.store.read([&](store::Tx& tx) { return load_profile(app, tx, request); }));
  const Language language = choose_language(request, profile.tenant);
  Page page = booking_page("expert", language, profile.tenant, profile.expert.host.name);
  fill_profile(profile, language, page.data);
  const bool liked = is_favourite(favourites_of(request), profile.expert.host.slug);
  page.data.set("SELF",
                catalogue_path(profile.tenant) + "/" + percent_encode(profile.expert.host.slug));
  page.data.set("LIKE", text(liked ? "experts.unlike" : "experts.like", language));
  http::Reply reply = render(200, page);
  reply.header("cache-control", "no-store");
  return reply;
}

// Pressed again it is taken back. The newest come first, the oldest fall off.
Result<http::Reply> toggle_favourite(App& app, const http::Request& request) {
  FLEAD_TRY(const auto profile,
            app.store.read([&](store::Tx& tx) { return load_profile(app, tx, request); }));
  const std::string& slug = profile.expert.host.slug;
  auto slugs = favourites_of(request);
  if (std::erase(slugs, slug) == 0) slugs.insert(slugs.begin(), slug);
  if (slugs.size() > k_favourites_max) slugs.resize(k_favourites_max);
  const std::string path = catalogue_path(profile.tenant);
  http::Reply reply = http::redirect(303, path + "/" + percent_encode(slug));
  reply.header("cache-control", "no-store");
  reply.header("set-cookie", std::string(k_favourites_cookie) + "=" + join(slugs, ".") +
                                 "; Path=" + path + "; Max-Age=31536000; SameSite=Lax; HttpOnly");
  return reply;
}

// Its address has the picture's mark in it, so what a browser has it may keep.
Result<http::Reply> get_photo(App& app, const http::Request& request) {
  FLEAD_TRY(auto photo, app.store.read([&](store::Tx& tx) -> Result<booking::Photo> {
    FLEAD_TRY(const auto tenant, page_tenant(tx, request.param("tenant")));
    FLEAD_TRY(const auto expert, booking::load_expert(tx, tenant.id, request.param("name")));
    if (!expert.listed) return not_found("not_found", "There is no such page.");
    return booking::load_photo(tx, expert);
  }));
  http::Reply reply;
  const std::string etag = "\"" + photo.mark + "\"";
  reply.header("etag", etag);
  reply.header("cache-control", "public, max-age=86400");
  reply.header("x-content-type-options", "nosniff");
  reply.header("content-security-policy", "default-src 'none'; sandbox");
  if (matches_etag(request, etag)) {
    reply.status = 304;
    return reply;
  }
  reply.header("content-type", photo.type);
  reply.body = std::move(photo.bytes);
  return reply;
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply expert_reply(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_expert_page_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/m/{tenant}",
                   .handler = expert_reply<show_catalogue>,
                   .operation = "getExpertsPage",
                   .summary = "Find an expert",
                   .query = {{"q"},
                             {"topic"},
                             {"language"},
                             {"format"},
                             {"price"},
                             {"rating"},
                             {"before", "Date"},
                             {"favourites"},
                             {"after"},
                             {"lang", "Language"}},
                   .response_type = "text/html"});
  table.push_back({.method = "GET",
                   .pattern = "/m/{tenant}/{name}",
                   .handler = expert_reply<show_profile>,
                   .operation = "getExpertPage",
                   .summary = "An expert's profile, offers, next free times and reviews",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html"});
  http::Route photo;
  photo.method = "GET";
  photo.pattern = "/m/{tenant}/{name}/photo";
  photo.handler = expert_reply<get_photo>;
  photo.operation = "getExpertPhoto";
  photo.summary = "An expert's photo";
  photo.query = {{"v"}};
  photo.response_type = "image/*";
  photo.other_replies = {{304, "The browser has it"}};
  photo.counted = false;  // a part of a page, kept by browsers
  table.push_back(std::move(photo));
  table.push_back({.method = "POST",
                   .pattern = "/m/{tenant}/{name}",
                   .handler = expert_reply<toggle_favourite>,
                   .operation = "toggleFavourite",
                   .summary = "Remembers an expert in the visitor's own cookie, or forgets again",
                   .body_types = {api::k_form_type},
                   .request_schema = "FavouriteForm",
                   .success = 303,
                   .body_optional = true,
                   .response_type = "text/html"});
}

}  // namespace flead::pages
