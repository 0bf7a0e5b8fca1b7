#include "core/channels/links.h"

#include <utility>

#include "core/base/limits.h"
#include "core/channels/channel.h"
#include "core/channels/identity.h"

namespace flead::channels {

Result<std::vector<StartLink>> start_links(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                           const intake::Lead& lead) {
  std::vector<StartLink> links;
  if (!app.key.present()) return links;
  FLEAD_TRY(const std::string foreign, tenants::setting(app, tx, tenant.id, "channels.foreign"));
  FLEAD_TRY(const auto known, list(tx, tenant.id));
  const std::string token =
      make_start_token(app.key, lead.id, app.world.clock.now() + k_start_token_age_ms);
  for (const Channel& channel : known) {
    const Provider* provider = find_provider(channel.kind);
    if (provider == nullptr || provider->start_link == nullptr || channel.status != "active") {
      continue;
    }
    const Capabilities& can = provider->capabilities;
    if (can.foreign && foreign == "deny") continue;
    if (token.size() > can.start_token_characters_max) continue;
    // Without its secret: a link is made of what the provider told, and is shown to the world.
    Account account;
    account.id = channel.id;
    account.config = channel.config;
    account.state = channel.state;
    std::string url = provider->start_link(account, token);
    if (url.empty()) continue;
    links.push_back({channel.kind, channel.name, std::move(url)});
  }
  return links;
}

}  // namespace flead::channels
