# Every third-party library in one place. Versions are pinned in deps/; `make setup` installs them.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(vips REQUIRED IMPORTED_TARGET vips)
pkg_check_modules(jpeg REQUIRED IMPORTED_TARGET libjpeg)
pkg_check_modules(sentencepiece REQUIRED sentencepiece)
find_library(SENTENCEPIECE_LIBRARY sentencepiece HINTS ${sentencepiece_LIBRARY_DIRS} REQUIRED)  # without its trainer
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# OpenVINO's wheel carries its own CMake package; `make setup` unpacks it into .deps/python.
if(NOT OpenVINO_DIR)
  file(GLOB openvino_dirs "${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/openvino/cmake")
  list(GET openvino_dirs 0 OpenVINO_DIR)
endif()
find_package(OpenVINO REQUIRED COMPONENTS Runtime)

# USearch is one header; `make setup` unpacks it into .deps/usearch.
find_path(USEARCH_INCLUDE_DIR usearch/index.hpp HINTS "${CMAKE_SOURCE_DIR}/.deps/usearch/include" REQUIRED)
add_library(usearch INTERFACE)
target_include_directories(usearch SYSTEM INTERFACE "${USEARCH_INCLUDE_DIR}")

if(GLIMPSE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  find_package(rapidcheck QUIET)
endif()
if(GLIMPSE_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
