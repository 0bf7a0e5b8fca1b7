// `flead route ...`: in what order a person's channels are tried, and why one is.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/commands/lead_commands.h"
#include "cli/io/context.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/outbox.h"
#include "core/channels/route.h"
#include "core/channels/route_explain.h"
#include "core/channels/route_log.h"

namespace flead::cli {
namespace {

using RouteSteps = std::vector<channels::RouteStep>;

bool is_meant(const channels::Channel& channel, const channels::RouteStep& step) {
  return channel.name == step.channel || channel.kind == step.channel;
}

// A step with the channels that it means today: none for a kind that is yet to be added.
Json route_row(int number, const channels::RouteStep& step,
               const std::vector<channels::Channel>& live) {
  Json names = Json::array();
  for (const channels::Channel& channel : live) {
    if (is_meant(channel, step)) names.push(channel.name);
  }
  return Json::object({{"step", number},
                       {"channel", step.channel},
                       {"wait", step.wait_ms > 0 ? Json(format_duration(step.wait_ms)) : Json()},
                       {"channels", std::move(names)}});
}

Json route_row_fields() {
  return route_row(0, {}, {});
}

Json::Array route_rows(const RouteSteps& steps, const std::vector<channels::Channel>& live) {
  Json::Array rows;
  for (const channels::RouteStep& step : steps) {
    rows.push_back(route_row(static_cast<int>(rows.size()) + 1, step, live));
  }
  return rows;
}

// Every step must be something that there is, or could be: a word that is misspelt would be passed
// over in silence for ever.
Status check_steps(const RouteSteps& steps, const std::vector<channels::Channel>& live) {
  std::vector<std::string> kinds;
  for (const channels::Provider& provider : channels::providers()) {
    kinds.emplace_back(provider.kind);
  }
  std::vector<std::string> names;
  for (const channels::Channel& channel : live) names.push_back(channel.name);
  for (const channels::RouteStep& step : steps) {
    const auto is_same = [&](const std::string& word) { return word == step.channel; };
    if (std::any_of(kinds.begin(), kinds.end(), is_same)) continue;
    if (std::any_of(names.begin(), names.end(), is_same)) continue;
    std::vector<std::string> known = names;
    known.insert(known.end(), kinds.begin(), kinds.end());
    const std::string near = nearest(step.channel, known);
    return refused("route_channel_unknown",
                   fmt::format("There is no channel or kind '{}'{}", step.channel,
                               near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                   fmt::format("Channels: {}. Kinds: {}.",
                               names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")),
                               fmt::join(kinds, ", ")));
  }
  return {};
}

void say_order(Context& context) {
  std::string kinds;
  for (const channels::Provider& provider : channels::providers()) {
    if (provider.capabilities.real) {
      kinds += (kinds.empty() ? "" : ", ") + std::string(provider.kind);
    }
  }
  context.say("No route: first the kind that a lead prefers, then where it wrote last, then " +
              kinds + ".");
}

Status set_route(Context& context, const std::string& text) {
  FLEAD_TRY(const RouteSteps steps, channels::parse_route(text));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  using Channels = std::vector<channels::Channel>;
  FLEAD_TRY(const Channels live, app->store.write([&](store::Tx& tx) -> Result<Channels> {
    FLEAD_TRY(auto known, channels::list(tx, tenant.id));
    FLEAD_CHECK(check_steps(steps, known));
    FLEAD_CHECK(
        tenants::set_setting(app->world, tx, tenant.id, "route", channels::format_route(steps)));
    return known;
  }));
  FLEAD_CHECK(context.print_list(route_rows(steps, live), {"step", "channel", "wait", "channels"},
                                 route_row_fields()));
  if (steps.empty()) say_order(context);
  for (const channels::RouteStep& step : steps) {
    const auto meant = [&](const channels::Channel& channel) { return is_meant(channel, step); };
    if (std::any_of(live.begin(), live.end(), meant)) continue;
    context.say(
        fmt::format("There is no {0} yet, so that step is passed over: flead channel add "
                    "{0}",
                    step.channel));
  }
  return {};
}

void add_route_set(Command& route) {
  auto text = std::make_shared<std::string>();
  route.sub("set")
      .summary("Set in what order channels are tried, and how long each may take")
      .description(
          "A step is a kind or the name of a channel, and how long to wait there for a sign of "
          "life (delivered, an answer, a booking) before the next: 1m to 72h. A step without a "
          "time is left only when it fails. What a step cannot do is passed over at once: a "
          "channel that the person has not come to, has left, or that a rule forbids. An empty "
          "route is none.")
      .example("flead route set 'max 10m, telegram 10m, sms'")
      .example("flead route set 'max 10m → telegram 10m → sms'", "the same")
      .example("flead route set ''", "no route of your own any more")
      .positional("ROUTE", *text, "Steps, joined by commas or arrows")
      .writes()
      .prints(route_row_fields)
      .run([text](Context& context) { return set_route(context, *text); });
}

void add_route_clear(Command& route) {
  route.sub("clear")
      .summary("Forget the route: channels are tried in the usual order")
      .example("flead route clear")
      .writes()
      .prints(route_row_fields)
      .run([](Context& context) { return set_route(context, ""); });
}

struct ShownPolicy {
  RouteSteps steps;
  std::vector<channels::Channel> live;
  std::string quiet, foreign, cost_max;
};

Json policy_object(const ShownPolicy& shown) {
  return Json::object({{"route", channels::format_route(shown.steps)},
                       {"steps", route_rows(shown.steps, shown.live)},
                       {"quiet_hours", shown.quiet},
                       {"foreign", shown.foreign},
                       {"cost_max", shown.cost_max.empty() ? Json() : Json(shown.cost_max)}});
}

Status show_route(Context& context) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto shown, app->store.read([&](store::Tx& tx) -> Result<ShownPolicy> {
    ShownPolicy out;
    FLEAD_TRY(auto policy, channels::load_policy(tx, tenant.id));
    out.steps = std::move(policy.steps);
    FLEAD_TRY(out.live, channels::list(tx, tenant.id));
    FLEAD_TRY(out.quiet, tenants::setting(tx, tenant.id, "quiet.hours"));
    FLEAD_TRY(out.foreign, tenants::setting(tx, tenant.id, "channels.foreign"));
    FLEAD_TRY(out.cost_max, tenants::setting(tx, tenant.id, "route.cost_max"));
    return out;
  }));
  FLEAD_CHECK(context.print_object(policy_object(shown)));
  if (shown.steps.empty()) say_order(context);
  return {};
}

void add_route_show(Command& route) {
  route.sub("show")
      .summary("Show the route and the settings that it obeys")
      .description(
          "These are quiet.hours, channels.foreign and route.cost_max; `flead config set` changes "
          "them.")
      .example("flead route show")
      .prints([] { return policy_object({}); })
      .run([](Context& context) { return show_route(context); });
}

// What the explanation of one lead's route is made of.
struct LeadRoute {
  std::vector<channels::Channel> live;
  std::vector<channels::RouteAnswer> answers;
  std::vector<channels::RouteLine> lines;
  std::vector<channels::Message> messages;
  std::optional<TimeMs> quiet_until;
};

Result<LeadRoute> load_lead_route(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                  const intake::Lead& lead, const std::string& zone) {
  LeadRoute out;
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(out.live, channels::list(tx, tenant.id));
  FLEAD_TRY(const auto person, channels::load_person(tx, lead, "service"));
  FLEAD_TRY(const auto policy, channels::load_policy(tx, tenant.id));
  out.answers = channels::explain_route(out.live, person, policy, now);
  if (policy.quiet) out.quiet_until = channels::quiet_until(*policy.quiet, zone, now);
  FLEAD_TRY(out.lines, channels::route_of(tx, tenant.id, lead.id, k_page_max));
  channels::MessageFilter filter;
  filter.lead_id = lead.id.text();
  filter.limit = k_page_max;
  FLEAD_TRY(out.messages, channels::list_messages(tx, tenant.id, filter));
  return out;
}

// When it became what it is.
TimeMs settled_at(const channels::Message& message) {
  for (const auto& at : {message.read_at, message.delivered_at, message.sent_at}) {
    if (at) return *at;
  }
  return std::max(message.updated_at, message.created_at);
}

struct PastRow {
  TimeMs at = 0;
  std::string channel, outcome, reason;
  std::optional<MessageId> message;
};

// What became of each message, and the lines of the route's log that say more than that; oldest
// first.
std::vector<PastRow> past_rows(const LeadRoute& route) {
  std::vector<PastRow> rows;
  for (const channels::Message& message : route.messages) {
    PastRow row{settled_at(message), message.channel_kind, message.state, "", message.id};
    for (const channels::Channel& channel : route.live) {
      if (channel.id == message.channel) row.channel = channel.name;
    }
    const bool fine = message.sent_at || message.delivered_at || message.read_at;
    if (!fine) row.reason = message.provider_says;
    rows.push_back(std::move(row));
  }
  for (const channels::RouteLine& line : route.lines) {
    const auto is_its = [&](const channels::Message& message) {
      return message.id == line.message;
    };
    const bool told = std::any_of(route.messages.begin(), route.messages.end(), is_its);
    if (line.outcome == "taken" && told) continue;
    rows.push_back({line.at, line.channel, line.outcome, line.reason, line.message});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PastRow& a, const PastRow& b) { return a.at < b.at; });
  return rows;
}

