# cdx_library(name SOURCES a.cc … LINKS other …): one static library a folder of
# lib/; its LINKS are the arrows that folder may follow.
# cdx_test(name [DEVICES] [THREADS] SOURCES a_test.cc … LINKS …): one doctest
# executable. DEVICES: it computes on the device that CDX_TEST_DEVICE names (cpu
# by default); a CUDA build runs it there too, under the label gpu
# (scripts/gpu-check). THREADS: it computes on several threads, which wait for one
# another: ctest leaves it two processors.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers are cached only when times of the headers are ignored.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

function(cdx_options target)
  # Members left out of a designated initialiser keep their defaults: wanted.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror
                         -Wno-missing-field-initializers)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
  if(CDX_SANITIZE)
    # maybe-uninitialized: with sanitizers g++ 12 finds it in <regex> itself.
    target_compile_options(
      ${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=all
                        -fno-omit-frame-pointer -Wno-maybe-uninitialized)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(CDX_FUZZ)
    target_compile_options(
      ${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined
                        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

if(CDX_TIDY)
  # clang-tidy cannot read g++'s precompiled headers.
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()

function(cdx_tidy target)
  if(CDX_TIDY)
    set_target_properties(
      ${target} PROPERTIES CXX_CLANG_TIDY "clang-tidy;--quiet")
  endif()
endfunction()

function(cdx_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(cdx_${name} STATIC ${ARG_SOURCES})
  cdx_options(cdx_${name})
  cdx_tidy(cdx_${name})
  target_link_libraries(cdx_${name} PUBLIC ${ARG_LINKS})
endfunction()

if(CDX_SANITIZE)
  set(CDX_TEST_OPTIMISATION -Og)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CDX_TEST_OPTIMISATION -O1)
endif()

function(cdx_test name)
  cmake_parse_arguments(ARG "DEVICES;THREADS" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  cdx_options(${name}_test)
  # What a test checks lies in the libraries; its own code is to compile fast.
  target_compile_options(${name}_test PRIVATE ${CDX_TEST_OPTIMISATION})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE cdx_test_main ${ARG_LINKS})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(
    ${name}
    PROPERTIES TIMEOUT ${ARG_TIMEOUT}
               WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
               LABELS "${ARG_LABEL}")
  if(ARG_THREADS)
    set_tests_properties(${name} PROPERTIES PROCESSORS 2)
  endif()
  if(ARG_DEVICES AND CDX_CUDA)
    set_target_properties(
      ${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                              ${PROJECT_BINARY_DIR}/bin/gpu-tests)
    add_test(NAME ${name}_cuda COMMAND ${name}_test)
    set_tests_properties(
      ${name}_cuda
      PROPERTIES TIMEOUT ${ARG_TIMEOUT}
                 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                 ENVIRONMENT CDX_TEST_DEVICE=cuda
                 LABELS gpu)
  endif()
endfunction()
