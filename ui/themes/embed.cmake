# SPDX-License-Identifier: MIT
# Writes OUT, a C file with the bytes of FILES (separated by |): cmake -D OUT=... -D FILES=... -P
string(REPLACE "|" ";" files "${FILES}")
set(arrays)
set(rows)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} bytes HEX)
  string(LENGTH "${bytes}" len)
  math(EXPR len "${len} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)"
    "\\1\n    " bytes "${bytes}")
  string(APPEND arrays "static const char ${name}[] = {\n    ${bytes}\n};\n\n")
  string(APPEND rows "    {\"${name}\", ${name}, ${len}},\n")
endforeach()
file(WRITE ${OUT} "/* Made by ui/themes/embed.cmake. */
#include \"themes.h\"

${arrays}const struct hl_theme_file hl_themes[] = {
${rows}};
const size_t hl_themes_count = sizeof hl_themes / sizeof hl_themes[0];
")
