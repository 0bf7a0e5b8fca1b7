#include "core/intake/leads_store.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/base/crypto.h"
#include "core/base/text.h"
#include "core/intake/leads_filter.h"

namespace flead::intake::leads_store {

namespace {

#define FLEAD_LEAD_COLUMNS                                                                      \
  "leads.id, leads.tenant_id, leads.status, leads.name, leads.phone, leads.phone_typed, "       \
  "leads.email, leads.telegram, leads.vk, leads.whatsapp, leads.max, leads.message, "           \
  "leads.channel, leads.locale, leads.zone, leads.source, leads.page_url, leads.referrer, "     \
  "leads.utm_source, leads.utm_medium, leads.utm_campaign, leads.utm_term, leads.utm_content, " \
  "leads.custom, leads.assignee, leads.link_token, leads.created_at_ms, leads.updated_at_ms, "  \
  "leads.first_answer_at_ms, leads.needs_human_at_ms, leads.needs_human_why"

Json read_object(std::string_view text) {
  if (text == "{}") return Json::object();  // nearly all of them
  auto parsed = parse_json(text);
  return parsed ? std::move(*parsed) : Json::object();
}

Lead read_lead(const store::Row& row) {
  Lead lead;
  lead.id = row.id<LeadId>(0);
  lead.tenant = row.id<TenantId>(1);
  lead.status = row.string(2);
  lead.name = row.string(3);
  lead.phone = row.string_or_null(4);
  lead.phone_typed = row.string(5);
  lead.email = row.string(6);
  lead.telegram = row.string(7);
  lead.vk = row.string(8);
  lead.whatsapp = row.string(9);
  lead.max = row.string(10);
  lead.message = row.string(11);
  lead.channel = row.string(12);
  lead.locale = row.string(13);
  lead.zone = row.string(14);
  lead.source = row.string(15);
  lead.page_url = row.string(16);
  lead.referrer = row.string(17);
  lead.utm = Utm{row.string(18), row.string(19), row.string(20), row.string(21), row.string(22)};
  lead.custom = read_object(row.text(23));
  lead.assignee = row.string(24);
  lead.link_token = row.string(25);
  lead.created_at = row.integer(26);
  lead.updated_at = row.integer(27);
  lead.first_answer_at = row.integer_or_null(28);
  lead.needs_human_at = row.integer_or_null(29);
  lead.needs_human_why = row.string(30);
  return lead;
}

Result<std::optional<Lead>> with_tags(store::Tx& tx, Result<std::optional<Lead>> found) {
  if (!found || !*found) return found;
  FLEAD_TRY((*found)->tags, tags(tx, (*found)->id));
  return found;
}

// Tags of one page in one question. The number of parameters goes in steps, so that the statement
// cache keeps few texts.
Status fill_tags(store::Tx& tx, std::vector<Lead>& leads) {
  if (leads.empty()) return {};
  constexpr std::array<std::size_t, 4> k_steps = {10, 50, 200, 1000};
  std::map<std::string_view, Lead*> by_id;
  for (Lead& lead : leads) by_id.emplace(lead.id.text(), &lead);
  for (std::size_t begin = 0; begin < leads.size();) {
    const std::size_t left = leads.size() - begin;
    const auto step = std::find_if(k_steps.begin(), k_steps.end(),
                                   [&](std::size_t size) { return size >= left; });
    const std::size_t size = step == k_steps.end() ? k_steps.back() : *step;
    std::string sql = "SELECT lead_id, tag FROM lead_tags WHERE lead_id IN (";
    std::vector<store::Param> params;
    for (std::size_t i = 0; i < size; ++i) {
      sql.append(i == 0 ? "$" : ", $").append(std::to_string(i + 1));
      params.emplace_back(leads[std::min(begin + i, leads.size() - 1)].id);
    }
    sql += ") ORDER BY lead_id, tag";
    FLEAD_CHECK(tx.run(sql, params, [&](const store::Row& row) {
      if (const auto lead = by_id.find(row.text(0)); lead != by_id.end()) {
        lead->second->tags.push_back(row.string(1));
      }
      return true;
    }));
    begin += size;
  }
  return {};
}

}  // namespace

NewRow new_row(Lead lead, std::optional<std::string> email_folded) {
  NewRow row;
  row.email_folded = std::move(email_folded);
  row.name_folded = fold(lead.name);
  row.custom = lead.custom.dump();
  row.lead = std::move(lead);
  return row;
}

Result<bool> insert(store::Tx& tx, const NewRow& row) {
  const Lead& lead = row.lead;
  // No conflict target: phone or e-mail, whichever is taken.
  FLEAD_TRY(const std::int64_t changed,
            tx.exec(R"sql(
      INSERT INTO leads (id, tenant_id, status, name, name_folded, phone, phone_typed, email,
        email_folded, telegram, vk, whatsapp, max, message, channel, locale, zone, source, page_url,
        referrer, utm_source, utm_medium, utm_campaign, utm_term, utm_content, custom, assignee,
        link_token, created_at_ms, updated_at_ms, first_answer_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, NULL)
      ON CONFLICT DO NOTHING
  )sql",
                    lead.id, lead.tenant, lead.status, lead.name, row.name_folded, lead.phone,
                    lead.phone_typed, lead.email, row.email_folded, lead.telegram, lead.vk,
                    lead.whatsapp, lead.max, lead.message, lead.channel, lead.locale, lead.zone,
                    lead.source, lead.page_url, lead.referrer, lead.utm.source, lead.utm.medium,
                    lead.utm.campaign, lead.utm.term, lead.utm.content, row.custom, lead.assignee,
                    lead.link_token, lead.created_at, lead.updated_at));
  return changed == 1;
}

