#include "core/upkeep/backup.h"

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/upkeep/contents.h"
#include "core/upkeep/files.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/test_app.h"

namespace flead::test {
namespace {

void take_lead(TestApp& app, const std::string& phone) {
  REQUIRE(app.post("/api/v1/leads",
                   R"({"phone":")" + phone + R"(","consent":{"purposes":["processing"]}})")
              .status == 201);
}

}  // namespace

TEST_CASE("backup: a name is the store's and the time's", "[upkeep]") {
  CHECK(upkeep::backup_stem("/var/lib/flead.db") == "flead");
  CHECK(upkeep::backup_stem("shop.sqlite") == "shop.sqlite");
  CHECK(upkeep::backup_name("flead", 1767603600000) == "flead-20260105T090000Z.db");
  CHECK(upkeep::is_backup_name("flead", "flead-20260105T090000Z.db"));
  for (const char* other : {"flead-20260105T090000Z.db.part", "flead-20260105.db", "flead.db",
                            "shop-20260105T090000Z.db", "flead-2026010XT090000Z.db", ""}) {
    CAPTURE(other);
    CHECK_FALSE(upkeep::is_backup_name("flead", other));
  }
}

TEST_CASE("backup: the oldest of its own go, never the one just made", "[upkeep]") {
  const std::vector<std::string> names = {
      "flead-20260103T000000Z.db", "notes.txt", "flead-20260101T000000Z.db",
      "flead-20260102T000000Z.db", "flead.db",  "shop-20200101T000000Z.db",
      "flead-20260104T000000Z.db"};
  const std::string newest = "flead-20260104T000000Z.db";
  using Names = std::vector<std::string>;
  CHECK(upkeep::outdated_backups(names, "flead", 2, newest) ==
        Names{"flead-20260101T000000Z.db", "flead-20260102T000000Z.db"});
  CHECK(upkeep::outdated_backups(names, "flead", 10, newest).empty());
  // A clock that went back: the one just made has the oldest name.
  const std::string oldest = "flead-20260101T000000Z.db";
  CHECK(upkeep::outdated_backups(names, "flead", 1, oldest) ==
        Names{"flead-20260102T000000Z.db", "flead-20260103T000000Z.db", newest});
}

TEST_CASE("backup: a copy is complete, private, checked and known by its hash", "[upkeep]") {
  TestApp app;
  take_lead(app, "+79160000001");
  take_lead(app, "+79160000002");
  upkeep::BackupPlan plan;
  plan.verify = true;
  const auto made = upkeep::make_backup(app.app(), plan);
  REQUIRE(made);
  CHECK(made->file == app.dir() + "/backups/flead-20260105T090000Z.db");
  CHECK(made->leads == 2);
  CHECK(made->verified);
  CHECK(made->bytes == upkeep::file_bytes(made->file));
  struct stat info {};
  REQUIRE(::stat(made->file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  std::ifstream file(made->file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(made->sha256 == sha256_hex(bytes));
  CHECK(bytes.find(app.app().key.base64()) == std::string::npos);
  CHECK_FALSE(upkeep::file_exists(made->file + ".part"));
  CHECK_FALSE(upkeep::file_exists(made->file + "-wal"));
}

TEST_CASE("backup: only so many are kept", "[upkeep]") {
  TestApp app;
  upkeep::BackupPlan plan;
  plan.keep = 2;
  for (int i = 0; i < 3; ++i) {
    app.advance(std::chrono::hours(24));
    const auto made = upkeep::make_backup(app.app(), plan);
    REQUIRE(made);
    CHECK(made->removed.size() == (i == 2 ? 1U : 0U));
  }
  CHECK_FALSE(upkeep::file_exists(app.dir() + "/backups/flead-20260106T090000Z.db"));
  CHECK(upkeep::file_exists(app.dir() + "/backups/flead-20260107T090000Z.db"));
}

TEST_CASE("backup: nothing else is overwritten", "[upkeep]") {
  TestApp app;
  upkeep::BackupPlan plan;
  plan.out = app.dir() + "/flead.db";
  auto refusal = upkeep::make_backup(app.app(), plan);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().code == "backup_target");
  plan.out = app.dir() + "/notes.txt";
  std::ofstream(plan.out) << "words";
  refusal = upkeep::make_backup(app.app(), plan);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().code == "backup_target");
  plan.out = app.dir() + "/missing/flead.db";
  refusal = upkeep::make_backup(app.app(), plan);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().kind == ErrorKind::store);
  plan.out = app.dir() + "/one.db";
  plan.keep = 3;
  refusal = upkeep::make_backup(app.app(), plan);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().code == "bad_keep");
  plan.keep = 0;
  CHECK(upkeep::make_backup(app.app(), plan));
  CHECK(upkeep::make_backup(app.app(), plan));  // over the older one
}

}  // namespace flead::test
