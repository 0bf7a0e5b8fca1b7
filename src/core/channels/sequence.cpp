#include "core/channels/sequence.h"

#include <algorithm>
#include <utility>

#include "core/base/text.h"
#include "core/base/time.h"
#include "core/channels/sequence_store.h"
#include "core/channels/template.h"

namespace flead::channels {
namespace {

constexpr std::size_t k_sequence_steps_max = 20;  // more letters without an answer are a nuisance
constexpr std::int64_t k_sequence_delay_max_ms = 90 * k_day_ms;  // nobody remembers us for longer
constexpr std::size_t k_sequence_text_characters_max = 2000;
constexpr std::size_t k_sequence_name_characters_max = 60;
constexpr std::int64_t k_enrolment_states = 3;

constexpr std::string_view k_own_words = "sequence.step";
constexpr std::string_view k_own_words_ad = "sequence.ad";

// What a sequence knows of a person; a template that asks for more cannot be a step.
bool known_to_sequences(std::string_view variable) {
  return variable == "name" || variable == "tenant" || variable == "message" ||
         variable == "booking_url" || variable == "messengers" || variable == "messengers_line" ||
         variable == "away";
}

Error step_invalid(std::string_view why) {
  Error error = refused_field("step", "step_invalid", std::string(why));
  error.hint = "For example: --step '2d: Any questions left?' or --step '0s: lead.greeting'";
  return error;
}

// "lead.greeting", "lead.greting": never meant to be read by a person.
bool looks_like_template(std::string_view words) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  const std::size_t dot = words.find('.');
  return dot != std::string_view::npos && dot > 0 && words.back() != '.' &&
         std::all_of(words.begin(), words.end(), fits);
}

Status check_step_template(std::string_view name) {
  FLEAD_TRY(const TemplateSpec* spec, find_template(name));
  const bool fits = spec->subject &&
                    std::all_of(spec->variables.begin(), spec->variables.end(), known_to_sequences);
  if (fits) return {};
  Error error = refused_field("step", "template_unfit",
                              "A sequence cannot fill this template: " + std::string(name));
  error.hint =
      "It knows {name}, {tenant}, {message}, {booking_url}, {messengers}, {messengers_line} and "
      "{away}; flead template list shows what each template needs";
  return error;
}

Status check_words(std::string_view words) {
  if (utf8_length(words) > k_sequence_text_characters_max) {
    return refused_field(
        "step", "too_long",
        "A step has at most " + std::to_string(k_sequence_text_characters_max) + " characters");
  }
  FLEAD_CHECK(write_step_words(words, {}));
  return {};
}

// An advertisement must not hide in a sequence that asks nobody for consent, in no language and no
// length.
Status check_step_purpose(store::Tx& tx, const TenantId& tenant, const SequenceStep& step,
                          std::string_view purpose) {
  for (const std::string_view ending : {"", ".sms"}) {
    const std::string name = step.template_name + std::string(ending);
    if (!find_template(name)) continue;
    for (const std::string_view language : {"ru", "en"}) {
      FLEAD_TRY(const TemplateText text, load_template(tx, tenant, name, language));
      if (text.purpose == purpose) continue;
      Error error = refused_field("step", "template_purpose",
                                  "The purpose of " + name + " (" + std::string(language) +
                                      ") is " + text.purpose + ", not " + std::string(purpose));
      error.hint =
          "--ad makes a sequence that advertises; flead template set --purpose changes a "
          "template";
      return error;
    }
  }
  return {};
}

Status check_sequence_name(std::string_view name) {
  if (!name.empty() && valid_utf8(name) && !has_control_characters(name) &&
      utf8_length(name) <= k_sequence_name_characters_max) {
    return {};
  }
  return refused_field("name", "sequence_name_invalid",
                       "A name is one line of 1 to " +
                           std::to_string(k_sequence_name_characters_max) + " characters");
}

Status count_enrolments(store::Tx& tx, const TenantId& tenant, std::vector<Sequence>& sequences) {
  FLEAD_TRY(
      const auto counts,
      sequence_store::counts(tx, tenant, sequence_store::k_sequences_max * k_enrolment_states));
  for (const sequence_store::StateCount& count : counts) {
    for (Sequence& sequence : sequences) {
      if (sequence.id != count.sequence) continue;
      if (count.state == "running") sequence.running = count.enrolments;
      if (count.state == "done") sequence.done = count.enrolments;
      if (count.state == "stopped") sequence.stopped = count.enrolments;
    }
  }
  return {};
}

}  // namespace

