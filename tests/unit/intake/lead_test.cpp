// Pure rules of leads: addresses, handles, queries, what is checked.
#include <string>

#include "core/base/limits.h"
#include "core/intake/lead.h"
#include "core/intake/lead_rules.h"
#include "support/catch.h"

namespace flead::intake {

TEST_CASE("intake: e-mail addresses that mail servers take", "[intake]") {
  struct Case {
    std::string email;
    bool valid;
  };
  const auto c = GENERATE(values<Case>({
      {"ivan@example.ru", true},
      {"i.v+tag@mail.example.co.uk", true},
      {"иван@почта.рф", true},
      {"ivan@xn--80a1acny.xn--p1ai", true},
      {"o'neil@example.com", true},
      {"a@b.c", true},
      {"", false},
      {"ivan", false},
      {"@example.ru", false},
      {"ivan@", false},
      {"ivan@localhost", false},
      {"ivan@example..ru", false},
      {"ivan@-example.ru", false},
      {"ivan@example-.ru", false},
      {"ivan@exa_mple.ru", false},
      {"ivan@10.0.0.1", false},
      {"ivan@[10.0.0.1]", false},
      {".ivan@example.ru", false},
      {"ivan.@example.ru", false},
      {"iv..an@example.ru", false},
      {"iv an@example.ru", false},
      {"ivan@exam ple.ru", false},
      {"ivan@example.ru,petr@example.ru", false},
      {"<ivan@example.ru>", false},
      {"a@b@example.ru", false},
      {"ivan@example.ru\r\nBcc: all@example.ru", false},
      {"ivan\x01@example.ru", false},
      {"ivan@\xff.ru", false},
      {std::string(65, 'a') + "@example.ru", false},
      {"a@" + std::string(64, 'a') + ".ru", false},
  }));
  CAPTURE(c.email);
  CHECK(valid_email(c.email) == c.valid);
}

TEST_CASE("intake: an address folds its case and nothing else", "[intake]") {
  CHECK(fold_email(" Ivan@Example.RU ") == "ivan@example.ru");
  CHECK(fold_email("ИВАН@ПОЧТА.РФ") == "иван@почта.рф");
  CHECK(fold_email("ПЁТР@почта.рф") == "пётр@почта.рф");
  CHECK(fold_email("MÜLLER@Bücher.example") == "müller@bücher.example");
  CHECK(fold_email("ΑΩ@example.gr") == "αω@example.gr");
  CHECK(fold_email("×÷@x.y") == "×÷@x.y");
  CHECK(fold_email("") == "");
}

TEST_CASE("intake: handles lose their wrapping", "[intake]") {
  struct Case {
    std::string typed, handle;
  };
  const auto c = GENERATE(values<Case>({{"@ivan", "ivan"},
                                        {" ivan ", "ivan"},
                                        {"https://t.me/ivan", "ivan"},
                                        {"HTTP://T.me/Ivan?start=1", "Ivan"},
                                        {"t.me/@ivan/", "ivan"},
                                        {"vk.com/id1", "id1"},
                                        {"https://m.vk.com/id1", "id1"},
                                        {"https://wa.me/79160000001", "79160000001"},
                                        {"123456", "123456"},
                                        {"@", ""},
                                        {"https://t.me/", ""},
                                        {"t.me/t.me/@", ""},
                                        {"@ https://t.me/ @ivan", "ivan"}}));
  CAPTURE(c.typed);
  CHECK(normalize_handle(c.typed) == c.handle);
}

TEST_CASE("intake: a query is a phone, an e-mail or a part of a name", "[intake]") {
  struct Case {
    std::string text;
    Query::Kind kind;
    std::string low;
  };
  const auto c = GENERATE(values<Case>({{"", Query::Kind::none, ""},
                                        {"  ", Query::Kind::none, ""},
                                        {"8 916 000-00-01", Query::Kind::phone, "+79160000001"},
                                        {"+7 916", Query::Kind::phone, "+7916"},
                                        {"+", Query::Kind::name, "+"},
                                        {"916", Query::Kind::name, "916"},
                                        {"Ivan@", Query::Kind::email, "ivan@"},
                                        {"@ivan", Query::Kind::name, "@ivan"},
                                        {"  Ёж  Ив", Query::Kind::name, "еж ив"}}));
  CAPTURE(c.text);
  const Query query = parse_query(c.text, "RU");
  CHECK(query.kind == c.kind);
  CHECK(query.low == c.low);
  const bool range = query.kind == Query::Kind::phone || query.kind == Query::Kind::email;
  if (range) CHECK(query.low < query.high);
}

TEST_CASE("intake: the least id of a time is not above any id of that time", "[intake]") {
  CHECK(least_id(LeadIdTag::k_prefix, 0) == "lead_00000000000000000000000000");
  CHECK(least_id(LeadIdTag::k_prefix, -5) == least_id(LeadIdTag::k_prefix, 0));
  CHECK(least_id(LeadIdTag::k_prefix, 31) == "lead_000000000z0000000000000000");
  CHECK(least_id(LeadIdTag::k_prefix, 1767603600000) <
        least_id(LeadIdTag::k_prefix, 1767603600001));
  CHECK(is_id(least_id(LeadIdTag::k_prefix, 1767603600000), "lead"));
}

TEST_CASE("intake: hostile bytes in any field are refused, never a crash", "[intake]") {
  const auto bytes =
      GENERATE(values<std::string>({"\xff", "\xc3", "\xed\xa0\x80", std::string("a\0b", 3), "\x7f",
                                    "\x1b[31m", "\xf5\x80\x80\x80"}));
  tenants::Tenant tenant;
  tenant.region = "RU";
  NewLead input;
  input.telegram = "ivan";
  input.consent_purposes = {"processing"};
  const auto member = GENERATE(values({&NewLead::name, &NewLead::email, &NewLead::telegram,
                                       &NewLead::page_url, &NewLead::consent_version}));
  input.*member = bytes;
  const auto checked = check_new_lead(tenant, {}, input, {});
  CHECK(!checked);
}

TEST_CASE("intake: pasted line ends become spaces in one-line fields", "[intake]") {
  tenants::Tenant tenant;
  NewLead input;
  input.name = " Иван\r\nПетров\t";
  input.message = "one\n\ttwo\r\n";
  input.telegram = "ivan";
  input.consent_purposes = {" Processing ", "processing"};
  const auto checked = check_new_lead(tenant, {}, input, {});
  REQUIRE(checked);
  CHECK(checked->input.name == "Иван  Петров");
  CHECK(checked->input.message == "one\n\ttwo\r\n");  // as typed
  CHECK(checked->input.consent_purposes.size() == 1);
}

}  // namespace flead::intake
