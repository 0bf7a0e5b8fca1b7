// The start links that pages show: buttons into messengers, each with a QR code for whoever reads
// on a wide screen; the page behind the short link of a text message; and what the widget asks for
// after its form. Callers: the thank-you page, the booking pages, /my/. Reads the store, never
// writes.
#pragma once

#include <string_view>
#include <vector>

#include "core/channels/links.h"
#include "serve/pages/page.h"

namespace flead::pages {

// One of each kind where this person is not known yet, and only while the lead is new
// (k_links_shown_ms): whoever posts a form with somebody's number gets that lead's pages, and must
// not get a way to read that person's messages from them. Later the person gets links by mail and
// SMS, which nobody else reads.
Result<std::vector<channels::StartLink>> shown_links(App& app, store::Tx& tx,
                                                     const tenants::Tenant& tenant,
                                                     const intake::Lead& lead);
// The same by the token of a personal link; none when it is nobody's.
Result<std::vector<channels::StartLink>> shown_links(App& app, store::Tx& tx,
                                                     const tenants::Tenant& tenant,
                                                     std::string_view link_token);

// Kinds that have no words of ours are left out.
std::vector<MessengerLink> messengers_of(const std::vector<channels::StartLink>& links,
                                         Language language);

// GET /s/{token}, GET /w/{key}/messengers
void add_messenger_routes(std::vector<http::Route>& table);

}  // namespace flead::pages
