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

Result<std::vector<StartLink>> links_with(const App& app, store::Tx& tx,
                                          const tenants::Tenant& tenant, std::string_view token) {
  std::vector<StartLink> links;
  FLEAD_TRY(const std::string foreign, tenants::setting(app, tx, tenant.id, "channels.foreign"));
  FLEAD_TRY(const auto known, list(tx, tenant.id));
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

}  // namespace

Result<std::vector<StartLink>> start_links(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                           const intake::Lead& lead) {
  if (!app.key.present()) return std::vector<StartLink>();
  return links_with(
      app, tx, tenant,
      make_start_token(app.key, lead.id, app.world.clock.now() + k_start_token_age_ms));
}

Result<bool> has_start_links(App& app, store::Tx& tx, const tenants::Tenant& tenant) {
  if (!app.key.present()) return false;
  FLEAD_TRY(const auto links, links_with(app, tx, tenant, "token"));
  return !links.empty();
}

Result<std::vector<StartLink>> new_links(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                         const intake::Lead& lead) {
  std::vector<StartLink> fresh;
  FLEAD_TRY(const auto links, start_links(app, tx, tenant, lead));
  if (links.empty()) return fresh;
  FLEAD_TRY(const auto identities, identities_of(tx, lead.id));
  for (StartLink& link : one_of_each(links)) {
    const auto there = [&](const Identity& known) { return known.channel_kind == link.kind; };
    if (std::any_of(identities.begin(), identities.end(), there)) continue;
    fresh.push_back(std::move(link));
  }
  return fresh;
}

std::vector<StartLink> one_of_each(const std::vector<StartLink>& links) {
  std::vector<StartLink> first;
  for (const StartLink& link : links) {
    const auto same = [&](const StartLink& other) { return other.kind == link.kind; };
    if (std::none_of(first.begin(), first.end(), same)) first.push_back(link);
  }
  return first;
}

Result<std::string> links_line(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                               const intake::Lead& lead, const std::vector<StartLink>& links) {
  std::string line;
  if (links.empty()) return line;
  FLEAD_TRY(const std::string wanted, tenants::setting(app, tx, tenant.id, "sms.start_link"));
  if (wanted != "true") return line;
  for (const StartLink& link : links) {
    line.append(line.empty() ? "" : ", ").append(label(link.kind));
  }
  line.append(": ").append(app.config.base_url).append("/s/");
  return line +
         make_start_page_token(app.key, lead.id, app.world.clock.now() + k_start_token_age_ms);
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
