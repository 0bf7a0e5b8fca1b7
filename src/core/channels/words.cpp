#include "core/channels/words.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/base/text.h"

namespace flead::channels {
namespace {

constexpr std::size_t k_word_bytes_max = 80;  // a longer message is a sentence

// Folded, without a leading slash and without signs at either end. ("ё" folds to "е".)
std::string bare(std::string_view text) {
  if (text.size() > k_word_bytes_max) return {};
  std::string folded = fold(text);
  constexpr std::string_view k_signs = "/!.,;:?\"' \t\n()";
  const std::size_t begin = folded.find_first_not_of(k_signs);
  if (begin == std::string::npos) return {};
  const std::size_t end = folded.find_last_not_of(k_signs);
  return folded.substr(begin, end - begin + 1);
}

template <std::size_t size>
bool one_of(const std::array<std::string_view, size>& words, std::string_view text) {
  const std::string word = bare(text);
  return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool says_stop(std::string_view text) {
  static constexpr std::array<std::string_view, 23> k_words = {"stop",
                                                               "unsubscribe",
                                                               "opt out",
                                                               "quit",
                                                               "remove me",
                                                               "stop writing",
                                                               "no more messages",
                                                               "стоп",
                                                               "отписаться",
                                                               "отписка",
                                                               "отпишите",
                                                               "отписать",
                                                               "отпишите меня",
                                                               "не пишите",
                                                               "хватит",
                                                               "не пишите мне",
                                                               "не пишите больше",
                                                               "больше не пишите",
                                                               "больше не писать",
                                                               "больше не пишите мне",
                                                               "не пишите мне больше",
                                                               "не надо писать",
                                                               "прекратите"};
  return one_of(k_words, text);
}

bool asks_for_human(std::string_view text) {
  static constexpr std::array<std::string_view, 14> k_words = {"human",
                                                               "operator",
                                                               "agent",
                                                               "person",
                                                               "talk to a human",
                                                               "человек",
                                                               "оператор",
                                                               "менеджер",
                                                               "живой человек",
                                                               "позовите человека",
                                                               "позовите оператора",
                                                               "нужен оператор",
                                                               "нужен человек",
                                                               "позвать человека"};
  return one_of(k_words, text);
}

}  // namespace flead::channels
