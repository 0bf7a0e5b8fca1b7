// Consents to advertising: everywhere, or on one kind of channel.
#include "core/intake/consents.h"

#include <string>
#include <vector>

#include "core/channels/channel.h"
#include "support/catch.h"

namespace flead::intake {

TEST_CASE("consents: for a kind of channel the newest word counts", "[intake][consents]") {
  struct Word {
    std::string kind;  // "" is all of them
    bool granted;
  };
  struct Case {
    std::string what;
    std::vector<Word> words;
    bool email, sms, anywhere;
  };
  const auto one = GENERATE(values<Case>({
      {"nothing was said", {}, false, false, false},
      {"yes", {{"", true}}, true, true, true},
      {"yes, and no", {{"", true}, {"", false}}, false, false, false},
      {"by mail alone", {{"email", true}}, true, false, true},
      {"yes, but no SMS", {{"", true}, {"sms", false}}, true, false, true},
      {"no SMS, then yes to all", {{"sms", false}, {"", true}}, true, true, true},
      {"by mail, then no to all", {{"email", true}, {"", false}}, false, false, false},
      {"no, then by SMS after all", {{"", false}, {"sms", true}}, false, true, true},
      {"by SMS, and not any more", {{"sms", true}, {"sms", false}}, false, false, false},
  }));
  CAPTURE(one.what);
  Advertising said;
  for (const Word& word : one.words) take_word(said, word.kind, word.granted);
  CHECK(agrees(said, "email") == one.email);
  CHECK(agrees(said, "sms") == one.sms);
  CHECK(agrees_anywhere(said) == one.anywhere);
}

TEST_CASE("consents: every kind that reaches a person has a purpose of its own",
          "[intake][consents]") {
  for (const channels::Provider& provider : channels::providers()) {
    CAPTURE(provider.kind);
    const bool reaches = provider.capabilities.real && !provider.capabilities.desk;
    CHECK(is_purpose("marketing." + std::string(provider.kind)) == reaches);
  }
  for (const char* none :
       {"", "marketing.", "marketing.pigeon", "marketings", "Marketing", "ads"}) {
    CAPTURE(none);
    CHECK_FALSE(is_purpose(none));
  }
}

}  // namespace flead::intake
