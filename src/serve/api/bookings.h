// /api/v1/slots and /api/v1/bookings (contract 3.3). Called by the route table.
#pragma once

#include <vector>

#include "serve/http/http.h"

namespace flead::api {

void add_slot_routes(std::vector<http::Route>& table);
void add_offer_routes(std::vector<http::Route>& table);
void add_note_routes(std::vector<http::Route>& table);
void add_waitlist_routes(std::vector<http::Route>& table);
void add_expert_routes(std::vector<http::Route>& table);
void add_booking_routes(std::vector<http::Route>& table);

}  // namespace flead::api
