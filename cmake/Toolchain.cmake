# What every target is compiled with: C++20, warnings as errors, sanitizers on request.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12 inside inlined standard library and coroutine code (GCC bugs 105329, 105651, 107534).
  add_compile_options(-Wno-restrict -Wno-mismatched-new-delete -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
                      -Wno-maybe-uninitialized)
  if(EXTERNAL_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)
  endif()
endif()
# Sources are compiled in batches where somebody waits for the whole (CMAKE_UNITY_BUILD, see CMakePresets.json): most
# of the time goes into templates that a batch needs once. Two sources of a target may share a batch, so what stands
# in their anonymous namespaces has names of its own.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # It takes the sources of a batch for headers.
  add_compile_options(-Wno-subobject-linkage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(EXTERNAL_FUZZ)
  # What is fuzzed must report which branches it took; the fuzz targets alone bring the fuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(EXTERNAL_GUARDS)
  add_compile_definitions(EXTERNAL_GUARDS)
endif()
if(EXTERNAL_SANITIZE)
  add_compile_options(-fsanitize=${EXTERNAL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${EXTERNAL_SANITIZE})
endif()

# Asio is compiled once, in the base layer (src/base/asio.cpp); everything else sees declarations.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED SPDLOG_FMT_EXTERNAL)
