// `flead trigger KIND.EVENT`: makes a provider's double call the hook, for CI and for trying.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/channels/transport.h"
#include "core/money/pay_account.h"

namespace flead::cli {
namespace {

// The double calls the hook up to a hundred times, and waits for each answer.
constexpr int k_trigger_timeout_ms = 120'000;

struct TriggerOptions {
  std::string event;
  std::vector<std::string> set;
  std::string mock = "http://127.0.0.1:9090";
  bool no_url = false;
};

struct EventName {
  std::string kind, type;
};

// Events of a payment provider are named by what they are about: payment.succeeded.
struct Subject {
  std::string_view word, kind;
};
constexpr Subject k_subjects[] = {
    {"payment", "yookassa"}, {"refund", "yookassa"}, {"payout", "yookassa"}};

Result<EventName> parse_event_name(const std::string& text) {
  const std::size_t dot = text.find('.');
  EventName name{text.substr(0, dot), dot == std::string::npos ? "" : text.substr(dot + 1)};
  constexpr const char* k_letters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  for (const std::string* word : {&name.kind, &name.type}) {
    if (word->empty() || word->find_first_not_of(k_letters) != std::string::npos) {
      return usage_error("bad_event", "An event is KIND.EVENT, such as telegram.message",
                         "flead mock serve --help names the events");
    }
  }
  if (name.kind == "smsc") name.kind = "sms";  // the provider's own name for itself
  for (const Subject& subject : k_subjects) {
    if (name.kind != subject.word) continue;
    name.kind = subject.kind;
    name.type = text;
  }
  return name;
}

// What doubles read as text, even when it is made of digits: a phone, a token, "2026" as an answer.
constexpr std::string_view k_text_settings[] = {
    "amount",      "app_secret", "challenge", "event_id",   "from",
    "hash",        "id",         "mes",       "message_id", "name",
    "payload",     "payment",    "phone",     "ref",        "secret",
    "text",        "to",         "url",       "username",   "phone_number_id",
    "verify_token"};

Json event_value(std::string_view name, const std::string& text) {
  if (std::find(std::begin(k_text_settings), std::end(k_text_settings), name) !=
      std::end(k_text_settings)) {
    return text;
  }
  auto json = parse_json(text);
  if (!json || json->is_null() || json->is_text()) return text;
  return std::move(*json);
}

Result<Json> read_event(const TriggerOptions& options, const EventName& name) {
  Json event = Json::object({{"type", name.type}});
  for (const std::string& pair : options.set) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return usage_error("bad_setting", "--set takes NAME=VALUE, not '" + pair + "'");
    }
    const std::string key = pair.substr(0, equals);
    if (key == "type") return usage_error("bad_setting", "The type is the word after the dot");
    event.set(key, event_value(key, pair.substr(equals + 1)));
  }
  if (options.no_url && event.find("url") != nullptr) {
    return usage_error("url_conflict", "Either --no-url or --set url=..., not both");
  }
  return event;
}

// The hook of the tenant's first account with this payment provider; "" where there is none.
Result<std::string> own_pay_hook(App& app, const TenantId& tenant, const std::string& provider) {
  FLEAD_TRY(const auto known,
            app.store.read([&](store::Tx& tx) { return money::list_pay_accounts(tx, tenant); }));
  for (const money::PayAccount& account : known) {
    const bool meant = account.provider == provider && account.status != "removed";
    if (meant) return money::pay_hook_url(app, account);
  }
  return std::string();
}

// The hook of the tenant's first channel of this kind, or account with this payment provider. ""
// where there is none, or where flead asks the provider instead: then the event has to wait at the
// double. CI may have no store at all.
Result<std::string> own_hook(Context& context, const std::string& kind) {
  const auto app = context.app();
  if (!app && app.error().code == "store_missing") return std::string();
  if (!app) return app.error();
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  if (kind == "yookassa") return own_pay_hook(**app, tenant.id, kind);
  FLEAD_TRY(const auto known,
            (*app)->store.read([&](store::Tx& tx) { return channels::list(tx, tenant.id); }));
  for (const channels::Channel& channel : known) {
    if (channel.kind != kind) continue;
    if (channel.state.boolean("pull").value_or(false)) return std::string();
    // Its address has a word in it that only the double was told.
    if (kind == "chatwoot") return std::string();
    return channels::hook_url(**app, channel);
  }
  return std::string();
}

Result<std::string> mock_address(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  const bool web = text.starts_with("http://") || text.starts_with("https://");
  if (!web || has_control_characters(text) || text.find(' ') != std::string_view::npos) {
    return usage_error("bad_mock", "--mock is the address of a double",
                       "Such as http://127.0.0.1:9090");
  }
  return std::string(text);
}

Error with_hint(Error error, std::string hint) {
  error.hint = std::move(hint);
  return error;
}

