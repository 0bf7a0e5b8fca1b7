#include "core/money/payments_store.h"

namespace flead::money::payments_store {

namespace {

constexpr std::int64_t k_refunds_max = 100;  // of one payment

constexpr std::string_view k_payment_columns = R"sql(
    SELECT p.id, p.tenant_id, p.account_id, a.name, a.provider, p.lead_id, p.purpose, p.subject,
           p.amount_minor, p.currency, p.state, p.two_step, p.token, p.text, p.language,
           p.provider_id, p.confirm_url, p.method, p.test, p.reason, p.problem, p.fee_minor,
           p.refunded_minor, p.called_at_ms, p.hold_until_ms, p.succeeded_at_ms, p.created_at_ms,
           p.updated_at_ms, p.payee, p.share_percent, p.fee_by_payee, p.payer, p.saving,
           p.saving_words, p.saving_at_ms, p.saved_method, p.saving_needed
    FROM payments p JOIN pay_accounts a ON a.id = p.account_id
)sql";

Payment read_row(const store::Row& row) {
  Payment out;
  out.id = row.id<PaymentId>(0);
  out.tenant = row.id<TenantId>(1);
  out.account = row.id<PayAccountId>(2);
  out.account_name = row.string(3);
  out.provider = row.string(4);
  if (!row.is_null(5)) out.lead = row.id<LeadId>(5);
  out.purpose = row.string(6);
  out.subject = row.string(7);
  out.amount = {row.integer(8), row.string(9)};
  out.state = row.string(10);
  out.two_step = row.flag(11);
  out.token = row.string(12);
  out.text = row.string(13);
  out.language = row.string(14);
  out.provider_id = row.string(15);
  out.confirm_url = row.string(16);
  out.method = row.string(17);
  out.test = row.flag(18);
  out.reason = row.string(19);
  out.problem = row.string(20);
  out.fee_minor = row.integer_or_null(21);
  out.refunded_minor = row.integer(22);
  out.called_at = row.integer_or_null(23);
  out.hold_until = row.integer_or_null(24);
  out.succeeded_at = row.integer_or_null(25);
  out.created_at = row.integer(26);
  out.updated_at = row.integer(27);
  out.payee = row.string(28);
  out.share_percent = row.integer(29);
  out.fee_by_payee = row.flag(30);
  out.payer = row.string(31);
  out.saving = row.string(32);
  out.saving_words = row.string(33);
  out.saving_at = row.integer_or_null(34);
  out.saved_method = row.string(35);
  out.saving_needed = row.flag(36);
  return out;
}

constexpr std::string_view k_refund_columns = R"sql(
    SELECT r.id, r.tenant_id, r.payment_id, r.amount_minor, p.currency, r.state, r.attempt, r.why,
           r.actor, r.unique_key, r.provider_id, r.reason, r.called_at_ms, r.created_at_ms,
           r.updated_at_ms
    FROM refunds r JOIN payments p ON p.id = r.payment_id
)sql";

Refund read_refund_row(const store::Row& row) {
  Refund out;
  out.id = row.id<RefundId>(0);
  out.tenant = row.id<TenantId>(1);
  out.payment = row.id<PaymentId>(2);
  out.amount = {row.integer(3), row.string(4)};
  out.state = row.string(5);
  out.attempt = row.integer(6);
  out.why = row.string(7);
  out.actor = row.string(8);
  out.unique_key = row.string(9);
  out.provider_id = row.string(10);
  out.reason = row.string(11);
  out.called_at = row.integer_or_null(12);
  out.created_at = row.integer(13);
  out.updated_at = row.integer(14);
  return out;
}

std::string payments_where(std::string_view rest) {
  return std::string(k_payment_columns) + std::string(rest);
}
std::string refunds_where(std::string_view rest) {
  return std::string(k_refund_columns) + std::string(rest);
}

}  // namespace

