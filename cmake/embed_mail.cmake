# cmake -DFOLDER=… -DOUTPUT=… -P embed_mail.cmake: writes a C++ file that holds every .eml of FOLDER.
file(GLOB files ${FOLDER}/*.eml)
list(SORT files)
set(arrays "")
set(entries "")
set(number 0)
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "const unsigned char kMessage${number}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", view(kMessage${number}, sizeof kMessage${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/embed_mail.cmake.
#include \"cli/command/demo_mail.hpp\"

namespace homespool::cli {
namespace {

std::string_view view(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

${arrays}
const DemoMessage kMail[] = {
${entries}};

} // namespace

std::span<const DemoMessage> demo_mail() {
  return kMail;
}

} // namespace homespool::cli
")
