#include "core/channels/outbox_store.h"

#include <cstdint>
#include <utility>

namespace flead::channels::outbox_store {

namespace {

// Among how many of a tenant's newest messages a price is looked for.
constexpr std::int64_t k_price_messages_max = 200;

#define FLEAD_MESSAGE_COLUMNS                                                                  \
  "id, tenant_id, lead_id, channel_id, channel_kind, template, lang, purpose, address, "       \
  "subject, body_text, body_html, button_text, button_url, calendar, calendar_method, state, " \
  "variables, tried, attempt, provider_id, provider_says, segments, cost_minor, "              \
  "cost_currency, created_at_ms, handed_at_ms, sent_at_ms, delivered_at_ms, updated_at_ms, "   \
  "give_up_at_ms, read_at_ms"

// All that the text was made of. Whom an answer reaches is said here too: it belongs to the message
// as a whole, and no query asks for it.
std::string variables_text(const Message& message) {
  Json plain = Json::object();
  Json html = Json::object();
  for (const auto& [name, value] : message.variables) plain.set(name, value);
  for (const auto& [name, value] : message.html_variables) html.set(name, value);
  Json json = Json::object({{"plain", std::move(plain)}, {"html", std::move(html)}});
  if (!message.reply_to.empty()) json.set("reply_to", message.reply_to);
  if (!message.root.empty()) json.set("root", message.root);
  if (!message.reply_buttons.empty()) {
    Json buttons = Json::array();
    for (const ReplyButton& button : message.reply_buttons) {
      buttons.push(Json::object({{"text", button.text}, {"payload", button.payload}}));
    }
    json.set("buttons", std::move(buttons));
  }
  return json.dump();
}

Variables read_variables(const Json& json, std::string_view which) {
  Variables out;
  const Json* object = json.find(which);
  if (object == nullptr) return out;
  for (const auto& [name, value] : object->members()) out[name] = value.text().value_or("");
  return out;
}

Message read_message(const store::Row& row) {
  Message message;
  message.id = row.id<MessageId>(0);
  message.tenant = row.id<TenantId>(1);
  if (!row.is_null(2)) message.lead = row.id<LeadId>(2);
  message.channel = row.id<ChannelId>(3);
  message.channel_kind = row.string(4);
  message.template_name = row.string(5);
  message.language = row.string(6);
  message.purpose = row.string(7);
  message.address = row.string(8);
  message.subject = row.string(9);
  message.body_text = row.string(10);
  message.body_html = row.string(11);
  message.button_text = row.string(12);
  message.button_url = row.string(13);
  message.calendar = row.string(14);
  message.calendar_method = row.string(15);
  message.state = row.string(16);
  // Our own writing; were it damaged, another channel would render with fallbacks.
  const auto variables = parse_json(row.text(17));
  if (variables) {
    message.variables = read_variables(*variables, "plain");
    message.html_variables = read_variables(*variables, "html");
    message.reply_to = variables->text("reply_to").value_or("");
    message.root = variables->text("root").value_or("");
    if (const Json* buttons = variables->find("buttons")) {
      for (const Json& button : buttons->items()) {
        message.reply_buttons.push_back(
            {button.text("text").value_or(""), button.text("payload").value_or("")});
      }
    }
  }
  message.tried = row.string(18);
  message.attempt = static_cast<int>(row.integer(19));
  message.provider_id = row.string(20);
  message.provider_says = row.string(21);
  message.segments = row.integer(22);
  message.cost_minor = row.integer_or_null(23);
  message.cost_currency = row.string(24);
  message.created_at = row.integer(25);
  message.handed_at = row.integer_or_null(26);
  message.sent_at = row.integer_or_null(27);
  message.delivered_at = row.integer_or_null(28);
  message.updated_at = row.integer(29);
  message.give_up_at = row.integer(30);
  message.read_at = row.integer_or_null(31);
  return message;
}

}  // namespace

Result<std::optional<Message>> insert(store::Tx& tx, const Message& message,
                                      const std::optional<std::string>& unique_key) {
  return tx.maybe(R"sql(
      INSERT INTO messages (id, tenant_id, lead_id, channel_id, channel_kind, template, lang,
                            purpose, address, subject, body_text, body_html, button_text,
                            button_url, calendar, calendar_method, state, variables, tried,
                            unique_key, attempt, provider_id, provider_says, segments, cost_minor,
                            cost_currency, created_at_ms, updated_at_ms, give_up_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'queued', $17,
              $18, $19, 0, '', '', $20, NULL, '', $21, $21, $22)
      ON CONFLICT (tenant_id, unique_key) WHERE unique_key IS NOT NULL DO NOTHING
      RETURNING )sql" FLEAD_MESSAGE_COLUMNS,
                  read_message, message.id, message.tenant, message.lead, message.channel,
                  message.channel_kind, message.template_name, message.language, message.purpose,
                  message.address, message.subject, message.body_text, message.body_html,
                  message.button_text, message.button_url, message.calendar,
                  message.calendar_method, variables_text(message), message.tried, unique_key,
                  message.segments, message.created_at, message.give_up_at);
}

