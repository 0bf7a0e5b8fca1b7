#include "serve/pages/pay.h"

#include <optional>
#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/booking/pay.h"
#include "core/money/mock_provider.h"
#include "core/money/payment.h"
#include "serve/api/intake_request.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/page.h"

namespace flead::pages {

namespace {

// How often a page that waits looks again, in seconds.
constexpr std::string_view k_opening_refresh = "1";
constexpr std::string_view k_checking_refresh = "2";

struct Paying {
  tenants::Tenant tenant;
  money::Payment payment;
  std::string instructions;  // of a payment by hand
  std::optional<booking::Booking> booking;
  bool held = false;  // its time is still kept
  bool gone = false;  // what was to be paid is not there any more
};

Result<Paying> load_paying(App& app, store::Tx& tx, std::string_view token) {
  FLEAD_TRY(auto payment, money::payment_by_token(tx, token));
  if (!payment) return not_found("not_found", "There is no such payment.");
  Paying paying;
  FLEAD_TRY(paying.tenant, tenants::load(tx, payment->tenant));
  if (paying.tenant.suspended) return not_found("not_found", "There is no such payment.");
  FLEAD_TRY(const auto account, money::load_pay_account(tx, payment->account));
  paying.instructions = account.config.text("instructions").value_or("");
  if (payment->purpose == "booking") {
    auto booking = booking::load(tx, paying.tenant.id, BookingId(payment->subject));
    if (booking) paying.booking = std::move(*booking);
  }
  paying.held = paying.booking && paying.booking->state == booking::State::held &&
                paying.booking->held_until.value_or(0) > app.world.clock.now();
  paying.gone = payment->open() && paying.booking && !paying.held &&
                paying.booking->state != booking::State::confirmed;
  paying.payment = std::move(*payment);
  return paying;
}

bool is_by_hand(const money::Payment& payment) {
  const money::PayProvider* provider = money::find_pay_provider(payment.provider);
  return provider == nullptr || !provider->can.online;
}

// At the provider inside this program: its buttons are on our own page.
bool is_inside(const money::Payment& payment) {
  return payment.provider == "mock" && payment.state == "pending";
}

// What the person reads first. `back` from the provider's page.
std::string_view heading_of(const Paying& paying, bool back) {
  const money::Payment& payment = paying.payment;
  if (payment.state == "succeeded") return "pay.done";
  if (payment.state == "canceled") return "pay.failed";
  if (payment.state == "waiting_for_capture") return "pay.reserved";
  if (paying.gone) return back ? "pay.checking" : "pay.gone";
  if (is_by_hand(payment)) return "pay.by_hand";
  if (payment.asks_payer()) return "pay.title";
  if (is_inside(payment)) return back ? "pay.checking" : "pay.title";
  if (payment.confirm_url.empty()) return "pay.opening";
  return back ? "pay.checking" : "pay.title";
}

// What is agreed to by the box that the payer ticks, or leaves as it is.
std::string saving_words(const Paying& paying, Language language) {
  const auto& terms = paying.payment.saving_words;
  if (paying.payment.saving_needed) {
    return text_with("pay.save_needed", language,
                     {{"terms", terms}, {"tenant", paying.tenant.name}});
  }
  return text_with("pay.save", language, {{"tenant", paying.tenant.name}});
}

void fill_paying(const Paying& paying, bool back, Language language, Page& page) {
  const money::Payment& payment = paying.payment;
  Data& data = page.data;
  data.set("WHAT", payment.text);
  data.set("AMOUNT", print_money(payment.amount, language_name(language)));
  data.show_if("TEST", payment.test);
  if (paying.held && payment.open()) {
    auto zone = Zone::load(paying.booking->visitor_zone);
    if (!zone) zone = Zone::utc();
    data.add("UNTIL").set(
        "TEXT", format_wall_long(zone->wall(*paying.booking->held_until), language_name(language)) +
                    " (" + zone->name() + ")");
  }
  const bool online = !is_by_hand(payment);
  if (payment.asks_payer() && !paying.gone) {
    Data& ask = data.add("ASK");
    ask.set("URL", "/pay/" + percent_encode(payment.token));
    ask.set("WORDS", saving_words(paying, language));
    ask.show_if("NEEDED", payment.saving_needed);
  }
  if (online && !paying.gone && payment.state == "pending" && !payment.confirm_url.empty()) {
    data.add("GO").set("URL", payment.confirm_url);
  }
  if (is_inside(payment) && !paying.gone) {
    Data& inside = data.add("INSIDE");
    inside.set("URL", "/pay/" + percent_encode(payment.token));
    inside.set("LEAVE", paying.booking ? "/my/" + percent_encode(paying.booking->manage_token)
                                       : "/b/" + percent_encode(paying.tenant.slug));
  }
  if (!online && payment.open() && !paying.gone) {
    Data& how = data.add("HOW");
    how.set("TEXT", paying.instructions.empty() ? std::string(text("pay.by_hand_how", language))
                                                : paying.instructions);
    how.set("NUMBER", payment.id.text());
  }
  if (payment.state == "canceled" && paying.held) {
    data.add("AGAIN").set("URL", "/pay/" + percent_encode(payment.token));
  }
  data.show_if("CHECKING", back && online && payment.open());
  if (paying.booking) {
    data.add("MINE").set("URL", "/my/" + percent_encode(paying.booking->manage_token));
  }
}

Result<http::Reply> show_paying(App& app, const http::Request& request) {
  const std::string token(request.param("token"));
  const bool back = request.query_value("back").has_value();
  FLEAD_TRY(const auto paying,
            app.store.read([&](store::Tx& tx) { return load_paying(app, tx, token); }));
  const money::Payment& payment = paying.payment;
  const bool asks = back && payment.open() && !payment.provider_id.empty();
  // Coming back proves nothing: the provider is asked, once however often the page is looked at.
  if (asks) {
    FLEAD_CHECK(app.store.write([&](store::Tx& tx) { return money::ask_again(app, tx, payment); }));
  }
  if (payment.state == "succeeded" && paying.booking &&
      paying.booking->state == booking::State::confirmed) {
    return http::redirect(303, "/my/" + percent_encode(paying.booking->manage_token) + "?new=1")
        .header("cache-control", "no-store");
  }
  const Language language = choose_language(request, paying.tenant);
  const auto heading = text(heading_of(paying, back), language);
  Page page = booking_page("pay", language, paying.tenant, heading);
  page.data.set("HEADING", heading);
  fill_paying(paying, back, language, page);
  http::Reply reply = render(200, page);
  reply.header("cache-control", "no-store");
  // Pages that wait look again by themselves, without a script.
  const bool waits = !payment.asks_payer() && (!is_inside(payment) || back);
  const bool online = !is_by_hand(payment) && payment.open() && waits && (back || !paying.gone);
  const bool settling = payment.state == "succeeded" && paying.held;
  const bool opening = payment.confirm_url.empty() && !is_inside(payment);
  if (online && opening) reply.header("refresh", k_opening_refresh);
  if ((online && back && !opening) || settling) reply.header("refresh", k_checking_refresh);
  // A step of its own: what a form was sent to may not lead to another site.
  if (online && !back && payment.state == "pending" && !payment.confirm_url.empty()) {
    reply.header("refresh", "0; url=" + payment.confirm_url);
  }
  return reply;
}

// The payer has ticked the box, or not, and goes on to the provider.
Result<http::Reply> go_on(App& app, const http::Request& request, bool agrees) {
  const std::string token(request.param("token"));
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto paying, load_paying(app, tx, token));
    if (paying.gone) return conflict("hold_lapsed", "This hold has lapsed.", "Book the slot anew");
    const Language language = choose_language(request, paying.tenant);
    return money::decide_saving(app, tx, paying.payment, agrees, saving_words(paying, language));
  }));
  return http::redirect(303, "/pay/" + percent_encode(token)).header("cache-control", "no-store");
}

