// This process by name, and whether another of this machine still lives: a job's lease names its
// holder, so that a crash is noticed at the next start instead of when the lease runs out.
#pragma once

#include <string>
#include <string_view>

namespace flead {

// "host/space/pid/start": numbers count within one boot and one namespace, and the start time tells
// a reused number from the old one.
std::string process_name();

// elsewhere: another host or container, or hidden from us: it cannot be known.
enum class ProcessState { alive, dead, elsewhere };
ProcessState process_state(std::string_view name);

}  // namespace flead
