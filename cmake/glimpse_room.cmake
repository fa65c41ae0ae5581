# glimpse_room(NAME DEPS room... PRIVATE target...)
#
# Declares src/NAME as one static library. Its headers are included as "NAME/header.h" and are reachable only by a
# room that names NAME in DEPS, so the link graph is the layering. PRIVATE names the third-party targets that this
# room's .cc files use; their headers reach nobody else. x_test.cc files become the test program NAME_test (ctest label `unit`),
# x_bench.cc files the program NAME_bench.

find_package(Threads REQUIRED)
add_library(glimpse_options INTERFACE)
target_compile_features(glimpse_options INTERFACE cxx_std_20)
# -Wno-restrict: GCC 12 warns about std::string's own operator+ (GCC bug 105651).
target_compile_options(glimpse_options INTERFACE -Wall -Wextra -Wconversion -Wshadow -Wimplicit-fallthrough -Wno-restrict
                                                 $<$<BOOL:${GLIMPSE_WERROR}>:-Werror>)

function(glimpse_check_direction room)
  list(FIND GLIMPSE_ROOMS ${room} own_floor)
  foreach(dep IN LISTS ARGN)
    list(FIND GLIMPSE_ROOMS ${dep} floor)
    if(floor LESS 0 OR NOT floor LESS own_floor)
      message(FATAL_ERROR "room '${room}' may not use room '${dep}': rooms link only those before them in GLIMPSE_ROOMS")
    endif()
  endforeach()
endfunction()

function(glimpse_room room)
  cmake_parse_arguments(ARG "" "" "DEPS;PUBLIC;PRIVATE;TEST_LINKS" ${ARGN})
  glimpse_check_direction(${room} ${ARG_DEPS})
  set(source_dir "${CMAKE_CURRENT_SOURCE_DIR}")
  file(GLOB sources CONFIGURE_DEPENDS "${source_dir}/*.cc")
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cc$")

  set(door "${CMAKE_BINARY_DIR}/rooms/${room}")
  file(MAKE_DIRECTORY "${door}")
  file(CREATE_LINK "${source_dir}" "${door}/${room}" SYMBOLIC)

  add_library(glimpse_${room} STATIC ${sources})
  target_include_directories(glimpse_${room} PUBLIC "${door}")
  list(TRANSFORM ARG_DEPS PREPEND glimpse_ OUTPUT_VARIABLE deps)
  target_link_libraries(glimpse_${room} PUBLIC glimpse_options ${deps} ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})

  if(GLIMPSE_TESTS AND tests)
    add_executable(${room}_test ${tests})
    target_link_libraries(${room}_test PRIVATE glimpse_${room} GTest::gmock GTest::gtest_main ${ARG_TEST_LINKS})
    target_compile_definitions(${room}_test PRIVATE GLIMPSE_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    gtest_discover_tests(${room}_test TEST_PREFIX "${room}." PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
  endif()
  if(GLIMPSE_BENCHMARKS AND benches)
    add_executable(${room}_bench ${benches})
    target_link_libraries(${room}_bench PRIVATE glimpse_${room} benchmark::benchmark_main)
  endif()
endfunction()
