# Flags of every target: many warnings, hardening in release builds, sanitizers on request.
add_compile_options(
  -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  -Wwrite-strings -Wpointer-arith -Wcast-qual -Wold-style-definition -Wimplicit-fallthrough -Wswitch-enum
  -fno-common -fno-strict-aliasing)
add_compile_definitions(_GNU_SOURCE TIDELINE_VERSION="${PROJECT_VERSION}")
include_directories(${CMAKE_SOURCE_DIR})
if(TIDELINE_WERROR)
  add_compile_options(-Werror)
endif()
if(TIDELINE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
endif()
