# cmake --install build --prefix /usr: the program, what it finds beside itself (../share/glimpse), and the parts of
# OpenVINO that it runs on (../lib/glimpse). Everything else comes from the packages in deps/apt-runtime.txt.
install(TARGETS glimpse RUNTIME DESTINATION bin)
if(TARGET glimpse-train)
  install(TARGETS glimpse-train RUNTIME DESTINATION bin OPTIONAL)  # where it was built: its libraries are libtorch-dev's
endif()

# The CPU plugin and the reader of compiled models are loaded by name from libopenvino's own directory.
set(openvino_libraries "${OpenVINO_DIR}/../libs")
install(DIRECTORY "${openvino_libraries}/" DESTINATION lib/glimpse
        FILES_MATCHING
        PATTERN "libopenvino.so.*" PATTERN "libopenvino_intel_cpu_plugin.so" PATTERN "libopenvino_ir_frontend.so.*"
        PATTERN "libtbb.so.*" PATTERN "libtbbmalloc.so.*" PATTERN "libtbbbind_2_5.so.*" PATTERN "libhwloc.so.*")
file(GLOB openvino_licenses "${OpenVINO_DIR}/../../openvino-*.dist-info/licenses")
install(DIRECTORY ${openvino_licenses}/ DESTINATION share/doc/glimpse/openvino)
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" DESTINATION share/doc/glimpse)

install(DIRECTORY "${CMAKE_BINARY_DIR}/share/glimpse" DESTINATION share USE_SOURCE_PERMISSIONS)
