// `flead doctor`, payments: what a person has to look at before money is lost from sight.
#include <fmt/format.h>

#include "cli/commands/doctor.h"
#include "core/money/payment.h"
#include "core/money/payout.h"

namespace flead::cli {
namespace {

constexpr std::int64_t k_told_max = 20;  // of one tenant; the list has the rest
// The provider is asked of an open payment for 8 days, then no more.
constexpr std::int64_t k_open_long_ms = 9 * k_day_ms;
constexpr std::int64_t k_unsaved_recent_ms = 7 * k_day_ms;
constexpr std::int64_t k_payout_long_ms = 7 * k_day_ms;  // what a person has to do should be done

Finding pay_warning(std::string message, std::string fix) {
  return {"payments", "warn", std::move(message), std::move(fix)};
}

// An account that waits for a person, or whose provider has never called although it was paid.
Status check_account(store::Tx& tx, const tenants::Tenant& tenant, const money::PayAccount& account,
                     Findings& findings) {
  if (account.status == "paused") {
    findings.push_back(pay_warning(
        fmt::format("{}: {} is paused: {}", tenant.slug, account.name, account.status_reason),
        fmt::format("flead payment test {} --tenant {}", account.name, tenant.slug)));
  }
  const money::PayProvider* provider = money::find_pay_provider(account.provider);
  const bool is_called = provider != nullptr && provider->read_notice != nullptr;
  if (!is_called || account.test() || account.notified_at) return {};
  money::PaymentFilter filter;
  filter.account = account.id.text();
  filter.state = "succeeded";
  filter.limit = 1;
  FLEAD_TRY(const auto paid, money::list_payments(tx, tenant.id, filter));
  if (paid.empty()) return {};
  findings.push_back(pay_warning(
      fmt::format("{}: {} has been paid by, and no notification was ever seen", tenant.slug,
                  account.name),
      fmt::format("Type the address that `flead payment test {} --tenant {}` prints into the "
                  "provider's cabinet",
                  account.name, tenant.slug)));
  return {};
}

// Who pays by a test shop pays nothing.
Status check_test_account(store::Tx& tx, const tenants::Tenant& tenant,
                          const std::vector<money::PayAccount>& known, Findings& findings) {
  FLEAD_TRY(const std::string wanted, tenants::setting(tx, tenant.id, "payment.account"));
  for (const money::PayAccount& one : known) {
    if (one.status != "active" || (!wanted.empty() && one.name != wanted)) continue;
    if (!one.test()) return {};
    findings.push_back(pay_warning(
        fmt::format("{}: {} takes payments and is {}: nobody is charged", tenant.slug, one.name,
                    one.provider == "mock" ? "the test provider inside flead" : "a test shop"),
        fmt::format("flead config set payment.account NAME --tenant {}", tenant.slug)));
    return {};
  }
  return {};
}

// Offered, agreed to, and refused by the provider: its manager has to allow it first.
Status check_saving(store::Tx& tx, const tenants::Tenant& tenant, TimeMs now, Findings& findings) {
  money::PaymentFilter filter;
  filter.not_saved = true;
  filter.since = now - k_unsaved_recent_ms;
  filter.limit = 1;
  FLEAD_TRY(const auto found, money::list_payments(tx, tenant.id, filter));
  if (found.empty()) return {};
  findings.push_back(pay_warning(
      fmt::format("{}: {} keeps no means of payment, though {} was agreed to", tenant.slug,
                  found.front().account_name, found.front().id.text()),
      fmt::format("Ask the provider's manager for recurring payments, or: flead config set "
                  "payment.save_methods false --tenant {}",
                  tenant.slug)));
  return {};
}

Status check_problems(store::Tx& tx, const tenants::Tenant& tenant, Findings& findings) {
  money::PaymentFilter filter;
  filter.problems = true;
  filter.limit = k_told_max;
  FLEAD_TRY(const auto found, money::list_payments(tx, tenant.id, filter));
  for (const money::Payment& one : found) {
    findings.push_back(pay_warning(
        fmt::format("{}: {}: {}", tenant.slug, one.id.text(), one.problem),
        fmt::format(
            "flead help payment tells what that means; then flead payment resolve {} --tenant {}",
            one.id.text(), tenant.slug)));
  }
  return {};
}

Status check_refunds(store::Tx& tx, const tenants::Tenant& tenant, Findings& findings) {
  FLEAD_TRY(const auto found, money::canceled_refunds(tx, tenant.id, k_told_max));
  for (const money::Refund& one : found) {
    findings.push_back(
        pay_warning(fmt::format("{}: {} was not given back and is owed: {}", tenant.slug,
                                one.id.text(), one.reason),
                    fmt::format("flead payment retry {} --tenant {}", one.id.text(), tenant.slug)));
  }
  return {};
}

// Open for so long that nobody asks any more.
Status check_open(store::Tx& tx, const tenants::Tenant& tenant,
                  const std::vector<money::PayAccount>& known, TimeMs now, Findings& findings) {
  for (const money::PayAccount& account : known) {
    const money::PayProvider* provider = money::find_pay_provider(account.provider);
    if (provider == nullptr || !provider->can.online) continue;
    money::PaymentFilter filter;
    filter.account = account.id.text();
    filter.state = "pending";
    filter.until = now - k_open_long_ms;
    filter.limit = k_told_max;
    FLEAD_TRY(const auto found, money::list_payments(tx, tenant.id, filter));
    for (const money::Payment& one : found) {
      findings.push_back(pay_warning(
          fmt::format("{}: {} is neither paid nor canceled since {}, and nobody asks any more",
                      tenant.slug, one.id.text(), format_time(one.created_at)),
          fmt::format("flead payment sync {} --tenant {}", one.id.text(), tenant.slug)));
    }
  }
  return {};
}

// What went wrong on the way to an expert, and what waits for a person.
Status check_payouts(store::Tx& tx, const tenants::Tenant& tenant, TimeMs now, Findings& findings) {
  money::PayoutFilter wrong;
  wrong.problems = true;
  wrong.limit = k_told_max;
  FLEAD_TRY(const auto problems, money::list_payouts(tx, tenant.id, wrong));
  for (const money::Payout& one : problems) {
    findings.push_back(pay_warning(
        fmt::format("{}: {}: {}", tenant.slug, one.id.text(), one.problem),
        fmt::format("Look into the provider's cabinet, then: flead payout sync {} --tenant {}",
                    one.id.text(), tenant.slug)));
  }
  money::PayoutFilter waiting;
  waiting.open = true;
  waiting.until = now - k_payout_long_ms;
  waiting.limit = k_told_max;
  FLEAD_TRY(const auto old, money::list_payouts(tx, tenant.id, waiting));
  for (const money::Payout& one : old) {
    if (!one.problem.empty()) continue;
    const bool planned = one.state == "planned";
    const bool by_hand = one.state == "approved" && one.kind == "manual";
    if (!planned && !by_hand) continue;
    findings.push_back(pay_warning(
        fmt::format("{}: {} waits since {} {}", tenant.slug, one.id.text(),
                    format_time(one.created_at),
                    planned ? "to be approved" : "for the word that the bank has paid it"),
        fmt::format("flead payout {} {} --tenant {}", planned ? "approve" : "paid", one.id.text(),
                    tenant.slug)));
  }
  return {};
}

}  // namespace

void check_payments(store::Store& store, const std::vector<tenants::Tenant>& tenants, TimeMs now,
                    Findings& findings) {
  const std::size_t before = findings.size();
  std::size_t accounts = 0;
  for (const tenants::Tenant& tenant : tenants) {
    const Status looked = store.read([&](store::Tx& tx) -> Status {
      FLEAD_TRY(const auto known, money::list_pay_accounts(tx, tenant.id));
      accounts += known.size();
      for (const auto& one : known) FLEAD_CHECK(check_account(tx, tenant, one, findings));
      FLEAD_CHECK(check_test_account(tx, tenant, known, findings));
      FLEAD_CHECK(check_saving(tx, tenant, now, findings));
      FLEAD_CHECK(check_problems(tx, tenant, findings));
      FLEAD_CHECK(check_open(tx, tenant, known, now, findings));
      FLEAD_CHECK(check_payouts(tx, tenant, now, findings));
      return check_refunds(tx, tenant, findings);
    });
    if (!looked) {
      findings.push_back({"payments", "fail", looked.error().message, looked.error().hint});
      return;
    }
  }
  if (accounts > 0 && findings.size() == before) {
    findings.push_back({"payments", "ok", fmt::format("{} accounts", accounts), ""});
  }
}

}  // namespace flead::cli
