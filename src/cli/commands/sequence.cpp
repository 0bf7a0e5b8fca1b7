// `flead sequence ...`: messages with delays, and the leads that get them.
#include <memory>
#include <utility>

#include "cli/commands/all.h"
#include "cli/commands/lead_commands.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/channels/sequence.h"

namespace flead::cli {
namespace {

constexpr const char* k_sequence_text = "Its name or id, from `sequence list`";

Status print_sequence(Context& context, const channels::Sequence& sequence) {
  return context.print_object(channels::to_json(sequence));
}

void add_sequence_new(Command& noun) {
  auto input = std::make_shared<channels::NewSequence>();
  noun.sub("new")
      .summary("Make a sequence of messages with delays")
      .description(
          "A step is a time, a colon, and words of your own or the name of a template. The time "
          "counts from the step before, of the first one from the enrolment: 0s, 30m, 4h, up to "
          "90d. Words may hold {name|friend} and {tenant}; the link to a free time is added below "
          "them (flead template show sequence.step). A sequence ends for a lead that replies, "
          "books, opts out or is lost, and is never changed once it is made.")
      .example(
          "flead sequence new follow-up --step '1d: Any questions left, {name|friend}?' "
          "--step '3d: We still have free times this week.'")
      .example("flead sequence new spring --ad --step '0s: Two lessons for the price of one.'",
               "only to people who have agreed to advertising")
      .positional("SEQUENCE", input->name, "Its name, up to 60 characters")
      .required("--step STEP", input->steps,
                "A time and words or a template, such as '2d: Any questions?'")
      .option("--ad", input->ad, "It advertises: only people who have agreed to that get it")
      .writes()
      .prints(fields_of<channels::Sequence>)
      .run([input](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto made, app->store.write([&](store::Tx& tx) {
          return channels::create_sequence(app->world, tx, tenant.id, *input);
        }));
        return print_sequence(context, made);
      });
}

struct EnrolOptions {
  std::string sequence, lead;
};

// enrol and stop differ in the operation alone.
using EnrolmentChange = Result<channels::Enrolment> (*)(App& app, store::Tx& tx,
                                                        const channels::Sequence& sequence,
                                                        const intake::Lead& lead);

Result<channels::Enrolment> enrol_lead(App& app, store::Tx& tx, const channels::Sequence& sequence,
                                       const intake::Lead& lead) {
  return channels::enrol(app, tx, sequence, lead, k_cli_actor);
}

Result<channels::Enrolment> stop_lead(App& app, store::Tx& tx, const channels::Sequence& sequence,
                                      const intake::Lead& lead) {
  return channels::stop_enrolment(app.world, tx, sequence, lead.id, k_cli_actor);
}

Status change_enrolment(Context& context, const EnrolOptions& options, EnrolmentChange change) {
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto changed, app->store.write([&](store::Tx& tx) -> Result<channels::Enrolment> {
    FLEAD_TRY(const auto sequence, channels::find_sequence(tx, tenant.id, options.sequence));
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, options.lead));
    return change(*app, tx, sequence, lead);
  }));
  return context.print_object(channels::to_json(changed));
}

void add_enrolment_verb(Command& noun, std::string_view name, std::string_view summary,
                        EnrolmentChange change) {
  auto options = std::make_shared<EnrolOptions>();
  noun.sub(name)
      .summary(summary)
      .example("flead sequence " + std::string(name) + " follow-up +79160000001")
      .positional("SEQUENCE", options->sequence, k_sequence_text)
      .positional("LEAD", options->lead, "Its id, phone or e-mail")
      .writes()
      .prints(fields_of<channels::Enrolment>)
      .run([options, change](Context& context) {
        return change_enrolment(context, *options, change);
      });
}

void add_sequence_list(Command& noun) {
  noun.sub("list")
      .summary("List sequences, and how many leads are in each")
      .example("flead sequence list")
      .prints(fields_of<channels::Sequence>)
      .run([](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
          return channels::list_sequences(tx, tenant.id);
        }));
        Json::Array rows;
        for (const auto& one : found) rows.push_back(channels::to_json(one));
        return context.print_list(rows, {"name", "purpose", "running", "done", "stopped"},
                                  channels::to_json(channels::Sequence{}));
      });
}

void add_sequence_show(Command& noun) {
  auto which = std::make_shared<std::string>();
  noun.sub("show")
      .summary("Show the steps of a sequence")
      .example("flead sequence show follow-up")
      .positional("SEQUENCE", *which, k_sequence_text)
      .prints(fields_of<channels::Sequence>)
      .run([which](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto found, app->store.read([&](store::Tx& tx) {
          return channels::find_sequence(tx, tenant.id, *which);
        }));
        return print_sequence(context, found);
      });
}

struct EnrolledOptions {
  std::optional<std::string> sequence, lead;
  std::string state;
  PageOptions page;
};

Result<std::vector<channels::Enrolment>> find_enrolled(store::Tx& tx, const tenants::Tenant& tenant,
                                                       const EnrolledOptions& options,
                                                       channels::EnrolmentFilter filter) {
  if (options.sequence) {
    FLEAD_TRY(const auto sequence, channels::find_sequence(tx, tenant.id, *options.sequence));
    filter.sequence_id = sequence.id.text();
  }
  if (options.lead) {
    FLEAD_TRY(const auto lead, intake::find(tx, tenant, *options.lead));
    filter.lead_id = lead.id.text();
  }
  return channels::list_enrolments(tx, tenant.id, filter);
}

Status list_enrolled(Context& context, const EnrolledOptions& options) {
  FLEAD_TRY(const Page page, read_page(context, options.page, EnrolmentIdTag::k_prefix));
  channels::EnrolmentFilter filter;
  filter.state = options.state;
  filter.since = page.since;
  filter.until = page.until;
  filter.before_id = page.after_id;
  filter.limit = page.limit + 1;
  FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(auto found, app->store.read([&](store::Tx& tx) {
    return find_enrolled(tx, tenant, options, filter);
  }));
  cut_page(context, page, found);
  Json::Array rows;
  for (const auto& one : found) rows.push_back(channels::to_json(one));
  return context.print_list(rows, {"lead", "sequence", "state", "reason", "steps_taken", "next_at"},
                            channels::to_json(channels::Enrolment{}));
}

void add_sequence_enrolled(Command& noun) {
  auto options = std::make_shared<EnrolledOptions>();
  Command& verb = noun.sub("enrolled");
  verb.summary("List who is or was in a sequence, newest first")
      .example("flead sequence enrolled --state running")
      .example("flead sequence enrolled --lead +79160000001", "what one person gets")
      .option("--sequence SEQUENCE", options->sequence, "Only in this one: name or id")
      .option("--lead LEAD", options->lead, "Only this lead: id, phone or e-mail")
      .option("--state", options->state, "Only in this state")
      .choices({"running", "done", "stopped"});
  add_page_options(verb, options->page, "enrolments that were made");
  verb.prints(fields_of<channels::Enrolment>).run([options](Context& context) {
    return list_enrolled(context, *options);
  });
}

}  // namespace

void add_sequence_commands(Command& root) {
  Command& noun = root.sub("sequence")
                      .group(Group::channels)
                      .summary("Messages with delays, and who gets them");
  add_sequence_new(noun);
  add_enrolment_verb(noun, "enrol", "Put a lead into a sequence", enrol_lead);
  add_enrolment_verb(noun, "stop", "Take a lead out of a sequence", stop_lead);
  add_sequence_list(noun);
  add_sequence_show(noun);
  add_sequence_enrolled(noun);
}

}  // namespace flead::cli
