// Ids: TypeID, that is a prefix, "_" and a UUIDv7 as 26 characters of Crockford's base 32
// (lead_01k…): sortable by time of making, so a b-tree grows at its right end. Made here, before
// the insert. Source: github.com/jetify-com/typeid spec 0.3 and RFC 9562 section 5.7.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/world.h"

namespace flead {

// Id<Tag> makes a LeadId useless where a TenantId is due. An empty id means "none yet".
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

// `prefix` is 1 to 20 characters of a-z. Ids of one process never repeat and never go back.
std::string make_id(World& world, std::string_view prefix);

// Whether `text` has the shape of an id with this prefix; says nothing about its existence.
bool is_id(std::string_view text, std::string_view prefix);

// The least id that a thing made at `time` or later can have: ids begin with the time, so what is
// old or new is found without an index of its own.
std::string least_id(std::string_view prefix, TimeMs time);

// The 26 characters behind the prefix; and the id that begins `text` with them, for links that
// carry an id without its prefix. Neither checks anything.
std::string_view id_suffix(std::string_view id);
std::string id_from_suffix(std::string_view prefix, std::string_view text);

template <class Tag>
Id<Tag> new_id(World& world) {
  return Id<Tag>(make_id(world, Tag::k_prefix));
}

#define FLEAD_ID(Name, prefix)                           \
  struct Name##Tag {                                     \
    static constexpr std::string_view k_prefix = prefix; \
  };                                                     \
  using Name = ::flead::Id<Name##Tag>

FLEAD_ID(TenantId, "ten");
FLEAD_ID(TokenId, "tok");
FLEAD_ID(RawId, "raw");
FLEAD_ID(LeadId, "lead");
FLEAD_ID(EventId, "evt");
FLEAD_ID(ConsentId, "con");
FLEAD_ID(LegalTextId, "leg");
FLEAD_ID(JobId, "job");
FLEAD_ID(ChannelId, "chn");
FLEAD_ID(MessageId, "msg");
FLEAD_ID(IdentityId, "idn");
FLEAD_ID(InboundId, "inb");
FLEAD_ID(RouteStepId, "rst");
FLEAD_ID(DeskThreadId, "dsk");
FLEAD_ID(SequenceId, "seq");
FLEAD_ID(EnrolmentId, "enr");
FLEAD_ID(HostId, "host");
FLEAD_ID(OfferId, "off");
FLEAD_ID(RuleId, "rule");
FLEAD_ID(BookingId, "bkg");

}  // namespace flead
