// Accounts of a tenant's ledger: paths that begin with one of the five words that bookkeeping (and
// hledger) knows. Pure. Callers: whoever posts to the ledger.
#pragma once

#include <string>
#include <string_view>

#include "core/base/id.h"

namespace flead::money {

// Assets, liabilities, income, expenses or equity, then parts of a-z 0-9 _ - joined by ":", at most
// k_account_bytes_max together.
inline constexpr std::size_t k_account_bytes_max = 120;
bool is_account(std::string_view path);

namespace account {

// Money that lies with a payment provider, by the name of our account there.
std::string provider(std::string_view name);
// What a provider holds for our payouts: topped up by hand.
std::string gateway(std::string_view name);
inline constexpr std::string_view k_bank = "assets:bank";        // outside of providers
inline constexpr std::string_view k_payouts = "assets:payouts";  // sent, and not there yet
// Paid by a person for what has not taken place yet.
std::string prepaid(const LeadId& lead);
// To be given back to a person.
std::string refunds(const LeadId& lead);
// What an expert has earned and not got yet.
std::string expert(std::string_view host_id);
inline constexpr std::string_view k_share = "income:share";  // the tenant's part of a meeting
inline constexpr std::string_view k_plans = "income:plans";
std::string fees(std::string_view name);  // what a provider keeps

}  // namespace account

}  // namespace flead::money
