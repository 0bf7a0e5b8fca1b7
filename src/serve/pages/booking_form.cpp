// /b/{tenant}[/{offer}]: choose a time, say who you are, be booked. Works without a script; a form
// that is sent twice books once.
#include <string>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/booking/pay.h"
#include "core/law/legal.h"
#include "serve/api/intake_request.h"
#include "serve/api/lead_input.h"
#include "serve/pages/booking.h"
#include "serve/pages/booking_elsewhere.h"
#include "serve/pages/booking_form.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/messengers.h"
#include "serve/pages/mine.h"
#include "serve/pages/offer_terms.h"

namespace flead::pages {

namespace {

constexpr std::string_view k_cookie_year = "; Path=/; Max-Age=31536000; SameSite=Lax";

struct InputRow {
  std::string_view name, type, autocomplete;
  std::size_t characters_max;
};
constexpr InputRow k_inputs[] = {
    {"name", "text", "name", k_name_characters_max},
    {"phone", "tel", "tel", k_phone_characters_max},
    {"email", "email", "email", k_email_characters_max},
};

std::string error_text_of(const FieldError& error, Language language) {
  const auto found = find_text("field." + error.code, language);
  return found ? std::string(*found) : error.message;
}

bool has_value(const FormFields& fields, std::string_view name, std::string_view wanted) {
  for (const auto& [key, value] : fields) {
    if (key == name && value == wanted) return true;
  }
  return false;
}

void add_inputs(Data& contact, const FormPage& form, Language language) {
  for (const auto& input : k_inputs) {
    Data& row = contact.add("INPUT");
    row.set("NAME", input.name).set("TYPE", input.type).set("AUTOCOMPLETE", input.autocomplete);
    row.set("LABEL", text("booking." + std::string(input.name), language));
    row.set("VALUE", field_value(form.typed, input.name));
    row.set("MAX", std::to_string(input.characters_max));
    for (const auto& error : form.errors) {
      if (error.field != input.name) continue;
      row.show("INVALID");
      row.add("ERROR").set("TEXT", error_text_of(error, language));
      break;
    }
  }
  contact.set("MESSAGE", field_value(form.typed, "message"));
  contact.set("MESSAGE_MAX", std::to_string(k_message_characters_max));
}

// Unticked, each with its text; advertising only where the tenant has a text for it.
Status add_consents(App& app, const Visit& visit, const FormPage& form, Data& contact) {
  FLEAD_TRY(const auto rules, api::rules_of(app, visit.tenant.id));
  for (const std::string_view purpose : {"processing", "marketing"}) {
    const auto doc = law::doc_of_purpose(purpose);
    FLEAD_TRY(const auto current, app.store.read([&](store::Tx& tx) {
      return law::current(tx, visit.tenant.id, doc, language_name(visit.language));
    }));
    const bool needed = purpose == "processing" && rules.consent_required;
    if (!current && !needed) continue;
    Data& row = contact.add("CONSENT");
    row.set("PURPOSE", purpose);
    row.set("LABEL", text("booking.consent_" + std::string(purpose), visit.language));
    row.show_if("REQUIRED", needed);
    row.show_if("CHECKED", has_value(form.typed, "consent", purpose));
    if (current) {
      row.add("LINK").set("URL", "/legal/" + std::string(doc) +
                                     "?t=" + percent_encode(visit.tenant.slug) +
                                     "&lang=" + std::string(language_name(visit.language)));
      if (purpose == "processing") contact.set("CONSENT_VERSION", std::to_string(current->version));
    }
  }
  return {};
}

// The time that is booked, and what it costs.
Status add_time(App& app, const Visit& visit, const FormPage& form, Data& data) {
  Data& card = data.add("AT");
  card.set("DAY", day_label(visit.zone, form.at, visit.language));
  card.set("TIME", time_label(visit.zone, form.at));
  card.set("ZONE", zone_label(visit.zone, form.at));
  add_hidden(data, visit, {{"at", format_time(form.at)}, {"key", form.key}});
  if (visit.moving) return {};
  FLEAD_TRY(const auto terms,
            app.store.read([&](store::Tx& tx) { return load_terms(tx, visit.offer.id); }));
  add_terms(data, terms, form.typed, visit.language);
  data.add("HIDDEN").set("NAME", "price_version").set("VALUE", shown_version(terms));
  data.show_if("REQUEST", visit.offer.on_request);
  return {};
}

}  // namespace

Result<http::Reply> render_form(App& app, const Visit& visit, const FormPage& form) {
  Page page = booking_page("booking_form", visit.language, visit.tenant, visit.offer.name);
  Data& data = page.data;
  data.set("OFFER", visit.offer.name).set("ABOUT", offer_label(visit));
  const bool waits = form.at == 0;
  data.set("BACK_URL", visit_url(visit, {}));
  data.set("ACTION", offer_path(visit.tenant, visit.offer) + (waits ? "/wait" : ""));
  data.show_if("WAIT", waits);
  Visit with_zone = visit;
  with_zone.zone_chosen = true;  // what was shown is what is booked
  if (waits) {
    add_hidden(data, with_zone, {});
  } else {
    FLEAD_CHECK(add_time(app, with_zone, form, data));
  }
  if (!form.errors.empty()) {
    Data& errors = data.add("ERRORS");
    for (const auto& error : form.errors) {
      errors.add("ERROR").set("TEXT", error_text_of(error, visit.language));
    }
  }
  data.set("BUTTON", text(waits                    ? "wait.join"
                          : visit.moving           ? "booking.move"
                          : visit.offer.on_request ? "booking.ask"
                                                   : "booking.book",
                          visit.language));
  data.show_if("KNOWN", visit.lead.has_value() && !visit.moving);
  if (!visit.lead && !visit.moving) {
    Data& contact = data.add("CONTACT");
    add_inputs(contact, form, visit.language);
    FLEAD_CHECK(add_consents(app, visit, form, contact));
  }
  http::Reply reply = render(form.status, page);
  reply.header("cache-control", "no-store");
  return reply;
}

intake::NewLead typed_lead(const FormFields& fields, const Visit& visit,
                           const http::Request& request) {
  intake::NewLead lead;
  lead.name = field_value(fields, "name");
  lead.phone = field_value(fields, "phone");
  lead.email = field_value(fields, "email");
  lead.message = field_value(fields, "message");
  lead.locale = language_name(visit.language);
  lead.zone = visit.zone.name();
  lead.page_url = request.path;
  for (const auto& [name, value] : fields) {
    if (name == "consent") lead.consent_purposes.push_back(value);
  }
  lead.consent_version = field_value(fields, "consent_version");
  if (!trim(field_value(fields, api::k_trap_field)).empty()) lead.suspicion = "trap";
  return lead;
}

namespace {

struct Asked {
  tenants::Tenant tenant;
  std::vector<booking::Offer> offers;  // one: this is it
  std::vector<booking::Pool> pools;    // to choose of, beside the offers
  std::optional<booking::Pool> pool;   // this is it; `offers` has one of its members
};

Result<http::Reply> render_offers(App& app, const http::Request& request, const Asked& asked) {
  const tenants::Tenant& tenant = asked.tenant;
  const std::vector<booking::Offer>& offers = asked.offers;
  const Language language = choose_language(request, tenant);
  Page page = booking_page("booking_offers", language, tenant, text("booking.title", language));
  const auto token = request.query_value("t");
  const auto query_of = [&] {
    if (!token) return std::string();
    const std::string proof = request.query_value("p").value_or("");
    return "?t=" + percent_encode(*token) + (proof.empty() ? "" : "&p=" + percent_encode(proof));
  };
  if (token) {
    FLEAD_TRY(const auto links,
              app.store.read([&](store::Tx& tx) { return shown_links(app, tx, tenant, *token); }));
    page.messengers = messengers_of(links, language);
  }
  for (const auto& pool : asked.pools) {
    booking::Offer shown;
    shown.slug = pool.slug;
    const std::string url = offer_path(tenant, shown) + query_of();
    Data& row = page.data.add("OFFER");
    row.set("NAME", pool.name).set("URL", url).set("ABOUT", text("booking.any", language));
  }
  for (const auto& offer : offers) {
    const std::string url = offer_path(tenant, offer) + query_of();
    Data& row = page.data.add("OFFER");
    row.set("NAME", offer.name).set("URL", url);
    row.set("ABOUT", text_with("booking.minutes", language,
                               {{"minutes", std::to_string(offer.terms.length_min)}}));
  }
  page.data.show_if("NONE", offers.empty());
  http::Reply reply = render(offers.empty() ? 404 : 200, page);
  reply.header("cache-control", "no-store");
  return reply;
}

Result<Asked> load_asked(App& app, const http::Request& request) {
  return app.store.read([&](store::Tx& tx) -> Result<Asked> {
    Asked asked;
    FLEAD_TRY(asked.tenant, page_tenant(tx, request.param("tenant")));
    const auto slug = request.param("offer");
    FLEAD_TRY(asked.pool, booking::find_pool(tx, asked.tenant.id, slug));
    if (slug.empty()) {
      FLEAD_TRY(asked.offers, booking::list_offers(tx, asked.tenant.id));
      FLEAD_TRY(asked.pools, booking::list_pools(tx, asked.tenant.id));
    } else if (asked.pool) {
      FLEAD_TRY(asked.offers, booking::members_by_load(tx, *asked.pool, app.world.clock.now()));
      if (asked.offers.size() > 1) asked.offers.resize(1);
    } else {
      FLEAD_TRY(auto offer, booking::find_offer(tx, asked.tenant.id, slug));
      asked.offers.push_back(std::move(offer));
    }
    return asked;
  });
}

Result<Visit> visit_of(App& app, const http::Request& request, const FormFields& fields,
                       const Asked& asked) {
  return app.store.read([&](store::Tx& tx) -> Result<Visit> {
    FLEAD_TRY(auto visit, load_visit(tx, request, fields, asked.tenant, asked.offers.front(),
                                     app.world.clock.now()));
    visit.pool = asked.pool;
    return visit;
  });
}

void remember_zone(http::Reply& reply, const Visit& visit) {
  if (!visit.zone_chosen) return;
  reply.header("set-cookie",
               "tz=" + percent_encode(visit.zone.name()) + std::string(k_cookie_year));
}

Result<http::Reply> answer_get(App& app, const http::Request& request) {
  FLEAD_TRY(const auto asked, load_asked(app, request));
  if (asked.offers.size() != 1 || !asked.pools.empty()) return render_offers(app, request, asked);
  FLEAD_TRY(const auto visit, visit_of(app, request, request.query, asked));
  if (!visit.offer.booked_elsewhere.empty()) {
    return see_elsewhere(app, visit, field_value(request.query, "p"));
  }
  http::Reply reply;
  if (const auto at = parse_time(field_value(request.query, "at"))) {
    FormPage form;
    form.at = *at;
    form.key = make_token(app.world.random, "");
    FLEAD_TRY(reply, render_form(app, visit, form));
  } else {
    FLEAD_TRY(reply, render_times(app, visit, {200, "", field_value(request.query, "from")}));
  }
  remember_zone(reply, visit);
  return reply;
}

// ---- the form comes back ---------------------------------------------------------------------

http::Reply see_my_page(std::string_view token, std::string_view what) {
  http::Reply reply =
      http::redirect(303, "/my/" + percent_encode(token) + "?" + std::string(what) + "=1");
  reply.header("cache-control", "no-store");
  return reply;
}

bool is_gone(const Error& error) {
  return error.code == "slot_taken" || error.code == "slot_unavailable";
}

// What is wrong, for the form: also where an error names no field.
std::vector<FieldError> fields_of(const Error& error) {
  if (!error.fields.empty()) return error.fields;
  return {{"", error.code, error.message}};
}

// The time has gone: the next free ones, and nothing to type again. Who has given a contact is a
// lead from now on, greeted like any other, so nobody is lost who leaves here.
Result<http::Reply> offer_others(App& app, Visit visit, const booking::NewBooking& input,
                                 const Error& error) {
  if (input.contact) {
    FLEAD_TRY(auto created, app.store.write([&](store::Tx& tx) {
      return intake::create(app.world, tx, visit.tenant, *input.contact, input.origin);
    }));
    visit.lead = std::move(created.lead);
  }
  visit.zone_chosen = true;
  const bool taken = error.code == "slot_taken";
  TimesPage page;
  page.status = taken ? 409 : 422;
  page.notice = text(taken ? "booking.taken" : "booking.unavailable", visit.language);
  return render_times(app, visit, page);
}

Result<http::Reply> move_booking(App& app, const Visit& visit, TimeMs at) {
  booking::Change change;
  change.id = visit.moving->id;
  change.action = booking::Action::move;
  change.starts_at = at;
  change.actor = booking::k_visitor;
  const auto moved = app.store.write(
      [&](store::Tx& tx) { return booking::change(app, tx, visit.tenant, change); });
  if (moved) return see_my_page(moved->manage_token, "moved");
  if (is_gone(moved.error())) return offer_others(app, visit, {}, moved.error());
  return moved.error();
}

// The booking's token; "" when the trap was filled and nothing was booked.
Result<std::string> book_once(App& app, const Visit& visit, const booking::NewBooking& input,
                              const std::string& form_key) {
  intake::IdempotencyKey key;
  key.tenant = visit.tenant.id;
  key.scope = "booking.page";
  key.key = form_key;
  // One form, one booking: whatever is sent with this key again, the first answer stands.
  key.body_hash = "form";
  FLEAD_TRY(const auto reply, app.store.write([&](store::Tx& tx) {
    return intake::with_idempotency(
        app.world, tx, key, [&](store::Tx& inner) -> Result<intake::StoredReply> {
          FLEAD_TRY(const auto made, booking::book(app, inner, visit.tenant, input));
          const std::string token = made.shelved ? "" : made.manage_token;
          return intake::StoredReply{303, Json(token).dump(), false};
        });
  }));
  FLEAD_TRY(const auto token, parse_json(reply.body));
  return token.text().value_or("");
}

// What is to be paid first leads to its payment.
Result<http::Reply> see_what_is_next(App& app, const std::string& token) {
  FLEAD_TRY(const auto payment,
            app.store.read([&](store::Tx& tx) -> Result<std::optional<money::Payment>> {
              FLEAD_TRY(const auto made, booking::by_manage_token(tx, token));
              if (!made || made->state != booking::State::held) {
                return std::optional<money::Payment>();
              }
              return booking::payment_of(tx, *made);
            }));
  if (!payment) return see_my_page(token, "new");
  return http::redirect(303, "/pay/" + percent_encode(payment->token))
      .header("cache-control", "no-store");
}

Result<http::Reply> take_form(App& app, const http::Request& request, const Visit& visit,
                              const FormFields& fields, TimeMs at) {
  booking::NewBooking input;
  input.offer = visit.offer.slug;
  input.starts_at = at;
  input.zone = visit.zone.name();
  input.origin = api::origin_of(request);
  input.origin.source = "booking";
  input.origin.actor = booking::k_visitor;
  FLEAD_TRY(const auto terms,
            app.store.read([&](store::Tx& tx) { return load_terms(tx, visit.offer.id); }));
  const std::string form_key = field_value(fields, "key");
  if (const auto read = read_terms(terms, fields, input); !read) {
    return render_form(app, visit, {422, at, form_key, fields, fields_of(read.error())});
  }
  if (!form_key.empty()) FLEAD_CHECK(intake::check_idempotency_key(form_key));
  if (visit.lead) {
    input.lead = visit.lead->id;
  } else {
    FLEAD_TRY(const auto rules, api::rules_of(app, visit.tenant.id));
    auto checked = intake::check_new_lead(visit.tenant, rules, typed_lead(fields, visit, request),
                                          input.origin);
    if (!checked && checked.error().kind == ErrorKind::refused) {
      return render_form(app, visit, {422, at, form_key, fields, checked.error().fields});
    }
    if (!checked) return checked.error();
    input.contact = std::move(*checked);
  }
  const auto token = book_once(app, visit, input, form_key);
  // The trap was filled: thanks for the request, which is all there is. A page that said "booked"
  // would be a lie to a person whose browser filled the field in.
  if (token && token->empty()) return http::redirect(303, "/thanks/" + visit.tenant.slug);
  if (token) return see_what_is_next(app, *token);
  if (is_gone(token.error())) return offer_others(app, visit, input, token.error());
  return token.error();
}

Result<http::Reply> answer_post(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  FLEAD_TRY(const auto asked, load_asked(app, request));
  if (asked.offers.size() != 1 || !asked.pools.empty()) return render_offers(app, request, asked);
  FLEAD_TRY(const auto visit, visit_of(app, request, fields, asked));
  if (!visit.offer.booked_elsewhere.empty()) {
    return see_elsewhere(app, visit, field_value(fields, "p"));
  }
  const auto at = parse_time(field_value(fields, "at"));
  if (!at) {
    TimesPage page;
    page.status = 422;
    page.notice = text("booking.unavailable", visit.language);
    return render_times(app, visit, page);
  }
  // A booking that cannot move any more is never quietly made anew.
  if (!visit.moving && !field_value(fields, "m").empty()) {
    return conflict("booking_begun", "This booking cannot be moved any more.");
  }
  if (visit.moving) return move_booking(app, visit, *at);
  return take_form(app, request, visit, fields, *at);
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply page_reply(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_booking_page_routes(std::vector<http::Route>& table) {
  for (const std::string_view pattern : {"/b/{tenant}", "/b/{tenant}/{offer}"}) {
    const bool named = pattern.ends_with("{offer}");
    table.push_back({.method = "GET",
                     .pattern = pattern,
                     .handler = page_reply<answer_get>,
                     .operation = named ? "getOfferPage" : "getBookingPage",
                     .summary = "Free times, or the form for the time in `at`",
                     .query = {{"at", "Time"},
                               {"from", "Date"},
                               {"tz", "Zone"},
                               {"t"},
                               {"p"},
                               {"m"},
                               {"lang", "Language"}},
                     .response_type = "text/html"});
    table.push_back({.method = "POST",
                     .pattern = pattern,
                     .handler = page_reply<answer_post>,
                     .operation = named ? "bookOfferByForm" : "bookByForm",
                     .summary = "Book, or move a booking, by the form of that page",
                     .body_bytes_max = k_lead_body_bytes_max,
                     .body_types = {api::k_form_type},
                     .request_schema = "BookingForm",
                     .success = 303,
                     .response_type = "text/html",
                     .other_replies = {{200, "There are several offers: their list"}},
                     .refusals = {409, 422}});
  }
  add_my_routes(table);
  add_mine_routes(table);
  add_wait_routes(table);
}

}  // namespace flead::pages
