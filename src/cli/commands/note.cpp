// `flead booking note` and `brief`: what is written about a meeting.
#include <memory>
#include <string>
#include <utility>

#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "core/booking/note.h"

namespace flead::cli {
namespace {

struct NoteOptions {
  std::string booking, note, text;
  bool shared = false;
};

Json note_fields() {
  return booking::to_json(booking::Note{});
}

Status write_note(Context& context, const NoteOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto note, app->store.write([&](store::Tx& tx) {
    return booking::add_note(app->world, tx, tenant.id, BookingId(options.booking),
                             options.shared ? "shared" : "private", "cli", options.text);
  }));
  return context.print_object(booking::to_json(note));
}

Status print_notes(Context& context, const NoteOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto notes,
            app->store.read([&](store::Tx& tx) -> Result<std::vector<booking::Note>> {
              FLEAD_TRY(const auto found, booking::load(tx, tenant.id, BookingId(options.booking)));
              return booking::notes_of(tx, found.id, true);
            }));
  Json::Array rows;
  for (const auto& note : notes) rows.push_back(booking::to_json(note));
  return context.print_list(rows, {"id", "kind", "author", "text"}, note_fields());
}

Status drop_note(Context& context, const NoteOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_CHECK(app->store.write([&](store::Tx& tx) {
    return booking::remove_note(tx, tenant.id, booking::NoteId(options.note));
  }));
  return context.print_object(Json::object({{"id", options.note}}));
}

Status print_brief(Context& context, const NoteOptions& options) {
  FLEAD_TRY(App * app, context.app());
  FLEAD_TRY(const auto tenant, context.tenant());
  FLEAD_TRY(const auto brief,
            app->store.read([&](store::Tx& tx) -> Result<std::vector<booking::Answer>> {
              FLEAD_TRY(const auto found, booking::load(tx, tenant.id, BookingId(options.booking)));
              FLEAD_TRY(const auto offer, booking::load_offer(tx, tenant.id, found.offer));
              return booking::brief_of(offer, found);
            }));
  Json::Array rows;
  for (const auto& answer : brief) {
    rows.push_back(Json::object({{"question", answer.question}, {"text", answer.text}}));
  }
  return context.print_list(rows, {"question", "text"},
                            Json::object({{"question", ""}, {"text", ""}}));
}

}  // namespace

void add_booking_papers(Command& noun) {
  auto options = std::make_shared<NoteOptions>();
  noun.sub("note")
      .summary("Write a note about a meeting: yours alone, or shared with the person")
      .example("flead booking note bkg_01k9x0000000000000000000000 --text \"Send the plan\"")
      .positional("BOOKING", options->booking, "Its id, from `booking list`")
      .required("--text TEXT", options->text, "The note")
      .option("--shared", options->shared, "The person sees it on their page, too")
      .writes()
      .prints(note_fields)
      .run([options](Context& context) { return write_note(context, *options); });
  noun.sub("notes")
      .summary("List the notes of a meeting, oldest first")
      .example("flead booking notes bkg_01k9x0000000000000000000000")
      .positional("BOOKING", options->booking, "Its id, from `booking list`")
      .prints(note_fields)
      .run([options](Context& context) { return print_notes(context, *options); });
  noun.sub("unnote")
      .summary("Remove a note")
      .example("flead booking unnote note_01k9x0000000000000000000000")
      .positional("NOTE", options->note, "Its id, from `booking notes`")
      .writes()
      .prints([] {
        return Json::object({{"id", ""}});
      })
      .run([options](Context& context) { return drop_note(context, *options); });
  noun.sub("brief")
      .summary("Show what the person answered beforehand (offer edit --questions)")
      .example("flead booking brief bkg_01k9x0000000000000000000000")
      .positional("BOOKING", options->booking, "Its id, from `booking list`")
      .run([options](Context& context) { return print_brief(context, *options); });
}

}  // namespace flead::cli
