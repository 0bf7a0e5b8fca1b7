#include "core/groups/record.h"

#include <fmt/format.h>

#include "core/base/text.h"

namespace flead::groups {

namespace {

struct SectionRow {
  std::string_view ru, en, hint_ru, hint_en;
  std::string RecordSections::*text;
};
const SectionRow k_sections[] = {
    {"Повестка", "Agenda", "О чём говорим и сколько времени на каждого.",
     "What we talk about, and how long each has.", &RecordSections::agenda},
    {"Запросы", "Asks", "- Имя: чем помочь", "- Name: what would help", &RecordSections::asks},
    {"Цели", "Goals", "- Имя: что сделаю к следующей встрече",
     "- Name: what I will do until the next meeting", &RecordSections::goals},
    {"Выводы", "Reflections", "Что стало ясно, что взяли с собой.",
     "What became clear, what we take away.", &RecordSections::reflections},
};

const SectionRow* section_of(std::string_view line) {
  if (!line.starts_with("## ")) return nullptr;
  const std::string name = fold(trim(line.substr(3)));
  for (const SectionRow& row : k_sections) {
    if (name == fold(row.ru) || name == fold(row.en)) return &row;
  }
  return nullptr;
}

}  // namespace

std::string record_template(const RecordHead& head, std::string_view language) {
  const bool ru = language == "ru";
  std::string out =
      ru ? fmt::format("# {}, круг {}, стол {}\n\n", head.group, head.round, head.table)
         : fmt::format("# {}, round {}, table {}\n\n", head.group, head.round, head.table);
  out += fmt::format("{}. {}\n", head.date, join(head.people, ", "));
  for (const SectionRow& row : k_sections) {
    out += fmt::format("\n## {}\n\n{}\n", ru ? row.ru : row.en, ru ? row.hint_ru : row.hint_en);
  }
  return out;
}

RecordSections parse_record(std::string_view markdown) {
  RecordSections sections;
  std::string RecordSections::*current = nullptr;
  while (!markdown.empty()) {
    const std::size_t end = markdown.find('\n');
    std::string_view line = markdown.substr(0, end);
    markdown.remove_prefix(end == std::string_view::npos ? markdown.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const SectionRow* row = section_of(line)) {
      current = row->text;
    } else if (current != nullptr) {
      (sections.*current) += std::string(line) + "\n";
    }
  }
  for (const SectionRow& row : k_sections) {
    sections.*row.text = std::string(trim(sections.*row.text));
  }
  return sections;
}

}  // namespace flead::groups
