// Sequences: messages with delays that a lead gets one after the other until it replies, books,
// opts out or is lost. A step is a job; what it says leaves through the outbox. Callers: `flead
// sequence
// ...`, the worker, and whoever learns that a person came by (stop_sequences).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/channels/template.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

struct SequenceStep {
  std::int64_t after_ms = 0;  // after the step before; the first one after the enrolment
  std::string template_name;
  std::string text;  // words of the tenant's own, for sequence.step and sequence.ad; else ""
};

struct Sequence {
  SequenceId id;
  TenantId tenant;
  std::string name;
  std::string purpose = "service";  // or ad: of every step
  std::vector<SequenceStep> steps;
  TimeMs created_at = 0;
  // Who is in it and how others left it; counted by list_sequences and find_sequence.
  std::int64_t running = 0, done = 0, stopped = 0;
};

struct Enrolment {
  EnrolmentId id;
  TenantId tenant;
  SequenceId sequence;
  std::string sequence_name;
  LeadId lead;
  std::string state = "running";  // running done stopped
  // Why it stopped: by_hand replied booked lost suspect opted_out no_consent unreachable, or the
  // code of the error that made a step impossible.
  std::string reason;
  std::int64_t step = 0;  // steps taken, so the number of the next one
  std::optional<TimeMs> next_at;
  TimeMs started_at = 0;
  std::optional<TimeMs> ended_at;
};

// "2d: Any questions left, {name|friend}?" or "0s: lead.greeting": a delay, then words or the name
// of a template. Words know {name} and {tenant}; the link to a free time is added by the template
// around them. Pure. Errors (refused): step_invalid, too_long, template_syntax,
// template_variable_unknown, template_unfit (it needs more than a sequence knows of a person);
// template_unknown (not_found) for one word that looks like a template and is none.
Result<SequenceStep> parse_sequence_step(std::string_view text, std::string_view purpose);

// A step's words with the person in them: `values` has name and tenant, and may have more. Pure.
Result<std::string> write_step_words(std::string_view text, const Variables& values);

struct NewSequence {
  std::string name;
  bool ad = false;                 // needs each person's consent to advertising
  std::vector<std::string> steps;  // see parse_sequence_step
};
// Never changed afterwards: who is in it gets what was agreed on. Errors: sequence_exists
// (conflict); refused: sequence_name_invalid, sequence_steps, too_many_sequences, template_purpose
// (a template that advertises in a service sequence, or the other way round), and those of a step.
Result<Sequence> create_sequence(World& world, store::Tx& tx, const TenantId& tenant,
                                 const NewSequence& input);
// By name or id. Error sequence_not_found names the nearest.
Result<Sequence> find_sequence(store::Tx& tx, const TenantId& tenant, std::string_view which);
Result<std::vector<Sequence>> list_sequences(store::Tx& tx, const TenantId& tenant);  // by name

// The first step is due after its delay. Errors: already_enrolled (conflict) while the lead is in
// it; refused, as it would stop at once: no_consent, unroutable, lead_status.
Result<Enrolment> enrol(App& app, store::Tx& tx, const Sequence& sequence, const intake::Lead& lead,
                        std::string_view actor);
// By hand. What a step has queued and not sent yet is cancelled. Error not_enrolled (not_found).
Result<Enrolment> stop_enrolment(World& world, store::Tx& tx, const Sequence& sequence,
                                 const LeadId& lead, std::string_view actor);
// Every running sequence of this lead, as something has happened: "replied", "booked". Each step
// finds out for itself as well; this only makes it true at once.
Status stop_sequences(World& world, store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                      std::string_view why);

struct EnrolmentFilter {
  std::string sequence_id, lead_id, state;  // "" is any
  std::optional<TimeMs> since, until;       // started_at in [since, until)
  std::string before_id;                    // page key: ids older than this; "" is the newest page
  std::int64_t limit = k_page_default;
};
Result<std::vector<Enrolment>> list_enrolments(store::Tx& tx, const TenantId& tenant,
                                               const EnrolmentFilter& filter);  // newest first

// The job handler `sequence.step`: one job per enrolment at a time.
jobs::Outcome take_sequence_step(App& app, const jobs::Job& job);

Json to_json(const Sequence& sequence);
Json to_json(const Enrolment& enrolment);

}  // namespace flead::channels
