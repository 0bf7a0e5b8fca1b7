#include "core/store/probe_store.h"

namespace flead::store {

Status probe_write(World& world, Store& store) {
  return leave_mark(world, store, "write");
}

Status leave_mark(World& world, Store& store, std::string_view name) {
  const TimeMs now = world.clock.now();
  return store.write([&](Tx& tx) -> Status {
    FLEAD_CHECK(tx.exec(R"sql(
        INSERT INTO probes (name, at_ms) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms
    )sql",
                        name, now));
    return {};
  });
}

Result<std::optional<TimeMs>> last_mark(Store& store, std::string_view name) {
  return store.read([&](Tx& tx) {
    return tx.maybe("SELECT at_ms FROM probes WHERE name = $1",
                    [](const Row& row) { return row.integer(0); }, name);
  });
}

}  // namespace flead::store
