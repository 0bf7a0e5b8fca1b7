// What cases about leads share: counting rows, and posting a good lead in one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/intake/lead.h"
#include "support/catch.h"
#include "support/test_app.h"

namespace flead::test {

inline std::int64_t count_rows(TestApp& app, const std::string& table_and_where) {
  const auto rows = app.store().read([&](store::Tx& tx) {
    return tx.one("SELECT COUNT(*) FROM " + table_and_where,
                  [](const store::Row& row) { return row.integer(0); });
  });
  REQUIRE(rows);
  return *rows;
}

// Everything that intake may write: a refusal leaves this as it was.
inline std::int64_t intake_rows(TestApp& app) {
  return count_rows(app, "leads") + count_rows(app, "intake_raw") + count_rows(app, "events") +
         count_rows(app, "consents") + count_rows(app, "jobs") +
         count_rows(app, "idempotency_keys");
}

inline std::string lead_json(std::string_view fields) {
  return "{\"consent\":{\"purposes\":[\"processing\"]}" +
         (fields.empty() ? std::string() : "," + std::string(fields)) + "}";
}

inline std::string post_lead(TestApp& app, std::string_view fields, std::string_view key = {}) {
  const auto reply = app.post("/api/v1/leads", lead_json(fields), key);
  CAPTURE(reply.body);
  REQUIRE((reply.status == 201 || reply.status == 200));
  return app.body_of(reply).text("id").value_or("");
}

inline std::string header_of(const http::Reply& reply, std::string_view name) {
  for (const auto& [known, value] : reply.headers) {
    if (known == name) return value;
  }
  return "";
}

}  // namespace flead::test
