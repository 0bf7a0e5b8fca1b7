// Who sits with whom, and the records they bring back.
#include "core/groups/rotation.h"

#include <numeric>
#include <random>
#include <string>

#include "core/groups/group.h"
#include "core/groups/record.h"
#include "support/booking.h"
#include "support/catch.h"
#include "support/lead_help.h"
#include "support/outbox.h"
#include "support/test_app.h"

namespace flead::groups {
namespace {

std::vector<std::size_t> everybody(std::size_t count) {
  std::vector<std::size_t> people(count);
  std::iota(people.begin(), people.end(), std::size_t{0});
  return people;
}

int most_met(const Meetings& before) {
  int most = 0;
  for (std::size_t a = 0; a < before.count(); ++a) {
    for (std::size_t b = 0; b < a; ++b) most = std::max(most, before.met(a, b));
  }
  return most;
}

// Everybody sits somewhere, once, at a table of a right size.
void check_whole(const Seating& tables, const std::vector<std::size_t>& present, std::size_t size) {
  std::vector<std::size_t> seated;
  for (const auto& table : tables) {
    CHECK(table.size() >= 2);
    CHECK(table.size() <= size + 1);
    seated.insert(seated.end(), table.begin(), table.end());
  }
  std::sort(seated.begin(), seated.end());
  CHECK(seated == present);
}

}  // namespace

TEST_CASE("groups: tables have their size, or one more", "[groups]") {
  using Sizes = std::vector<std::size_t>;
  CHECK(table_sizes(0, 2).empty());
  CHECK(table_sizes(2, 2) == Sizes{2});
  CHECK(table_sizes(3, 2) == Sizes{3});
  CHECK(table_sizes(7, 2) == Sizes{3, 2, 2});
  CHECK(table_sizes(10, 4) == Sizes{5, 5});
  CHECK(table_sizes(5, 3) == Sizes{3, 2});
  CHECK(table_sizes(7, 4) == Sizes{4, 3});
  CHECK(table_sizes(23, 12) == Sizes{12, 11});
  CHECK(table_sizes(3, 4) == Sizes{3});
}

TEST_CASE("groups: pairs meet all others before they meet anybody again", "[groups]") {
  for (const std::size_t count : {2, 4, 6, 8, 10, 16, 30}) {
    CAPTURE(count);
    Meetings before(count);
    for (std::size_t round = 0; round + 1 < count; ++round) {
      const auto tables = seat(everybody(count), 2, before);
      check_whole(tables, everybody(count), 2);
      CHECK(seating_cost(tables, before) == 0);
      for (const auto& table : tables) before.add(table);
    }
    CHECK(most_met(before) == 1);
  }
}

TEST_CASE("groups: trios and absences, over many rounds", "[groups]") {
  std::mt19937 chance(7);  // NOLINT: the same every time
  for (const std::size_t count : {5, 7, 9, 12, 21}) {
    for (const std::size_t size : {2, 3, 4}) {
      CAPTURE(count, size);
      Meetings before(count);
      for (int round = 0; round < 12; ++round) {
        std::vector<std::size_t> present;
        for (const std::size_t person : everybody(count)) {
          if (chance() % 8 != 0) present.push_back(person);
        }
        if (present.size() < 2) continue;
        const auto tables = seat(present, size, before);
        check_whole(tables, present, size);
        CHECK(tables == seat(present, size, before));  // the same input, the same tables
        for (const auto& table : tables) before.add(table);
      }
      // 12 rounds give each person at most 12 * (size + 1) places beside them; spread evenly over
      // the others no two should meet much more often than that.
      const auto fair = static_cast<int>(12 * (size + 1) / (count - 1));
      CHECK(most_met(before) <= fair + 2);
    }
  }
}

TEST_CASE("groups: a record goes out as Markdown and comes back", "[groups]") {
  const RecordHead head{"Founders", 3, 2, "2026-01-06", {"Anna", "Boris"}};
  for (const std::string language : {"en", "ru"}) {
    const std::string text = record_template(head, language);
    CHECK_THAT(text, ContainsSubstring("Anna, Boris"));
    const auto sections = parse_record(text);
    CHECK_FALSE(sections.agenda.empty());
    CHECK_FALSE(sections.reflections.empty());
  }
  const auto read = parse_record(
      "# x\r\nbefore\r\n## GOALS\r\n- a\r\n### sub\r\nb\r\n## запросы\r\n- c\r\n## Other\r\nd\r\n");
  CHECK(read.goals == "- a\n### sub\nb");
  CHECK(read.asks == "- c\n## Other\nd");
  CHECK(read.agenda.empty());
  CHECK(parse_record("").goals.empty());
}

TEST_CASE("groups: formed, rotated, told, recorded, and forgotten", "[groups]") {
  test::TestApp app;
  channels::add_email(app);
  std::vector<LeadId> leads;
  for (int i = 0; i < 5; ++i) {
    leads.emplace_back(test::add_lead(app, i, "p" + std::to_string(i) + "@example.ru"));
  }
  const auto formed = app.store().write([&](store::Tx& tx) {
    return form_group(app.world(), tx, app.tenant().id, {"founders", "Founders", 2, leads});
  });
  REQUIRE(formed);
  const auto next = [&](const std::vector<LeadId>& absent) {
    return app.store().write([&](store::Tx& tx) -> Result<std::vector<Table>> {
      FLEAD_TRY(const auto group, find_group(tx, app.tenant().id, "founders"));
      FLEAD_TRY(auto tables, rotate(tx, group, absent));
      FLEAD_CHECK(tell_round(app.app(), tx, app.tenant(), group, tables));
      return tables;
    });
  };
  const auto first = next({});
  REQUIRE(first);
  CHECK(first->size() == 2);
  CHECK(first->front().people.size() + first->back().people.size() == 5);
  CHECK(test::count_rows(app, "messages WHERE template = 'group.round'") == 5);
  const auto second = next({leads[0]});
  REQUIRE(second);
  CHECK(second->front().people.size() == 2);
  CHECK(next({LeadId("lead_01k9x0000000000000000000000")}).error().code == "member_not_found");
  const auto with_group = [&](auto change) {
    return app.store().write([&](store::Tx& tx) -> decltype(change(tx, Group{})) {
      FLEAD_TRY(const auto group, find_group(tx, app.tenant().id, "founders"));
      return change(tx, group);
    });
  };
  const auto saved = with_group([&](store::Tx& tx, const Group& group) {
    return write_record(app.world(), tx, group, 1, 1, "## Goals\nАнна: a plan, Аннасон too\n");
  });
  REQUIRE(saved);
  CHECK(saved->goals == "Анна: a plan, Аннасон too");
  const auto missing = with_group([&](store::Tx& tx, const Group& group) {
    return write_record(app.world(), tx, group, 1, 9, "x");
  });
  CHECK(missing.error().code == "table_not_found");
  const LeadId gone = first->front().people.front().lead;
  REQUIRE(app.store().write(
      [&](store::Tx& tx) { return forget_member(app.world(), tx, gone, "Анна"); }));
  CHECK(test::count_rows(app, "group_members") == 4);
  CHECK(test::count_rows(app, "group_records WHERE text LIKE '%Анна:%'") == 0);
  CHECK(test::count_rows(app, "group_records WHERE text LIKE '%Аннасон%'") == 1);
  const auto out = with_group([&](store::Tx& tx, const Group& group) -> Result<int> {
    FLEAD_CHECK(remove_member(tx, group, leads[4] == gone ? leads[3] : leads[4]));
    return 0;
  });
  CHECK(out);
  const auto third = next({});
  REQUIRE(third);
  CHECK(third->size() == 1);  // three are left: a trio
}

}  // namespace flead::groups
