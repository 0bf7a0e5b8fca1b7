#include "serve/mock/whatsapp_rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/text.h"

namespace flead::serve::mock::whatsapp_double {

namespace {

using meta::GraphError;
using meta::has_text;
using meta::Trouble;

GraphError bad_parameter(std::string words, std::string details = {}) {
  return GraphError{100, "(#100) " + std::move(words), std::move(details)};
}

bool known_member(const Json& object, std::initializer_list<std::string_view> names) {
  return std::all_of(object.members().begin(), object.members().end(), [&](const auto& member) {
    return std::find(names.begin(), names.end(), member.first) != names.end();
  });
}

// The person: `to` is a phone, `recipient` the id of one who hides theirs.
Trouble check_person(const Json& message) {
  if (message.text("recipient_type").value_or("individual") != "individual") {
    return invalid("recipient_type is individual");
  }
  const std::string user_id = message.text("recipient").value_or("");
  if (message.find("to") == nullptr && message.find("recipient") != nullptr) {
    const bool good = user_id.size() > 3 && user_id.size() <= 131 && user_id[2] == '.';
    return good ? Trouble() : invalid("recipient is no user id");
  }
  if (message.find("to") == nullptr) return missing("The parameter to is required.");
  std::string to = message.text("to").value_or("");
  if (to.starts_with('+')) to.erase(0, 1);
  const bool digits = to.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || to.size() < 7 || to.size() > 15) return invalid("to is no phone number");
  return std::nullopt;
}

Trouble check_text(const Json& message) {
  const Json* text = message.find("text");
  if (text == nullptr || !text->text("body") || text->text("body")->empty()) {
    return missing("The parameter text['body'] is required.");
  }
  if (!known_member(*text, {"body", "preview_url"})) {
    return bad_parameter("Unexpected key on param \"text\"");
  }
  if (!has_text(*text, "body", 4096)) {
    return bad_parameter("Param text['body'] must be at most 4096 characters long.");
  }
  if (text->find("preview_url") != nullptr && !text->boolean("preview_url")) {
    return bad_parameter("Param text['preview_url'] must be a boolean.");
  }
  return std::nullopt;
}

Trouble check_reply_buttons(const Json& interactive) {
  const Json* buttons = interactive.find("action.buttons");
  if (buttons == nullptr) return missing("action.buttons");
  const auto count = buttons->items().size();
  if (count < 1 || count > 3) return invalid("Invalid buttons count. Min allowed: 1, Max: 3");
  std::set<std::string> ids, titles;
  for (const Json& button : buttons->items()) {
    if (button.text("type") != "reply") return invalid("A button's type is reply");
    if (!has_text(button, "reply.id", 256)) return invalid("Button id length: 1 to 256");
    if (!has_text(button, "reply.title", 20)) return invalid("Button title length: 1 to 20");
    const std::string id = *button.text("reply.id");
    if (trim(id).size() != id.size()) return invalid("Button id with spaces at an end");
    ids.insert(id);
    titles.insert(*button.text("reply.title"));
  }
  if (ids.size() != count || titles.size() != count) return invalid("Buttons must be unique");
  return std::nullopt;
}

Trouble check_link_button(const Json& interactive) {
  const Json* action = interactive.find("action");
  if (action == nullptr || action->text("name") != "cta_url") return invalid("action.name");
  if (!has_text(*action, "parameters.display_text", 20)) {
    return invalid("display_text length: 1 to 20");
  }
  const std::string url = action->text("parameters.url").value_or("");
  if (!url.starts_with("https://") && !url.starts_with("http://")) return invalid("url");
  return std::nullopt;
}

Trouble check_list(const Json& interactive) {
  const Json* sections = interactive.find("action.sections");
  if (!has_text(interactive, "action.button", 20)) return invalid("action.button: 1 to 20");
  if (sections == nullptr) return missing("action.sections");
  const auto count = sections->items().size();
  if (count < 1 || count > 10) return invalid("Sections: 1 to 10");
  std::size_t rows = 0;
  for (const Json& section : sections->items()) {
    if (count > 1 && !has_text(section, "title", 24)) return invalid("Section title: 1 to 24");
    const Json* list = section.find("rows");
    if (list == nullptr || list->items().empty()) return missing("rows");
    for (const Json& row : list->items()) {
      if (!has_text(row, "id", 200) || !has_text(row, "title", 24)) return invalid("A row");
      if (row.find("description") != nullptr && !has_text(row, "description", 72)) {
        return invalid("Row description: 1 to 72");
      }
      ++rows;
    }
  }
  if (rows > 10) return invalid("Rows of all sections: at most 10");
  return std::nullopt;
}

Trouble check_interactive(const Json& message) {
  const Json* interactive = message.find("interactive");
  if (interactive == nullptr) return missing("interactive");
  if (interactive->find("body.text") == nullptr) return missing("interactive.body.text");
  if (!has_text(*interactive, "body.text", 1024)) return invalid("Body text length: 1 to 1024");
  if (interactive->find("footer") != nullptr && !has_text(*interactive, "footer.text", 60)) {
    return invalid("Footer text length: 1 to 60");
  }
  if (interactive->text("header.type") == "text" && !has_text(*interactive, "header.text", 60)) {
    return invalid("Header text length: 1 to 60");
  }
  const std::string type = interactive->text("type").value_or("");
  if (type == "button") return check_reply_buttons(*interactive);
  if (type == "cta_url") return check_link_button(*interactive);
  if (type == "list") return check_list(*interactive);
  return invalid("interactive.type");
}

// What a template's parameter may hold: one line of text.
Trouble check_parameter(const Json& parameter) {
  const std::string type = parameter.text("type").value_or("");
  if (type == "payload") {
    return has_text(parameter, "payload", 256) ? Trouble() : missing("payload");
  }
  if (type != "text") return invalid("The double knows parameters of type text and payload");
  const std::string text = parameter.text("text").value_or("");
  if (text.empty()) return missing("Parameter of type text is missing text value");
  if (text.find_first_of("\n\r\t") != std::string::npos ||
      text.find("     ") != std::string::npos) {
    return bad_parameter("Invalid parameter",
                         "Param text cannot have new-line/tab characters or more than 4 "
                         "consecutive spaces");
  }
  return std::nullopt;
}

struct Counts {
  std::int64_t header = 0, body = 0, url = 0, quick_replies = 0;
};

Trouble count_component(const Json& component, Counts& counts) {
  const std::string type = component.text("type").value_or("");
  const Json* parameters = component.find("parameters");
  const auto count =
      parameters == nullptr ? 0 : static_cast<std::int64_t>(parameters->items().size());
  if (parameters != nullptr) {
    for (const Json& parameter : parameters->items()) {
      if (auto trouble = check_parameter(parameter)) return trouble;
    }
  }
  if (type == "header") {
    counts.header += count;
  } else if (type == "body") {
    counts.body += count;
  } else if (type == "button") {
    const std::string sub_type = component.text("sub_type").value_or("");
    if (!component.text("index")) return missing("index (a string) of a button");
    if (count != 1) return missing("A button has one parameter");
    if (sub_type == "url") ++counts.url;
    if (sub_type == "quick_reply") ++counts.quick_replies;
    if (sub_type != "url" && sub_type != "quick_reply") return invalid("sub_type");
  } else {
    return invalid("A component is header, body or button");
  }
  return std::nullopt;
}

Trouble check_template(const Json& message, const std::vector<Template>& templates) {
  const Json* wanted = message.find("template");
  if (wanted == nullptr) return missing("template");
  const std::string name = wanted->text("name").value_or("");
  const std::string language = wanted->text("language.code").value_or("");
  if (name.empty() || language.empty()) return missing("template.name and template.language.code");
  Counts counts;
  if (const Json* components = wanted->find("components")) {
    for (const Json& component : components->items()) {
      if (auto trouble = count_component(component, counts)) return trouble;
    }
  }
  const auto found = std::find_if(templates.begin(), templates.end(), [&](const Template& one) {
    return one.name == name && one.language == language;
  });
  const auto fail = [](std::int64_t code, std::string details, int status = 400) {
    return GraphError{code, "(#" + std::to_string(code) + ") " + std::string(title_of(code)),
                      std::move(details), 0, status};
  };
  if (found != templates.end() && found->status == "PAUSED") return fail(132015, "Paused");
  if (found != templates.end() && found->status == "DISABLED") return fail(132016, "Disabled");
  if (found == templates.end() || found->status != "APPROVED") {
    return fail(132001, "template name (" + name + ") does not exist in " + language, 404);
  }
  if (counts.url < found->url) {
    return missing("buttons: Button at index " + std::to_string(counts.url) +
                   " of type Url requires a parameter");
  }
  if (counts.body != found->body || counts.header != found->header || counts.url > found->url) {
    return fail(132000, "body: number of localizable_params (" + std::to_string(counts.body) +
                            ") does not match the expected number of params (" +
                            std::to_string(found->body) + ")");
  }
  return std::nullopt;
}

}  // namespace

