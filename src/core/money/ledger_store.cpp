#include "core/money/ledger_store.h"

namespace flead::money::ledger_store {

namespace {

#define FLEAD_LEDGER_COLUMNS                                                           \
  "t.id, t.tenant_id, t.number, t.kind, t.text, t.subject, t.unique_key, t.corrects, " \
  "t.currency, t.actor, t.chain, t.at_ms, t.created_at_ms, m.debit, m.credit, m.amount_minor"

Transaction read_head(const store::Row& row) {
  Transaction out;
  out.id = row.id<LedgerId>(0);
  out.tenant = row.id<TenantId>(1);
  out.number = row.integer(2);
  out.kind = row.string(3);
  out.text = row.string(4);
  out.subject = row.string(5);
  out.unique_key = row.string(6);
  if (!row.is_null(7)) out.corrects = row.id<LedgerId>(7);
  out.currency = row.string(8);
  out.actor = row.string(9);
  out.chain = row.string(10);
  out.at = row.integer(11);
  out.created_at = row.integer(12);
  return out;
}

Move read_move(const store::Row& row) {
  return {row.string(13), row.string(14), row.integer(15)};
}

// Rows come a move each, those of a transaction side by side.
class Gatherer {
 public:
  explicit Gatherer(const std::function<bool(const Transaction&)>& take) : take_(take) {}
  bool row(const store::Row& row) {
    if (!current_ || current_->number != row.integer(2)) {
      if (!finish()) return false;
      current_ = read_head(row);
    }
    current_->moves.push_back(read_move(row));
    return true;
  }
  bool finish() {
    if (!current_) return true;
    const bool go_on = take_(*current_);
    current_.reset();
    return go_on;
  }

 private:
  const std::function<bool(const Transaction&)>& take_;
  std::optional<Transaction> current_;
};

template <class... Args>
Result<std::vector<Transaction>> gather(store::Tx& tx, std::string_view sql, const Args&... args) {
  std::vector<Transaction> out;
  const std::function<bool(const Transaction&)> take = [&](const Transaction& one) {
    out.push_back(one);
    return true;
  };
  Gatherer gatherer(take);
  FLEAD_CHECK(tx.each(
      sql, [&](const store::Row& row) { return gatherer.row(row); }, args...));
  gatherer.finish();
  return out;
}

Status add_to(store::Tx& tx, const Transaction& transaction, std::string_view account,
              std::int64_t debit_minor, std::int64_t credit_minor) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO ledger_balances (tenant_id, account, currency, debit_minor, credit_minor)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (tenant_id, account, currency) DO UPDATE
        SET debit_minor = ledger_balances.debit_minor + excluded.debit_minor,
            credit_minor = ledger_balances.credit_minor + excluded.credit_minor
  )sql",
                      transaction.tenant, account, transaction.currency, debit_minor,
                      credit_minor));
  return {};
}

Book read_book(const store::Row& row) {
  return {row.integer(0), row.string(1), row.integer(2)};
}

Balance read_balance(const store::Row& row) {
  return {row.string(0), row.string(1), row.integer(2), row.integer(3)};
}

// Everything below "a:b" sorts between "a:b:" and "a:b;".
std::string first_below(std::string_view account) {
  return std::string(account) + ":";
}
std::string after_below(std::string_view account) {
  return std::string(account) + ";";
}

}  // namespace

Result<Book> lock(store::Tx& tx, const TenantId& tenant) {
  return tx.one(R"sql(
      INSERT INTO ledger_books (tenant_id, last_number, chain, closed_until_ms)
      VALUES ($1, 0, '', 0)
      ON CONFLICT (tenant_id) DO UPDATE SET last_number = ledger_books.last_number
      RETURNING last_number, chain, closed_until_ms
  )sql",
                read_book, tenant);
}

Result<Book> read(store::Tx& tx, const TenantId& tenant) {
  FLEAD_TRY(auto found, tx.maybe("SELECT last_number, chain, closed_until_ms FROM ledger_books "
                                 "WHERE tenant_id = $1",
                                 read_book, tenant));
  return found ? std::move(*found) : Book();
}

Status set_closed(store::Tx& tx, const TenantId& tenant, TimeMs until) {
  FLEAD_CHECK(
      tx.exec("UPDATE ledger_books SET closed_until_ms = $2 WHERE tenant_id = $1", tenant, until));
  return {};
}

Result<bool> has_key(store::Tx& tx, const TenantId& tenant, std::string_view unique_key) {
  FLEAD_TRY(const auto found,
            tx.maybe(
                "SELECT number FROM ledger_transactions "
                "WHERE tenant_id = $1 AND unique_key = $2",
                [](const store::Row& row) { return row.integer(0); }, tenant, unique_key));
  return found.has_value();
}

