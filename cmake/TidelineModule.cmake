# tideline_module(NAME [LINK target...]): the static library core_NAME of all .c files in this folder.
# A module links only what it names here, so an include against the layers of the design is a link error.
function(tideline_module name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(core_${name} STATIC ${sources})
  target_link_libraries(core_${name} PUBLIC ${ARG_LINK})
endfunction()
