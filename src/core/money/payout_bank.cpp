// Payouts and banks: the file for one's own bank, and the list of those that a payout by phone
// number can go to.
#include <utility>

#include <fmt/format.h>

#include "core/base/csv.h"
#include "core/base/text.h"
#include "core/money/payout.h"
#include "core/money/payout_banks.h"
#include "core/money/payouts_store.h"

namespace flead::money {
namespace {

constexpr std::string_view k_batch_prefix = "pob";

Json banks_json(const std::vector<PayoutBank>& banks) {
  Json out = Json::array();
  for (const PayoutBank& bank : banks) {
    out.push(Json::object({{"bank_id", bank.id}, {"name", bank.name}, {"bic", bank.bic}}));
  }
  return out;
}

BankList read_kept(const payouts_store::KeptBanks& kept) {
  BankList out;
  out.fetched_at = kept.fetched_at;
  const auto json = parse_json(kept.banks);
  for (const Json& one : json ? json->items() : Json::Array()) {
    out.banks.push_back({one.text("bank_id").value_or(""), one.text("name").value_or(""),
                         one.text("bic").value_or("")});
  }
  return out;
}

Error no_banks(const PayAccount& account, std::string_view says) {
  return provider_error("payout_account_failed",
                        fmt::format("{} gave no list of banks: {}", account.name, says));
}

// Asks, and keeps what was said. Never inside a transaction.
Result<BankList> fetch(App& app, const PayAccount& account) {
  const PayProvider* provider = find_pay_provider(account.provider);
  FLEAD_ASSERT(provider != nullptr && provider->build_banks != nullptr);
  FLEAD_TRY(const auto access,
            app.store.read([&](store::Tx& tx) { return open_pay_account(app, tx, account); }));
  const PayAnswer answer =
      provider->parse_banks(call_provider(app, access, provider->build_banks(access)));
  if (answer.result != CallResult::done) return no_banks(account, answer.says);
  if (answer.banks.empty()) return no_banks(account, "it is empty");
  const payouts_store::KeptBanks kept{banks_json(answer.banks).dump(), app.world.clock.now()};
  FLEAD_CHECK(app.store.write(
      [&](store::Tx& tx) { return payouts_store::save_banks(tx, account.id, kept); }));
  return read_kept(kept);
}

}  // namespace

Result<BankFile> bank_file(App& app, store::Tx& tx, const TenantId& tenant, const BankWish& wish) {
  FLEAD_TRY(const auto lines, payouts_store::for_bank(tx, tenant, wish.run_id, wish.again));
  BankFile out;
  out.lines = static_cast<std::int64_t>(lines.size());
  if (!wish.again) {
    FLEAD_TRY(out.left_out, payouts_store::in_bank_before(tx, tenant, wish.run_id));
  }
  out.text = "payout,recipient,account,bank,inn,amount,currency,purpose\n";
  std::int64_t fresh = 0;
  const std::string batch = make_id(app.world, k_batch_prefix);
  for (const Payout& payout : lines) {
    FLEAD_TRY(const auto method, load_payout_method(tx, payout.method));
    FLEAD_TRY(const auto details, open_payout_details(app, tx, method));
    const std::int64_t minor = payout.amount.amount_minor;
    const std::string amount = fmt::format("{}.{:02}", minor / 100, minor % 100);
    bool first = true;
    for (const std::string& cell : {payout.id.text(), details.payee, details.account, details.bank,
                                    details.inn, amount, payout.amount.currency, payout.text}) {
      if (!std::exchange(first, false)) out.text += ',';
      append_csv_cell(out.text, cell);
    }
    out.text += '\n';
    if (!payout.bank_batch.empty()) continue;
    ++fresh;
    FLEAD_CHECK(payouts_store::set_batch(tx, payout.id, batch));
  }
  if (fresh == 0) return out;
  out.batch = batch;
  FLEAD_CHECK(
      payouts_store::insert_batch(tx, tenant, batch, fresh, wish.actor, app.world.clock.now()));
  return out;
}

Result<BankList> payout_banks(App& app, const TenantId& tenant, bool fresh) {
  std::optional<BankList> kept;
  FLEAD_TRY(const PayAccount account, app.store.read([&](store::Tx& tx) -> Result<PayAccount> {
    FLEAD_TRY(auto found, payout_account(tx, tenant));
    if (!found) {
      return refused("payout_account_needed", "No account that can pay out is connected",
                     "flead payment connect yookassa_payouts");
    }
    FLEAD_TRY(kept, kept_banks(tx, found->id));
    return std::move(*found);
  }));
  const TimeMs now = app.world.clock.now();
  if (!fresh && kept && now < kept->fetched_at + k_banks_age_max_ms) return std::move(*kept);
  auto asked = fetch(app, account);
  if (asked) return asked;
  // Banks hardly change: what is a few days old is better than nothing.
  if (!fresh && kept && now < kept->fetched_at + k_banks_stale_max_ms) return std::move(*kept);
  return asked;
}

Result<std::optional<BankList>> kept_banks(store::Tx& tx, const PayAccountId& account) {
  FLEAD_TRY(const auto kept, payouts_store::banks_of(tx, account));
  if (!kept) return std::optional<BankList>();
  return std::optional<BankList>(read_kept(*kept));
}

Status plan_banks(App& app, store::Tx& tx, const PayAccount& account) {
  jobs::NewJob job;
  job.kind = "payout.banks";
  job.payload = Json::object({{"account", account.id.text()}});
  job.tenant = account.tenant;
  job.unique_key = "payout.banks:" + account.id.text();
  FLEAD_CHECK(jobs::enqueue(app.world, tx, job));
  return {};
}

jobs::Outcome fetch_banks(App& app, const jobs::Job& job) {
  const PayAccountId id(job.payload.text("account").value_or(""));
  const auto account = app.store.read([&](store::Tx& tx) { return load_pay_account(tx, id); });
  if (!account || account->status != "active") return jobs::Outcome::done();
  const auto fetched = fetch(app, *account);
  return fetched ? jobs::Outcome::done() : jobs::Outcome::retry(fetched.error().message);
}

}  // namespace flead::money
