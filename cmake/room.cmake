# homespool_room(NAME LINKS...): one static library from every .cpp under the current folder, named
# homespool_NAME. Headers are included from the root of the repository ("mail/address.hpp").
# Rooms that include Boost.Asio pass ASIO to share its precompiled header.

add_library(homespool_pch_std STATIC ${PROJECT_SOURCE_DIR}/cmake/pch/pch_std.cpp)
target_link_libraries(homespool_pch_std PUBLIC homespool_boost)
target_precompile_headers(homespool_pch_std PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch/std.hpp)

add_library(homespool_pch_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/pch/pch_asio.cpp)
target_link_libraries(homespool_pch_asio PUBLIC homespool_boost)
target_precompile_headers(homespool_pch_asio PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch/asio.hpp)

function(homespool_pch target kind)
  target_precompile_headers(${target} REUSE_FROM homespool_pch_${kind})
  target_link_libraries(${target} PRIVATE homespool_pch_${kind})
endfunction()

function(homespool_room name)
  cmake_parse_arguments(ROOM "ASIO" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(homespool_${name} INTERFACE)
    target_link_libraries(homespool_${name} INTERFACE homespool_boost ${ROOM_LINKS})
    target_include_directories(homespool_${name} INTERFACE ${PROJECT_SOURCE_DIR})
    return()
  endif()
  add_library(homespool_${name} STATIC ${sources})
  target_include_directories(homespool_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(homespool_${name} PUBLIC homespool_boost ${ROOM_LINKS})
  if(ROOM_ASIO)
    homespool_pch(homespool_${name} asio)
  else()
    homespool_pch(homespool_${name} std)
  endif()
endfunction()
