#include "core/tenants/tenants_store.h"

namespace flead::tenants {

Result<std::optional<std::string>> load_setting(store::Tx& tx, std::string_view tenant,
                                                std::string_view key) {
  return tx.maybe(
      "SELECT value FROM settings WHERE tenant_id = $1 AND key = $2",
      [](const store::Row& row) { return row.string(0); }, tenant, key);
}

Status save_setting(store::Tx& tx, std::string_view tenant, std::string_view key,
                    std::string_view value, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO settings (tenant_id, key, value, updated_at_ms) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant_id, key)
        DO UPDATE SET value = excluded.value, updated_at_ms = excluded.updated_at_ms
  )sql",
                      tenant, key, value, now));
  return {};
}

Status delete_setting(store::Tx& tx, std::string_view tenant, std::string_view key) {
  FLEAD_CHECK(tx.exec("DELETE FROM settings WHERE tenant_id = $1 AND key = $2", tenant, key));
  return {};
}

}  // namespace flead::tenants
