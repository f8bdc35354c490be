# Every library comes from Debian 12. What is missing is named in one line with the command that installs it.
find_package(PkgConfig)
set(missing "")
if(NOT PkgConfig_FOUND)
  list(APPEND missing pkg-config)
endif()

# Each row: prefix, pkg-config module, Debian package.
set(packages
  "GIT2|libgit2|libgit2-dev" "CURL|libcurl|libcurl4-gnutls-dev" "SQLITE|sqlite3|libsqlite3-dev"
  "JSONC|json-c|libjson-c-dev" "YAML|yaml-0.1|libyaml-dev" "SODIUM|libsodium|libsodium-dev")
foreach(row IN LISTS packages)
  string(REPLACE "|" ";" row "${row}")
  list(GET row 0 prefix)
  list(GET row 1 module)
  list(GET row 2 package)
  if(PkgConfig_FOUND)
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET ${module})
  endif()
  if(NOT ${prefix}_FOUND)
    list(APPEND missing ${package})
  endif()
endforeach()

# libfcgi has no pkg-config file in Debian 12.
find_path(FCGI_INCLUDE_DIR fcgiapp.h)
find_library(FCGI_LIBRARY fcgi)
if(NOT FCGI_INCLUDE_DIR OR NOT FCGI_LIBRARY)
  list(APPEND missing libfcgi-dev)
endif()

if(TIDELINE_TESTS)
  if(PkgConfig_FOUND)
    pkg_check_modules(cmocka QUIET IMPORTED_TARGET cmocka)
  endif()
  if(NOT cmocka_FOUND)
    message(STATUS "Unit tests are left out: install libcmocka-dev for them")
  endif()
endif()

if(missing)
  list(JOIN missing " " missing)
  message(FATAL_ERROR "Packages are missing. Install them with: apt-get install -y ${missing}")
endif()