GraphError missing(std::string details) {
  return GraphError{131008, "(#131008) Required parameter is missing", std::move(details)};
}

GraphError invalid(std::string details) {
  return GraphError{131009, "(#131009) Parameter value is not valid", std::move(details)};
}

std::string_view title_of(std::int64_t code) {
  struct Title {
    std::int64_t code;
    std::string_view words;
  };
  static constexpr Title k_titles[] = {
      {130429, "Rate limit hit"},
      {130472, "User's number is part of an experiment"},
      {131021, "Recipient cannot be sender"},
      {131026, "Message undeliverable"},
      {131047, "Re-engagement message"},
      {131048, "Spam rate limit hit"},
      {131049, "This message was not delivered to maintain healthy ecosystem engagement."},
      {131050, "User has stopped marketing messages"},
      {131056, "(Business Account, Consumer Account) pair rate limit hit"},
      {132000, "Number of parameters does not match the expected number of params"},
      {132001, "Template name does not exist in the translation"},
      {132015, "Template is paused"},
      {132016, "Template is disabled"},
  };
  for (const Title& title : k_titles) {
    if (title.code == code) return title.words;
  }
  return "Something went wrong";
}

Trouble check_message(const Json& message, const std::vector<Template>& templates) {
  if (message.text("messaging_product") != "whatsapp") {
    return bad_parameter("The parameter messaging_product is required.");
  }
  if (!known_member(message,
                    {"messaging_product", "recipient_type", "to", "recipient", "type", "text",
                     "interactive", "template", "context", "biz_opaque_callback_data"})) {
    return bad_parameter("Unexpected key on param \"message\"");
  }
  if (auto trouble = check_person(message)) return trouble;
  if (message.find("biz_opaque_callback_data") != nullptr &&
      !has_text(message, "biz_opaque_callback_data", 512)) {
    return bad_parameter("Param biz_opaque_callback_data must be a string of 1 to 512");
  }
  if (message.find("context") != nullptr && !message.text("context.message_id")) {
    return missing("context.message_id");
  }
  const std::string type = message.text("type").value_or("text");
  if (type == "text") return check_text(message);
  if (type == "interactive") return check_interactive(message);
  if (type == "template") return check_template(message, templates);
  return GraphError{131051, "(#131051) Unsupported message type", "Message type: " + type};
}