Result<std::string> write_step_words(std::string_view text, const Variables& values) {
  static const std::vector<std::string_view> k_known = {"name", "tenant"};
  return substitute(text, k_known, values, Medium::text);
}

Result<SequenceStep> parse_sequence_step(std::string_view text, std::string_view purpose) {
  if (!valid_utf8(text)) return step_invalid("A step is UTF-8 text");
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return step_invalid("A step is a time, a colon, and words or a template");
  }
  const auto after = parse_duration_ms(trim(text.substr(0, colon)));
  if (!after) return step_invalid("A step begins with a time such as 0s, 30m, 4h or 2d");
  if (*after > k_sequence_delay_max_ms) {
    return step_invalid("A step waits at most " + format_duration(k_sequence_delay_max_ms));
  }
  const std::string_view words = trim(text.substr(colon + 1));
  if (words.empty()) return step_invalid("A step has words or the name of a template");
  SequenceStep step;
  step.after_ms = *after;
  if (looks_like_template(words)) {
    FLEAD_CHECK(check_step_template(words));
    step.template_name = words;
    return step;
  }
  FLEAD_CHECK(check_words(words));
  step.template_name = purpose == "ad" ? k_own_words_ad : k_own_words;
  step.text = words;
  return step;
}

Result<Sequence> create_sequence(World& world, store::Tx& tx, const TenantId& tenant,
                                 const NewSequence& input) {
  Sequence sequence;
  sequence.id = new_id<SequenceIdTag>(world);
  sequence.tenant = tenant;
  sequence.name = trim(input.name);
  sequence.purpose = input.ad ? "ad" : "service";
  sequence.created_at = world.clock.now();
  FLEAD_CHECK(check_sequence_name(sequence.name));
  if (input.steps.empty() || input.steps.size() > k_sequence_steps_max) {
    return refused_field("step", "sequence_steps",
                         "A sequence has 1 to " + std::to_string(k_sequence_steps_max) + " steps");
  }
  for (const std::string& text : input.steps) {
    FLEAD_TRY(SequenceStep step, parse_sequence_step(text, sequence.purpose));
    FLEAD_CHECK(check_step_purpose(tx, tenant, step, sequence.purpose));
    sequence.steps.push_back(std::move(step));
  }
  FLEAD_TRY(const auto others, sequence_store::list(tx, tenant, sequence_store::k_sequences_max));
  if (others.size() >= static_cast<std::size_t>(sequence_store::k_sequences_max)) {
    return refused(
        "too_many_sequences",
        "A tenant has at most " + std::to_string(sequence_store::k_sequences_max) + " sequences");
  }
  FLEAD_TRY(auto made, sequence_store::insert(tx, sequence));
  if (!made) {
    return conflict("sequence_exists", "There is a sequence of this name",
                    "flead sequence list shows them");
  }
  return std::move(*made);
}

Result<Sequence> find_sequence(store::Tx& tx, const TenantId& tenant, std::string_view which) {
  FLEAD_TRY(auto known, list_sequences(tx, tenant));
  std::vector<std::string> names;
  for (Sequence& sequence : known) {
    if (sequence.name == which || sequence.id.text() == which) return std::move(sequence);
    names.push_back(sequence.name);
  }
  const std::string near = nearest(which, names);
  return not_found("sequence_not_found", "There is no such sequence",
                   near.empty() ? "flead sequence list shows them" : "Did you mean " + near + "?");
}

Result<std::vector<Sequence>> list_sequences(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto sequences, sequence_store::list(tx, tenant, sequence_store::k_sequences_max));
  FLEAD_CHECK(count_enrolments(tx, tenant, sequences));
  return sequences;
}

Json to_json(const Sequence& sequence) {
  Json steps = Json::array();
  for (const SequenceStep& step : sequence.steps) {
    steps.push(Json::object({{"after", format_duration(step.after_ms)},
                             {"template", step.template_name},
                             {"text", step.text}}));
  }
  return Json::object({{"id", sequence.id.text()},
                       {"name", sequence.name},
                       {"purpose", sequence.purpose},
                       {"steps", std::move(steps)},
                       {"running", sequence.running},
                       {"done", sequence.done},
                       {"stopped", sequence.stopped},
                       {"created_at", format_time(sequence.created_at)}});
}

}  // namespace flead::channels
