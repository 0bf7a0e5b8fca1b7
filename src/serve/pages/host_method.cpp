// How a host wants to be paid: /h/method, and the link in their mail that says it was them. A
// change counts only after both that link and a wait, or by the operator's word
// (core/money/payout_wish.h); a card's number is taken in no field.
#include <string>
#include <utility>

#include "core/base/text.h"
#include "core/booking/pass.h"
#include "core/money/payout_banks.h"
#include "core/money/payout_wish.h"
#include "serve/api/intake_request.h"
#include "serve/pages/booking_visit.h"
#include "serve/pages/host.h"

namespace flead::pages {

namespace {

// Kinds that are offered: a card goes by the provider's own form alone, which is a script of
// theirs.
constexpr std::string_view k_by_hand = "manual";
constexpr std::string_view k_by_phone = "yookassa_sbp";
constexpr std::string_view k_by_wallet = "yookassa_wallet";

struct HostMethod {
  HostVisit visit;
  std::optional<money::PayoutMethod> method;
  std::optional<money::MethodWish> wish;
  bool gateway = false;  // somebody pays out by phone number and to wallets
  std::vector<money::PayoutBank> banks;
  bool banks_wanted = false;  // there is no list yet, or an old one
  std::optional<money::PayAccount> account;
};

money::WishingHost wishing(const booking::Host& host) {
  return {host.id, host.slug, host.name, host.email};
}

Result<HostMethod> load_host_method(App& app, store::Tx& tx, const http::Request& request) {
  HostMethod out;
  FLEAD_TRY(out.visit, load_host_visit(app, tx, request));
  const HostId& host = out.visit.host.id;
  FLEAD_TRY(out.method, money::payout_method_of(tx, host));
  FLEAD_TRY(out.wish, money::wish_of(tx, host));
  FLEAD_TRY(out.account, money::payout_account(tx, out.visit.tenant.id));
  out.gateway = out.account.has_value();
  if (!out.gateway) return out;
  FLEAD_TRY(auto kept, money::kept_banks(tx, out.account->id));
  const TimeMs now = app.world.clock.now();
  out.banks_wanted = !kept || now >= kept->fetched_at + money::k_banks_age_max_ms;
  if (kept && now < kept->fetched_at + money::k_banks_stale_max_ms) {
    out.banks = std::move(kept->banks);
  }
  return out;
}

std::string waiting_text(const HostMethod& all) {
  const Language language = all.visit.language;
  if (all.wish->state == "asked") {
    return text_with("host.method_asked", language,
                     {{"email", mask_contact(all.visit.host.email)}});
  }
  return text_with("host.method_due", language,
                   {{"when", format_wall_long(all.visit.zone.wall(*all.wish->due_at),
                                              language_name(language))}});
}

// What did not fit, in words; never the value.
std::string fault_text(const Error& fault, Language language) {
  if (fault.code == "card_number_refused") return std::string(text("host.fault_card", language));
  if (fault.code == "email_missing") return std::string(text("host.fault_email", language));
  const std::string name = fault.fields.empty() ? "phone" : fault.fields.front().field;
  if (const auto field = find_text("host.f_" + name, language)) {
    return text_with("host.fault_field", language, {{"field", *field}});
  }
  return fault.message;
}

void fill_host_method(const HostMethod& all, const FormFields& given, Data& data) {
  const Language language = all.visit.language;
  data.show_if("NO_METHOD", !all.method.has_value());
  if (all.method) data.add("METHOD").set("TEXT", all.method->shown);
  if (all.wish) {
    Data& wish = data.add("WISH");
    wish.set("TEXT", all.wish->shown).set("STATE", waiting_text(all));
  }
  const std::string kind = field_value(given, "kind");
  const auto fill = [&](Data& form, std::string_view name, std::string_view mark) {
    form.set(mark, field_value(given, name));
  };
  if (all.gateway && !all.banks.empty()) {
    Data& form = data.add("SBP");
    fill(form, "phone", "PHONE");
    for (const money::PayoutBank& bank : all.banks) {
      Data& row = form.add("BANK");
      row.set("ID", bank.id).set("NAME", bank.name);
      row.show_if("CHOSEN", bank.id == field_value(given, "bank_id"));
    }
  }
  data.show_if("NO_BANKS", all.gateway && all.banks.empty());
  if (all.gateway) fill(data.add("WALLET"), "wallet", "WALLET");
  Data& hand = data.add("MANUAL");
  fill(hand, "payee", "PAYEE");
  fill(hand, "account", "ACCOUNT");
  fill(hand, "bank", "BANK");
  fill(hand, "inn", "INN");
  data.set("CARD", text_with("host.method_card", language, {{"tenant", all.visit.tenant.name}}));
}

Result<http::Reply> method_page(App& app, const http::Request& request, const FormFields& given,
                                const Error* fault) {
  FLEAD_TRY(const auto all,
            app.store.read([&](store::Tx& tx) { return load_host_method(app, tx, request); }));
  if (all.banks_wanted && all.account->status == "active") {
    FLEAD_CHECK(
        app.store.write([&](store::Tx& tx) { return money::plan_banks(app, tx, *all.account); }));
  }
  Page page = host_page("host_method", all.visit, text("host.method", all.visit.language));
  fill_host_method(all, given, page.data);
  if (fault != nullptr) {
    page.data.add("ERROR").set("TEXT", fault_text(*fault, all.visit.language));
  }
  return host_reply_to(fault == nullptr ? 200 : 422, page);
}

Result<http::Reply> show_host_method(App& app, const http::Request& request) {
  return method_page(app, request, {}, nullptr);
}

Status apply_host_method(App& app, store::Tx& tx, const http::Request& request,
                         const FormFields& fields) {
  FLEAD_TRY(const auto all, load_host_method(app, tx, request));
  if (field_value(fields, "do") == "drop") {
    if (all.wish) FLEAD_CHECK(money::drop_wish(app, tx, *all.wish, "by the host"));
    return {};
  }
  money::NewPayoutMethod input;
  input.host = all.visit.host.id;
  input.host_slug = all.visit.host.slug;
  input.kind = field_value(fields, "kind");
  if (input.kind != k_by_hand && input.kind != k_by_phone && input.kind != k_by_wallet) {
    return refused_field("kind", "payout_kind_unknown", "There is no such way to be paid here.");
  }
  if (input.kind != k_by_hand && !all.gateway) {
    return refused_field("kind", "payout_kind_unknown", "There is no such way to be paid here.");
  }
  money::PayoutDetails& details = input.details;
  if (input.kind == k_by_hand) {
    details.payee = field_value(fields, "payee");
    details.account = field_value(fields, "account");
    details.bank = field_value(fields, "bank");
    details.inn = field_value(fields, "inn");
  } else if (input.kind == k_by_wallet) {
    details.wallet = field_value(fields, "wallet");
  } else {
    details.phone = field_value(fields, "phone");
    details.bank_id = field_value(fields, "bank_id");
    for (const money::PayoutBank& bank : all.banks) {
      if (bank.id == details.bank_id) details.bank = bank.name;
    }
    // One of the list, not merely of its shape.
    if (details.bank.empty()) details.bank_id.clear();
  }
  FLEAD_CHECK(money::ask_payout_method(app, tx, all.visit.tenant, wishing(all.visit.host), input));
  return {};
}

Result<http::Reply> change_host_method(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const auto changed =
      app.store.write([&](store::Tx& tx) { return apply_host_method(app, tx, request, fields); });
  if (changed) return see_host_page("/h/method");
  if (changed.error().kind == ErrorKind::refused) {
    return method_page(app, request, fields, &changed.error());
  }
  return changed.error();
}

// ---- the link in the mail ----------------------------------------------------------------------

struct OpenWish {
  HostVisit visit;
  money::MethodWish wish;
};

Result<OpenWish> load_asked(App& app, store::Tx& tx, const http::Request& request) {
  FLEAD_TRY(auto wish, money::wish_by_token(app, tx, request.param("token")));
  if (!wish) return not_found("not_found", "This question is over.");
  OpenWish out;
  FLEAD_TRY(out.visit.tenant, tenants::load(tx, wish->tenant));
  FLEAD_TRY(out.visit.host, booking::load_host(tx, wish->tenant, wish->host));
  if (out.visit.tenant.suspended) return not_found("not_found", "This question is over.");
  out.visit.language = choose_language(request, out.visit.tenant);
  if (auto zone = Zone::load(out.visit.tenant.zone)) out.visit.zone = std::move(*zone);
  out.wish = std::move(*wish);
  return out;
}

// A mailbox's scanner opens links: only a button changes anything.
Result<http::Reply> show_asked(App& app, const http::Request& request) {
  FLEAD_TRY(const auto asked,
            app.store.read([&](store::Tx& tx) { return load_asked(app, tx, request); }));
  const Language language = asked.visit.language;
  Page page =
      booking_page("host_wish", language, asked.visit.tenant, text("host.wish_title", language));
  page.data.set("TEXT", asked.wish.shown).set("NAME", asked.visit.host.name);
  page.data.set("URL", "/h/method/" + percent_encode(request.param("token")));
  page.data.show_if("ASKED", asked.wish.state == "asked");
  if (asked.wish.due_at) {
    page.data.add("DUE").set(
        "TEXT", text_with("host.method_due", language,
                          {{"when", format_wall_long(asked.visit.zone.wall(*asked.wish.due_at),
                                                     language_name(language))}}));
  }
  http::Reply reply = render(200, page);
  reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer");
  return reply;
}

Result<http::Reply> answer_asked(App& app, const http::Request& request) {
  FLEAD_TRY(const auto fields, http::parse_form(request.body));
  const std::string said = field_value(fields, "do");
  if (said != "yes" && said != "no") return refused_field("do", "do_invalid", "It is yes or no.");
  FLEAD_CHECK(app.store.write([&](store::Tx& tx) -> Status {
    FLEAD_TRY(const auto asked, load_asked(app, tx, request));
    if (said == "yes") {
      FLEAD_CHECK(
          money::confirm_wish(app, tx, asked.visit.tenant, wishing(asked.visit.host), asked.wish));
      return {};
    }
    // Somebody else has a link or a session of theirs.
    FLEAD_CHECK(money::drop_wish(app, tx, asked.wish, "it was not the host"));
    return booking::end_logins(tx, asked.visit.host.id);
  }));
  const std::string to =
      said == "yes" ? "/h/method/" + percent_encode(request.param("token")) : "/h";
  return http::redirect(303, to).header("cache-control", "no-store");
}

template <Result<http::Reply> (*answer)(App&, const http::Request&)>
http::Reply reply_with_method(App& app, const http::Request& request) {
  auto reply = answer(app, request);
  return reply ? std::move(*reply) : http::failure(reply.error());
}

}  // namespace

void add_host_method_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/h/method",
                   .handler = reply_with_method<show_host_method>,
                   .operation = "getHostMethod",
                   .summary = "How a host is paid, and a form to be paid another way",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {401}});
  table.push_back({.method = "POST",
                   .pattern = "/h/method",
                   .handler = reply_with_method<change_host_method>,
                   .operation = "changeHostMethod",
                   .summary = "The host asks to be paid another way, or calls that off",
                   .body_types = {api::k_form_type},
                   .request_schema = "HostMethodForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {401, 403, 409, 422}});
  table.push_back({.method = "GET",
                   .pattern = "/h/method/{token}",
                   .handler = reply_with_method<show_asked>,
                   .operation = "getHostWish",
                   .summary = "Was it the host who asked to be paid another way?",
                   .query = {{"lang", "Language"}},
                   .response_type = "text/html",
                   .refusals = {404}});
  table.push_back({.method = "POST",
                   .pattern = "/h/method/{token}",
                   .handler = reply_with_method<answer_asked>,
                   .operation = "answerHostWish",
                   .summary = "The host says yes, or that it was somebody else",
                   .body_types = {api::k_form_type},
                   .request_schema = "HostWishForm",
                   .success = 303,
                   .response_type = "text/html",
                   .refusals = {404, 409, 422}});
}

}  // namespace flead::pages
