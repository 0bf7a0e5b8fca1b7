// SQL of hosts, offers, rules and exceptions. Called by offers.cpp and slot_check.cpp alone; holds
// no rule of its own.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/booking/offer.h"

namespace flead::booking {

Result<std::optional<Host>> host_by_slug(store::Tx& tx, const TenantId& tenant,
                                         std::string_view slug);
Result<std::optional<Host>> host_by_id(store::Tx& tx, const TenantId& tenant, const HostId& id);
Result<std::vector<Host>> hosts_of(store::Tx& tx, const TenantId& tenant);
Status insert_host(store::Tx& tx, const Host& host);
Status update_host(store::Tx& tx, const Host& host);
Result<std::optional<TenantId>> tenant_of_host(store::Tx& tx, const HostId& host);
Result<std::string> feed_token_of(store::Tx& tx, const HostId& host);  // "": none, or no such host
Status set_feed_token(store::Tx& tx, const HostId& host, std::string_view token, TimeMs now);
// Takes the host's row until the transaction ends: whoever books one host waits for the other.
Status lock_host(store::Tx& tx, const HostId& id);

Result<std::optional<Offer>> offer_by_slug(store::Tx& tx, const TenantId& tenant,
                                           std::string_view slug);
Result<std::optional<Offer>> offer_by_id(store::Tx& tx, const TenantId& tenant, const OfferId& id);
// Starts of its meetings in [from, to), each once; lapsed holds and `except` do not count.
Result<std::vector<TimeMs>> offer_starts(store::Tx& tx, const OfferId& offer, TimeSpan span,
                                         TimeMs now, const BookingId& except);
Result<std::vector<Offer>> active_offers(store::Tx& tx, const TenantId& tenant);
Result<std::vector<Offer>> offers_of_tenant(store::Tx& tx, const TenantId& tenant);
Result<std::vector<Offer>> offers_of_host(store::Tx& tx, const HostId& host);  // retired ones too
Status insert_offer(store::Tx& tx, const Offer& offer);
Status update_offer(store::Tx& tx, const Offer& offer);

Result<std::vector<Rule>> rules_of_offer(store::Tx& tx, const OfferId& offer);
// Those for every offer.
Result<std::vector<Rule>> rules_of_host(store::Tx& tx, const HostId& host);
Result<std::vector<Rule>> rules_of_tenant(store::Tx& tx, const TenantId& tenant);
Result<std::optional<Rule>> rule_by_id(store::Tx& tx, const TenantId& tenant, const RuleId& id);
Status insert_rule(store::Tx& tx, const TenantId& tenant, const Rule& rule, TimeMs now);
Status delete_rule(store::Tx& tx, const RuleId& id);

Result<std::vector<ExceptionRow>> exceptions_of_host(store::Tx& tx, const HostId& host);
Status insert_exception(store::Tx& tx, const TenantId& tenant, const ExceptionRow& row, TimeMs now);
Status delete_exceptions(store::Tx& tx, const HostId& host, Date date);

}  // namespace flead::booking
