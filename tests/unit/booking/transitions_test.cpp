#include "core/booking/booking.h"

#include <map>
#include <string>

#include "support/catch.h"

namespace flead::booking {

TEST_CASE("booking: what may happen to a booking is exactly the table", "[booking]") {
  // state, then what confirm decline cancel complete no_show move make of it; "-" is refused.
  const std::map<std::string, std::vector<std::string>> wanted = {
      {"held", {"confirmed", "-", "cancelled", "-", "-", "held"}},
      {"requested", {"confirmed", "declined", "cancelled", "-", "-", "requested"}},
      {"confirmed", {"-", "-", "cancelled", "completed", "no_show", "confirmed"}},
      {"declined", {"-", "-", "-", "-", "-", "-"}},
      {"expired", {"-", "-", "-", "-", "-", "-"}},
      {"cancelled", {"-", "-", "-", "-", "-", "-"}},
      {"completed", {"-", "-", "-", "-", "no_show", "-"}},
      {"no_show", {"-", "-", "-", "completed", "-", "-"}},
  };
  const Action actions[] = {Action::confirm,  Action::decline, Action::cancel,
                            Action::complete, Action::no_show, Action::move};
  for (const auto& [name, row] : wanted) {
    const auto state = parse_state(name);
    REQUIRE(state);
    CHECK(state_name(*state) == name);
    for (std::size_t i = 0; i < std::size(actions); ++i) {
      CAPTURE(name, action_name(actions[i]));
      const auto next = next_state(*state, actions[i]);
      CHECK((next ? std::string(state_name(*next)) : "-") == row[i]);
      CHECK(parse_action(action_name(actions[i])) == actions[i]);
    }
  }
  CHECK_FALSE(parse_state("booked"));
  CHECK_FALSE(parse_action("delete"));
}

TEST_CASE("booking: only bookings that may still happen or happened take time", "[booking]") {
  for (const auto* name : {"held", "requested", "confirmed", "completed", "no_show"}) {
    CHECK(takes_time(*parse_state(name)));
  }
  for (const auto* name : {"declined", "expired", "cancelled"}) {
    CHECK_FALSE(takes_time(*parse_state(name)));
  }
}

TEST_CASE("booking: the right side of a UID is the host of the address", "[booking]") {
  struct Case {
    std::string url, host;
  };
  const auto [url, host] = GENERATE(values<Case>({
      {"https://flead.example", "flead.example"},
      {"http://127.0.0.1:8080", "127.0.0.1"},
      {"https://flead.example:8443/sub?x#y", "flead.example"},
      {"http://user@flead.example/", "flead.example"},
      {"http://[::1]:8080", "::1"},
      {"", "localhost"},
      {"http://", "localhost"},
      {"http://[", "localhost"},
  }));
  CAPTURE(url);
  CHECK(host_of_url(url) == host);
}

}  // namespace flead::booking
