#include <optional>
#include <string>

#include "core/channels/opens.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {
namespace {

struct OpenedMessage {
  TenantId tenant;
  LeadId lead;
  std::string channel_kind, template_name;
};

OpenedMessage read_opened(const store::Row& row) {
  return {row.id<TenantId>(0), row.id<LeadId>(1), row.string(2), row.string(3)};
}

}  // namespace

Result<bool> awaits_open(const App& app, store::Tx& tx, const MessageId& message) {
  FLEAD_TRY(const std::optional<OpenedMessage> found, tx.maybe(R"sql(
      SELECT tenant_id, lead_id, channel_kind, template FROM messages
      WHERE id = $1 AND lead_id IS NOT NULL AND opened_at_ms IS NULL
  )sql",
                                                               read_opened, message));
  if (!found) return false;
  FLEAD_TRY(const std::string wanted, tenants::setting(app, tx, found->tenant, "email.open_pixel"));
  return wanted == "true";
}

Status note_open(App& app, store::Tx& tx, const MessageId& message) {
  // The write says which of two opens at the same time was the first.
  FLEAD_TRY(const std::optional<OpenedMessage> first,
            tx.maybe(R"sql(
      UPDATE messages SET opened_at_ms = $2
      WHERE id = $1 AND lead_id IS NOT NULL AND opened_at_ms IS NULL
      RETURNING tenant_id, lead_id, channel_kind, template
  )sql",
                     read_opened, message, app.world.clock.now()));
  if (!first) return {};
  return intake::add_event(app.world, tx, first->tenant, first->lead, "message.opened", "visitor",
                           Json::object({{"message", message.text()},
                                         {"channel", first->channel_kind},
                                         {"template", first->template_name}}));
}

}  // namespace flead::channels
