#include "core/booking/notes_store.h"

#include "core/base/limits.h"

namespace flead::booking {

Status insert_note(store::Tx& tx, const TenantId& tenant, const Note& note) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO booking_notes (id, tenant_id, booking_id, kind, author, text, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
  )sql",
                      note.id, tenant, note.booking, note.kind, note.author, note.text,
                      note.created_at));
  return {};
}

Result<std::int64_t> count_notes(store::Tx& tx, const BookingId& booking) {
  return tx.one(
      "SELECT COUNT(*) FROM booking_notes WHERE booking_id = $1",
      [](const store::Row& row) { return row.integer(0); }, booking);
}

Result<bool> delete_note(store::Tx& tx, const TenantId& tenant, const NoteId& id) {
  FLEAD_TRY(const auto changed,
            tx.exec("DELETE FROM booking_notes WHERE tenant_id = $1 AND id = $2", tenant, id));
  return changed == 1;
}

Result<std::vector<Note>> notes_of(store::Tx& tx, const BookingId& booking, bool with_private) {
  return tx.all(
      R"sql(
      SELECT id, booking_id, kind, author, text, created_at_ms FROM booking_notes
      WHERE booking_id = $1 AND ($2 = 1 OR kind = 'shared') ORDER BY id LIMIT $3
  )sql",
      [](const store::Row& row) {
        return Note{row.id<NoteId>(0), row.id<BookingId>(1), row.string(2),
                    row.string(3),     row.string(4),        row.integer(5)};
      },
      booking, with_private ? 1 : 0, k_notes_max);
}

Status write_brief(store::Tx& tx, const BookingId& booking, std::string_view brief, TimeMs now) {
  FLEAD_CHECK(tx.exec("UPDATE bookings SET brief = $2, updated_at_ms = $3 WHERE id = $1", booking,
                      brief, now));
  return {};
}

}  // namespace flead::booking