Status insert(store::Tx& tx, const Payment& payment) {
  FLEAD_CHECK(tx.exec(
      R"sql(
      INSERT INTO payments (id, tenant_id, account_id, lead_id, purpose, subject, amount_minor,
                            currency, state, two_step, token, text, language, provider_id,
                            confirm_url, method, test, reason, problem, fee_minor, refunded_minor,
                            called_at_ms, hold_until_ms, succeeded_at_ms, created_at_ms,
                            updated_at_ms, payee, share_percent, fee_by_payee, payer, saving,
                            saving_words, saved_method, saving_needed)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', '', $14, '', '',
              NULL, 0, NULL, $15, NULL, $16, $16, $17, $18, $19, $20, $21, $22, $23,
              $24)
  )sql",
      payment.id, payment.tenant, payment.account, payment.lead, payment.purpose, payment.subject,
      payment.amount.amount_minor, payment.amount.currency, payment.state, payment.two_step ? 1 : 0,
      payment.token, payment.text, payment.language, payment.test ? 1 : 0, payment.hold_until,
      payment.created_at, payment.payee, payment.share_percent, payment.fee_by_payee ? 1 : 0,
      payment.payer, payment.saving, payment.saving_words, payment.saved_method,
      payment.saving_needed ? 1 : 0));
  return {};
}

Result<std::optional<Payment>> by_id(store::Tx& tx, const PaymentId& id) {
  return tx.maybe(payments_where("WHERE p.id = $1"), read_row, id);
}

Result<std::optional<Payment>> by_token(store::Tx& tx, std::string_view token) {
  return tx.maybe(payments_where("WHERE p.token = $1"), read_row, token);
}

Result<std::optional<Payment>> by_provider_id(store::Tx& tx, const PayAccountId& account,
                                              std::string_view provider_id) {
  return tx.maybe(payments_where("WHERE p.account_id = $1 AND p.provider_id = $2 "
                                 "AND p.provider_id <> ''"),
                  read_row, account, provider_id);
}

Result<std::vector<Payment>> of_subject(store::Tx& tx, const TenantId& tenant,
                                        std::string_view subject) {
  return tx.all(payments_where("WHERE p.tenant_id = $1 AND p.subject = $2 AND p.subject <> '' "
                               "ORDER BY p.id LIMIT $3"),
                read_row, tenant, subject, k_payments_of_subject_max);
}

Result<std::vector<Payment>> list(store::Tx& tx, const TenantId& tenant,
                                  const PaymentFilter& filter) {
  return tx.all(payments_where(R"sql(
      WHERE p.tenant_id = $1 AND ($2 = '' OR p.state = $2) AND ($3 = '' OR p.subject = $3)
        AND ($4 = '' OR p.lead_id = $4) AND ($5 = 0 OR p.problem <> '')
        AND p.created_at_ms >= $6 AND p.created_at_ms < $7 AND ($8 = '' OR p.id < $8)
        AND ($10 = '' OR p.account_id = $10) AND ($11 = 0 OR p.saving = 'not_saved')
      ORDER BY p.id DESC LIMIT $9
  )sql"),
                read_row, tenant, filter.state, filter.subject, filter.lead,
                filter.problems ? 1 : 0, filter.since.value_or(0), filter.until.value_or(INT64_MAX),
                filter.before_id, filter.limit, filter.account, filter.not_saved ? 1 : 0);
}

Result<bool> update(store::Tx& tx, const Payment& payment, std::string_view from) {
  FLEAD_TRY(
      const auto changed,
      tx.exec(R"sql(
      UPDATE payments
      SET state = $3, amount_minor = $4, provider_id = $5, confirm_url = $6, method = $7,
          reason = $8, problem = $9, fee_minor = $10, refunded_minor = $11, succeeded_at_ms = $12,
          updated_at_ms = $13, saving = $14, saved_method = $15
      WHERE id = $1 AND state = $2
  )sql",
              payment.id, from, payment.state, payment.amount.amount_minor, payment.provider_id,
              payment.confirm_url, payment.method, payment.reason, payment.problem,
              payment.fee_minor, payment.refunded_minor, payment.succeeded_at, payment.updated_at,
              payment.saving, payment.saved_method));
  return changed == 1;
}

Result<bool> set_called(store::Tx& tx, const PaymentId& id, TimeMs now) {
  FLEAD_TRY(const auto changed,
            tx.exec("UPDATE payments SET called_at_ms = COALESCE(called_at_ms, $2) "
                    "WHERE id = $1 AND state = 'created'",
                    id, now));
  return changed == 1;
}