Result<std::optional<Message>> by_id(store::Tx& tx, const MessageId& id) {
  return tx.maybe("SELECT " FLEAD_MESSAGE_COLUMNS " FROM messages WHERE id = $1", read_message, id);
}

Result<std::optional<Message>> by_provider_id(store::Tx& tx, const ChannelId& channel,
                                              std::string_view provider_id) {
  // Our 31-bit ids may repeat in a large account: the newest is the one that is still talked about.
  FLEAD_TRY(auto found, tx.all("SELECT " FLEAD_MESSAGE_COLUMNS R"sql( FROM messages
      WHERE channel_id = $1 AND provider_id = $2 AND provider_id <> '' ORDER BY id DESC LIMIT 1
  )sql",
                               read_message, channel, provider_id));
  if (found.empty()) return std::optional<Message>();
  return std::optional<Message>(std::move(found.front()));
}

Result<std::vector<Message>> list(store::Tx& tx, const TenantId& tenant,
                                  const MessageFilter& filter) {
  return tx.all("SELECT " FLEAD_MESSAGE_COLUMNS R"sql( FROM messages
      WHERE tenant_id = $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR channel_kind = $3)
        AND ($4 = '' OR lead_id = $4) AND ($5 = '' OR id < $5)
        AND created_at_ms >= $6 AND created_at_ms < $7
      ORDER BY id DESC LIMIT $8
  )sql",
                read_message, tenant, filter.state, filter.kind, filter.lead_id, filter.before_id,
                filter.since.value_or(INT64_MIN), filter.until.value_or(INT64_MAX), filter.limit);
}

Result<std::vector<MessageId>> waiting(store::Tx& tx, const ChannelId& channel,
                                       std::int64_t limit) {
  return tx.all(
      R"sql(
      SELECT id FROM messages WHERE channel_id = $1 AND state IN ('queued', 'sending')
      ORDER BY id LIMIT $2
  )sql",
      [](const store::Row& row) { return row.id<MessageId>(0); }, channel, limit);
}

Result<std::optional<MessageId>> thread_start(store::Tx& tx, const LeadId& lead,
                                              const ChannelId& channel, const MessageId& before) {
  FLEAD_TRY(auto found,
            tx.all(
                R"sql(
      SELECT id FROM messages
      WHERE lead_id = $1 AND channel_id = $2 AND id < $3 AND state IN ('sent', 'delivered', 'read')
      ORDER BY id LIMIT 1
  )sql",
                [](const store::Row& row) { return row.id<MessageId>(0); }, lead, channel, before));
  if (found.empty()) return std::optional<MessageId>();
  return std::optional<MessageId>(std::move(found.front()));
}

Result<Message> begin(store::Tx& tx, const Message& message, std::string_view provider_id,
                      std::optional<TimeMs> handed_at, TimeMs now) {
  return tx.one(R"sql(
      UPDATE messages SET state = 'sending', attempt = attempt + 1, provider_id = $3,
                          handed_at_ms = $4, updated_at_ms = $5
      WHERE id = $1 AND state IN ('queued', 'sending') AND attempt = $2
      RETURNING )sql" FLEAD_MESSAGE_COLUMNS,
                read_message, message.id, message.attempt, provider_id, handed_at, now);
}

Result<bool> mark_handed(store::Tx& tx, const MessageId& id, int attempt, TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE messages SET handed_at_ms = $3, updated_at_ms = $3
      WHERE id = $1 AND state = 'sending' AND attempt = $2
  )sql",
                                        id, attempt, now));
  return changed == 1;
}

