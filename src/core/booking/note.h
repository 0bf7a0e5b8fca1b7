// What is written about a meeting: the person's brief (answers to what the offer asks beforehand),
// notes that host and person share, and notes of the host alone. SQL in notes_store.cpp. Callers:
// /my/{token}, /h/{token}, `flead booking note|brief`, GET and POST /api/v1/bookings/{id}/notes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/booking/booking.h"

namespace flead::booking {

FLEAD_ID(NoteId, "note");

struct Note {
  NoteId id;
  BookingId booking;
  std::string kind;    // shared, private
  std::string author;  // "host", "visitor", or who did it by command or key
  std::string text;
  TimeMs created_at = 0;
};
// Errors: booking_not_found; kind_invalid, text_empty, too_long, too_many_notes (refused).
Result<Note> add_note(World& world, store::Tx& tx, const TenantId& tenant, const BookingId& booking,
                      std::string_view kind, std::string_view author, std::string_view text);
// Oldest first, at most k_notes_max.
Result<std::vector<Note>> notes_of(store::Tx& tx, const BookingId& booking, bool with_private);
// note_not_found.
Status remove_note(store::Tx& tx, const TenantId& tenant, const NoteId& id);

struct Answer {
  std::string question, text;
};
// The offer's questions in their order, each with its answer or "", then answers to what is not
// asked any more. Pure.
std::vector<Answer> brief_of(const Offer& offer, const Booking& booking);
// `texts` by the order of brief_of; those that are missing stay. Errors: booking_state (conflict)
// once the meeting is off or over, too_long (refused).
Result<Booking> set_brief(World& world, store::Tx& tx, const TenantId& tenant,
                          const BookingId& booking, const std::vector<Answer>& answers,
                          std::string_view actor);

Json to_json(const Note& note);
Json to_json(const std::vector<Answer>& brief);

}  // namespace flead::booking
