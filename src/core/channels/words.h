// What a person may tell us in words, on any channel: that they want no more, or somebody alive.
// Pure. Whole messages only: "stop" within a sentence is a sentence.
#pragma once

#include <string_view>

namespace flead::channels {

// "stop", "/stop", "СТОП!", "отписаться", "unsubscribe" …
bool says_stop(std::string_view text);
// "/human", "человек", "позовите оператора" …; also the payload of our own button.
bool asks_for_human(std::string_view text);

// The payload of the button that asks for a person.
inline constexpr std::string_view k_human_payload = "human";

}  // namespace flead::channels