// A button of the provider inside this program.
Result<http::Reply> press_inside(App& app, const http::Request& request, const std::string& what) {
  const std::string token(request.param("token"));
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto paying, load_paying(app, tx, token));
    return money::mock::press(app, tx, paying.payment, what);
  }));
  return http::redirect(303, "/pay/" + percent_encode(token) + "?back=1")
      .header("cache-control", "no-store");
}

// Another payment for the same booking, after one that failed.
Result<http::Reply> try_again(App& app, const http::Request& request) {
  FLEAD_TRY(const auto next, app.store.write([&](store::Tx& tx) -> Result<money::Payment> {
    FLEAD_TRY(const auto paying, load_paying(app, tx, request.param("token")));
    if (!paying.booking) return not_found("not_found", "There is no such payment.");
    return booking::pay_again(app, tx, paying.tenant, *paying.booking);
  }));
  return http::redirect(303, "/pay/" + percent_encode(next.token))
      .header("cache-control", "no-store");
}

Result<http::Reply> act_on_page(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string what = field_value(fields, "do");
  if (what == "go") return go_on(app, request, field_value(fields, "save") == "1");
  if (what == "pay" || what == "decline") return press_inside(app, request, what);
  return try_again(app, request);
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply pay_reply(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_pay_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/pay/{token}",
                   .handler = pay_reply<show_paying>,
                   .operation = "getPayPage",
                   .summary = "What is to be paid, and the way to the provider's page",
                   .query = {{"lang", "Language"}, {"back"}},
                   .response_type = "text/html"});
  table.push_back({.method = "POST",
                   .pattern = "/pay/{token}",
                   .handler = pay_reply<act_on_page>,
                   .operation = "actOnPayPage",
                   .summary = "Goes on to the provider, or tries again after a payment that failed",
                   .body_types = {api::k_form_type},
                   .request_schema = "PayForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {409, 422}});
}

}  // namespace flead::pages