// The same members as an answer of channels::to_json() has.
Json past_object(const PastRow& row) {
  return Json::object({{"channel", row.channel},
                       {"outcome", row.outcome},
                       {"reason", row.reason},
                       {"why", channels::reason_sentence(row.reason)},
                       {"wait", Json()},
                       {"at", format_time(row.at)},
                       {"message", row.message ? Json(row.message->text()) : Json()}});
}

void say_outlook(Context& context, const LeadRoute& route, const std::string& zone) {
  std::string_view next;
  for (const channels::RouteAnswer& answer : route.answers) {
    if (answer.outcome == "next") next = answer.channel;
  }
  context.say(next.empty()
                  ? "No active channel reaches this person now: flead lead list --needs-human"
                  : fmt::format("A message that starts now goes by {}.", next));
  if (!route.quiet_until) return;
  const auto known = Zone::load(zone);
  const Zone here = known ? *known : Zone::utc();
  context.say(
      fmt::format("It is quiet until {} ({}): what flead sends by itself waits, answers to "
                  "what a person has just done do not.",
                  format_wall(here.wall(*route.quiet_until)), here.name()));
}

Status explain_lead_route(Context& context, const std::string& named) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto lead, named_lead(*app, tenant, named));
  const std::string zone = lead.zone.empty() ? tenant.zone : lead.zone;
  FLEAD_TRY(const auto route, app->store.read([&](store::Tx& tx) {
    return load_lead_route(*app, tx, tenant, lead, zone);
  }));
  Json::Array rows;
  for (const PastRow& row : past_rows(route)) rows.push_back(past_object(row));
  for (const channels::RouteAnswer& answer : route.answers) {
    rows.push_back(channels::to_json(answer));
  }
  FLEAD_CHECK(context.print_list(rows, {"at", "channel", "outcome", "wait", "reason", "why"},
                                 channels::to_json(channels::RouteAnswer{})));
  say_outlook(context, route, zone);
  return {};
}

void add_route_explain(Command& route) {
  auto lead = std::make_shared<std::string>();
  route.sub("explain")
      .summary("Say for each channel what happened to a lead there, what would now, and why")
      .description(
          "First what happened, oldest first: what became of each message, and what the route "
          "passed over. Then, without a time, what would become of a message that flead starts "
          "now: next is the channel that it goes by, later follows when that one fails or stays "
          "silent for the time of its step, skipped is passed over. An answer by `chat send` goes "
          "first where the person wrote last. Reason is a word for programs, why the same as a "
          "sentence.")
      .example("flead route explain +79160000001")
      .example("flead route explain anna@example.org --json=at,channel,outcome,reason")
      .positional("LEAD", *lead, "Its id, phone or e-mail")
      .prints(fields_of<channels::RouteAnswer>)
      .run([lead](Context& context) { return explain_lead_route(context, *lead); });
}

}  // namespace

void add_route_commands(Command& root) {
  Command& route = root.sub("route")
                       .group(Group::channels)
                       .summary("Which channel reaches a person first, and why");
  add_route_set(route);
  add_route_clear(route);
  add_route_show(route);
  add_route_explain(route);
}

}  // namespace flead::cli
