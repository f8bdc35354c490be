# tideline_sql(TARGET): embed the target's sql/*.sql as C. Files with `-- name: NAME` lines hold named statements and
# become the enum sql_name and the table store_sql_statements; the others are whole scripts, store_sql_script_FILE.
function(tideline_sql target)
  file(GLOB sql CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/sql/*.sql)
  set(out ${CMAKE_BINARY_DIR}/generated/core/store)
  add_custom_command(
    OUTPUT ${out}/store_sql.h ${out}/store_sql.c
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${CMAKE_CURRENT_SOURCE_DIR}/sql -D OUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedSql.cmake
    DEPENDS ${sql} ${CMAKE_SOURCE_DIR}/cmake/EmbedSql.cmake
    COMMENT "Embedding SQL"
    VERBATIM)
  target_sources(${target} PRIVATE ${out}/store_sql.h ${out}/store_sql.c)
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
