# external_layer(NAME [USES layer...] [LINK target...] [HIDES target...])
#
# One library from src/NAME/*.cpp. Its public headers, include/external/NAME/, are reachable only through a
# folder made for this layer, so a layer that does not name another in USES (directly or through those it
# uses) cannot include its headers: a wrong arrow does not compile. What it HIDES is for its sources
# only: its own headers do not show it, and who uses the layer does not see it.
function(external_layer name)
  cmake_parse_arguments(arg "" "" "USES;LINK;HIDES" ${ARGN})
  set(face ${CMAKE_BINARY_DIR}/layers/${name})
  file(MAKE_DIRECTORY ${face}/external)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/external/${name} ${face}/external/${name} SYMBOLIC)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    add_library(external_${name} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(external_${name} STATIC ${sources})
    target_include_directories(external_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src/${name})
    set(scope PUBLIC)
  endif()
  target_include_directories(external_${name} ${scope} ${face})
  foreach(used ${arg_USES})
    target_link_libraries(external_${name} ${scope} external_${used})
  endforeach()
  target_link_libraries(external_${name} ${scope} ${arg_LINK})
  if(arg_HIDES)
    target_link_libraries(external_${name} PRIVATE ${arg_HIDES})
  endif()
  if(sources)
    external_precompile(external_${name})
  endif()
endfunction()

# Asio and the standard headers, parsed once for all targets of one set of flags.
function(external_precompile target)
  if(target STREQUAL "external_base")
    target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include/external/base/asio.h)
  else()
    target_precompile_headers(${target} REUSE_FROM external_base)
  endif()
endfunction()

# The same for tests, which are not optimised: compiling them takes longer than running them.
function(external_precompile_test target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0;-g1>)
  if(TARGET external_tests_pch)
    target_precompile_headers(${target} REUSE_FROM external_tests_pch)
    return()
  endif()
  add_library(external_tests_pch OBJECT ${CMAKE_SOURCE_DIR}/tests/support/precompiled.cpp)
  target_compile_options(external_tests_pch PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0;-g1>)
  target_link_libraries(external_tests_pch PRIVATE external_base GTest::gmock)
  target_precompile_headers(external_tests_pch PRIVATE
    ${CMAKE_SOURCE_DIR}/include/external/base/asio.h <gmock/gmock.h> <gtest/gtest.h>)
  target_precompile_headers(${target} REUSE_FROM external_tests_pch)
endfunction()

# external_embed(TARGET SOURCE FILE...): files as read-only bytes in the program, by SOURCE, an assembler file that
# includes them by name (.incbin).
function(external_embed target source)
  set(options)
  foreach(file ${ARGN})
    get_filename_component(folder ${CMAKE_SOURCE_DIR}/${file} DIRECTORY)
    list(APPEND options "-I${folder}")
    set_property(SOURCE ${CMAKE_SOURCE_DIR}/${source} APPEND PROPERTY OBJECT_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  endforeach()
  set_property(SOURCE ${CMAKE_SOURCE_DIR}/${source} APPEND PROPERTY COMPILE_OPTIONS ${options})
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/${source})
endfunction()
