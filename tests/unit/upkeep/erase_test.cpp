#include "core/upkeep/erase.h"

#include <fstream>
#include <map>
#include <string>

#include "core/intake/counters.h"
#include "core/upkeep/backup.h"
#include "core/upkeep/contents.h"
#include "core/upkeep/files.h"
#include "core/upkeep/restore.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

std::string take_person(TestApp& app, const std::string& phone, http::Headers headers = {}) {
  const auto reply = app.request(
      "POST", "/api/v1/leads",
      R"({"name":"Secretname","phone":")" + phone + R"(","consent":{"purposes":["processing"]}})",
      {}, std::move(headers));
  REQUIRE(reply.status < 300);
  return *app.body_of(reply).text("id");
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What is wrong with the kept figures, in words; "" is nothing.
std::string gaps(TestApp& app) {
  const auto found =
      app.store().read([&](store::Tx& tx) { return intake::counter_gaps(tx, app.tenant()); });
  REQUIRE(found);
  std::string text;
  for (const auto& gap : *found) {
    text += gap.metric + " " + gap.key + ": " + std::to_string(gap.kept) + " for " +
            std::to_string(gap.counted) + "; ";
  }
  return text;
}

upkeep::Backup back_up(TestApp& app) {
  upkeep::BackupPlan plan;
  plan.out = app.dir() + "/backup.db";
  auto made = upkeep::make_backup(app.app(), plan);
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("erase: nothing of the person stays but the id", "[upkeep][erase]") {
  TestApp app;
  const std::string id = take_person(app, "+79160000001", {{"idempotency-key", "k1"}});
  const std::string other = take_person(app, "+79160000002", {{"idempotency-key", "k2"}});
  take_person(app, "+79160000001");  // again, as an event of the first
  app.run_jobs();
  REQUIRE(count_rows(app, "messages") == 2);
  REQUIRE(gaps(app) == "");
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(id), "r1"));
  for (const char* table : {"leads", "messages", "consents", "idempotency_keys"}) {
    CAPTURE(table);
    CHECK(count_rows(app, table) == 1);
  }
  CHECK(count_rows(app, "intake_raw") == 1);
  CHECK(count_rows(app, "events WHERE lead_id <> '" + other + "'") == 0);
  CHECK(count_rows(app, "jobs WHERE subject_id = '" + id + "'") == 0);
  CHECK(count_rows(app, "erasures WHERE reason = 'r1'") == 1);
  CHECK(gaps(app) == "");
  const auto copy = back_up(app);
  CHECK(file_text(copy.file).find("79160000001") == std::string::npos);
  const auto again = upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(id), "");
  REQUIRE_FALSE(again);
  CHECK(again.error().code == "lead_not_found");
}

TEST_CASE("erase: a suspect, and a person without messages, leave right figures",
          "[upkeep][erase]") {
  TestApp app;
  const std::string id = take_person(app, "+79160000001");
  const auto trapped =
      app.post("/api/v1/leads",
               R"({"phone":"+79160000009","website":"x","consent":{"purposes":["processing"]}})");
  REQUIRE(trapped.status == 201);
  const std::string suspect = *app.body_of(trapped).text("id");
  for (const std::string& one : {id, suspect}) {
    REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(one), ""));
    CHECK(gaps(app) == "");
  }
  CHECK(count_rows(app, "leads") == 0);
  CHECK(count_rows(app, "jobs WHERE kind = 'lead.greet'") == 0);
}

TEST_CASE("erase: bookings stay as times and name nobody, those to come are cancelled",
          "[upkeep][erase][booking]") {
  TestApp app;
  add_host(app);
  const std::string id = add_lead(app, 1);
  REQUIRE(post_booking(app, id, k_first_slot).status == 201);
  app.advance(std::chrono::hours(24));  // it has taken place
  REQUIRE(post_booking(app, id, "2026-01-07T07:00:00.000Z").status == 201);
  app.run_jobs();
  REQUIRE(count_rows(app, "messages") > 1);
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(id), ""));
  CHECK(count_rows(app, "bookings WHERE lead_id IS NULL AND status = 'confirmed'") == 1);
  CHECK(count_rows(app, "bookings WHERE lead_id IS NULL AND status = 'cancelled'") == 1);
  CHECK(count_rows(app, "messages") == 0);
  CHECK(count_rows(app, "jobs WHERE subject_id <> '' AND state = 'ready'") == 0);
  CHECK(gaps(app) == "");
  CHECK(count_rows(app, "day_counts WHERE metric = 'bookings' AND count <> 0") == 0);
  const std::string next = add_lead(app, 2);
  CHECK(post_booking(app, next, "2026-01-07T07:00:00.000Z").status == 201);  // the seat is free
}

TEST_CASE("erase: another tenant's lead is not found", "[upkeep][erase]") {
  TestApp app;
  const std::string id = take_person(app, "+79160000001");
  const tenants::Tenant other = app.add_tenant("globex");
  const auto erased = upkeep::erase_person(app.world(), app.store(), other, LeadId(id), "");
  REQUIRE_FALSE(erased);
  CHECK(erased.error().code == "lead_not_found");
  CHECK(count_rows(app, "leads") == 1);
}

