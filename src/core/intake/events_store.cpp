#include "core/intake/events_store.h"

#include <utility>

namespace flead::intake::events_store {

namespace {

Event read_event(const store::Row& row) {
  Event event;
  event.id = row.id<EventId>(0);
  event.lead = row.id<LeadId>(1);
  event.kind = row.string(2);
  event.actor = row.string(3);
  auto data = parse_json(row.text(4));
  event.data = data ? std::move(*data) : Json::object();
  event.at = row.integer(5);
  return event;
}

}  // namespace

NewEvent new_event(const Event& event) {
  return {event.id, event.kind, event.actor, event.data.dump(), event.at};
}

Status insert(store::Tx& tx, const TenantId& tenant, const LeadId& lead, const NewEvent& event) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO events (id, tenant_id, lead_id, kind, actor, data, at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
  )sql",
                      event.id, tenant, lead, event.kind, event.actor, event.data, event.at));
  return {};
}

Status insert(store::Tx& tx, const TenantId& tenant, const Event& event) {
  return insert(tx, tenant, event.lead, new_event(event));
}

Result<std::vector<Event>> list(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                std::string_view after_id, std::int64_t limit) {
  return tx.all(R"sql(
      SELECT id, lead_id, kind, actor, data, at_ms FROM events
      WHERE lead_id = $1 AND tenant_id = $2 AND id > $3 ORDER BY id LIMIT $4
  )sql",
                read_event, lead, tenant, after_id, limit);
}

Result<std::vector<std::string>> newest_ids(store::Tx& tx, std::int64_t limit) {
  return tx.all(
      "SELECT id FROM events ORDER BY id DESC LIMIT $1",
      [](const store::Row& row) { return row.string(0); }, limit);
}

Result<std::vector<std::string>> ids_after(store::Tx& tx, std::string_view after_id,
                                           std::int64_t limit) {
  return tx.all(
      "SELECT id FROM events WHERE id > $1 ORDER BY id LIMIT $2",
      [](const store::Row& row) { return row.string(0); }, after_id, limit);
}

Result<std::optional<TenantEvent>> find(store::Tx& tx, std::string_view id) {
  return tx.maybe(
      "SELECT id, lead_id, kind, actor, data, at_ms, tenant_id FROM events WHERE id = $1",
      [](const store::Row& row) {
        return TenantEvent{row.id<TenantId>(6), read_event(row)};
      },
      id);
}

}  // namespace flead::intake::events_store
