// The SQL of sequences. Called by sequence.cpp and sequence_run.cpp alone. Every change of an
// enrolment is guarded by the state it starts from, so a step that runs twice changes nothing the
// second time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels/sequence.h"

namespace flead::channels::sequence_store {

inline constexpr std::int64_t k_sequences_max = 100;  // of one tenant, so of one lead as well

// Nothing when the tenant has a sequence of this name.
Result<std::optional<Sequence>> insert(store::Tx& tx, const Sequence& sequence);
// Ordered by name, without the counts.
Result<std::vector<Sequence>> list(store::Tx& tx, const TenantId& tenant, std::int64_t limit);
Result<std::optional<Sequence>> by_id(store::Tx& tx, const SequenceId& id);

struct StateCount {
  SequenceId sequence;
  std::string state;
  std::int64_t enrolments = 0;
};
Result<std::vector<StateCount>> counts(store::Tx& tx, const TenantId& tenant, std::int64_t limit);

// Nothing while the lead is in this sequence.
Result<std::optional<EnrolmentId>> enrol(store::Tx& tx, const Enrolment& enrolment);
Result<std::optional<Enrolment>> enrolment_by_id(store::Tx& tx, const EnrolmentId& id);
Result<std::vector<Enrolment>> running(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                                       std::int64_t limit);
Result<std::vector<Enrolment>> enrolments(store::Tx& tx, const TenantId& tenant,
                                          const EnrolmentFilter& filter);

// step → step + 1. False: this step was taken before, or the enrolment is over.
Result<bool> take_step(store::Tx& tx, const EnrolmentId& id, std::int64_t step);
Status set_next(store::Tx& tx, const EnrolmentId& id, TimeMs next_at);
// running → done or stopped. False: it was over already.
Result<bool> end(store::Tx& tx, const EnrolmentId& id, std::string_view state,
                 std::string_view reason, TimeMs now);

// The message with this key, if it waits and has not been tried yet.
// Whatever waits for this lead that a sequence wrote, on whatever way it is by now.
Result<std::vector<MessageId>> queued_of_sequences(store::Tx& tx, const LeadId& lead);
Result<std::optional<MessageId>> queued_message(store::Tx& tx, const TenantId& tenant,
                                                std::string_view unique_key);

}  // namespace flead::channels::sequence_store
