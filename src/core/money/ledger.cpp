#include "core/money/ledger.h"

#include <utility>

#include <fmt/format.h>

#include "core/base/assert.h"
#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/base/time.h"
#include "core/money/books.h"
#include "core/money/ledger_store.h"

namespace flead::money {
namespace {

Status check_entry(const NewTransaction& input) {
  if (input.moves.size() > k_moves_max) {
    return refused("too_many_moves",
                   fmt::format("A transaction has at most {} moves", k_moves_max));
  }
  for (const Move& move : input.moves) {
    for (const std::string& path : {move.debit, move.credit}) {
      if (is_account(path)) continue;
      return refused_field("account", "account_invalid",
                           fmt::format("'{}' is no account: assets:bank or expenses:rooms, say",
                                       utf8_prefix(repair_utf8(path), k_account_bytes_max)));
    }
    if (move.debit == move.credit) {
      return refused_field("account", "account_invalid", "Money moves between two accounts");
    }
    if (move.amount_minor <= 0 || move.amount_minor > k_money_minor_max) {
      return refused_field("amount", "amount_invalid", "An amount is more than nothing");
    }
  }
  if (parse_currency(input.currency) != input.currency) {
    return refused_field("currency", "currency_invalid", "A currency has three letters: RUB");
  }
  if (!valid_utf8(input.text) || has_control_characters(input.text) ||
      utf8_length(input.text) > k_ledger_text_characters_max) {
    return refused_field(
        "text", "ledger_text_invalid",
        fmt::format("A text is one line of up to {} characters", k_ledger_text_characters_max));
  }
  return {};
}

Error month_closed(TimeMs until) {
  return refused("month_closed",
                 fmt::format("The book is closed for everything before {}", format_time(until)),
                 "Post it now, with a text that says what it is about");
}

}  // namespace

std::string chain_of(std::string_view before, const Transaction& next) {
  // Each part behind its length, so that no two contents read the same.
  std::string content;
  const auto add = [&content](std::string_view part) {
    content += std::to_string(part.size());
    content += ':';
    content += part;
  };
  add(before);
  add(next.id.text());
  add(std::to_string(next.number));
  for (const std::string& part :
       {next.kind, next.text, next.subject, next.unique_key,
        next.corrects ? next.corrects->text() : std::string(), next.currency, next.actor}) {
    add(part);
  }
  add(std::to_string(next.at));
  for (const Move& move : next.moves) {
    add(move.debit);
    add(move.credit);
    add(std::to_string(move.amount_minor));
  }
  return sha256_hex(content);
}

Result<std::optional<Transaction>> post(World& world, store::Tx& tx, const TenantId& tenant,
                                        NewTransaction input) {
  std::erase_if(input.moves, [](const Move& move) { return move.amount_minor == 0; });
  if (input.moves.empty()) return std::optional<Transaction>();
  FLEAD_CHECK(check_entry(input));
  FLEAD_TRY(const ledger_store::Book book, ledger_store::lock(tx, tenant));
  FLEAD_TRY(const bool posted, ledger_store::has_key(tx, tenant, input.unique_key));
  if (posted) return std::optional<Transaction>();
  Transaction next;
  next.id = new_id<LedgerIdTag>(world);
  next.tenant = tenant;
  next.number = book.last_number + 1;
  next.kind = std::move(input.kind);
  next.text = std::move(input.text);
  next.subject = std::move(input.subject);
  next.unique_key = std::move(input.unique_key);
  next.corrects = std::move(input.corrects);
  next.currency = std::move(input.currency);
  next.actor = std::move(input.actor);
  next.moves = std::move(input.moves);
  next.created_at = world.clock.now();
  next.at = input.at.value_or(next.created_at);
  if (next.at < book.closed_until) return month_closed(book.closed_until);
  next.chain = chain_of(book.chain, next);
  FLEAD_CHECK(ledger_store::insert(tx, next));
  return std::optional<Transaction>(std::move(next));
}

Result<Transaction> correct(World& world, store::Tx& tx, const TenantId& tenant,
                            std::int64_t number, std::string_view reason, std::string_view actor) {
  FLEAD_TRY(const Transaction wrong, load_transaction(tx, tenant, number));
  FLEAD_TRY(const ledger_store::Book book, ledger_store::lock(tx, tenant));
  FLEAD_TRY(const auto before, ledger_store::corrected_by(tx, wrong.id));
  if (before) {
    return conflict("corrected_before",
                    fmt::format("Transaction {} was corrected before, by {}", number, *before),
                    fmt::format("flead ledger show {}", *before));
  }
  NewTransaction input;
  input.kind = "correction";
  input.text = reason;
  input.subject = wrong.subject;
  input.unique_key = "correction:" + wrong.id.text();
  input.currency = wrong.currency;
  input.actor = actor;
  input.corrects = wrong.id;
  for (const Move& move : wrong.moves) {
    input.moves.push_back({move.credit, move.debit, move.amount_minor});
  }
  FLEAD_TRY(auto posted, post(world, tx, tenant, std::move(input)));
  FLEAD_ASSERT(posted.has_value() && posted->number == book.last_number + 1);
  return std::move(*posted);
}

Result<bool> is_posted(store::Tx& tx, const TenantId& tenant, std::string_view unique_key) {
  return ledger_store::has_key(tx, tenant, unique_key);
}

Result<std::int64_t> balance(store::Tx& tx, const TenantId& tenant, std::string_view account,
                             std::string_view currency) {
  return ledger_store::balance(tx, tenant, account, currency);
}

Result<TimeMs> close_month(World& world, store::Tx& tx, const TenantId& tenant, const Zone& zone,
                           std::string_view month) {
  const auto first = month.size() == 7 ? parse_date(std::string(month) + "-01") : std::nullopt;
  if (!first) {
    return refused_field("month", "month_invalid", "A month is written like 2026-10");
  }
  Date next = *first;
  next.month = first->month == 12 ? 1 : first->month + 1;
  next.year += first->month == 12 ? 1 : 0;
  const TimeMs until = zone.day_start(next);
  if (until > world.clock.now()) {
    return refused("month_open", fmt::format("{} has not ended yet", month));
  }
  FLEAD_TRY(const ledger_store::Book book, ledger_store::lock(tx, tenant));
  if (until <= book.closed_until) {
    return refused("month_closed", fmt::format("{} was closed before", month));
  }
  FLEAD_CHECK(ledger_store::set_closed(tx, tenant, until));
  return until;
}

Json to_json(const Transaction& transaction) {
  Json moves = Json::array();
  for (const Move& move : transaction.moves) {
    moves.push(Json::object({{"debit", move.debit},
                             {"credit", move.credit},
                             {"amount", to_json(Money{move.amount_minor, transaction.currency})}}));
  }
  return Json::object(
      {{"id", transaction.id.text()},
       {"number", transaction.number},
       {"kind", transaction.kind},
       {"text", transaction.text},
       {"subject", transaction.subject},
       {"corrects", transaction.corrects ? Json(transaction.corrects->text()) : Json()},
       {"actor", transaction.actor},
       {"at", format_time(transaction.at)},
       {"created_at", format_time(transaction.created_at)},
       {"moves", std::move(moves)},
       {"chain", transaction.chain}});
}

}  // namespace flead::money
