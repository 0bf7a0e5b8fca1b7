// GET and POST /api/v1/bookings/{id}/notes: what is written about a meeting.
#include <string>

#include "core/booking/note.h"
#include "serve/api/bookings.h"

namespace flead::api {

namespace {

BookingId noted_booking(const http::Request& request) {
  return BookingId(std::string(request.param("id")));
}

Result<Json> list_notes(App& app, const http::Request& request) {
  const BookingId id = noted_booking(request);
  FLEAD_TRY(const auto notes,
            app.store.read([&](store::Tx& tx) -> Result<std::vector<booking::Note>> {
              FLEAD_CHECK(booking::load(tx, request.caller.tenant->id, id));
              return booking::notes_of(tx, id, true);
            }));
  Json data = Json::array();
  for (const auto& note : notes) data.push(booking::to_json(note));
  return Json::object({{"data", std::move(data)}, {"has_more", false}, {"next_cursor", Json()}});
}

Result<Json> add_note(App& app, const http::Request& request) {
  FLEAD_TRY(const auto json, parse_json(request.body));
  FLEAD_TRY(const auto note, app.store.write([&](store::Tx& tx) {
    return booking::add_note(app.world, tx, request.caller.tenant->id, noted_booking(request),
                             json.text("kind").value_or("private"), request.caller.actor,
                             json.text("text").value_or(""));
  }));
  return booking::to_json(note);
}

Status owns_noted(App& app, const http::Request& request) {
  FLEAD_CHECK(app.store.read([&](store::Tx& tx) {
    return booking::load(tx, request.caller.tenant->id, noted_booking(request));
  }));
  return {};
}

template <int status, Result<Json> (*answer)(App&, const http::Request&)>
http::Reply reply_with_notes(App& app, const http::Request& request) {
  const auto json = answer(app, request);
  return json ? http::json_reply(status, *json) : http::failure(json.error());
}

}  // namespace

void add_note_routes(std::vector<http::Route>& table) {
  table.push_back({.method = "GET",
                   .pattern = "/api/v1/bookings/{id}/notes",
                   .access = http::Access::viewer,
                   .handler = reply_with_notes<200, list_notes>,
                   .operation = "listNotes",
                   .summary = "What is written about a meeting, oldest first",
                   .response_schema = "NoteList",
                   .owns = owns_noted});
  table.push_back({.method = "POST",
                   .pattern = "/api/v1/bookings/{id}/notes",
                   .access = http::Access::operator_,
                   .handler = reply_with_notes<201, add_note>,
                   .operation = "addNote",
                   .summary = "Write a note, shared with the person or private",
                   .request_schema = "NewNote",
                   .response_schema = "Note",
                   .success = 201,
                   .owns = owns_noted,
                   .refusals = {422}});
}

}  // namespace flead::api
