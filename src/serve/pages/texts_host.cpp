// Texts of the hosts' own pages: /h.
#include "serve/pages/texts.h"

namespace flead::pages {

namespace {

constexpr TextRow k_host_rows[] = {
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
    {"host.every_offer", "Для всех услуг без своих окон", "For every offer without windows"},
    {"host.as_every_offer", "Своих окон нет, действуют общие.",
     "No windows of its own: those for every offer hold."},
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
    {"host.no_method_yet", "Куда платить, ещё не указано.", "Where to pay is not set yet."},
    {"host.method", "Как получать выплаты", "How to be paid"},
    {"host.back_to_money", "К деньгам", "Back to the money"},
    {"host.method_how",
     "Новый способ начнёт действовать, когда вы подтвердите его по ссылке из письма и пройдут "
     "три "
     "дня, или сразу, если его одобрит организатор. До этого выплаты идут как раньше.",
     "Another way counts when you have said yes by the link in our mail and three days have "
     "passed, or at once when the organiser approves it. Until then payouts go as before."},
    {"host.method_asked_title", "Вы попросили платить иначе",
     "You have asked to be paid another way"},
    {"host.method_asked",
     "Отправили письмо на {email}: откройте ссылку из него в течение двух дней.",
     "We have written to {email}: open the link in it within two days."},
    {"host.method_due", "Подтверждено. Начнёт действовать: {when}.",
     "You have said yes. It counts from: {when}."},
    {"host.method_drop", "Оставить как было", "Leave it as it was"},
    {"host.method_ask", "Попросить", "Ask for it"},
    {"host.method_sbp", "По номеру телефона (СБП)", "By phone number (SBP)"},
    {"host.method_wallet", "На кошелёк ЮMoney", "To a YooMoney wallet"},
    {"host.method_manual", "На счёт в банке", "To a bank account"},
    {"host.method_card",
     "На карту: попросите {tenant}. Номер карты вводят только в форме платёжной системы, здесь "
     "его "
     "не спрашивают и не хранят.",
     "To a card: ask {tenant}. A card's number is typed into the payment provider's own form "
     "alone; "
     "here it is neither asked for nor kept."},
    {"host.no_banks", "Список банков для СБП загружается: откройте страницу чуть позже.",
     "The list of banks for SBP is being fetched: open this page a little later."},
    {"host.f_phone", "Телефон, к которому привязан счёт", "The phone number of the account"},
    {"host.f_bank_id", "Банк", "Bank"},
    {"host.f_wallet", "Номер кошелька", "The wallet's number"},
    {"host.f_payee", "Получатель, как в банке", "Recipient, as the bank writes it"},
    {"host.f_account", "Номер счёта", "The account's number"},
    {"host.f_bank", "Банк и БИК", "The bank and its BIC"},
    {"host.f_inn", "ИНН (если есть)", "Taxpayer's number, if there is one"},
    {"host.fault_field", "Проверьте поле «{field}».", "Look at this once more: {field}."},
    {"host.fault_card", "Похоже на номер карты: его здесь вводить не нужно.",
     "This looks like the number of a card: it is never typed in here."},
    {"host.fault_email",
     "Не на что отправить письмо с подтверждением: попросите организатора "
     "указать вашу почту.",
     "There is no address to ask whether it was you: let the organiser add your e-mail."},
    {"host.wish_title", "Новый способ выплат: это вы?", "Another way to be paid: was it you?"},
    {"host.wish_asks",
     "попросили отправлять ваши выплаты сюда:", "somebody has asked that your payouts go here:"},
    {"host.wish_yes", "Да, это я", "Yes, it was me"},
    {"host.wish_no", "Это не я: оставить как было и закрыть все сеансы",
     "It was not me: leave it as it was, and end all sessions"},
    {"host.wish_how", "После «да» пройдёт три дня, и всё это время можно передумать.",
     "After yes three days pass, and until then you can change your mind."},
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

}  // namespace

std::span<const TextRow> host_texts() {
  return k_host_rows;
}

}  // namespace flead::pages
