// The double of Cal.com: what it keeps. Split over calcom.cpp (the API), calcom_page.cpp (the page
// where people book) and calcom_events.cpp (its webhook). See double.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "serve/mock/double.h"

namespace flead::serve::mock::calcom_double {

class Calcom final : public ProviderDouble {
 public:
  explicit Calcom(World world);
  std::string_view kind() const override { return "calcom"; }
  std::vector<std::string> paths() const override;
  std::vector<std::string_view> methods() const override;
  http::Reply answer(const Call& call) override;
  Json account(const Json& wish) override;
  Result<channels::HttpRequest> event(const Json& wish) override;

 private:
  struct EventType {
    std::int64_t id = 0;
    std::string slug, title;
    std::int64_t length_min = 60;
    bool confirms = false;  // a booking waits for the host
    std::int64_t seats = 0;
  };
  struct Booking {
    std::int64_t id = 0;
    std::string uid, status;  // accepted pending cancelled rejected
    std::int64_t type = 0;
    TimeMs starts_at = 0, ends_at = 0;
    std::string name, email, phone, zone, language;
    bool absent = false;
    Json metadata = Json::object();
    std::string reason, from_uid, to_uid;
    TimeMs created_at = 0, updated_at = 0;
  };
  struct Reservation {
    std::string uid;
    std::int64_t type = 0;
    TimeMs starts_at = 0, until = 0;
  };
  struct Webhook {
    std::int64_t id = 0;
    std::string url, secret, body_template;
    Json triggers = Json::array();
    bool active = true;
  };
  // What somebody wants to book: by the API or by the page.
  struct Wish {
    TimeMs starts_at = 0;
    std::string name, email, phone, zone, language;
    Json metadata = Json::object();
  };

  std::optional<http::Reply> refuse(const Call& call, std::string_view version) const;
  http::Reply me() const;
  http::Reply event_types(const Call& call, const std::string& id) const;
  http::Reply slots(const Call& call) const;
  http::Reply reservations(const Call& call, const std::vector<std::string>& parts);
  http::Reply bookings(const Call& call, const std::vector<std::string>& parts);
  http::Reply list_bookings(const Call& call) const;
  http::Reply make_booking(const Call& call);
  http::Reply change_booking(const Call& call, Booking& booking, const std::string& what);
  http::Reply webhooks(const Call& call, const std::vector<std::string>& parts);
  http::Reply page(const Call& call, const std::string& slug);

  // The new booking's place in the list, or why there is none: check and insert are one step.
  Result<std::size_t> book(const EventType& type, const Wish& wish);
  Result<std::size_t> move(std::size_t at, TimeMs starts_at, bool by_host);
  bool is_free(const EventType& type, TimeMs start, std::string_view except) const;
  bool is_slot(const EventType& type, TimeMs start) const;
  TimeMs tick();  // a later moment at each change, as their clock would say
  const EventType* type_of(std::int64_t id) const;
  Booking* find(std::string_view uid);

  Json type_json(const EventType& type, const Call& call) const;
  Json booking_json(const Booking& booking) const;
  static Json hook_json(const Webhook& hook);
  Json told(const std::string& trigger, const Booking& booking) const;
  // Does what the wish is about, and says with which words it is told.
  Result<std::pair<std::string, std::size_t>> happen(const Json& wish);
  Result<channels::HttpRequest> call_of(const Json& wish, std::string body);

  World world_;
  std::string key_, username_ = "anna";
  bool flood_ = false;
  bool hooks_allowed_ = true;
  std::int64_t last_id_ = 100;
  TimeMs last_change_ = 0;
  std::vector<EventType> types_;
  std::vector<Booking> bookings_;
  std::vector<Reservation> reservations_;
  std::vector<Webhook> webhooks_;
};

}  // namespace flead::serve::mock::calcom_double
