// The inbox's SQL. Called by the inbox's own files alone.
#pragma once

#include "core/channels/inbox.h"

namespace flead::channels::inbox_store {

// False for a repeat.
Result<bool> insert_callback(store::Tx& tx, const Callback& callback);
Result<std::optional<Callback>> callback_by_id(store::Tx& tx, std::string_view id);
Status end_callback(store::Tx& tx, std::string_view id, std::string_view state,
                    std::string_view told, TimeMs now);
Status reopen_callback(store::Tx& tx, std::string_view id);

// False when the event was told before.
Result<bool> insert_inbound(store::Tx& tx, const InboundMessage& message,
                            std::string_view event_key);

}  // namespace flead::channels::inbox_store
