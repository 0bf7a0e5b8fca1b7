// `flead offer calcom`: an offer whose times are chosen and booked at Cal.com.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/booking/calcom_link.h"

namespace flead::cli {
namespace {

struct CalcomOptions {
  booking::NewCalcom input;
  std::optional<std::string> secret_file;
  std::string hook = "auto";
  std::int64_t limit = k_page_default;
};

Json calcom_fields() {
  return booking::to_json(booking::CalcomLink{});
}

Status connect(Context& context, const CalcomOptions& options) {
  booking::NewCalcom input = options.input;
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const bool again, app->store.read([&](store::Tx& tx) -> Result<bool> {
    FLEAD_TRY(const auto offer, booking::find_offer(tx, tenant.id, input.offer));
    FLEAD_TRY(const auto link, booking::calcom_of(tx, offer.id));
    return link.has_value();
  }));
  if (!again || options.secret_file) {
    FLEAD_TRY(input.key,
              context.read_secret(options.secret_file, "API key of Cal.com", "--secret-file"));
  }
  if (options.hook != "auto") input.hook = options.hook == "yes";
  FLEAD_TRY(const auto link, booking::connect_calcom(*app, tenant, input));
  FLEAD_CHECK(context.print_object(booking::to_json(link)));
  if (!link.hook_says.empty()) {
    context.say(fmt::format("Cal.com does not call us ({}): it is asked every 10 minutes instead.",
                            link.hook_says));
  } else if (link.webhook.empty()) {
    context.say(
        "Cal.com does not call us: it is asked every 10 minutes. With a public --base-url it tells "
        "at once.");
  }
  context.say(fmt::format("Its page: {}/b/{}/{} leads to {}", app->config.base_url, tenant.slug,
                          link.offer_slug, link.page));
  return {};
}

Status list_links(Context& context) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto links,
            app->store.read([&](store::Tx& tx) { return booking::list_calcom(tx, tenant.id); }));
  Json::Array rows;
  for (const auto& link : links) rows.push_back(booking::to_json(link));
  return context.print_list(rows, {"offer", "event_slug", "page", "hook", "synced_at", "error"},
                            calcom_fields());
}

Json call_fields() {
  return booking::to_json(booking::CalcomCall{});
}

Status list_calls(Context& context, const CalcomOptions& options) {
  FLEAD_CHECK(check_limit(options.limit));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  using Calls = std::vector<booking::CalcomCall>;
  FLEAD_TRY(const Calls calls, app->store.read([&](store::Tx& tx) -> Result<Calls> {
    FLEAD_TRY(const auto offer, booking::find_offer(tx, tenant.id, options.input.offer));
    FLEAD_TRY(const auto link, booking::calcom_of(tx, offer.id));
    if (!link) return not_found("calcom_not_connected", "This offer is not booked at Cal.com.");
    return booking::list_calcom_calls(tx, link->id, options.limit);
  }));
  Json::Array rows;
  for (const auto& call : calls) rows.push_back(booking::to_json(call));
  return context.print_list(rows, {"id", "received_at", "read_at", "uid"}, call_fields());
}

Status sync_link(Context& context, const CalcomOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto link, booking::sync_calcom(*app, tenant, options.input.offer));
  return context.print_object(booking::to_json(link));
}

Status disconnect(Context& context, const CalcomOptions& options) {
  FLEAD_CHECK(context.confirm("What is changed at Cal.com is not known here then. Go on?"));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto link, booking::disconnect_calcom(*app, tenant, options.input.offer));
  if (!link.hook_says.empty()) {
    context.say(fmt::format("Its webhook could not be taken away ({}): delete it at Cal.com.",
                            link.hook_says));
  }
  return context.print_object(booking::to_json(link));
}

void add_calcom_connect(Command& noun) {
  auto options = std::make_shared<CalcomOptions>();
  noun.sub("connect")
      .summary("Let an offer be booked at Cal.com, or at a Cal.diy of your own")
      .description(
          "The offer's page leads there, filled in for whoever comes by a link that was sent to "
          "them. What is booked, moved or called off there is so here: the lead is booked, the "
          "host's other offers are not free at that time; its length is the one there. Cal.com "
          "sends its own confirmations and reminders, so flead sends none for such a booking; it "
          "still asks how the meeting was. Cal.com calls our hook where our address is public, "
          "and is asked for changes every ten minutes in any case. Connected again, what is not "
          "said stays as it is. The key is made in Cal.com under Settings, Security.")
      .example("flead offer calcom connect session --event-type consult --secret-file key.txt")
      .example(
          "flead offer calcom connect session --event-type 812 --secret-file key.txt --base-url "
          "https://cal.example.org/api")
      .positional("OFFER", options->input.offer, "Its slug")
      .option("--event-type TYPE", options->input.event_type,
              "Number or slug; needed when there are several")
      .option("--secret-file FILE", options->secret_file, "Its API key; - reads standard input")
      .option("--base-url URL", options->input.base_url, "Another address of the API, or a double")
      .option("--page URL", options->input.page,
              "Where people book; what Cal.com says it is unless set")
      .option("--hook", options->hook, "Whether Cal.com calls us; auto asks our own address")
      .choices({"auto", "yes", "no"})
      .option("--ca-file FILE", options->input.ca_file, "Certificates to trust beside the system's")
      .no_dry_run("makes a webhook at Cal.com")
      .prints(calcom_fields)
      .run([options](Context& context) { return connect(context, *options); });
}

}  // namespace

void add_offer_calcom(Command& offer) {
  Command& noun = offer.sub("calcom").summary("Offers that are booked at Cal.com");
  add_calcom_connect(noun);
  auto options = std::make_shared<CalcomOptions>();
  noun.sub("list")
      .summary("List the connections, and when each was read")
      .example("flead offer calcom list")
      .prints(calcom_fields)
      .run(list_links);
  noun.sub("sync")
      .summary("Read now what has changed at Cal.com")
      .example("flead offer calcom sync session")
      .positional("OFFER", options->input.offer, "Its slug")
      .no_dry_run("reads from Cal.com")
      .prints(calcom_fields)
      .run([options](Context& context) { return sync_link(context, *options); });
  noun.sub("calls")
      .summary("List what Cal.com told, newest first, with the bytes in --json")
      .description(
          "Each is one call that carried our signature. A call only says which booking to read: "
          "what holds is what Cal.com answers then. Forged calls are answered 401 and not kept.")
      .example("flead offer calcom calls session --limit 20")
      .positional("OFFER", options->input.offer, "Its slug")
      .option("--limit N", options->limit, k_limit_text)
      .prints(call_fields)
      .run([options](Context& context) { return list_calls(context, *options); });
  noun.sub("disconnect")
      .summary("Book the offer here again; what was booked there stays, as ours")
      .example("flead offer calcom disconnect session --yes")
      .positional("OFFER", options->input.offer, "Its slug")
      .no_dry_run("takes a webhook away at Cal.com")
      .prints(calcom_fields)
      .run([options](Context& context) { return disconnect(context, *options); });
}

}  // namespace flead::cli
