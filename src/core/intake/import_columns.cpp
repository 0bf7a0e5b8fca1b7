#include "core/intake/import_columns.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "core/base/text.h"

namespace flead::intake {

namespace {

struct ColumnName {
  std::string_view field;
  std::string_view headers;  // folded, letters and digits only, joined by "|"
};

// How exports of CRMs, forms and people's own tables call their columns.
constexpr ColumnName k_column_names[] = {
    {"name",
     "name|fullname|firstname|contactname|customer|client|clientname|имя|фио|клиент|"
     "имяклиента|контакт|контактноелицо|имяифамилия|фамилияимя|фамилияимяотчество"},
    {"surname", "surname|lastname|familyname|фамилия"},
    {"phone",
     "phone|phonenumber|phonetyped|mobile|mobilephone|cell|cellphone|tel|telephone|"
     "workphone|телефон|телефоны|тел|мобильный|мобильныйтелефон|номер|номертелефона|"
     "телефонклиента|рабочийтелефон|контактныйтелефон|сотовый"},
    {"email",
     "email|emailaddress|mail|почта|электроннаяпочта|элпочта|имейл|емейл|емайл|"
     "адресэлектроннойпочты|рабочийemail"},
    {"telegram", "telegram|telegramusername|tg|телеграм|телеграмм|тг"},
    {"vk", "vk|vkontakte|вк|вконтакте"},
    {"whatsapp", "whatsapp|wa|ватсап|вотсап|ватсапп"},
    {"max", "max|макс"},
    {"message",
     "message|comment|comments|note|notes|text|question|сообщение|комментарий|"
     "комментарии|примечание|заметка|заметки|вопрос|заявка|текст"},
    {"channel", "channel|preferredchannel|канал|каналсвязи"},
    {"locale", "locale|language|lang|язык"},
    {"zone", "zone|timezone|часовойпояс"},
    {"page_url", "pageurl|page|url|страница|адресстраницы"},
    {"referrer", "referrer|referer"},
    {"utm.source", "utmsource|источник"},
    {"utm.medium", "utmmedium"},
    {"utm.campaign", "utmcampaign|кампания"},
    {"utm.term", "utmterm"},
    {"utm.content", "utmcontent"},
    {"tags", "tags|tag|labels|теги|тег|метки|метка"},
    {"consent", "consent|согласие|согласия"},
    // What our own export has of a lead's past; other programs' words for it differ too much.
    {"status", "status"},
    {"assignee", "assignee"},
    {"source", "source"},
    {"created_at", "createdat"},
    {"custom", "custom"},
};

constexpr std::string_view k_custom_field = "custom.";

// "E-mail клиента" → "emailклиента": marks between words differ from table to table.
std::string plain_header(std::string_view header) {
  std::string plain;
  for (const char c : fold(header)) {
    const bool ascii_mark =
        static_cast<unsigned char>(c) < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
    if (!ascii_mark) plain += c;
  }
  return plain;
}

bool is_field(std::string_view field) {
  if (field.starts_with(k_custom_field)) return field.size() > k_custom_field.size();
  return std::any_of(std::begin(k_column_names), std::end(k_column_names),
                     [&](const ColumnName& name) { return name.field == field; });
}

std::string field_of(std::string_view header) {
  header = trim(header);
  const std::string lower = ascii_lower(header);
  if (lower.starts_with(k_custom_field) && header.size() > k_custom_field.size()) {
    return std::string(k_custom_field) + std::string(header.substr(k_custom_field.size()));
  }
  const std::string plain = plain_header(header);
  if (plain.empty()) return "";
  for (const ColumnName& name : k_column_names) {
    std::string_view rest = name.headers;
    while (!rest.empty()) {
      const std::size_t bar = rest.find('|');
      if (rest.substr(0, bar) == plain) return std::string(name.field);
      rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
    }
  }
  return "";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string known_fields() {
  std::string all;
  for (const ColumnName& name : k_column_names) {
    all.append(all.empty() ? "" : ", ").append(name.field);
  }
  return all + ", custom.KEY";
}

}  // namespace

bool is_contact_field(std::string_view field) {
  constexpr std::array<std::string_view, 6> k_contacts = {"phone", "email",    "telegram",
                                                          "vk",    "whatsapp", "max"};
  return std::find(k_contacts.begin(), k_contacts.end(), field) != k_contacts.end();
}

Result<std::vector<std::string>> map_columns(
    const std::vector<std::string>& header,
    const std::vector<std::pair<std::string, std::string>>& map) {
  std::vector<std::string> fields(header.size());
  std::vector<bool> mapped(header.size(), false);
  for (const auto& [field, wanted] : map) {
    if (!is_field(field)) {
      return usage_error("map_invalid", "--map names a field that leads do not have: " + field,
                         "The fields are: " + known_fields() + ".");
    }
    const auto found = std::find_if(header.begin(), header.end(), [&](const std::string& text) {
      return fold(text) == fold(wanted);
    });
    if (found == header.end()) {
      return usage_error("column_missing", "The file has no column " + wanted + ".",
                         "Its columns are: " + joined(header) + ".");
    }
    const auto at = static_cast<std::size_t>(found - header.begin());
    fields[at] = field;
    mapped[at] = true;
  }
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (mapped[i]) continue;
    std::string field = field_of(header[i]);
    // The map's word is final: no second column for a field that it names.
    const bool taken = std::any_of(map.begin(), map.end(),
                                   [&](const auto& entry) { return entry.first == field; });
    if (!taken) fields[i] = std::move(field);
  }
  return fields;
}

}  // namespace flead::intake
