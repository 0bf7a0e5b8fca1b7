#include "core/channels/sequence_store.h"

#include <cstdint>
#include <string>
#include <utility>

namespace flead::channels::sequence_store {
namespace {

constexpr std::int64_t k_queued_messages_max = 500;  // of one lead

constexpr std::string_view k_sequence_columns = "id, tenant_id, name, steps, created_at_ms";
constexpr std::string_view k_enrolment_select = R"sql(
    SELECT e.id, e.tenant_id, e.sequence_id, s.name, e.lead_id, e.state, e.reason, e.step,
           e.next_at_ms, e.started_at_ms, e.ended_at_ms
    FROM enrolments e JOIN sequences s ON s.id = e.sequence_id
)sql";

std::string steps_text(const Sequence& sequence) {
  Json steps = Json::array();
  for (const SequenceStep& step : sequence.steps) {
    steps.push(Json::object({{"after_ms", step.after_ms},
                             {"template", step.template_name},
                             {"text", step.text},
                             {"purpose", sequence.purpose}}));
  }
  return steps.dump();
}

// Our own writing; what does not parse reads as no steps, and whoever is in it is done.
void read_steps(std::string_view text, Sequence& sequence) {
  const auto steps = parse_json(text);
  if (!steps) return;
  for (const Json& one : steps->items()) {
    SequenceStep step;
    step.after_ms = one.integer("after_ms").value_or(0);
    step.template_name = one.text("template").value_or("");
    step.text = one.text("text").value_or("");
    sequence.steps.push_back(std::move(step));
    if (one.text("purpose") == "ad") sequence.purpose = "ad";
  }
}

Sequence read_sequence(const store::Row& row) {
  Sequence sequence;
  sequence.id = row.id<SequenceId>(0);
  sequence.tenant = row.id<TenantId>(1);
  sequence.name = row.string(2);
  read_steps(row.text(3), sequence);
  sequence.created_at = row.integer(4);
  return sequence;
}

Enrolment read_enrolment(const store::Row& row) {
  Enrolment enrolment;
  enrolment.id = row.id<EnrolmentId>(0);
  enrolment.tenant = row.id<TenantId>(1);
  enrolment.sequence = row.id<SequenceId>(2);
  enrolment.sequence_name = row.string(3);
  enrolment.lead = row.id<LeadId>(4);
  enrolment.state = row.string(5);
  enrolment.reason = row.string(6);
  enrolment.step = row.integer(7);
  enrolment.next_at = row.integer_or_null(8);
  enrolment.started_at = row.integer(9);
  enrolment.ended_at = row.integer_or_null(10);
  return enrolment;
}

std::string select_sequences(std::string_view rest) {
  return "SELECT " + std::string(k_sequence_columns) + " FROM sequences " + std::string(rest);
}

std::string select_enrolments(std::string_view rest) {
  return std::string(k_enrolment_select) + std::string(rest);
}

}  // namespace

Result<std::optional<Sequence>> insert(store::Tx& tx, const Sequence& sequence) {
  return tx.maybe(R"sql(
      INSERT INTO sequences (id, tenant_id, name, steps, created_at_ms)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (tenant_id, name) DO NOTHING
      RETURNING )sql" +
                      std::string(k_sequence_columns),
                  read_sequence, sequence.id, sequence.tenant, sequence.name, steps_text(sequence),
                  sequence.created_at);
}

Result<std::vector<Sequence>> list(store::Tx& tx, const TenantId& tenant, std::int64_t limit) {
  return tx.all(select_sequences("WHERE tenant_id = $1 ORDER BY name LIMIT $2"), read_sequence,
                tenant, limit);
}

Result<std::optional<Sequence>> by_id(store::Tx& tx, const SequenceId& id) {
  return tx.maybe(select_sequences("WHERE id = $1"), read_sequence, id);
}

Result<std::vector<StateCount>> counts(store::Tx& tx, const TenantId& tenant, std::int64_t limit) {
  return tx.all(R"sql(
      SELECT sequence_id, state, COUNT(*) FROM enrolments WHERE tenant_id = $1
      GROUP BY sequence_id, state LIMIT $2
  )sql",
                [](const store::Row& row) {
                  return StateCount{row.id<SequenceId>(0), row.string(1), row.integer(2)};
                },
                tenant, limit);
}