// What the double says: the answers of the hook, or why there are none.
Result<Json> ask_double(channels::Transport& transport, const std::string& mock,
                        const EventName& name, const Json& event) {
  channels::HttpRequest request;
  request.url = mock + "/_mock/" + name.kind + "/event";
  request.label = "mock event";
  request.headers = {{"content-type", "application/json"}};
  request.body = event.dump();
  request.timeout_ms = k_trigger_timeout_ms;
  const channels::HttpReply reply = transport.http(request);
  const std::string start = "flead mock serve " + name.kind + " starts one";
  if (reply.status == 0) {
    return with_hint(provider_error("mock_unreachable",
                                    fmt::format("No double answers at {}", mock), reply.error),
                     start);
  }
  const auto body = parse_json(reply.body);
  if (reply.status == 404) {
    return with_hint(
        provider_error("mock_unreachable",
                       fmt::format("No double of {} is served at {}", name.kind, mock)),
        start);
  }
  if (reply.status >= 400 && reply.status < 500) {
    const std::string why = body ? body->text("detail").value_or("") : "";
    return usage_error("event_refused",
                       "The double makes no such event: " +
                           (why.empty() ? std::string("it does not say why") : why),
                       "flead mock serve --help names the events and their values");
  }
  if (reply.status != 200 || !body || !body->is_object()) {
    return provider_error("mock_failed",
                          fmt::format("The double at {} answered {}", mock, reply.status));
  }
  return *body;
}

Json answer_row(const Json& answer) {
  return Json::object({{"status", answer.integer("status").value_or(0)},
                       {"body", answer.text("body").value_or("")},
                       {"error", answer.text("error").value_or("")}});
}

Status trigger(Context& context, const TriggerOptions& options) {
  FLEAD_TRY(const EventName name, parse_event_name(options.event));
  FLEAD_TRY(Json event, read_event(options, name));
  FLEAD_TRY(const std::string mock, mock_address(options.mock));
  if (!options.no_url && event.find("url") == nullptr) {
    FLEAD_TRY(const std::string url, own_hook(context, name.kind));
    if (!url.empty()) event.set("url", url);
  }
  // Not the App's: with --no-url there need not be a store.
  if (!context.ports().make_transport) return internal_error("this program calls nobody");
  const auto transport = context.ports().make_transport();
  FLEAD_TRY(const Json answered, ask_double(*transport, mock, name, event));
  Json::Array rows;
  const Json* bad = nullptr;
  const Json* data = answered.find("data");
  if (data != nullptr) {
    for (const Json& answer : data->items()) {
      rows.push_back(answer_row(answer));
      const std::int64_t status = answer.integer("status").value_or(0);
      if (bad == nullptr && (status < 200 || status > 299)) bad = &answer;
    }
  }
  FLEAD_CHECK(context.print_list(rows, {"status", "body", "error"}, answer_row({})));
  if (answered.boolean("kept").value_or(false)) {
    context.say("No hook is known: the event waits at the double until it is asked for.");
  }
  if (bad == nullptr) return {};
  const std::int64_t status = bad->integer("status").value_or(0);
  return provider_error("hook_failed", status > 0 ? fmt::format("The hook answered {}", status)
                                                  : std::string("The hook did not answer"));
}

}  // namespace

void add_trigger_command(Command& root) {
  auto options = std::make_shared<TriggerOptions>();
  root.sub("trigger")
      .group(Group::jobs)
      .summary("Make a provider's double call the hook, and print what the hook answered")
      .description(
          "For CI, with `flead mock serve` running. The double signs the event as the provider "
          "does and calls the hook of your channel of that kind or payment account, or url. With "
          "--no-url, and for a "
          "channel that is asked instead (--pull), it calls where it was told to, or keeps the "
          "event for whoever asks.\n\n"
          "payment.succeeded, payment.canceled, payment.waiting_for_capture, refund.succeeded, "
          "payout.succeeded and payout.canceled are YooKassa's: of the one with that id, of the "
          "newest open one (of that amount), or of a new one. payment.forged has a true id and an "
          "untrue status, payment.unknown an id that nobody has.\n\n"
          "Messengers know message, start, button and more, sms knows status and sms; `flead mock "
          "serve --help` has what each takes. Whole numbers, true, false, lists and objects go as "
          "JSON, but for values that are texts by nature: text, phone, payload. bad_signature "
          "(true) must be refused, times (1 to 100) repeats.\n\n"
          "Exit code 7 when no double answers, or when the hook does not answer 2xx.")
      .example("flead trigger telegram.message --set chat=501 --set text='Tomorrow?'")
      .example("flead trigger sms.status --set id=1000421 --set phone=79160000001 --set status=1")
      .example("flead trigger payment.succeeded --set amount=1500.00")
      .example("flead trigger max.start --set chat=777 --no-url --mock http://127.0.0.1:9191")
      .positional("EVENT", options->event, "KIND.EVENT: at whose double, and what happens there")
      .option("--set NAME=VALUE", options->set, "A value of the event; may be repeated")
      .option("--mock URL", options->mock, "Where the doubles are; default http://127.0.0.1:9090")
      .option("--no-url", options->no_url, "Leave the address of the hook to the double")
      .no_dry_run("calls the hook")
      .prints([] { return answer_row({}); })
      .run([options](Context& context) { return trigger(context, *options); });
}

}  // namespace flead::cli
