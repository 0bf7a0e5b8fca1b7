// Reading the timeline as it grows, for the terminal of `flead demo`.
#include <fmt/format.h>

#include "core/base/text.h"
#include "core/demo/demo.h"

namespace flead::demo {

namespace {

constexpr std::int64_t k_told_at_once_max = 100;

struct EventRow {
  std::string id, kind, name, phone, email, source, data;
  TimeMs at = 0;
};

EventRow read_event(const store::Row& row) {
  return {row.string(0), row.string(1), row.string(2), row.string(3),
          row.string(4), row.string(5), row.string(6), row.integer(7)};
}

Told tell(const EventRow& event) {
  Told told;
  told.event_id = event.id;
  told.at = event.at;
  told.kind = event.kind;
  told.person = !event.name.empty() ? event.name
                                    : mask_contact(event.phone.empty() ? event.email : event.phone);
  const auto data = parse_json(event.data);
  const auto field = [&](std::string_view name) {
    return data ? data->text(name).value_or("") : std::string();
  };
  std::string_view what = event.kind;
  std::string more;
  if (event.kind == "lead.created") {
    what = "lead in";
    more = event.source;
  } else if (event.kind == "lead.repeated") {
    what = "lead came again";
  } else if (event.kind == "message.sent") {
    what = "message out";
    more = fmt::format("{} {}", field("channel"), field("template"));
  } else if (event.kind == "booking.created") {
    what = "booked";
    more = field("starts_at");
  }
  told.line = fmt::format("{:<16} {}", what, told.person);
  if (!trim(more).empty()) told.line += fmt::format("  ({})", trim(more));
  return told;
}

}  // namespace

Result<std::vector<Told>> told_since(store::Tx& tx, const TenantId& tenant,
                                     std::string_view after_id) {
  FLEAD_TRY(const auto rows, tx.all(R"sql(
      SELECT e.id, e.kind, l.name, l.phone, l.email, l.source, e.data, e.at_ms
      FROM events e JOIN leads l ON l.id = e.lead_id
      WHERE e.tenant_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3
  )sql",
                                    read_event, tenant, after_id, k_told_at_once_max));
  std::vector<Told> told;
  for (const EventRow& row : rows) told.push_back(tell(row));
  return told;
}

Result<std::string> newest_event(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto newest, tx.maybe(
                             "SELECT id FROM events WHERE tenant_id = $1 "
                             "ORDER BY id DESC LIMIT 1",
                             [](const store::Row& row) { return row.string(0); }, tenant));
  return newest.value_or("");
}

}  // namespace flead::demo