TEST_CASE("erase: lists are read as privacy list prints them", "[upkeep][erase]") {
  const upkeep::Tombstone one{LeadId("lead_01k9x0000000000000000000aa"),
                              TenantId("ten_01k9x0000000000000000000aa"), "why", 1767603600000};
  const std::string line = upkeep::to_json(one).dump();
  for (const std::string& text : {"[" + line + "]", line, line + "\n\n" + line + "\n"}) {
    CAPTURE(text);
    const auto found = upkeep::parse_tombstones(text);
    REQUIRE(found);
    REQUIRE_FALSE(found->empty());
    CHECK(found->front().lead == one.lead);
    CHECK(found->front().erased_at == one.erased_at);
  }
  CHECK(upkeep::parse_tombstones("")->empty());
  for (const char* bad : {"null", "[1]", "{}", "[{\"lead\":\"x\"}]", "{\"lead\":", "\xff"}) {
    CAPTURE(bad);
    const auto found = upkeep::parse_tombstones(bad);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == "bad_erasures");
  }
}

TEST_CASE("restore: the erased stay erased, the store is the backup's otherwise",
          "[upkeep][restore]") {
  TestApp app;
  const std::string id = take_person(app, "+79160000001");
  take_person(app, "+79160000002");
  const auto copy = back_up(app);
  take_person(app, "+79160000003");
  REQUIRE(upkeep::erase_person(app.world(), app.store(), app.tenant(), LeadId(id), "r1"));

  upkeep::RestorePlan plan;
  plan.db_path = app.app().config.db_path;
  plan.file = copy.file;
  plan.check = true;
  const auto rehearsed = upkeep::restore(app.world(), plan);
  REQUIRE(rehearsed);
  CHECK(rehearsed->leads == 1);
  CHECK(rehearsed->erased_again == 1);
  CHECK(rehearsed->kept.empty());
  CHECK(count_rows(app, "leads") == 2);  // nothing was changed
  for (const char* rest : {".rehearsal", ".rehearsal-wal", ".rehearsal-shm", ".before-restore"}) {
    CHECK_FALSE(upkeep::file_exists(plan.db_path + rest));
  }

  // Into the place of another store, which knows nobody: from a list, and from a store's.
  plan.check = false;
  plan.db_path = app.dir() + "/new.db";
  plan.erasures = {app.app().config.db_path};
  const auto restored = upkeep::restore(app.world(), plan);
  REQUIRE(restored);
  CHECK(restored->leads == 1);
  CHECK(restored->erased_again == 1);
  CHECK(restored->kept.empty());
  CHECK(file_text(plan.db_path).find("79160000001") == std::string::npos);
  const auto verified = upkeep::verify_store(plan.db_path);
  REQUIRE(verified);
  CHECK(verified->leads == 1);

  // And the tombstone came along: the next restore needs no list.
  plan.erasures.clear();
  const auto again = upkeep::restore(app.world(), plan);
  REQUIRE(again);
  CHECK(again->erased_again == 1);
  CHECK(again->kept == plan.db_path + ".before-restore");
  CHECK(upkeep::look_into(again->kept)->leads == 1);
}

TEST_CASE("restore: what is no sound backup is refused and nothing changes", "[upkeep][restore]") {
  TestApp app;
  take_person(app, "+79160000001");
  const auto copy = back_up(app);
  upkeep::RestorePlan plan;
  plan.db_path = app.dir() + "/new.db";
  std::ofstream(plan.db_path) << "what was there";

  const auto code_for = [&](const std::string& file) {
    plan.file = file;
    const auto refusal = upkeep::restore(app.world(), plan);
    return refusal ? std::string("restored") : refusal.error().code;
  };
  CHECK(code_for(app.dir() + "/missing.db") == "backup_not_found");
  CHECK(code_for(plan.db_path) == "restore_source");
  CHECK(code_for(app.dir()) == "store_not_ours");
  std::ofstream(app.dir() + "/empty.db").close();
  CHECK(code_for(app.dir() + "/empty.db") == "store_not_ours");
  std::ofstream(app.dir() + "/words.db") << std::string(9000, 'x');
  CHECK(code_for(app.dir() + "/words.db") == "store_not_ours");
  const std::string whole = file_text(copy.file);
  std::ofstream(app.dir() + "/cut.db", std::ios::binary) << whole.substr(0, whole.size() / 2);
  CHECK(code_for(app.dir() + "/cut.db") == "store_damaged");
  std::string spoiled = whole;
  for (std::size_t at = whole.size() / 2; at < whole.size() / 2 + 9000; ++at) spoiled[at] = '\x5a';
  std::ofstream(app.dir() + "/spoiled.db", std::ios::binary) << spoiled;
  CHECK(code_for(app.dir() + "/spoiled.db") == "store_damaged");
  CHECK(file_text(plan.db_path) == "what was there");
  CHECK_FALSE(upkeep::file_exists(plan.db_path + ".restoring"));

  // A present store that cannot be read goes aside as it lies.
  std::ofstream(plan.db_path + "-wal") << "its log";
  CHECK(code_for(copy.file) == "restored");
  CHECK(file_text(plan.db_path + ".before-restore") == "what was there");
  CHECK(upkeep::look_into(plan.db_path)->leads == 1);
}

}  // namespace flead::test