Result<bool> end(store::Tx& tx, const MessageId& id, int attempt, const Ending& ending,
                 TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE messages SET state = $3,
                          provider_id = CASE WHEN $4 = '' THEN provider_id ELSE $4 END,
                          provider_says = $5,
                          segments = CASE WHEN $6 = 0 THEN segments ELSE $6 END,
                          cost_minor = CASE WHEN $7 IS NULL THEN cost_minor ELSE $7 END,
                          cost_currency = CASE WHEN $7 IS NULL THEN cost_currency ELSE $8 END,
                          handed_at_ms = CASE WHEN $3 = 'queued' THEN NULL ELSE handed_at_ms END,
                          sent_at_ms = CASE WHEN $3 = 'sent' THEN $9 ELSE sent_at_ms END,
                          updated_at_ms = $9
      WHERE id = $1 AND state = 'sending' AND attempt = $2
  )sql",
                                        id, attempt, ending.state, ending.provider_id, ending.says,
                                        ending.segments, ending.cost_minor, ending.currency, now));
  return changed == 1;
}

Result<bool> give_up(store::Tx& tx, const MessageId& id, std::string_view state,
                     std::string_view says, TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE messages SET state = $2, provider_says = $3, updated_at_ms = $4
      WHERE id = $1 AND state IN ('queued', 'sending') AND handed_at_ms IS NULL
  )sql",
                                        id, state, says, now));
  return changed == 1;
}

// One guarded write: from which states each state may follow stands here and nowhere else. A mail
// that the person's server has taken may still come back.
Result<bool> settle(store::Tx& tx, const MessageId& id, std::string_view state,
                    std::string_view provider_id, std::string_view says, TimeMs now) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE messages SET state = $2,
                          provider_id = CASE WHEN provider_id = '' THEN $3 ELSE provider_id END,
                          provider_says = $4, updated_at_ms = $5,
                          sent_at_ms = CASE WHEN $2 IN ('sent', 'delivered', 'read')
                                             AND sent_at_ms IS NULL THEN $5 ELSE sent_at_ms END,
                          delivered_at_ms = CASE WHEN $2 IN ('delivered', 'read')
                                                  AND delivered_at_ms IS NULL
                                                 THEN $5 ELSE delivered_at_ms END,
                          read_at_ms = CASE WHEN $2 = 'read' THEN $5 ELSE read_at_ms END
      WHERE id = $1
        AND (($2 = 'sent' AND state IN ('sending', 'ambiguous'))
          OR ($2 = 'delivered' AND state IN ('sending', 'ambiguous', 'sent'))
          OR ($2 = 'read' AND state IN ('sending', 'ambiguous', 'sent', 'delivered'))
          OR ($2 IN ('unreachable', 'rejected') AND state IN ('sending', 'ambiguous', 'sent'))
          OR ($2 = 'unreachable' AND state = 'delivered' AND channel_kind = 'email'))
  )sql",
                                        id, state, provider_id, says, now));
  return changed == 1;
}

Result<Spent> spent_on(store::Tx& tx, const TenantId& tenant, const LeadId& lead) {
  FLEAD_TRY(Spent spent, tx.one(
                             R"sql(
      SELECT CAST(COALESCE(SUM(cost_minor), 0) AS BIGINT),
             CAST(COALESCE(SUM(CASE WHEN cost_minor IS NULL AND segments > 0
                                     AND state NOT IN ('unreachable', 'rejected', 'cancelled')
                                    THEN segments ELSE 0 END), 0) AS BIGINT)
      FROM messages WHERE lead_id = $1
  )sql",
                             [](const store::Row& row) {
                               return Spent{row.integer(0), row.integer(1), 0};
                             },
                             lead));
  if (spent.unpriced_segments == 0) return spent;
  FLEAD_TRY(const auto price, tx.maybe(
                                  R"sql(
      SELECT (cost_minor + segments - 1) / segments
      FROM (SELECT id, cost_minor, segments FROM messages
            WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2) AS newest
      WHERE cost_minor IS NOT NULL AND segments > 0 ORDER BY id DESC LIMIT 1
  )sql",
                                  [](const store::Row& row) { return row.integer(0); }, tenant,
                                  k_price_messages_max));
  spent.segment_minor = price.value_or(0);
  return spent;
}

Result<std::optional<Message>> reopen(store::Tx& tx, const MessageId& id, TimeMs give_up_at,
                                      TimeMs now) {
  return tx.maybe(R"sql(
      UPDATE messages SET state = 'queued', handed_at_ms = NULL, give_up_at_ms = $2,
                          updated_at_ms = $3
      WHERE id = $1 AND state IN ('queued', 'ambiguous', 'unreachable', 'rejected', 'cancelled')
      RETURNING )sql" FLEAD_MESSAGE_COLUMNS,
                  read_message, id, give_up_at, now);
}

}  // namespace flead::channels::outbox_store
