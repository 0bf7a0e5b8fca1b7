// Start links: how a lead opens a messenger's dialog with us and is known there, since messengers
// write only to people who came to them. Callers: `flead channel link`, the pages after a form, and
// texts of messages. Whoever opens a lead's link is that lead from then on and reads what is sent
// to it: hand it to the person alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/app.h"
#include "core/base/result.h"
#include "core/intake/lead.h"
#include "core/tenants/tenant.h"

namespace flead::channels {

struct StartLink {
  std::string kind;     // telegram
  std::string channel;  // the name of the channel
  std::string url;
};

// One for each active channel that has start links and whose account has told its name, in the
// order of their making; they end after k_start_token_age_ms. Services abroad are left out where
// the tenant denies them. None without a key: nobody could tell our tokens from others.
Result<std::vector<StartLink>> start_links(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                           const intake::Lead& lead);

// Of these, one of each kind where this person is not known yet: what is worth offering.
Result<std::vector<StartLink>> new_links(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                                         const intake::Lead& lead);

// The first of each kind.
std::vector<StartLink> one_of_each(const std::vector<StartLink>& links);

// Whether this tenant has any for its people.
Result<bool> has_start_links(App& app, store::Tx& tx, const tenants::Tenant& tenant);

// A paragraph for a message: a line that asks, then one for each link; "" without links.
std::string links_text(const std::vector<StartLink>& links, std::string_view language);
std::string links_html(const std::vector<StartLink>& links, std::string_view language);

// ---- one short link, for text messages -------------------------------------------------------

// "Telegram, MAX: BASE/s/TOKEN": a page of ours with the buttons, or the way to the only messenger.
// Each link of its own would cost a text message a segment or two. "" without links, and where the
// setting `sms.start_link` is false. The token names one lead and ends as start links do.
Result<std::string> links_line(App& app, store::Tx& tx, const tenants::Tenant& tenant,
                               const intake::Lead& lead, const std::vector<StartLink>& links);

}  // namespace flead::channels
