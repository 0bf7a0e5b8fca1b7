#include "serve/routes.h"

#include "serve/api/bookings.h"
#include "serve/api/chat.h"
#include "serve/api/events.h"
#include "serve/api/leads.h"
#include "serve/api/stats.h"
#include "serve/hooks/calcom.h"
#include "serve/hooks/hooks.h"
#include "serve/http/openapi.h"
#include "serve/pages/booking.h"
#include "serve/pages/decision.h"
#include "serve/pages/experts.h"
#include "serve/pages/host.h"
#include "serve/pages/messengers.h"
#include "serve/pages/open_pixel.h"
#include "serve/pages/pay.h"
#include "serve/pages/site.h"
#include "serve/pages/unsubscribe.h"
#include "serve/pages/widget.h"

namespace flead::serve {

std::vector<http::Route> routes(const api::Runtime& runtime) {
  std::vector<http::Route> table;
  api::add_lead_routes(table);
  api::add_chat_routes(table);
  api::add_slot_routes(table);
  api::add_offer_routes(table);
  api::add_expert_routes(table);
  api::add_note_routes(table);
  api::add_waitlist_routes(table);
  api::add_booking_routes(table);
  api::add_stats_routes(table);
  api::add_event_routes(table, runtime);
  pages::add_widget_routes(table);
  pages::add_site_routes(table);
  pages::add_messenger_routes(table);
  pages::add_booking_page_routes(table);
  pages::add_decision_routes(table);
  pages::add_pay_routes(table);
  pages::add_host_routes(table);
  pages::add_expert_page_routes(table);
  pages::add_unsubscribe_routes(table);
  pages::add_open_pixel_routes(table);
  hooks::add_hook_routes(table);
  hooks::add_calcom_hook_route(table);
  api::add_operation_routes(table, runtime);
  http::add_openapi_route(table);  // last: it describes the rest
  return table;
}

}  // namespace flead::serve
