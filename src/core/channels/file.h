// The channel for trying things out: each message is one JSON line appended to a file. A new store
// uses it until a real channel is added. Callers: the provider table.
#pragma once

#include <string>
#include <string_view>

#include "core/channels/channel.h"

namespace flead::channels::file {

Result<Json> check_config(const Json& config);
// The setting `path`, or outbox.jsonl beside the store.
std::string path_of(const Account& account, std::string_view db_path);

// One JSON object and a newline. Pure.
std::string build_line(const Outgoing& message);
// Appends under a lock, one write, then fsync: the line is whole or not there.
Delivery append(const std::string& path, std::string_view line);
// Is the message in the file? Reads it in pieces.
Delivery look_up(const std::string& path, const MessageId& id);
// Can the file be appended to?
Delivery probe(const std::string& path);

}  // namespace flead::channels::file