Result<std::optional<EnrolmentId>> enrol(store::Tx& tx, const Enrolment& enrolment) {
  return tx.maybe(R"sql(
      INSERT INTO enrolments (id, tenant_id, sequence_id, lead_id, state, reason, step, next_at_ms,
                              started_at_ms, ended_at_ms)
      VALUES ($1, $2, $3, $4, 'running', '', 0, $5, $6, NULL)
      ON CONFLICT (lead_id, sequence_id) WHERE state = 'running' DO NOTHING
      RETURNING id
  )sql",
                  [](const store::Row& row) { return row.id<EnrolmentId>(0); }, enrolment.id,
                  enrolment.tenant, enrolment.sequence, enrolment.lead, enrolment.next_at,
                  enrolment.started_at);
}

Result<std::optional<Enrolment>> enrolment_by_id(store::Tx& tx, const EnrolmentId& id) {
  return tx.maybe(select_enrolments("WHERE e.id = $1"), read_enrolment, id);
}

Result<std::vector<Enrolment>> running(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                       std::int64_t limit) {
  return tx.all(select_enrolments("WHERE e.lead_id = $1 AND e.tenant_id = $2 "
                                  "AND e.state = 'running' ORDER BY e.id LIMIT $3"),
                read_enrolment, lead, tenant, limit);
}

Result<std::vector<Enrolment>> enrolments(store::Tx& tx, const TenantId& tenant,
                                          const EnrolmentFilter& filter) {
  return tx.all(select_enrolments(R"sql(
      WHERE e.tenant_id = $1 AND ($2 = '' OR e.sequence_id = $2) AND ($3 = '' OR e.lead_id = $3)
        AND ($4 = '' OR e.state = $4) AND ($5 = '' OR e.id < $5)
        AND e.started_at_ms >= $6 AND e.started_at_ms < $7
      ORDER BY e.id DESC LIMIT $8
  )sql"),
                read_enrolment, tenant, filter.sequence_id, filter.lead_id, filter.state,
                filter.before_id, filter.since.value_or(INT64_MIN),
                filter.until.value_or(INT64_MAX), filter.limit);
}

Result<bool> take_step(store::Tx& tx, const EnrolmentId& id, std::int64_t step) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE enrolments SET step = step + 1, next_at_ms = NULL
      WHERE id = $1 AND step = $2 AND state = 'running'
  )sql",
                                        id, step));
  return changed == 1;
}

Status set_next(store::Tx& tx, const EnrolmentId& id, TimeMs next_at) {
  FLEAD_CHECK(tx.exec("UPDATE enrolments SET next_at_ms = $2 WHERE id = $1 AND state = 'running'",
                      id, next_at));
  return {};
}

Result<bool> end(store::Tx& tx, const EnrolmentId& id, std::string_view state,
                 std::string_view reason, TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE enrolments SET state = $2, reason = $3, next_at_ms = NULL, ended_at_ms = $4
      WHERE id = $1 AND state = 'running'
  )sql",
                                        id, state, reason, now));
  return changed == 1;
}

Result<std::vector<MessageId>> queued_of_sequences(store::Tx& tx, const LeadId& lead) {
  return tx.all(R"sql(
      SELECT id FROM messages
      WHERE lead_id = $1 AND state = 'queued' AND template >= 'sequence.' AND template < 'sequence/'
      ORDER BY id LIMIT $2
  )sql",
                [](const store::Row& row) { return row.id<MessageId>(0); }, lead,
                k_queued_messages_max);
}

Result<std::optional<MessageId>> queued_message(store::Tx& tx, const TenantId& tenant,
                                                std::string_view unique_key) {
  return tx.maybe(
      "SELECT id FROM messages WHERE tenant_id = $1 AND unique_key = $2 AND state = 'queued'",
      [](const store::Row& row) { return row.id<MessageId>(0); }, tenant, unique_key);
}

}  // namespace flead::channels::sequence_store
