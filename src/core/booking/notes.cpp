#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/booking/note.h"
#include "core/booking/notes_store.h"

namespace flead::booking {

namespace {

std::vector<Answer> parse_brief(std::string_view brief) {
  std::vector<Answer> answers;
  const auto json = parse_json(brief.empty() ? "[]" : brief);
  if (!json || !json->is_array()) return answers;  // written by us alone
  for (const Json& item : json->items()) {
    answers.push_back({item.text("question").value_or(""), item.text("text").value_or("")});
  }
  return answers;
}

Answer* find_answer(std::vector<Answer>& answers, std::string_view question) {
  const auto found = std::find_if(answers.begin(), answers.end(),
                                  [&](const Answer& one) { return one.question == question; });
  return found == answers.end() ? nullptr : &*found;
}

bool accepts_brief(State state) {
  return state == State::requested || state == State::confirmed;
}

}  // namespace

Result<Note> add_note(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& id,
                      std::string_view kind, std::string_view author, std::string_view text) {
  if (kind != "shared" && kind != "private") {
    return refused_field("kind", "kind_invalid", "A note is shared or private.");
  }
  const std::string_view words = trim(text);
  if (words.empty()) return refused_field("text", "text_empty", "A note needs words.");
  if (!valid_utf8(words) || utf8_length(words) > k_note_characters_max) {
    return refused_field(
        "text", "too_long",
        fmt::format("A note is text of up to {} characters.", k_note_characters_max));
  }
  FLEAD_CHECK(load(tx, tenant, id));
  FLEAD_TRY(const auto count, count_notes(tx, id));
  if (count >= k_notes_max) {
    return refused_field("text", "too_many_notes",
                         fmt::format("A meeting has at most {} notes.", k_notes_max));
  }
  Note note{new_id<NoteIdTag>(world), id,
            std::string(kind),        std::string(author),
            std::string(words),       world.clock.now()};
  FLEAD_CHECK(insert_note(tx, tenant, note));
  return note;
}

Status remove_note(store::Tx& tx, const TenantId& tenant, const NoteId& id) {
  FLEAD_TRY(const bool gone, delete_note(tx, tenant, id));
  if (!gone) return not_found("note_not_found", "There is no such note.");
  return {};
}

std::vector<Answer> brief_of(const Offer& offer, const Booking& booking) {
  std::vector<Answer> given = parse_brief(booking.brief);
  std::vector<Answer> brief;
  for (const std::string& question : offer.questions) {
    const Answer* known = find_answer(given, question);
    brief.push_back({question, known == nullptr ? "" : known->text});
  }
  for (Answer& answer : given) {
    if (find_answer(brief, answer.question) == nullptr) brief.push_back(std::move(answer));
  }
  return brief;
}

Result<Booking> set_brief(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& id,
                          const std::vector<Answer>& answers, std::string_view actor) {
  FLEAD_TRY(const auto booking, load(tx, tenant, id));
  if (!accepts_brief(booking.state) || world.clock.now() >= booking.ends_at) {
    return conflict("booking_state", "This meeting is over or off.");
  }
  FLEAD_TRY(const auto offer, load_offer(tx, tenant, booking.offer));
  std::vector<Answer> brief = brief_of(offer, booking);
  bool changed = false;
  for (const Answer& answer : answers) {
    if (!valid_utf8(answer.text) || utf8_length(answer.text) > k_answer_characters_max) {
      return refused_field(
          "answer", "too_long",
          fmt::format("An answer is text of up to {} characters.", k_answer_characters_max));
    }
    Answer* known = find_answer(brief, answer.question);
    if (known == nullptr) {
      return refused_field("question", "question_unknown", "This is not asked.");
    }
    const std::string words(trim(answer.text));
    changed = changed || known->text != words;
    known->text = words;
  }
  if (!changed) return booking;
  FLEAD_CHECK(write_brief(tx, id, to_json(brief).dump(), world.clock.now()));
  if (booking.lead) {
    FLEAD_CHECK(intake::add_event(world, tx, tenant, *booking.lead, "booking.briefed", actor,
                                  Json::object({{"booking", id.text()}})));
  }
  return load(tx, tenant, id);
}

Json to_json(const Note& note) {
  return Json::object({{"id", note.id.text()},
                       {"booking", note.booking.text()},
                       {"kind", note.kind},
                       {"author", note.author},
                       {"text", note.text},
                       {"created_at", format_time(note.created_at)}});
}

Json to_json(const std::vector<Answer>& brief) {
  Json list = Json::array();
  for (const Answer& answer : brief) {
    list.push(Json::object({{"question", answer.question}, {"text", answer.text}}));
  }
  return list;
}

}  // namespace flead::booking
