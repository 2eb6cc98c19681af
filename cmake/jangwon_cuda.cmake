# Kernels for GPUs, compiled twice: by nvcc into a shared library of its own, and by the host's compiler into test libraries
# that run on tests/cuda_emulator.
#
#   JANGWON_CUDA=AUTO   with the toolkit where one is found (setup.sh --cuda brings one), without otherwise
#   JANGWON_CUDA=ON     the toolkit must be there
#   JANGWON_CUDA=OFF    no shared library
#   JANGWON_CUDA_ARCHITECTURES   what nvcc compiles for
#
# nvcc is called by rules of ours and not as a language of CMake's, whose checks cost every configuration seconds.

set(JANGWON_CUDA "AUTO" CACHE STRING "build for GPUs: AUTO, ON or OFF")
set_property(CACHE JANGWON_CUDA PROPERTY STRINGS AUTO ON OFF)
set(JANGWON_CUDA_ARCHITECTURES "80;90a" CACHE STRING "GPU architectures that nvcc compiles for")

if(NOT JANGWON_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "JANGWON_CUDA is AUTO, ON or OFF, not \"${JANGWON_CUDA}\"")
endif()

set(oldest_toolkit 12.5)  # the first that finds a driver's function by its version
set(JANGWON_NVCC "")
set(no_toolkit "JANGWON_CUDA=OFF")
if(NOT JANGWON_CUDA STREQUAL "OFF")
  file(GLOB private_toolkits ${CMAKE_SOURCE_DIR}/.cuda/nvidia/cu*/bin)
  find_program(nvcc nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES bin PATHS /usr/local/cuda/bin ${private_toolkits} NO_CACHE)
  set(no_toolkit "there is no nvcc; ./setup.sh --cuda brings one")
  if(nvcc)
    execute_process(COMMAND ${nvcc} --version OUTPUT_VARIABLE version ERROR_QUIET)
    string(REGEX MATCH "release ([0-9.]+)" version "${version}")
    set(no_toolkit "${nvcc} is older than ${oldest_toolkit}")
    set(release "${CMAKE_MATCH_1}")
    if(release VERSION_GREATER_EQUAL oldest_toolkit)
      set(JANGWON_NVCC ${nvcc})
      # Where it is may be a link or a script that calls it; it says itself where its toolkit is.
      execute_process(COMMAND ${nvcc} --dryrun -x cu -c /dev/null OUTPUT_VARIABLE steps ERROR_VARIABLE steps)
      string(REGEX MATCH "TOP=([^\n]+)" top "${steps}")
      file(REAL_PATH "${CMAKE_MATCH_1}" JANGWON_CUDA_TOOLKIT)
    endif()
  endif()
endif()
if(JANGWON_NVCC)
  message(STATUS "GPU kernels: ${JANGWON_NVCC} ${release} for ${JANGWON_CUDA_ARCHITECTURES}")
elseif(JANGWON_CUDA STREQUAL "ON")
  message(FATAL_ERROR "JANGWON_CUDA=ON: ${no_toolkit}")
else()
  message(STATUS "GPU kernels: left out, ${no_toolkit}")
endif()

# jangwon_cuda_sources(a.cu b.cc …): files of this folder that are compiled for GPUs and for the emulator.
function(jangwon_cuda_sources)
  foreach(source ${ARGN})
    set_property(GLOBAL APPEND PROPERTY JANGWON_CUDA_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  endforeach()
endfunction()

# jangwon_cuda_library(NAME LINKS target …): the shared library of all such files, beside the program. Nothing but what is
# marked leaves it, so that a test program with the same functions for the emulator can load it.
function(jangwon_cuda_library name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  get_property(sources GLOBAL PROPERTY JANGWON_CUDA_SOURCES)
  set(flags -std=c++20 -O3 -lineinfo --no-compress --fmad=false --expt-relaxed-constexpr -I${CMAKE_SOURCE_DIR} -ccbin ${CMAKE_CXX_COMPILER}
            -Xcompiler=-fPIC,-fvisibility=hidden,-ffp-contract=off)
  foreach(architecture ${JANGWON_CUDA_ARCHITECTURES})
    list(APPEND flags -gencode arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  set(objects "")
  foreach(source ${sources})
    if(NOT source MATCHES "\\.cu$")
      list(APPEND objects ${source})
      continue()
    endif()
    cmake_path(GET source STEM stem)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cu.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${JANGWON_NVCC} ${flags} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d COMMENT "nvcc ${stem}.cu" VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  add_library(${name} SHARED ${objects})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
                                           CXX_VISIBILITY_PRESET hidden)
  target_include_directories(${name} SYSTEM PRIVATE ${JANGWON_CUDA_TOOLKIT}/include)
  find_library(JANGWON_CUDART cudart_static HINTS ${JANGWON_CUDA_TOOLKIT}/lib64 ${JANGWON_CUDA_TOOLKIT}/lib REQUIRED)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} ${JANGWON_CUDART} Threads::Threads ${CMAKE_DL_LIBS} rt)
  target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  jangwon_compile_options(${name})
endfunction()

# jangwon_emulated_cuda(NAME LINKS target …): the same files as C++ against tests/cuda_emulator, for tests alone; further files
# after SOURCES. Programs that link it export their symbols, by which messages name kernels.
function(jangwon_emulated_cuda name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  get_property(sources GLOBAL PROPERTY JANGWON_CUDA_SOURCES)
  add_library(${name} STATIC ${sources} ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC jangwon_cuda_emulator ${ARG_LINKS})
  jangwon_compile_options(${name})
  jangwon_optimise(${name} 2)
  jangwon_not_fuzzed(${name})
  jangwon_as_emulated_cuda(${name})
endfunction()

# The sources of a target are CUDA, or use its headers, and are compiled against the emulator.
function(jangwon_as_emulated_cuda name)
  get_target_property(sources ${name} SOURCES)
  set_source_files_properties(${sources} PROPERTIES LANGUAGE CXX)
  # Kernels read the same bytes as different types (16-byte loads), which nvcc allows.
  target_compile_options(${name} PRIVATE -fno-strict-aliasing -Wno-unknown-pragmas)
endfunction()
