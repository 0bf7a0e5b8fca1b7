#include "core/money/payout_wishes_store.h"

namespace flead::money::payout_wishes_store {

namespace {

constexpr std::string_view k_wish_columns =
    "SELECT id, tenant_id, host_id, host_slug, kind, shown, company, state, reason, asked_at_ms, "
    "due_at_ms, ended_at_ms FROM payout_wishes ";

MethodWish read_wish_row(const store::Row& row) {
  MethodWish out;
  out.id = row.id<MethodWishId>(0);
  out.tenant = row.id<TenantId>(1);
  out.host = row.id<HostId>(2);
  out.host_slug = row.string(3);
  out.kind = row.string(4);
  out.shown = row.string(5);
  out.company = row.flag(6);
  out.state = row.string(7);
  out.reason = row.string(8);
  out.asked_at = row.integer(9);
  out.due_at = row.integer_or_null(10);
  out.ended_at = row.integer_or_null(11);
  return out;
}

std::string wishes_where(std::string_view rest) {
  return std::string(k_wish_columns) + std::string(rest);
}

}  // namespace

Status insert(store::Tx& tx, const MethodWish& wish, std::string_view sealed,
              std::string_view token_hash) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO payout_wishes (id, tenant_id, host_id, host_slug, kind, company, sealed, shown,
                                 state, reason, token_hash, asked_at_ms, due_at_ms, ended_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', '', $9, $10, NULL, NULL)
  )sql",
                      wish.id, wish.tenant, wish.host, wish.host_slug, wish.kind,
                      wish.company ? 1 : 0, sealed, wish.shown, token_hash, wish.asked_at));
  return {};
}

Result<std::optional<MethodWish>> by_id(store::Tx& tx, const MethodWishId& id) {
  return tx.maybe(wishes_where("WHERE id = $1"), read_wish_row, id);
}

Result<std::optional<MethodWish>> by_token(store::Tx& tx, std::string_view token_hash) {
  return tx.maybe(wishes_where("WHERE token_hash = $1"), read_wish_row, token_hash);
}

Result<std::optional<MethodWish>> of_host(store::Tx& tx, const HostId& host) {
  return tx.maybe(wishes_where("WHERE host_id = $1 AND (state = 'asked' OR state = 'confirmed')"),
                  read_wish_row, host);
}

Result<std::vector<MethodWish>> waiting(store::Tx& tx, const TenantId& tenant) {
  return tx.all(wishes_where("WHERE tenant_id = $1 AND (state = 'asked' OR state = 'confirmed') "
                             "ORDER BY id DESC LIMIT $2"),
                read_wish_row, tenant, k_method_wishes_max);
}

Result<std::string> sealed_of(store::Tx& tx, const MethodWishId& id) {
  return tx.one(
      "SELECT sealed FROM payout_wishes WHERE id = $1",
      [](const store::Row& row) { return row.string(0); }, id);
}

Result<bool> update(store::Tx& tx, const MethodWish& wish, std::string_view from) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      UPDATE payout_wishes
      SET state = $3, reason = $4, due_at_ms = $5, ended_at_ms = $6,
          sealed = CASE WHEN $3 = 'taken' OR $3 = 'dropped' THEN '' ELSE sealed END
      WHERE id = $1 AND state = $2
  )sql",
                    wish.id, from, wish.state, wish.reason, wish.due_at, wish.ended_at));
  return changed == 1;
}

}  // namespace flead::money::payout_wishes_store
