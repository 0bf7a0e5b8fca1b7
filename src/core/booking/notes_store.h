// The SQL of notes. Only notes.cpp and person_store.cpp call it.
#pragma once

#include "core/booking/note.h"

namespace flead::booking {

Status insert_note(store::Tx& tx, const TenantId& tenant, const Note& note);
Result<std::int64_t> count_notes(store::Tx& tx, const BookingId& booking);
Result<bool> delete_note(store::Tx& tx, const TenantId& tenant, const NoteId& id);
Status write_brief(store::Tx& tx, const BookingId& booking, std::string_view brief, TimeMs now);

}  // namespace flead::booking
