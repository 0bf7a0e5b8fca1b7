// Making a lead in two steps, for imports: everything that needs no store first (ids, tokens,
// JSON), so that the write lock is held for the inserts alone. Callers: leads.cpp, import.cpp;
// nobody outside intake. The first step reads no store.
#pragma once

#include "core/intake/events_store.h"
#include "core/intake/lead.h"
#include "core/intake/leads_store.h"

namespace flead::intake {

struct PreparedLead {
  leads_store::NewRow row;
  CheckedLead checked;  // what the row does not have: its texts have moved there
  RawId raw;
  events_store::NewEvent created;
};

PreparedLead prepare(World& world, const tenants::Tenant& tenant, CheckedLead checked,
                     const Origin& origin);
// The second step of create(): see lead.h.
Result<Created> insert_prepared(World& world, store::Tx& tx, const tenants::Tenant& tenant,
                                const PreparedLead& prepared, const Origin& origin);

}  // namespace flead::intake
