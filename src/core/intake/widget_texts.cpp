// The words of the form. Short, because each visitor loads them; plain, because each visitor reads
// them.
#include "core/intake/widget.h"

namespace flead::intake {

std::span<const WidgetTextSpec> widget_texts() {
  static constexpr WidgetTextSpec k_texts[] = {
      {"button", "Оставить заявку", "Get in touch"},
      {"title", "Оставьте заявку", "Get in touch"},
      {"intro", "Скоро ответим.", "We will answer soon."},
      {"name", "Имя", "Name"},
      {"phone", "Телефон", "Phone"},
      {"email", "Эл. почта", "E-mail"},
      {"message", "Сообщение", "Message"},
      {"optional", "необязательно", "optional"},
      {"either", "Телефон или почта, как удобнее.", "A phone or an e-mail, as you like."},
      {"consent_processing", "Согласие на [обработку персональных данных]",
       "I agree to the [processing of my personal data]"},
      {"consent_marketing", "Хочу получать [новости и предложения]", "Send me [news and offers]"},
      {"policy", "Политика конфиденциальности", "Privacy policy"},
      {"submit", "Отправить", "Send"},
      {"sending", "Отправляем…", "Sending…"},
      {"close", "Закрыть", "Close"},
      {"done_title", "Спасибо!", "Thank you!"},
      {"done_text", "Заявка получена, скоро ответим.",
       "Your request is here, we will answer soon."},
      {"book", "Выбрать время встречи", "Choose a time to meet"},
      {"error_check", "Проверьте отмеченные поля.", "Please check the marked fields."},
      {"error_required", "Заполните это поле.", "Please fill in this field."},
      {"error_contact_required", "Оставьте телефон или почту для ответа.",
       "Leave a phone or an e-mail for our answer."},
      {"error_phone_invalid", "Похоже, в номере ошибка.", "This number does not look right."},
      {"error_email_invalid", "Похоже, в адресе ошибка.", "This address does not look right."},
      {"error_too_long", "Слишком длинный текст.", "This text is too long."},
      {"error_consent_required", "Без согласия мы не можем принять заявку.",
       "We need this consent to take your request."},
      {"error_network", "Нет связи. Введённое сохранено, отправим ещё раз.",
       "No connection. Your text is kept, we will try again."},
      {"error_server", "Не получилось отправить. Попробуйте через минуту.",
       "Sending failed. Please try again in a minute."},
  };
  return k_texts;
}

std::string widget_text(const WidgetSettings& settings, std::string_view key,
                        std::string_view language) {
  const WidgetText* found = nullptr;
  for (const WidgetText& text : settings.texts) {
    if (text.key != key || (!text.language.empty() && text.language != language)) continue;
    if (found == nullptr || !text.language.empty()) found = &text;  // "title.ru" beats "title"
  }
  if (found != nullptr) return found->value;
  for (const WidgetTextSpec& spec : widget_texts()) {
    if (spec.key == key) return std::string(language == "ru" ? spec.ru : spec.en);
  }
  return {};
}

}  // namespace flead::intake
