# Warnings, sanitizers and hardening as interface targets; every target of ours links flead_flags.
add_library(flead_warnings INTERFACE)
target_compile_options(flead_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  $<$<BOOL:${FLEAD_WERROR}>:-Werror>)
# g++ 12 sees overflows inside its own std::string once it optimizes (GCC bugs 105329 and 105651):
# shown, but no error.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(flead_warnings INTERFACE
    -Wno-error=array-bounds -Wno-error=restrict -Wno-error=stringop-overflow
    -Wno-error=stringop-overread -Wno-error=maybe-uninitialized)
endif()

# FLEAD_ADDRESSES_ONLY is a target without rules of its own (the commands): see there.
add_library(flead_sanitizers INTERFACE)
if(FLEAD_SANITIZE STREQUAL "address")
  set(sanitize_flags -fsanitize=address
      "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:FLEAD_ADDRESSES_ONLY>>>:-fsanitize=undefined>"
      "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:FLEAD_ADDRESSES_ONLY>>>:-fno-sanitize-recover=undefined>")
  set(tests_only_flags -O0 -g0)
elseif(FLEAD_SANITIZE STREQUAL "thread")
  set(sanitize_flags -fsanitize=thread)
elseif(FLEAD_SANITIZE STREQUAL "fuzzer")
  set(sanitize_flags -fsanitize=fuzzer-no-link -fsanitize=address -fsanitize=undefined
      -fno-sanitize-recover=undefined)
endif()
# FLEAD_TESTS_ONLY is a target of nothing but tests: the program under them is what is watched. Their
# many assertions would take five times as long to compile. The flags stand in an expression below, so
# there are no commas in them.
set(tests_only "$<AND:$<BOOL:${tests_only_flags}>,$<BOOL:$<TARGET_PROPERTY:FLEAD_TESTS_ONLY>>>")
target_compile_options(flead_sanitizers INTERFACE
  "$<IF:${tests_only},${tests_only_flags},${sanitize_flags}>" -fno-omit-frame-pointer)
target_link_options(flead_sanitizers INTERFACE ${sanitize_flags})

add_library(flead_hardening INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(flead_hardening INTERFACE
    -fstack-protector-strong $<$<NOT:$<COMPILE_LANGUAGE:ASM>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection> -ffunction-sections)
  target_link_options(flead_hardening INTERFACE
    -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed)
endif()

add_library(flead_flags INTERFACE)
target_link_libraries(flead_flags INTERFACE flead_warnings flead_sanitizers flead_hardening)
