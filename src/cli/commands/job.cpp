// `flead job ...`: the queue behind everything that happens later.
#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/app.h"
#include "core/jobs/jobs.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

struct JobOptions {
  std::string id;
  jobs::Filter filter;
  PageOptions page;
};

Status list_jobs(Context& context, const JobOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, JobIdTag::k_prefix));
  FLEAD_TRY(App * app, context.app());
  jobs::Filter filter = options.filter;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  if (context.globals.tenant) {
    FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
    filter.tenant = tenant.id;
  }
  FLEAD_TRY(auto found, app->store.read([&](store::Tx& tx) { return jobs::list(tx, filter); }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const jobs::Job& job : found) rows.push_back(jobs::to_json(job));
  return context.print_list(rows,
                            {"id", "kind", "state", "attempt", "run_at", "subject", "last_error"},
                            jobs::to_json(jobs::Job{}));
}

using Change = Result<jobs::Job> (*)(World&, store::Tx&, const JobId&);

Status change_job(Context& context, const JobOptions& options, Change change) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const jobs::Job job, app->store.write([&](store::Tx& tx) {
    return change(app->world, tx, JobId(options.id));
  }));
  return context.print_object(jobs::to_json(job));
}

}  // namespace

void add_job_commands(Command& root) {
  Command& job = root.sub("job").group(Group::jobs).summary("The queue: what waits, runs or died");
  auto options = std::make_shared<JobOptions>();
  Command& list = job.sub("list");
  list.summary("List jobs, newest first")
      .description("Of every tenant unless --tenant names one.")
      .example("flead job list --state dead")
      .option("--state", options->filter.state, "Only jobs in this state")
      .choices({"ready", "running", "done", "dead", "cancelled"})
      .option("--kind", options->filter.kind, "Only this kind, such as lead.greet")
      .option("--subject ID", options->filter.subject_id,
              "Only about this lead, message or booking");
  add_page_options(list, options->page, "jobs that were made");
  list.prints(fields_of<jobs::Job>).run([options](Context& context) {
    return list_jobs(context, *options);
  });
  job.sub("show")
      .summary("Show one job with its payload and last error")
      .example("flead job show job_01k9x0000000000000000000000")
      .positional("JOB", options->id, "Its id, from `job list`")
      .prints(fields_of<jobs::Job>)
      .run([options](Context& context) -> Status {
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const jobs::Job found, app->store.read([&](store::Tx& tx) {
          return jobs::load(tx, JobId(options->id));
        }));
        return context.print_object(jobs::to_json(found));
      });
  job.sub("retry")
      .summary("Run a dead, cancelled or waiting job now, with fresh attempts")
      .example("flead job retry job_01k9x0000000000000000000000")
      .positional("JOB", options->id, "Its id, from `job list`")
      .writes()
      .prints(fields_of<jobs::Job>)
      .run([options](Context& context) { return change_job(context, *options, jobs::retry); });
  job.sub("cancel")
      .summary("Give a waiting job up")
      .description("A message that waits for the job is cancelled with it.")
      .example("flead job cancel job_01k9x0000000000000000000000")
      .positional("JOB", options->id, "Its id, from `job list`")
      .writes()
      .prints(fields_of<jobs::Job>)
      .run([options](Context& context) { return change_job(context, *options, cancel_job); });
}

}  // namespace flead::cli