Result<bool> set_saving(store::Tx& tx, const Payment& payment, std::string_view from) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      UPDATE payments SET saving = $3, saving_words = $4, saving_at_ms = $5, saved_method = $6,
                          updated_at_ms = $7
      WHERE id = $1 AND saving = $2 AND state = 'created'
  )sql",
                    payment.id, from, payment.saving, payment.saving_words, payment.saving_at,
                    payment.saved_method, payment.updated_at));
  return changed == 1;
}

Status set_subject(store::Tx& tx, const PaymentId& id, std::string_view subject) {
  FLEAD_CHECK(tx.exec("UPDATE payments SET subject = $2 WHERE id = $1", id, subject));
  return {};
}

Status set_hold(store::Tx& tx, const PaymentId& id, TimeMs until) {
  FLEAD_CHECK(tx.exec("UPDATE payments SET hold_until_ms = $2 WHERE id = $1", id, until));
  return {};
}

Status lock(store::Tx& tx, const PaymentId& id) {
  FLEAD_CHECK(tx.exec("UPDATE payments SET state = state WHERE id = $1", id));
  return {};
}

Result<bool> insert_refund(store::Tx& tx, const Refund& refund) {
  FLEAD_TRY(
      const auto changed,
      tx.exec(R"sql(
      INSERT INTO refunds (id, tenant_id, payment_id, amount_minor, state, attempt, why, actor,
                           unique_key, provider_id, reason, called_at_ms, created_at_ms,
                           updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', NULL, $10, $10)
      ON CONFLICT (payment_id, unique_key) DO NOTHING
  )sql",
              refund.id, refund.tenant, refund.payment, refund.amount.amount_minor, refund.state,
              refund.attempt, refund.why, refund.actor, refund.unique_key, refund.created_at));
  return changed == 1;
}

Result<std::optional<Refund>> refund_by_id(store::Tx& tx, const RefundId& id) {
  return tx.maybe(refunds_where("WHERE r.id = $1"), read_refund_row, id);
}

Result<std::optional<Refund>> refund_by_provider_id(store::Tx& tx, const PayAccountId& account,
                                                    std::string_view provider_id) {
  return tx.maybe(refunds_where("WHERE p.account_id = $1 AND r.provider_id = $2 "
                                "AND r.provider_id <> ''"),
                  read_refund_row, account, provider_id);
}

Result<std::vector<Refund>> refunds_of(store::Tx& tx, const PaymentId& payment) {
  return tx.all(refunds_where("WHERE r.payment_id = $1 ORDER BY r.id LIMIT $2"), read_refund_row,
                payment, k_refunds_max);
}

Result<std::vector<Refund>> canceled_refunds(store::Tx& tx, const TenantId& tenant,
                                             std::int64_t limit) {
  return tx.all(refunds_where("WHERE r.tenant_id = $1 AND r.state = 'canceled' "
                              "ORDER BY r.id LIMIT $2"),
                read_refund_row, tenant, limit);
}

Result<bool> update_refund(store::Tx& tx, const Refund& refund, std::string_view from) {
  FLEAD_TRY(const auto changed,
            tx.exec(R"sql(
      UPDATE refunds SET state = $3, attempt = $4, provider_id = $5, reason = $6,
                         called_at_ms = $7, updated_at_ms = $8
      WHERE id = $1 AND state = $2
  )sql",
                    refund.id, from, refund.state, refund.attempt, refund.provider_id,
                    refund.reason, refund.called_at, refund.updated_at));
  return changed == 1;
}

Result<std::int64_t> open_refunds(store::Tx& tx, const PayAccountId& account) {
  return tx.one(R"sql(
      SELECT COUNT(*) FROM refunds r JOIN payments p ON p.id = r.payment_id
      WHERE p.account_id = $1 AND r.state IN ('created', 'pending')
  )sql",
                [](const store::Row& row) { return row.integer(0); }, account);
}

Result<std::int64_t> refunding_minor(store::Tx& tx, const PaymentId& payment) {
  return tx.one(
      "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM refunds "
      "WHERE payment_id = $1",
      [](const store::Row& row) { return row.integer(0); }, payment);
}

}  // namespace flead::money::payments_store
