// What becomes of a lead in a sequence: enrolled, one step after the other, and out of it again.
// Whatever a step decides is one transaction with the end of its job.
#include <algorithm>
#include <utility>

#include "core/base/assert.h"
#include "core/base/time.h"
#include "core/channels/away.h"
#include "core/channels/channels_store.h"
#include "core/channels/human.h"
#include "core/channels/inbox.h"
#include "core/channels/links.h"
#include "core/channels/outbox.h"
#include "core/channels/route.h"
#include "core/channels/sequence.h"
#include "core/channels/sequence_store.h"
#include "core/channels/template.h"
#include "core/intake/booking_link.h"
#include "core/intake/consents.h"

namespace flead::channels {
namespace {

// How long a suspended tenant's step waits before it looks again.
constexpr std::int64_t k_suspended_wait_ms = k_hour_ms;

std::string step_message_key(const EnrolmentId& id, std::int64_t step) {
  return "sequence.step:" + id.text() + ":" + std::to_string(step);
}

Status enqueue_step(World& world, store::Tx& tx, const Enrolment& enrolment, std::int64_t step,
                    TimeMs at) {
  jobs::NewJob job;
  job.kind = "sequence.step";
  job.payload = Json::object({{"enrolment", enrolment.id.text()}, {"step", step}});
  job.tenant = enrolment.tenant;
  job.subject_id = enrolment.lead.text();
  job.run_at = at;
  job.unique_key = "sequence.step:" + enrolment.id.text();
  FLEAD_CHECK(jobs::enqueue(world, tx, job));
  return {};
}

Status wait_for_step(World& world, store::Tx& tx, const Enrolment& enrolment, std::int64_t step,
                     TimeMs at) {
  FLEAD_CHECK(sequence_store::set_next(tx, enrolment.id, at));
  return enqueue_step(world, tx, enrolment, step, at);
}

// The end of one enrolment, by whatever hand; nothing when it was over.
Status end_enrolment(World& world, store::Tx& tx, const Enrolment& enrolment,
                     std::string_view state, std::string_view why, std::string_view actor) {
  FLEAD_TRY(const bool ended, sequence_store::end(tx, enrolment.id, state, why, world.clock.now()));
  if (!ended) return {};
  if (state == "stopped") {
    // On a paused channel, say: what waits there is not wanted any more.
    for (std::int64_t step = 0; step < enrolment.step; ++step) {
      FLEAD_TRY(const auto message,
                sequence_store::queued_message(tx, enrolment.tenant,
                                               step_message_key(enrolment.id, step)));
      if (message) {
        FLEAD_CHECK(
            cancel_message(world, tx, enrolment.tenant, *message, "the sequence was stopped"));
      }
    }
  }
  Json data = Json::object({{"sequence", enrolment.sequence_name},
                            {"enrolment", enrolment.id.text()},
                            {"steps", enrolment.step}});
  if (!why.empty()) data.set("why", why);
  return intake::add_event(world, tx, enrolment.tenant, enrolment.lead,
                           "sequence." + std::string(state), actor, data);
}

// Why a sequence has no business with this person as they stand; "" when it has.
Result<std::string_view> standing_hindrance(store::Tx& tx, const Sequence& sequence,
                                            const Person& person, const RoutePolicy& policy,
                                            TimeMs now) {
  const std::string& status = person.lead.status;
  if (status == "booked" || status == "won") return std::string_view("booked");
  if (status == "lost") return std::string_view("lost");
  if (status == "suspect") return std::string_view("suspect");
  if (person.advertising && !intake::agrees_anywhere(person.said)) {
    return std::string_view("no_consent");
  }
  FLEAD_TRY(const auto live, channels_store::live(tx, sequence.tenant));
  const Choice choice = choose_channel(live, person, policy, "", std::nullopt, now);
  if (choice.channel) return std::string_view();
  for (const std::string_view why : {"opted_out", "no_consent"}) {
    const bool forbidden = std::any_of(choice.passed.begin(), choice.passed.end(),
                                       [&](const Passed& passed) { return passed.why == why; });
    if (forbidden) return why;
  }
  return std::string_view("unreachable");
}

// What the person has done since the enrolment that ends it; "" for nothing.
Result<std::string_view> sign_since(store::Tx& tx, const Enrolment& enrolment,
                                    const Person& person) {
  FLEAD_TRY(const bool wrote, wrote_since(tx, enrolment.lead, enrolment.started_at));
  if (wrote) return std::string_view("replied");
  // Who shuts one door on us is not followed to the next.
  for (const Identity& identity : person.identities) {
    if (!identity.closed_why.empty() && identity.updated_at >= enrolment.started_at) {
      return std::string_view("opted_out");
    }
  }
  return std::string_view();
}

Error not_to_enrol(std::string_view why) {
  if (why == "no_consent") {
    return refused("no_consent", "This person has not agreed to advertising",
                   "flead lead timeline shows the consents");
  }
  if (why == "opted_out" || why == "unreachable") {
    return refused("unroutable", "No channel of yours reaches this person",
                   "flead channel list shows what there is");
  }
  return refused("lead_status", "The sequence would stop at once: this lead is " + std::string(why),
                 "flead lead status changes that");
}

// One step and all that decides about it.
struct StepScene {
  App& app;
  store::Tx& tx;
  const tenants::Tenant& tenant;
  const Sequence& sequence;
  const Person& person;
  const Enrolment& enrolment;
};

Result<NewMessage> step_message(const StepScene& scene) {
  const auto index = static_cast<std::size_t>(scene.enrolment.step);
  const SequenceStep& step = scene.sequence.steps[index];
  const intake::Lead& lead = scene.person.lead;
  NewMessage message;
  message.template_name = step.template_name;
  FLEAD_TRY(message.button_url, intake::sent_booking_url(scene.app, scene.tx, scene.tenant, lead));
  message.button_text = lead.locale == "ru" ? "Выбрать время" : "Choose a time";
  Variables known = {{"name", lead.name},
                     {"tenant", scene.tenant.name},
                     {"message", lead.message},
                     {"booking_url", message.button_url}};
  FLEAD_TRY(known["away"],
            away_text(scene.tx, scene.tenant, lead.locale, scene.app.world.clock.now()));
  FLEAD_TRY(const auto links, new_links(scene.app, scene.tx, scene.tenant, lead));
  known["messengers"] = links_text(links, lead.locale);
  FLEAD_TRY(known["messengers_line"], links_line(scene.app, scene.tx, scene.tenant, lead, links));
  FLEAD_TRY(known["text"], write_step_words(step.text, known));
  FLEAD_TRY(const TemplateSpec* spec, find_template(step.template_name));
  for (const std::string_view name : spec->variables) {
    const auto found = known.find(name);
    if (found != known.end()) message.variables[std::string(name)] = found->second;
  }
  message.unique_key = step_message_key(scene.enrolment.id, scene.enrolment.step);
  return message;
}

Status stop_step(const StepScene& scene, std::string_view why) {
  return end_enrolment(scene.app.world, scene.tx, scene.enrolment, "stopped", why, "system");
}

// A fault of the message and not of the moment: trying again would say the same.
bool is_for_good(const Error& error) {
  return error.kind == ErrorKind::refused || error.kind == ErrorKind::not_found;
}

// The message, the step counted, and the job of the next one.
Status send_step(const StepScene& scene) {
  const auto message = step_message(scene);
  if (!message) {
    return is_for_good(message.error()) ? stop_step(scene, message.error().code)
                                        : Status(message.error());
  }
  const std::int64_t step = scene.enrolment.step;
  FLEAD_TRY(const bool mine, sequence_store::take_step(scene.tx, scene.enrolment.id, step));
  if (!mine) return {};
  const auto queued = send_to_lead(scene.app, scene.tx, scene.tenant, scene.person.lead, *message);
  if (!queued) {
    return is_for_good(queued.error()) ? stop_step(scene, queued.error().code)
                                       : Status(queued.error());
  }
  World& world = scene.app.world;
  Enrolment after = scene.enrolment;
  after.step = step + 1;
  const auto next = static_cast<std::size_t>(after.step);
  if (next >= scene.sequence.steps.size()) {
    return end_enrolment(world, scene.tx, after, "done", "", "system");
  }
  return wait_for_step(world, scene.tx, after, after.step,
                       world.clock.now() + scene.sequence.steps[next].after_ms);
}

// When this step may go: quiet hours are waited for here rather than in the outbox, so that whoever
// writes at night is asked about again in the morning.
std::optional<TimeMs> step_waits_until(const StepScene& scene, const RoutePolicy& policy,
                                       TimeMs now) {
  if (scene.tenant.suspended) return now + k_suspended_wait_ms;
  const intake::Lead& lead = scene.person.lead;
  const bool fresh = scene.sequence.purpose != "ad" && now < lead.created_at + k_fresh_ms;
  if (!policy.quiet || fresh) return std::nullopt;
  return quiet_until(*policy.quiet, lead.zone.empty() ? scene.tenant.zone : lead.zone, now);
}

Status take_step_now(App& app, store::Tx& tx, const EnrolmentId& id, std::int64_t step) {
  FLEAD_TRY(const auto enrolment, sequence_store::enrolment_by_id(tx, id));
  if (!enrolment || enrolment->state != "running" || enrolment->step != step) return {};
  FLEAD_TRY(const auto sequence, sequence_store::by_id(tx, enrolment->sequence));
  if (!sequence || static_cast<std::size_t>(step) >= sequence->steps.size()) {
    return end_enrolment(app.world, tx, *enrolment, "done", "", "system");
  }
  FLEAD_TRY(const tenants::Tenant tenant, tenants::load(tx, enrolment->tenant));
  FLEAD_TRY(const Person person, load_person(tx, tenant.id, enrolment->lead, sequence->purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, tenant.id));
  const TimeMs now = app.world.clock.now();
  const StepScene scene{app, tx, tenant, *sequence, person, *enrolment};
  FLEAD_TRY(std::string_view why, sign_since(tx, *enrolment, person));
  if (why.empty()) {
    FLEAD_TRY(why, standing_hindrance(tx, *sequence, person, policy, now));
  }
  if (!why.empty()) {
    FLEAD_CHECK(stop_step(scene, why));
    // An advertisement that reaches nobody calls nobody.
    const bool calls = why == "unreachable" && sequence->purpose != "ad" && !tenant.suspended;
    return calls ? call_human(app, tx, tenant, person.lead, why) : Status();
  }
  if (const auto until = step_waits_until(scene, policy, now)) {
    return wait_for_step(app.world, tx, *enrolment, step, *until);
  }
  return send_step(scene);
}

}  // namespace

Result<Enrolment> enrol(App& app, store::Tx& tx, const Sequence& sequence, const intake::Lead& lead,
                        std::string_view actor) {
  FLEAD_ASSERT(lead.tenant == sequence.tenant && !sequence.steps.empty());
  const TimeMs now = app.world.clock.now();
  FLEAD_TRY(const Person person, load_person(tx, lead, sequence.purpose));
  FLEAD_TRY(const RoutePolicy policy, load_policy(tx, sequence.tenant));
  FLEAD_TRY(const std::string_view why, standing_hindrance(tx, sequence, person, policy, now));
  if (!why.empty()) return not_to_enrol(why);
  Enrolment enrolment;
  enrolment.id = new_id<EnrolmentIdTag>(app.world);
  enrolment.tenant = sequence.tenant;
  enrolment.sequence = sequence.id;
  enrolment.sequence_name = sequence.name;
  enrolment.lead = lead.id;
  enrolment.started_at = now;
  enrolment.next_at = now + sequence.steps.front().after_ms;
  FLEAD_TRY(const auto made, sequence_store::enrol(tx, enrolment));
  if (!made) {
    return conflict("already_enrolled", "This lead is in the sequence already",
                    "flead sequence stop takes it out");
  }
  FLEAD_CHECK(enqueue_step(app.world, tx, enrolment, 0, *enrolment.next_at));
  FLEAD_CHECK(intake::add_event(
      app.world, tx, sequence.tenant, lead.id, "sequence.enrolled", actor,
      Json::object({{"sequence", sequence.name}, {"enrolment", enrolment.id.text()}})));
  return enrolment;
}

Result<Enrolment> stop_enrolment(World& world, store::Tx& tx, const Sequence& sequence,
                                 const LeadId& lead, std::string_view actor) {
  FLEAD_TRY(const auto running,
            sequence_store::running(tx, sequence.tenant, lead, sequence_store::k_sequences_max));
  const auto found = std::find_if(running.begin(), running.end(), [&](const Enrolment& one) {
    return one.sequence == sequence.id;
  });
  if (found == running.end()) {
    return not_found("not_enrolled", "This lead is not in the sequence",
                     "flead sequence enrolled shows who is");
  }
  FLEAD_CHECK(end_enrolment(world, tx, *found, "stopped", "by_hand", actor));
  FLEAD_TRY(auto stopped, sequence_store::enrolment_by_id(tx, found->id));
  FLEAD_ASSERT(stopped.has_value());
  return std::move(*stopped);
}

Status stop_sequences(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                      std::string_view why) {
  FLEAD_TRY(const auto running,
            sequence_store::running(tx, tenant, lead, sequence_store::k_sequences_max));
  for (const Enrolment& enrolment : running) {
    FLEAD_CHECK(end_enrolment(world, tx, enrolment, "stopped", why, "system"));
  }
  // The last step of one that is done may wait still, and one that took another way has another
  // key.
  FLEAD_TRY(const auto waiting, sequence_store::queued_of_sequences(tx, lead));
  for (const MessageId& message : waiting) {
    FLEAD_CHECK(cancel_message(world, tx, tenant, message, "the sequence was stopped"));
  }
  return {};
}

Result<std::vector<Enrolment>> list_enrolments(store::Tx& tx, const TenantId& tenant,
                                               const EnrolmentFilter& filter) {
  return sequence_store::enrolments(tx, tenant, filter);
}

jobs::Outcome take_sequence_step(App& app, const jobs::Job& job) {
  const EnrolmentId id(job.payload.text("enrolment").value_or(""));
  const auto step = job.payload.integer("step");
  if (id.empty() || !step || *step < 0) return jobs::Outcome::dead("The job names no step");
  return jobs::Outcome::done(
      [&app, id, step = *step](store::Tx& tx) { return take_step_now(app, tx, id, step); });
}

Json to_json(const Enrolment& enrolment) {
  const auto time = [](const std::optional<TimeMs>& at) {
    return at ? Json(format_time(*at)) : Json();
  };
  return Json::object({{"id", enrolment.id.text()},
                       {"sequence", enrolment.sequence_name},
                       {"lead", enrolment.lead.text()},
                       {"state", enrolment.state},
                       {"reason", enrolment.reason},
                       {"steps_taken", enrolment.step},
                       {"next_at", time(enrolment.next_at)},
                       {"started_at", format_time(enrolment.started_at)},
                       {"ended_at", time(enrolment.ended_at)}});
}

}  // namespace flead::channels
