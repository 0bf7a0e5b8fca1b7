#include "core/money/mock_store.h"

namespace flead::money::mock_store {

namespace {

constexpr std::string_view k_mock_columns =
    "SELECT id, account_id, ours, state, amount_minor, currency, hold, payment, reason, saves, "
    "created_at_ms FROM mock_objects ";

Object read_mock(const store::Row& row) {
  Object out;
  out.id = row.string(0);
  out.account = row.id<PayAccountId>(1);
  out.ours = row.string(2);
  out.state = row.string(3);
  out.amount = {row.integer(4), row.string(5)};
  out.hold = row.flag(6);
  out.payment = row.string(7);
  out.reason = row.string(8);
  out.saves = row.flag(9);
  out.created_at = row.integer(10);
  return out;
}

}  // namespace

Status insert(store::Tx& tx, const Object& object) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO mock_objects (id, account_id, ours, state, amount_minor, currency, hold, payment,
                                reason, saves, created_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  )sql",
                      object.id, object.account, object.ours, object.state,
                      object.amount.amount_minor, object.amount.currency, object.hold ? 1 : 0,
                      object.payment, object.reason, object.saves ? 1 : 0, object.created_at));
  return {};
}

Result<std::optional<Object>> by_id(store::Tx& tx, const PayAccountId& account,
                                    std::string_view id) {
  return tx.maybe(std::string(k_mock_columns) + "WHERE account_id = $1 AND id = $2", read_mock,
                  account, id);
}

Result<std::optional<Object>> by_ours(store::Tx& tx, const PayAccountId& account,
                                      std::string_view ours) {
  return tx.maybe(std::string(k_mock_columns) + "WHERE account_id = $1 AND ours = $2", read_mock,
                  account, ours);
}

Status update(store::Tx& tx, const Object& object) {
  FLEAD_CHECK(
      tx.exec("UPDATE mock_objects SET state = $2, amount_minor = $3, reason = $4 WHERE id = $1",
              object.id, object.state, object.amount.amount_minor, object.reason));
  return {};
}

Result<std::int64_t> refunded_minor(store::Tx& tx, std::string_view payment) {
  return tx.one(
      "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM mock_objects "
      "WHERE payment = $1 AND payment <> ''",
      [](const store::Row& row) { return row.integer(0); }, payment);
}

}  // namespace flead::money::mock_store