Status insert(store::Tx& tx, const Transaction& transaction) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO ledger_transactions (id, tenant_id, number, kind, text, subject, unique_key,
                                       corrects, currency, actor, chain, at_ms, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  )sql",
                      transaction.id, transaction.tenant, transaction.number, transaction.kind,
                      transaction.text, transaction.subject, transaction.unique_key,
                      transaction.corrects, transaction.currency, transaction.actor,
                      transaction.chain, transaction.at, transaction.created_at));
  std::int64_t line = 0;
  for (const Move& move : transaction.moves) {
    FLEAD_CHECK(tx.exec(R"sql(
        INSERT INTO ledger_moves (tenant_id, number, line, debit, credit, amount_minor)
        VALUES ($1, $2, $3, $4, $5, $6)
    )sql",
                        transaction.tenant, transaction.number, ++line, move.debit, move.credit,
                        move.amount_minor));
    FLEAD_CHECK(add_to(tx, transaction, move.debit, move.amount_minor, 0));
    FLEAD_CHECK(add_to(tx, transaction, move.credit, 0, move.amount_minor));
  }
  FLEAD_CHECK(tx.exec("UPDATE ledger_books SET last_number = $2, chain = $3 WHERE tenant_id = $1",
                      transaction.tenant, transaction.number, transaction.chain));
  return {};
}

Result<std::optional<Transaction>> by_number(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t number) {
  FLEAD_TRY(auto found, gather(tx, "SELECT " FLEAD_LEDGER_COLUMNS R"sql(
      FROM ledger_transactions t
      JOIN ledger_moves m ON m.tenant_id = t.tenant_id AND m.number = t.number
      WHERE t.tenant_id = $1 AND t.number = $2 ORDER BY m.line
  )sql",
                               tenant, number));
  if (found.empty()) return std::optional<Transaction>();
  return std::optional<Transaction>(std::move(found.front()));
}

Result<std::optional<std::int64_t>> corrected_by(store::Tx& tx, const LedgerId& id) {
  return tx.maybe(
      "SELECT number FROM ledger_transactions WHERE corrects = $1",
      [](const store::Row& row) { return row.integer(0); }, id);
}

Result<std::int64_t> balance(store::Tx& tx, const TenantId& tenant, std::string_view account,
                             std::string_view currency) {
  FLEAD_TRY(const auto found,
            tx.maybe(
                "SELECT debit_minor - credit_minor FROM ledger_balances "
                "WHERE tenant_id = $1 AND account = $2 AND currency = $3",
                [](const store::Row& row) { return row.integer(0); }, tenant, account, currency));
  return found.value_or(0);
}

Result<std::vector<Balance>> balances(store::Tx& tx, const TenantId& tenant, std::string_view below,
                                      std::optional<TimeMs> before) {
  if (!before) {
    return tx.all(R"sql(
        SELECT account, currency, debit_minor, credit_minor FROM ledger_balances
        WHERE tenant_id = $1 AND ($2 = '' OR account = $2 OR (account >= $3 AND account < $4))
        ORDER BY account, currency LIMIT $5
    )sql",
                  read_balance, tenant, below, first_below(below), after_below(below),
                  k_balances_max);
  }
  return tx.all(R"sql(
      SELECT account, currency, CAST(SUM(debit_minor) AS BIGINT), CAST(SUM(credit_minor) AS BIGINT)
      FROM (SELECT m.debit AS account, t.currency AS currency, m.amount_minor AS debit_minor,
                   0 AS credit_minor
            FROM ledger_moves m
            JOIN ledger_transactions t ON t.tenant_id = m.tenant_id AND t.number = m.number
            WHERE m.tenant_id = $1 AND t.at_ms < $6
            UNION ALL
            SELECT m.credit, t.currency, 0, m.amount_minor
            FROM ledger_moves m
            JOIN ledger_transactions t ON t.tenant_id = m.tenant_id AND t.number = m.number
            WHERE m.tenant_id = $1 AND t.at_ms < $6) AS sides
      WHERE $2 = '' OR account = $2 OR (account >= $3 AND account < $4)
      GROUP BY account, currency ORDER BY account, currency LIMIT $5
  )sql",
                read_balance, tenant, below, first_below(below), after_below(below), k_balances_max,
                *before);
}

Status each_balance(store::Tx& tx, const TenantId& tenant,
                    const std::function<bool(const Balance&)>& take) {
  return tx.each(
      "SELECT account, currency, debit_minor, credit_minor FROM ledger_balances "
      "WHERE tenant_id = $1 ORDER BY account, currency",
      [&](const store::Row& row) { return take(read_balance(row)); }, tenant);
}

