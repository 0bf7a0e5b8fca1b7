// The token in the address of a message's picture (/o/TOKEN.gif): the message's id and a mac, so
// that nobody can say of a message which they have not got that it was opened. Pure. Callers: the
// outbox (makes it), the page of the picture (reads it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/id.h"

namespace flead::channels {

// The 26 letters of the id and 22 of the mac, all of A-Z a-z 0-9 _ -. "" without a key.
std::string make_open_token(const SealKey& key, const MessageId& message);
// The message it names; nothing when it is not ours or damaged. It never ends: mail is kept.
std::optional<MessageId> read_open_token(const SealKey& key, std::string_view token);

}  // namespace flead::channels
