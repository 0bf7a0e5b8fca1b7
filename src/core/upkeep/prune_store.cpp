#include "core/upkeep/prune_store.h"

#include "core/money/payment.h"

namespace flead::upkeep::prune_store {

Result<std::int64_t> jobs(store::Tx& tx, TimeMs before, std::int64_t limit) {
  return tx.exec(R"sql(
      DELETE FROM jobs WHERE id IN
        (SELECT id FROM jobs
         WHERE id < $1 AND state IN ('done', 'cancelled') AND finished_at_ms < $2
         ORDER BY id LIMIT $3)
  )sql",
                 least_id(JobIdTag::k_prefix, before), before, limit);
}

Result<std::int64_t> requests(store::Tx& tx, TimeMs before, std::int64_t limit) {
  return tx.exec(R"sql(
      DELETE FROM intake_raw WHERE id IN
        (SELECT id FROM intake_raw WHERE id < $1 ORDER BY id LIMIT $2)
  )sql",
                 least_id(RawIdTag::k_prefix, before), limit);
}

Result<std::int64_t> callbacks(store::Tx& tx, TimeMs before, std::int64_t limit) {
  return tx.exec(R"sql(
      DELETE FROM callbacks WHERE id IN
        (SELECT id FROM callbacks WHERE id < $1 ORDER BY id LIMIT $2)
  )sql",
                 least_id(RawIdTag::k_prefix, before), limit);
}

Result<std::int64_t> pay_notices(store::Tx& tx, TimeMs before, std::int64_t limit) {
  return tx.exec(R"sql(
      DELETE FROM pay_notices WHERE id IN
        (SELECT id FROM pay_notices WHERE id < $1 ORDER BY id LIMIT $2)
  )sql",
                 least_id(money::k_notice_prefix, before), limit);
}

Result<std::int64_t> calcom_calls(store::Tx& tx, TimeMs before, std::int64_t limit) {
  return tx.exec(R"sql(
      DELETE FROM calcom_calls WHERE id IN
        (SELECT id FROM calcom_calls WHERE id < $1 ORDER BY id LIMIT $2)
  )sql",
                 least_id(RawIdTag::k_prefix, before), limit);
}

}  // namespace flead::upkeep::prune_store
