#include "core/channels/person.h"

#include <algorithm>
#include <map>

namespace flead::channels {
namespace {

// What a callback would hold of a message: the digits of a number, as providers write them.
std::string spoken_of(const PersonMessage& message) {
  constexpr std::size_t k_digits_least = 7;  // fewer would match by chance
  std::string digits;
  for (const char c : message.address) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return message.channel_kind == "sms" && digits.size() >= k_digits_least ? digits : "";
}

}  // namespace

Result<std::vector<PersonMessage>> messages_of(store::Tx& tx, const TenantId& tenant,
                                               const LeadId& lead) {
  std::vector<PersonMessage> found;
  FLEAD_CHECK(tx.each(
      R"sql(
      SELECT id, channel_id, channel_kind, state, address, provider_says, sent_at_ms
      FROM messages WHERE lead_id = $1 AND tenant_id = $2 ORDER BY id
  )sql",
      [&](const store::Row& row) {
        found.push_back({row.id<MessageId>(0), row.id<ChannelId>(1), row.string(2), row.string(3),
                         row.string(4), row.string(5), row.integer_or_null(6)});
        return true;
      },
      lead, tenant));
  return found;
}

Result<std::vector<std::string>> callbacks_about(store::Tx& tx, const LeadId& lead,
                                                 const std::vector<PersonMessage>& messages,
                                                 TimeMs since) {
  std::map<std::string, std::vector<std::string>> words;  // by channel
  for (const PersonMessage& message : messages) {
    if (std::string word = spoken_of(message); !word.empty()) {
      words[message.channel.text()].push_back(std::move(word));
    }
  }
  FLEAD_CHECK(tx.each(
      "SELECT channel_id, address FROM identities WHERE lead_id = $1",
      [&](const store::Row& row) {
        words[row.string(0)].push_back(row.string(1));
        return true;
      },
      lead));
  // What a human inbox tells names the lead, or the conversation alone.
  FLEAD_CHECK(tx.each(
      "SELECT channel_id, conversation FROM desk_threads WHERE lead_id = $1",
      [&](const store::Row& row) {
        std::vector<std::string>& of_desk = words[row.string(0)];
        of_desk.push_back(lead.text());
        if (row.text(1).empty()) return true;
        of_desk.push_back("\"conversation_id\":" + row.string(1) + ",");
        of_desk.push_back("\"conversation_id\":" + row.string(1) + "}");
        return true;
      },
      lead));
  std::vector<std::string> found;
  for (const auto& [channel, numbers] : words) {
    FLEAD_CHECK(tx.each(
        R"sql(
        SELECT id, body, dedupe_key FROM callbacks WHERE channel_id = $1 AND received_at_ms >= $2
    )sql",
        [&, &numbers = numbers](const store::Row& row) {
          const auto speaks = [&](const std::string& number) {
            return row.text(1).find(number) != std::string_view::npos ||
                   row.text(2).find(number) != std::string_view::npos;
          };
          if (std::any_of(numbers.begin(), numbers.end(), speaks)) found.push_back(row.string(0));
          return true;
        },
        channel, since));
  }
  return found;
}

Status erase_messages(store::Tx& tx, const TenantId& tenant, const LeadId& lead,
                      const std::vector<std::string>& callbacks) {
  FLEAD_CHECK(
      tx.exec("DELETE FROM desk_answers WHERE thread_id IN (SELECT id FROM desk_threads WHERE "
              "lead_id = $1)",
              lead));
  FLEAD_CHECK(
      tx.exec("DELETE FROM desk_threads WHERE lead_id = $1 AND tenant_id = $2", lead, tenant));
  FLEAD_CHECK(tx.exec("DELETE FROM messages WHERE lead_id = $1 AND tenant_id = $2", lead, tenant));
  FLEAD_CHECK(tx.exec("DELETE FROM inbound WHERE lead_id = $1 AND tenant_id = $2", lead, tenant));
  FLEAD_CHECK(
      tx.exec("DELETE FROM identities WHERE lead_id = $1 AND tenant_id = $2", lead, tenant));
  FLEAD_CHECK(
      tx.exec("DELETE FROM route_steps WHERE lead_id = $1 AND tenant_id = $2", lead, tenant));
  FLEAD_CHECK(
      tx.exec("DELETE FROM enrolments WHERE lead_id = $1 AND tenant_id = $2", lead, tenant));
  for (const std::string& id : callbacks) {
    FLEAD_CHECK(tx.exec("DELETE FROM callbacks WHERE id = $1", id));
  }
  return {};
}

}  // namespace flead::channels
