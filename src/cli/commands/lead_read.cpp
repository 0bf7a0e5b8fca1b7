// `flead lead list|show|timeline`, and the filters that `export leads` shares.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands/lead_commands.h"
#include "cli/io/page.h"
#include "core/base/limits.h"

namespace flead::cli {

namespace {

struct LeadListOptions {
  LeadFilterOptions filter;
  PageOptions page;
};

Status run_lead_list(Context& context, const LeadListOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, LeadIdTag::k_prefix));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(auto filter, read_lead_filter(context, options.filter));
  filter.from = page.since;
  filter.to = page.until;
  filter.after_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(auto leads,
            app->store.read([&](store::Tx& tx) { return intake::list(tx, tenant.id, filter); }));
  cut_page(context, page, leads);
  Json::Array rows;
  for (const intake::Lead& lead : leads) rows.push_back(intake::to_json(lead));
  std::vector<std::string> columns = {"id",    "created_at", "status",  "name",
                                      "phone", "email",      "channel", "source"};
  if (options.filter.needs_human) {
    columns = {"id", "needs_human_at", "needs_human_why", "status", "name", "phone", "email"};
  }
  return context.print_list(rows, columns, intake::to_json(intake::Lead{}));
}

Status run_lead_show(Context& context, const std::string& named) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto lead, named_lead(*app, tenant, named));
  return context.print_object(lead_object(*app, tenant, lead));
}

struct LeadTimelineOptions {
  std::string lead;
  PageOptions page;
};

Status run_lead_timeline(Context& context, const LeadTimelineOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, EventIdTag::k_prefix));
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto lead, named_lead(*app, tenant, options.lead));
  FLEAD_TRY(auto events, app->store.read([&](store::Tx& tx) {
    return intake::timeline(tx, tenant.id, lead.id, page.after_id, page.limit + 1);
  }));
  cut_page(context, page, events);
  Json::Array rows;
  for (const intake::Event& event : events) rows.push_back(intake::to_json(event));
  return context.print_list(rows, {"at", "kind", "actor", "data"},
                            intake::to_json(intake::Event{}));
}

}  // namespace

void add_lead_filter_options(Command& command, LeadFilterOptions& options) {
  command.option("--status", options.status, "Only leads in this state")
      .choices(intake::statuses())
      .option("--suspect", options.suspect, "Only suspects: the same as --status suspect")
      .option("--needs-human", options.needs_human,
              "Only leads that asked for a person, or that no channel reached")
      .option("--channel KIND", options.channel, "Only leads that prefer this kind of channel")
      .option("--source WORD", options.source, "Only leads of this source or utm_source")
      .option("--tag", options.tag, "Only leads with this tag")
      .option("--assignee WHO", options.assignee, "Only leads of this person")
      .option("--query TEXT", options.query,
              "A phone, an e-mail, how one begins, or part of a name (of the newest 100,000)");
}

Result<intake::LeadFilter> read_lead_filter(Context& context, const LeadFilterOptions& options) {
  FLEAD_TRY(const auto tenant, context.tenant());
  intake::LeadFilter filter;
  filter.status = options.suspect ? "suspect" : options.status;
  if (options.suspect && !options.status.empty() && options.status != filter.status) {
    return usage_error("bad_status", "A suspect has no other status: leave out --status.");
  }
  filter.needs_human = options.needs_human;
  filter.channel = options.channel;
  filter.source = options.source;
  filter.tag = options.tag;
  filter.assignee = options.assignee;
  filter.query = options.query;
  filter.region = tenant.region;
  return filter;
}

void add_lead_read_verbs(Command& lead) {
  auto list = std::make_shared<LeadListOptions>();
  Command& list_verb = lead.sub("list");
  list_verb.summary("List leads, newest first");
  add_lead_filter_options(list_verb, list->filter);
  add_page_options(list_verb, list->page, "leads that came");
  list_verb.prints(fields_of<intake::Lead>)
      .example("flead lead list --status new --json")
      .example("flead lead list --query '8 916 000-00-01'", "by phone, however it is written")
      .example("flead lead list --suspect", "what looks like spam; flead help spam says why")
      .example("flead lead list --needs-human", "flead chat send or flead chat done ends that")
      .run([list](Context& context) { return run_lead_list(context, *list); });

  auto show = std::make_shared<std::string>();
  lead.sub("show")
      .summary("Show one lead")
      .example("flead lead show +79160000001 --json")
      .positional("LEAD", *show, "Its id, phone or e-mail")
      .prints(lead_fields)
      .run([show](Context& context) { return run_lead_show(context, *show); });

  auto timeline = std::make_shared<LeadTimelineOptions>();
  timeline->page.limit = k_page_max;
  lead.sub("timeline")
      .summary("Show what happened to a lead, oldest first")
      .example("flead lead timeline +79160000001")
      .positional("LEAD", timeline->lead, "Its id, phone or e-mail")
      .option("--limit N", timeline->page.limit, k_limit_text)
      .option("--cursor ID", timeline->page.cursor, "Go on after this event")
      .not_empty()
      .prints(fields_of<intake::Event>)
      .run([timeline](Context& context) { return run_lead_timeline(context, *timeline); });
}

}  // namespace flead::cli
