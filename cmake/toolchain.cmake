# Compiler and linker settings shared by every room.

find_program(HOMESPOOL_CCACHE ccache)
if(HOMESPOOL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers are cached only with this sloppiness. Checkouts in different folders share their entries.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${HOMESPOOL_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -fno-omit-frame-pointer)
if(HOMESPOOL_WERROR)
  add_compile_options(-Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -fpch-preprocess lets ccache see through precompiled headers. The two warnings are false
  # alarms of g++ 12 inside Boost.Asio and the standard library.
  add_compile_options(-fpch-preprocess -Wno-maybe-uninitialized -Wno-restrict)
else()
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp") # or ccache misses each time the precompiled header is made again
endif()
if(HOMESPOOL_SANITIZE)
  add_compile_options(-fsanitize=${HOMESPOOL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HOMESPOOL_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Clang 14 cannot assemble coroutines with `function`; `vptr` asks by a pipe whether memory is there, and takes it for an
    # error of ours when a test uses up all descriptors.
    add_compile_options(-fno-sanitize=function,vptr)
  else()
    add_compile_options(-Wno-mismatched-new-delete) # g++ 12, false alarm about Asio's coroutine frames
  endif()
endif()

find_program(HOMESPOOL_LLD ld.lld)
if(HOMESPOOL_LLD)
  add_link_options(-fuse-ld=lld)
endif()
