#include "core/channels/links.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/channels/channel.h"
#include "core/channels/identity.h"

namespace flead::channels {

namespace {

std::string_view question(std::string_view language) {
  return language == "ru" ? "Удобнее в мессенджере? Напишите нам здесь:"
                          : "Prefer a messenger? Write to us here:";
}

// What people call it.
std::string_view label(std::string_view kind) {
  if (kind == "telegram") return "Telegram";
  if (kind == "vk") return "VK";
  if (kind == "max") return "MAX";
  if (kind == "whatsapp") return "WhatsApp";
  if (kind == "instagram") return "Instagram";
  return kind;
}

}  // namespace

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

Result<std::vector<StartLink>> new_links(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                         const intake::Lead& lead) {
  std::vector<StartLink> fresh;
  FLEAD_TRY(auto links, start_links(app, tx, tenant, lead));
  if (links.empty()) return fresh;
  FLEAD_TRY(const auto identities, identities_of(tx, lead.id));
  for (StartLink& link : links) {
    const auto same = [&](const StartLink& other) { return other.kind == link.kind; };
    const auto there = [&](const Identity& known) { return known.channel_kind == link.kind; };
    if (std::any_of(fresh.begin(), fresh.end(), same) ||
        std::any_of(identities.begin(), identities.end(), there)) {
      continue;
    }
    fresh.push_back(std::move(link));
  }
  return fresh;
}

std::string links_text(const std::vector<StartLink>& links, std::string_view language) {
  if (links.empty()) return {};
  std::string out(question(language));
  for (const StartLink& link : links) {
    out.append("\n").append(label(link.kind)).append(": ").append(link.url);
  }
  return out;
}

std::string links_html(const std::vector<StartLink>& links, std::string_view language) {
  if (links.empty()) return {};
  std::string out = "<p>" + std::string(question(language));
  for (const StartLink& link : links) {
    out +=
        "<br>\n<a href=\"" + escape_html(link.url) + "\">" + std::string(label(link.kind)) + "</a>";
  }
  return out + "</p>";
}

}  // namespace flead::channels