Result<std::optional<Lead>> find_taken(store::Tx& tx, const TenantId& tenant,
                                       const std::optional<std::string>& phone,
                                       const std::optional<std::string>& email_folded) {
  if (phone) {
    FLEAD_TRY(auto found, with_tags(tx, tx.maybe("SELECT " FLEAD_LEAD_COLUMNS
                                                 " FROM leads WHERE tenant_id = $1 AND phone = $2",
                                                 read_lead, tenant, *phone)));
    if (found) return found;
  }
  if (!email_folded) return std::optional<Lead>();
  return with_tags(tx, tx.maybe("SELECT " FLEAD_LEAD_COLUMNS
                                " FROM leads WHERE tenant_id = $1 AND email_folded = $2",
                                read_lead, tenant, *email_folded));
}

Result<bool> is_taken(store::Tx& tx, const TenantId& tenant,
                      const std::optional<std::string>& phone,
                      const std::optional<std::string>& email_folded) {
  const auto yes = [](const store::Row&) { return true; };
  if (phone) {
    FLEAD_TRY(const auto found, tx.maybe("SELECT 1 FROM leads WHERE tenant_id = $1 AND phone = $2",
                                         yes, tenant, *phone));
    if (found) return true;
  }
  if (!email_folded) return false;
  FLEAD_TRY(const auto found,
            tx.maybe("SELECT 1 FROM leads WHERE tenant_id = $1 AND email_folded = $2", yes, tenant,
                     *email_folded));
  return found.has_value();
}

Status update(store::Tx& tx, const Lead& lead, const std::optional<std::string>& email_folded) {
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE leads SET status = $3, name = $4, name_folded = $5, phone = $6, phone_typed = $7,
        email = $8, email_folded = $9, telegram = $10, vk = $11, whatsapp = $12, max = $13,
        message = $14, channel = $15, locale = $16, zone = $17, custom = $18, assignee = $19,
        updated_at_ms = $20
      WHERE id = $1 AND tenant_id = $2
  )sql",
                      lead.id, lead.tenant, lead.status, lead.name, fold(lead.name), lead.phone,
                      lead.phone_typed, lead.email, email_folded, lead.telegram, lead.vk,
                      lead.whatsapp, lead.max, lead.message, lead.channel, lead.locale, lead.zone,
                      lead.custom.dump(), lead.assignee, lead.updated_at));
  return {};
}

Status replace(store::Tx& tx, const Lead& lead, const std::optional<std::string>& email_folded) {
  FLEAD_CHECK(update(tx, lead, email_folded));
  FLEAD_CHECK(tx.exec(R"sql(
      UPDATE leads SET source = $3, page_url = $4, referrer = $5, utm_source = $6, utm_medium = $7,
        utm_campaign = $8, utm_term = $9, utm_content = $10
      WHERE id = $1 AND tenant_id = $2
  )sql",
                      lead.id, lead.tenant, lead.source, lead.page_url, lead.referrer,
                      lead.utm.source, lead.utm.medium, lead.utm.campaign, lead.utm.term,
                      lead.utm.content));
  return {};
}

Status set_status(store::Tx& tx, const TenantId& tenant, const LeadId& id, std::string_view status,
                  TimeMs now) {
  FLEAD_CHECK(
      tx.exec("UPDATE leads SET status = $3, updated_at_ms = $4 WHERE id = $1 AND tenant_id = $2",
              id, tenant, status, now));
  return {};
}

Result<std::optional<Before>> advance(store::Tx& tx, const TenantId& tenant, const LeadId& id,
                                      const Advance& step, TimeMs now) {
  FLEAD_TRY(auto before, tx.maybe(
                             R"sql(
      SELECT status, created_at_ms, first_answer_at_ms FROM leads WHERE id = $1 AND tenant_id = $2
  )sql",
                             [](const store::Row& row) {
                               return Before{row.string(0), row.integer(1), !row.is_null(2)};
                             },
                             id, tenant));
  if (!before) return before;
  const auto from = [&](std::size_t index) {
    return index < step.from.size() ? step.from[index] : std::string_view();
  };
  // Guarded by what was read: the counters move by it.
  FLEAD_TRY(const std::int64_t changed,
            tx.exec(R"sql(
      UPDATE leads SET
        status = CASE WHEN status IN ($5, $6, $7, $8, $9) THEN $3 ELSE status END,
        updated_at_ms = $4,
        first_answer_at_ms = CASE WHEN $10 = 1 AND first_answer_at_ms IS NULL THEN $4
                                  ELSE first_answer_at_ms END
      WHERE id = $1 AND tenant_id = $2 AND status = $11
  )sql",
                    id, tenant, step.status, now, from(0), from(1), from(2), from(3), from(4),
                    step.first_answer ? 1 : 0, before->status));
  if (changed != 1) return store_error("store_busy", "The lead was changed meanwhile.");
  return before;
}

