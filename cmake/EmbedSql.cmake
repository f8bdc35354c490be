# cmake -D FOLDER=… -D OUT=… -P EmbedSql.cmake: see TidelineSql.cmake. Comments of named statements are left out; those
# of scripts stay, so that `.schema` in the sqlite3 shell explains the tables.
function(as_c_literal variable text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  set(${variable} "\"${text}\"" PARENT_SCOPE)
endfunction()

file(GLOB files ${FOLDER}/*.sql)
set(enumerators "")
set(rows "")
set(declarations "")
set(scripts "")
foreach(file IN LISTS files)
  file(READ ${file} rest)
  get_filename_component(script ${file} NAME_WE)
  string(FIND "${rest}" "-- name: " at)
  if(at EQUAL -1)
    as_c_literal(literal "${rest}")
    string(APPEND declarations "extern const char store_sql_script_${script}[];\n")
    string(APPEND scripts "const char store_sql_script_${script}[] =\n    ${literal};\n\n")
    continue()
  endif()
  while(NOT at EQUAL -1)
    math(EXPR at "${at} + 9")
    string(SUBSTRING "${rest}" ${at} -1 rest)
    string(FIND "${rest}" "\n" end)
    string(SUBSTRING "${rest}" 0 ${end} name)
    string(SUBSTRING "${rest}" ${end} -1 rest)
    string(FIND "${rest}" "-- name: " at)
    string(SUBSTRING "${rest}" 0 ${at} text)
    string(REGEX REPLACE "--[^\n]*" "" text "${text}")
    string(REGEX REPLACE "\n[ \n]*" "\n" text "${text}")
    string(STRIP "${text}" text)
    as_c_literal(literal "${text}")
    string(TOUPPER ${name} symbol)
    string(APPEND enumerators "    SQL_${symbol},\n")
    string(APPEND rows "    {\"${name}\",\n    ${literal}},\n")
  endwhile()
endforeach()

file(WRITE ${OUT}/store_sql.h "/* Generated from core/store/sql. */
#ifndef TIDELINE_STORE_STORE_SQL_H
#define TIDELINE_STORE_STORE_SQL_H

enum sql_name {
${enumerators}    SQL_COUNT
};

struct sql_statement {
    const char *name, *text;
};

extern const struct sql_statement store_sql_statements[SQL_COUNT];
${declarations}
#endif
")
file(WRITE ${OUT}/store_sql.c "#include \"core/store/store_sql.h\"

const struct sql_statement store_sql_statements[SQL_COUNT] = {
${rows}};

${scripts}")
