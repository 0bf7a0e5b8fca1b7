// Texts of the booking pages: /b/TENANT[/OFFER] and /my/TOKEN.
#include "serve/pages/texts.h"

namespace flead::pages {

std::span<const TextRow> booking_texts() {
  static constexpr TextRow k_rows[] = {
      {"booking.title", "Запись на встречу", "Book a meeting"},
      {"booking.choose_time", "Выберите удобное время", "Choose a time that suits you"},
      {"booking.minutes", "{minutes} мин", "{minutes} min"},
      {"booking.seats_left", "мест: {seats}", "{seats} left"},
      {"booking.zone", "Ваш часовой пояс", "Your time zone"},
      {"booking.zone_set", "Показать", "Show"},
      {"booking.none", "Свободного времени пока нет. Загляните позже.",
       "There are no free times at the moment. Please look in later."},
      {"booking.nothing", "Записаться пока некуда.", "There is nothing to book yet."},
      {"booking.more_days", "Следующие дни", "Later days"},
      {"booking.first_days", "К ближайшим дням", "Back to the first days"},
      {"booking.taken", "Это время только что заняли. Вот что ещё свободно:",
       "Somebody has just taken that time. These are still free:"},
      {"booking.unavailable", "На это время записаться нельзя. Вот что свободно:",
       "That time cannot be booked. These are free:"},
      {"booking.moving", "Вы переносите встречу:", "You are moving your meeting of"},
      {"booking.other_time", "Выбрать другое время", "Choose another time"},
      {"booking.who", "Как с вами связаться", "How can we reach you"},
      {"booking.name", "Имя", "Name"},
      {"booking.phone", "Телефон", "Phone"},
      {"booking.email", "Почта", "E-mail"},
      {"booking.contact_hint",
       "Достаточно телефона или почты. На почту придёт приглашение для календаря.",
       "A phone number or an e-mail is enough. By e-mail you get a calendar invitation."},
      {"booking.message", "О чём поговорим (необязательно)", "What is it about (optional)"},
      {"booking.trap", "Оставьте это поле пустым", "Leave this field empty"},
      {"booking.consent_processing", "Согласен на обработку персональных данных",
       "I consent to the processing of my personal data"},
      {"booking.consent_marketing", "Хочу получать новости и предложения",
       "I would like to receive news and offers"},
      {"booking.consent_text", "текст", "text"},
      {"booking.known", "Вы пришли по личной ссылке, больше ничего заполнять не нужно.",
       "You came by your personal link: there is nothing else to fill in."},
      {"booking.book", "Записаться", "Book"},
      {"booking.move", "Перенести", "Move"},

      {"field.booking_begun", "Эта встреча уже началась или прошла, изменить её нельзя.",
       "This meeting has begun or is over, so it cannot be changed."},
      {"field.booking_state", "С этой записью уже ничего сделать нельзя.",
       "Nothing more can be done with this booking."},

      {"my.new", "Вы записаны!", "You are booked!"},
      {"my.moved", "Встреча перенесена", "Your meeting has been moved"},
      {"my.confirmed", "Ваша запись", "Your booking"},
      {"my.held", "Время удерживается", "This time is on hold"},
      {"my.requested", "Запись ждёт подтверждения", "Your booking awaits confirmation"},
      {"my.declined", "Запись отклонена", "Your booking was declined"},
      {"my.expired", "Срок удержания истёк", "The hold has lapsed"},
      {"my.cancelled", "Запись отменена", "Your booking is cancelled"},
      {"my.completed", "Встреча состоялась", "The meeting took place"},
      {"my.no_show", "Встреча не состоялась", "The meeting did not take place"},
      {"my.what", "Что", "What"},
      {"my.when", "Когда", "When"},
      {"my.with", "С кем", "With"},
      {"my.where", "Где", "Where"},
      {"my.reason", "Причина", "Reason"},
      {"my.calendar", "Добавить в календарь", "Add to calendar"},
      {"my.move", "Выбрать другое время", "Choose another time"},
      {"my.cancel_open", "Отменить запись", "Cancel the booking"},
      {"my.cancel_reason", "Причина (необязательно)", "Reason (optional)"},
      {"my.cancel", "Да, отменить", "Yes, cancel"},
      {"my.again", "Записаться снова", "Book again"},
  };
  return k_rows;
}

}  // namespace flead::pages
