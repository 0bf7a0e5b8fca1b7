// `flead canary ...`: does a lead still find its way from the public address to the channel?
#include <poll.h>

#include <memory>

#include <fmt/format.h>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/upkeep/canary.h"

namespace flead::cli {
namespace {

struct CanaryFlags {
  std::string url, to;
  std::string timeout = "60s";
  std::optional<std::int64_t> expect_leads;
  std::string within = "3d";
};

constexpr std::int64_t k_expected_leads_max = 1000000;

// Silence is a fault too: nothing is posted, only counted.
Status expect_leads(Context& context, const CanaryFlags& flags) {
  const auto within = parse_duration_ms(flags.within);
  if (!within || *within == 0) {
    return usage_error("bad_within", "--within is a duration such as 3d");
  }
  if (*flags.expect_leads < 1 || *flags.expect_leads > k_expected_leads_max) {
    return usage_error("bad_number",
                       fmt::format("--expect-leads is 1 to {}", k_expected_leads_max));
  }
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const std::int64_t leads, app->store.read([&](store::Tx& tx) {
    return intake::count_real_leads(tx, tenant.id, app->world.clock.now() - *within,
                                    *flags.expect_leads);
  }));
  const bool enough = leads >= *flags.expect_leads;
  FLEAD_CHECK(context.print_object(Json::object({{"state", enough ? "passed" : "failed"},
                                                 {"leads", leads},
                                                 {"expected", *flags.expect_leads},
                                                 {"within", format_duration(*within)}})));
  if (enough) return {};
  return unmet("leads_missing",
               fmt::format("{} of {} expected leads came within {}.", leads, *flags.expect_leads,
                           format_duration(*within)),
               "flead canary run tells whether the way is open.");
}

Result<upkeep::CanaryPlan> make_plan(const CanaryFlags& flags) {
  upkeep::CanaryPlan plan;
  plan.url = flags.url;
  plan.to = flags.to;
  const auto wait = parse_duration_ms(flags.timeout);
  if (!wait || *wait == 0 || *wait > k_hour_ms) {
    return usage_error("bad_timeout", "--timeout is a duration up to 1h, such as 60s");
  }
  plan.wait_ms = *wait;
  plan.pause = [](std::int64_t ms) { return ::poll(nullptr, 0, static_cast<int>(ms)) == 0; };
  return plan;
}

Status run_canary(Context& context, const CanaryFlags& flags) {
  if (flags.expect_leads) return expect_leads(context, flags);
  FLEAD_TRY(const upkeep::CanaryPlan plan, make_plan(flags));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const intake::CanaryRun run, upkeep::run_canary(*app, tenant, plan));
  if (context.wants_json()) {
    FLEAD_CHECK(context.print_object(upkeep::to_json(run)));
  } else {
    FLEAD_CHECK(context.print_list(run.hops.items(), {"hop", "ok", "ms", "detail"}));
  }
  const std::string failed = upkeep::failed_hop(run);
  if (failed.empty()) return {};
  std::string why;
  for (const Json& hop : run.hops.items()) {
    if (hop.text("hop") == failed) why = hop.text("detail").value_or("");
  }
  return unmet("canary_failed", fmt::format("The canary failed at {}: {}.", failed, why),
               "The hops: health, intake, store, channel, booking, removed.");
}

Status list_runs(Context& context, std::int64_t limit) {
  FLEAD_CHECK(check_limit(limit));
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto runs, app->store.read([&](store::Tx& tx) {
    return intake::list_canaries(tx, tenant.id, limit);
  }));
  Json::Array rows;
  for (const intake::CanaryRun& run : runs) rows.push_back(upkeep::to_json(run));
  return context.print_list(rows, {"id", "state", "failed_hop", "started_at", "ended_at"},
                            upkeep::to_json(intake::CanaryRun{}));
}

}  // namespace

void add_canary_commands(Command& root) {
  Command& canary = root.sub("canary")
                        .group(Group::jobs)
                        .summary("Does a lead still find its way from the form to the channel?");
  auto flags = std::make_shared<CanaryFlags>();
  canary.sub("run")
      .summary("Post a marked lead, follow it to the channel, remove it; exit 8 when it fails")
      .description(
          "The lead goes through the public address as a visitor's would. Hops: the address "
          "answers (health), the lead is accepted (intake), it is in this store with its event, "
          "consent and job (store), its greeting was accepted by the channel (channel), the "
          "booking link answers (booking). Then it is removed with all its traces and figures, "
          "whatever failed before (removed). Somebody must work: serve, or work.\n\n"
          "The greeting goes to --to or the setting canary.to; without both an e-mail channel "
          "writes to its own address with +canary in it, and SMS need one of the two.\n\n"
          "--expect-leads posts nothing: it counts real leads, and fails when too few came.")
      .example("flead canary run", "from cron, every hour")
      .example("flead canary run --to me@example.org --json")
      .example("flead canary run --expect-leads 1 --within 3d", "alarm on silence")
      .option("--url URL", flags->url, "The address to post to; default the public address")
      .option("--to ADDRESS", flags->to, "Who gets the greeting: an e-mail address or a phone")
      .option("--timeout TIME", flags->timeout, "How long each hop may take; default 60s")
      .option("--expect-leads N", flags->expect_leads, "Only count: so many leads must have come")
      .option("--within TIME", flags->within, "In this time until now; default 3d")
      .no_dry_run("sends a message")
      .prints([] {
        return upkeep::to_json(intake::CanaryRun{})
            .set("leads", 0)
            .set("expected", 0)
            .set("within", "");
      })
      .run([flags](Context& context) { return run_canary(context, *flags); });
  auto limit = std::make_shared<std::int64_t>(k_page_default);
  canary.sub("list")
      .summary("List runs, newest first")
      .example("flead canary list")
      .option("--limit", *limit, k_limit_text)
      .prints([] { return upkeep::to_json(intake::CanaryRun{}); })
      .run([limit](Context& context) { return list_runs(context, *limit); });
}

}  // namespace flead::cli
