#include "serve/pages/messengers.h"

#include <cstdint>
#include <string>
#include <utility>

#include "core/base/qr.h"
#include "core/base/time.h"

namespace flead::pages {

namespace {

// From the form to a booking, with time to read.
constexpr std::int64_t k_links_shown_ms = 30 * k_minute_ms;

}  // namespace

Result<std::vector<channels::StartLink>> shown_links(App& app, store::Tx& tx,
                                                     const tenants::Tenant& tenant,
                                                     const intake::Lead& lead) {
  if (app.world.clock.now() >= lead.created_at + k_links_shown_ms) {
    return std::vector<channels::StartLink>();
  }
  return channels::new_links(app, tx, tenant, lead);
}

Result<std::vector<channels::StartLink>> shown_links(App& app, store::Tx& tx,
                                                     const tenants::Tenant& tenant,
                                                     std::string_view link_token) {
  FLEAD_TRY(const auto lead, intake::by_link_token(tx, tenant.id, link_token));
  if (!lead) return std::vector<channels::StartLink>();
  return shown_links(app, tx, tenant, *lead);
}

std::vector<MessengerLink> messengers_of(const std::vector<channels::StartLink>& links,
                                         Language language) {
  std::vector<MessengerLink> messengers;
  for (const channels::StartLink& link : links) {
    const auto label = find_text("messengers." + link.kind, language);
    if (!label) continue;
    MessengerLink messenger;
    messenger.label = *label;
    messenger.url = link.url;
    // The button works without it.
    if (auto code = qr_path(link.url)) {
      messenger.qr_path = std::move(code->path);
      messenger.qr_side = code->side;
    }
    messengers.push_back(std::move(messenger));
  }
  return messengers;
}

}  // namespace flead::pages