Result<bool> set_needs_human(store::Tx& tx, const TenantId& tenant, const LeadId& id,
                             std::optional<TimeMs> at, std::string_view why) {
  FLEAD_TRY(const auto changed, tx.exec(R"sql(
      UPDATE leads SET needs_human_at_ms = $3, needs_human_why = $4
      WHERE tenant_id = $1 AND id = $2
        AND (CASE WHEN needs_human_at_ms IS NULL THEN 0 ELSE 1 END) <> $5
  )sql",
                                        tenant, id, at, why, at ? 1 : 0));
  return changed == 1;
}

Result<std::optional<Lead>> maybe(store::Tx& tx, const TenantId& tenant, const LeadId& id) {
  return with_tags(
      tx, tx.maybe("SELECT " FLEAD_LEAD_COLUMNS " FROM leads WHERE id = $1 AND tenant_id = $2",
                   read_lead, id, tenant));
}

Result<std::optional<TenantId>> tenant_of(store::Tx& tx, const LeadId& id) {
  return tx.maybe(
      "SELECT tenant_id FROM leads WHERE id = $1",
      [](const store::Row& row) { return TenantId(row.string(0)); }, id);
}

Result<std::optional<Lead>> by_link_token(store::Tx& tx, const TenantId& tenant,
                                          std::string_view token) {
  // Found by the id in it: a random column of its own would need an index of its own, whose pages
  // are all over the file.
  const std::string id = id_from_suffix(LeadIdTag::k_prefix, token);
  FLEAD_TRY(auto found, maybe(tx, tenant, LeadId(id)));
  if (found && !equal_constant_time(found->link_token, token)) found.reset();
  return found;
}

Result<std::vector<Lead>> list(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter) {
  LeadWhere where(tenant, filter);
  const std::string limit = where.add(filter.limit);
  std::vector<Lead> leads;
  FLEAD_CHECK(tx.run("SELECT " FLEAD_LEAD_COLUMNS " FROM leads" + where.text() +
                         " ORDER BY leads.id DESC LIMIT " + limit,
                     where.params(), [&](const store::Row& row) {
                       leads.push_back(read_lead(row));
                       return true;
                     }));
  FLEAD_CHECK(fill_tags(tx, leads));
  return leads;
}

Result<std::int64_t> count(store::Tx& tx, const TenantId& tenant, const LeadFilter& filter) {
  LeadWhere where(tenant, filter);
  std::int64_t total = 0;
  FLEAD_CHECK(tx.run("SELECT COUNT(*) FROM leads" + where.text(), where.params(),
                     [&](const store::Row& row) {
                       total = row.integer(0);
                       return true;
                     }));
  return total;
}

Result<std::vector<std::string>> tags(store::Tx& tx, const LeadId& lead) {
  return tx.all(
      "SELECT tag FROM lead_tags WHERE lead_id = $1 ORDER BY tag LIMIT 1000",
      [](const store::Row& row) { return row.string(0); }, lead);
}

Status add_tag(store::Tx& tx, const LeadId& lead, std::string_view tag) {
  FLEAD_CHECK(tx.exec(
      "INSERT INTO lead_tags (lead_id, tag) VALUES ($1, $2) ON CONFLICT (lead_id, tag) DO NOTHING",
      lead, tag));
  return {};
}

Status remove_tag(store::Tx& tx, const LeadId& lead, std::string_view tag) {
  FLEAD_CHECK(tx.exec("DELETE FROM lead_tags WHERE lead_id = $1 AND tag = $2", lead, tag));
  return {};
}

Status insert_raw(store::Tx& tx, const RawId& id, const TenantId& tenant, const LeadId& lead,
                  const Origin& origin, TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO intake_raw (id, tenant_id, source, content_type, body, ip, user_agent, lead_id,
                              received_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  )sql",
                      id, tenant, origin.source, origin.content_type, store::Bytes{origin.raw_body},
                      origin.ip, origin.user_agent, lead, now));
  return {};
}

Status insert_consent(World& world, store::Tx& tx, const Lead& lead, std::string_view purpose,
                      const ConsentText& text, const Origin& origin, std::string_view page_url,
                      TimeMs now) {
  FLEAD_CHECK(tx.exec(R"sql(
      INSERT INTO consents (id, tenant_id, lead_id, purpose, granted, text_version, text_hash,
                            page_url, ip, user_agent, at_ms)
      VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10)
  )sql",
                      new_id<ConsentIdTag>(world), lead.tenant, lead.id, purpose, text.version,
                      text.hash, page_url, origin.ip, origin.user_agent, now));
  return {};
}

}  // namespace flead::intake::leads_store
