# How every target of the project is compiled, in one place.

find_program(JANGWON_CCACHE ccache)
if(JANGWON_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${JANGWON_CCACHE})
endif()

# Most of the code is not hot, and -O3 costs a fresh machine minutes of compiling: -O2 is the default, jangwon_optimise raises
# it where arithmetic is done and lowers it where text is put together. With sanitizers arithmetic is optimised, too: tests
# would take hours.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

function(jangwon_optimise target level)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE -O${level})
  elseif(JANGWON_SANITIZE AND level GREATER_EQUAL 2)
    target_compile_options(${target} PRIVATE -O2)
  endif()
endfunction()

# Code that reads no foreign bytes: no fuzzer counts its branches, which costs arithmetic half of its time.
function(jangwon_not_fuzzed target)
  if(JANGWON_SANITIZE MATCHES "fuzzer-no-link")
    target_compile_options(${target} PRIVATE -fno-sanitize=fuzzer-no-link)
  endif()
endfunction()

function(jangwon_compile_options target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -Wall -Wextra)
  if(JANGWON_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms in std::string's operator+ (GCC bug 105651)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
    # False alarms: a moved std::variant (GCC bug 105562), a reference into what a reference argument refers to (107532).
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-dangling-reference)
  endif()
  # Contracting a*b+c into one rounding is the compiler's choice per call site; results must not depend on it.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
  if(JANGWON_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${JANGWON_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${JANGWON_SANITIZE})
  endif()
endfunction()

# jangwon_library(NAME SOURCES a.cc … LINKS target …)
function(jangwon_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES JANGWON_GROUPS 0)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS})
  jangwon_compile_options(${name})
endfunction()

# jangwon_together(NAME a.cc …): compiles these files of a library as one. Reading the same large headers once for all of them
# halves what a fresh machine waits for; names in their unnamed namespaces must differ.
function(jangwon_together name)
  get_target_property(group ${name} JANGWON_GROUPS)
  math(EXPR group "${group} + 1")
  set_target_properties(${name} PROPERTIES JANGWON_GROUPS ${group} UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP ${group})
endfunction()

# jangwon_test(NAME SOURCES a_test.cc … LINKS target …): one GoogleTest program, registered as one ctest test.
# Tests find their golden data by JANGWON_SOURCE_DIR and the program under test by JANGWON_PROGRAM.
function(jangwon_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE JANGWON_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             JANGWON_PROGRAM="${CMAKE_BINARY_DIR}/jangwon")
  jangwon_compile_options(${name})
  jangwon_optimise(${name} 1)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
endfunction()