Template read_template(const Json& wish) {
  Template out;
  meta::read_text(wish, "name", out.name);
  meta::read_text(wish, "language", out.language);
  meta::read_text(wish, "category", out.category);
  meta::read_text(wish, "status", out.status);
  out.header = wish.integer("header").value_or(0);
  out.body = wish.integer("body").value_or(0);
  out.url = wish.integer("url").value_or(0);
  if (const Json* titles = wish.find("quick_replies")) {
    for (const Json& title : titles->items()) {
      out.quick_replies.push_back(title.text().value_or(""));
    }
  }
  return out;
}

Json template_json(const Template& one) {
  const auto with_parameters = [](std::string text, std::int64_t count) {
    for (std::int64_t i = 1; i <= count && i <= 100; ++i) text += " {{" + std::to_string(i) + "}}";
    return text;
  };
  Json components = Json::array();
  if (one.header > 0) {
    components.push(Json::object(
        {{"type", "HEADER"}, {"format", "TEXT"}, {"text", with_parameters("Header", one.header)}}));
  }
  components.push(Json::object({{"type", "BODY"}, {"text", with_parameters("Body", one.body)}}));
  Json buttons = Json::array();
  for (std::int64_t i = 0; i < one.url && i < 10; ++i) {
    buttons.push(
        Json::object({{"type", "URL"}, {"text", "Open"}, {"url", "https://book.example/x/{{1}}"}}));
  }
  for (const std::string& title : one.quick_replies) {
    buttons.push(Json::object({{"type", "QUICK_REPLY"}, {"text", title}}));
  }
  if (!buttons.items().empty()) {
    components.push(Json::object({{"type", "BUTTONS"}, {"buttons", std::move(buttons)}}));
  }
  return Json::object({{"name", one.name},
                       {"language", one.language},
                       {"status", one.status},
                       {"category", one.category},
                       {"parameter_format", "POSITIONAL"},
                       {"components", std::move(components)}});
}

}  // namespace flead::serve::mock::whatsapp_double