namespace {

// Of an account that few moves touch they are looked up; of one that many touch the newest entries
// are, most of which will do.
constexpr std::int64_t k_few_moves_max = 10'000;

// $1 tenant, $2 account, $3 and $4 the range of those below it.
#define FLEAD_LEDGER_TOUCHING                                                        \
  "(SELECT number FROM ledger_moves WHERE tenant_id = $1 AND debit = $2 UNION ALL "  \
  " SELECT number FROM ledger_moves WHERE tenant_id = $1 AND credit = $2 UNION ALL " \
  " SELECT number FROM ledger_moves "                                                \
  " WHERE tenant_id = $1 AND debit >= $3 AND debit < $4 UNION ALL "                  \
  " SELECT number FROM ledger_moves WHERE tenant_id = $1 AND credit >= $3 AND credit < $4)"

Result<bool> has_few_moves(store::Tx& tx, const TenantId& tenant, std::string_view account) {
  if (account.empty()) return false;
  FLEAD_TRY(const std::int64_t moves,
            tx.one(
                "SELECT COUNT(*) FROM (SELECT 1 FROM " FLEAD_LEDGER_TOUCHING
                " AS touching LIMIT $5) AS some",
                [](const store::Row& row) { return row.integer(0); }, tenant, account,
                first_below(account), after_below(account), k_few_moves_max + 1));
  return moves <= k_few_moves_max;
}

}  // namespace

Result<std::vector<Transaction>> list(store::Tx& tx, const TenantId& tenant,
                                      const LedgerFilter& filter) {
  constexpr std::string_view k_start = R"sql(
      SELECT t.number FROM ledger_transactions t
      WHERE t.tenant_id = $1 AND t.number < $5
        AND ($6 = '' OR t.kind = $6) AND ($7 = '' OR t.subject = $7)
        AND t.at_ms >= $8 AND t.at_ms < $9 AND )sql";
  constexpr std::string_view k_few = "t.number IN " FLEAD_LEDGER_TOUCHING;
  constexpr std::string_view k_many = R"sql(($2 = '' OR EXISTS (
          SELECT 1 FROM ledger_moves m WHERE m.tenant_id = t.tenant_id AND m.number = t.number
            AND (m.debit = $2 OR m.credit = $2 OR (m.debit >= $3 AND m.debit < $4)
                 OR (m.credit >= $3 AND m.credit < $4)))))sql";
  const std::int64_t before = filter.before_number > 0 ? filter.before_number : INT64_MAX;
  FLEAD_TRY(const bool few, has_few_moves(tx, tenant, filter.account));
  const std::string sql = std::string(k_start) + std::string(few ? k_few : k_many) +
                          " ORDER BY t.number DESC LIMIT $10";
  FLEAD_TRY(
      const auto numbers,
      tx.all(
          sql, [](const store::Row& row) { return row.integer(0); }, tenant, filter.account,
          first_below(filter.account), after_below(filter.account), before, filter.kind,
          filter.subject, filter.from.value_or(0), filter.to.value_or(INT64_MAX), filter.limit));
  std::vector<Transaction> out;
  for (const std::int64_t number : numbers) {
    FLEAD_TRY(auto one, by_number(tx, tenant, number));
    if (one) out.push_back(std::move(*one));
  }
  return out;
}

Status each(store::Tx& tx, const TenantId& tenant, const NumberRange& range,
            const std::function<bool(const Transaction&)>& take) {
  Gatherer gatherer(take);
  FLEAD_CHECK(tx.each(
      "SELECT " FLEAD_LEDGER_COLUMNS R"sql(
      FROM ledger_transactions t
      JOIN ledger_moves m ON m.tenant_id = t.tenant_id AND m.number = t.number
      WHERE t.tenant_id = $1 AND t.number > $2 AND t.number <= $3 ORDER BY t.number, m.line
  )sql",
      [&](const store::Row& row) { return gatherer.row(row); }, tenant, range.after, range.last));
  gatherer.finish();
  return {};
}

Result<std::vector<TenantId>> tenants_with_books(store::Tx& tx, std::int64_t limit) {
  return tx.all(
      "SELECT tenant_id FROM ledger_books ORDER BY tenant_id LIMIT $1",
      [](const store::Row& row) { return row.id<TenantId>(0); }, limit);
}

#undef FLEAD_LEDGER_COLUMNS
#undef FLEAD_LEDGER_TOUCHING

}  // namespace flead::money::ledger_store
