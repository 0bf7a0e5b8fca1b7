// Texts of the hosts' own pages: /h.
#include "serve/pages/texts.h"

namespace flead::pages {

std::span<const TextRow> host_texts() {
  static constexpr TextRow k_rows[] = {
      {"host.title", "Мои встречи", "My meetings"},
      {"host.requests", "Ждут вашего ответа", "Waiting for your answer"},
      {"host.week", "Неделя", "The week"},
      {"host.before", "Раньше", "Earlier"},
      {"host.this_week", "Эта неделя", "This week"},
      {"host.after", "Позже", "Later"},
      {"host.free", "Встреч нет", "No meetings"},
      {"host.times", "Часы приёма", "Times"},
      {"host.leave", "Выйти на этом устройстве", "Sign out on this device"},
      {"host.back", "К неделе", "Back to the week"},
      {"host.complete", "Встреча состоялась", "It took place"},
      {"host.no_show", "Человек не пришёл", "Nobody came"},
      {"host.cancel", "Отменить встречу", "Cancel the meeting"},
      {"host.note", "Новая заметка", "A new note"},
      {"host.note_for", "Кто её увидит", "Who sees it"},
      {"host.note_private", "Только я", "Only I"},
      {"host.note_shared", "Я и человек", "The person and I"},
      {"host.remove", "Убрать", "Remove"},
      {"host.add", "Добавить", "Add"},
      {"host.no_windows", "Окон нет, записаться нельзя.", "No windows: nobody can book."},
      {"host.weekly", "Новое окно, например mon-fri 10:00-13:00",
       "A new window, such as mon-fri 10:00-13:00"},
      {"host.exceptions", "Особые дни", "Days that differ"},
      {"host.usual", "Как обычно", "As usual"},
      {"host.date", "День", "Day"},
      {"host.open", "Часы, например 10:00-12:00; пусто — приёма нет",
       "Hours, such as 10:00-12:00; empty is closed"},
      {"host.reason", "Почему (для себя)", "Why (for yourself)"},
      {"host.closed", "приёма нет", "closed"},
      {"host.money", "Деньги", "Money"},
      {"host.balance", "К выплате", "Due to you"},
      {"host.maturing", "ещё не пришёл срок:", "not old enough yet:"},
      {"host.nothing_earned", "Пока ничего не начислено.", "Nothing is earned yet."},
      {"host.paid_to", "Выплаты идут сюда:", "Payouts go to:"},
      {"host.no_method", "Куда платить, ещё не указано: напишите организатору.",
       "Where to pay is not set yet: write to the organizer."},
      {"host.payouts", "Выплаты", "Payouts"},
      {"host.no_payouts", "Выплат ещё не было.", "There were no payouts yet."},
      {"host.paid", "выплачено", "paid"},
      {"host.under_way", "в пути", "on its way"},
      {"host.came_back", "не прошла, сумма снова к выплате", "did not go through, due again"},
      {"host.statements", "Отчёты по месяцам", "Statements by month"},
      {"weekday.1", "Понедельник", "Monday"},
      {"weekday.2", "Вторник", "Tuesday"},
      {"weekday.3", "Среда", "Wednesday"},
      {"weekday.4", "Четверг", "Thursday"},
      {"weekday.5", "Пятница", "Friday"},
      {"weekday.6", "Суббота", "Saturday"},
      {"weekday.7", "Воскресенье", "Sunday"},
      {"field.login_needed", "Эта страница для ведущих: откройте её по своей ссылке.",
       "This page is for hosts: open it by your own link."},
  };
  return k_rows;
}

}  // namespace flead::pages
