#include "core/demo/people.h"

#include <fmt/format.h>

#include <array>
#include <span>

namespace flead::demo {

namespace {

struct Person {
  std::string_view first, last, handle;
};

constexpr Person k_english_people[] = {
    {"Anna", "Weber", "anna.weber"},       {"James", "Carter", "jcarter"},
    {"Sofia", "Rossi", "sofia.rossi"},     {"Liam", "Murphy", "liam.murphy"},
    {"Emma", "Larsen", "emma.larsen"},     {"Noah", "Fischer", "noah.fischer"},
    {"Olivia", "Martin", "olivia.martin"}, {"Lucas", "Novak", "lucas.novak"},
    {"Mia", "Jansen", "mia.jansen"},       {"Ethan", "Brooks", "ebrooks"},
    {"Chloe", "Dubois", "chloe.dubois"},   {"Oscar", "Nilsson", "oscar.nilsson"},
    {"Grace", "Kelly", "grace.kelly"},     {"Hugo", "Silva", "hugo.silva"},
    {"Ella", "Kowalska", "ella.kowalska"}, {"Adam", "Hughes", "adam.hughes"},
};

constexpr Person k_russian_people[] = {
    {"Анна", "Петрова", "anna.petrova"},      {"Иван", "Смирнов", "ivan.smirnov"},
    {"Мария", "Кузнецова", "m.kuznetsova"},   {"Дмитрий", "Соколов", "d.sokolov"},
    {"Ольга", "Попова", "olga.popova"},       {"Алексей", "Лебедев", "a.lebedev"},
    {"Екатерина", "Новикова", "e.novikova"},  {"Сергей", "Морозов", "s.morozov"},
    {"Наталья", "Волкова", "n.volkova"},      {"Павел", "Зайцев", "pavel.zaytsev"},
    {"Юлия", "Павлова", "yulia.pavlova"},     {"Михаил", "Семёнов", "m.semenov"},
    {"Татьяна", "Голубева", "t.golubeva"},    {"Андрей", "Виноградов", "a.vinogradov"},
    {"Светлана", "Богданова", "s.bogdanova"}, {"Николай", "Фёдоров", "n.fedorov"},
};

constexpr std::string_view k_english_wishes[] = {
    "",
    "How soon could we meet?",
    "I would like to ask about prices for a team of six.",
    "",
    "Is it possible in the evening?",
    "A friend recommended you. Please call after lunch.",
    "",
    "We need this before the end of the month.",
};

constexpr std::string_view k_russian_wishes[] = {
    "",
    "Когда можно встретиться?",
    "Сколько стоит для команды из шести человек?",
    "",
    "Можно ли вечером?",
    "Вас посоветовали знакомые. Позвоните после обеда.",
    "",
    "Нужно успеть до конца месяца.",
};

constexpr std::string_view k_english_remarks[] = {
    "Called back: wants to compare two dates.", "Asked for a written offer.",
    "Knows us from the newsletter.", "Will decide together with a partner."};

constexpr std::string_view k_russian_remarks[] = {
    "Перезвонили: сравнивает две даты.", "Просит предложение письмом.", "Знает нас по рассылке.",
    "Решает вместе с партнёром."};

// The first ones are drawn more often: the list repeats them.
constexpr std::string_view k_sources[] = {"widget", "widget", "widget", "widget",
                                          "widget", "form",   "form",   "api"};

struct Campaign {
  std::string_view source, medium, name, referrer;
};
constexpr Campaign k_campaigns[] = {
    {"yandex", "cpc", "brand", "https://yandex.example/search"},
    {"", "", "", ""},
    {"vk", "social", "spring", "https://vk.example/wall"},
    {"yandex", "cpc", "offer", "https://yandex.example/search"},
    {"", "", "", "https://blog.example/post"},
    {"newsletter", "email", "january", ""},
    {"", "", "", ""},
};

// Independent draws from one number: each takes the remainder and leaves the quotient.
class Dice {
 public:
  explicit Dice(std::uint64_t value) : value_(value) {}
  std::size_t below(std::size_t bound) {
    const auto drawn = static_cast<std::size_t>(value_ % bound);
    value_ /= bound;
    return drawn;
  }
  template <class T>
  const T& of(std::span<const T> items) {
    return items[below(items.size())];
  }

 private:
  std::uint64_t value_;
};

}  // namespace

Visitor visitor(std::string_view locale, std::size_t number, std::uint64_t dice_value) {
  const bool russian = locale == "ru";
  Dice dice(dice_value);
  const auto people = russian ? std::span<const Person>(k_russian_people)
                              : std::span<const Person>(k_english_people);
  const auto wishes = russian ? std::span<const std::string_view>(k_russian_wishes)
                              : std::span<const std::string_view>(k_english_wishes);
  const Person& person = dice.of(people);
  const Campaign& campaign = dice.of(std::span<const Campaign>(k_campaigns));

  Visitor visitor;
  visitor.source = dice.of(std::span<const std::string_view>(k_sources));
  intake::NewLead& lead = visitor.lead;
  lead.name = fmt::format("{} {}", person.first, person.last);
  // Three in four leave a phone, and most an address; nobody leaves neither.
  const bool has_phone = dice.below(4) != 0;
  if (has_phone)
    lead.phone = fmt::format("+7 900 000-{:02}-{:02}", number / 100 % 100, number % 100);
  if (!has_phone || dice.below(3) != 0) {
    lead.email = fmt::format("{}.{}@example.com", person.handle, number);
  }
  lead.message = dice.of(wishes);
  lead.locale = locale;
  lead.page_url = "https://www.example.com/";
  lead.referrer = campaign.referrer;
  lead.utm.source = campaign.source;
  lead.utm.medium = campaign.medium;
  lead.utm.campaign = campaign.name;
  lead.consent_purposes = {"processing"};
  if (dice.below(3) == 0) lead.consent_purposes.push_back("marketing");
  return visitor;
}

std::string_view remark(std::string_view locale, std::uint64_t dice) {
  return locale == "ru" ? k_russian_remarks[dice % std::size(k_russian_remarks)]
                        : k_english_remarks[dice % std::size(k_english_remarks)];
}

}  // namespace flead::demo
