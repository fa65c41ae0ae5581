# libtorch, for training alone: the interface target glimpse_torch.
#
# Debian's libtorch-dev is found by itself; another one (2.x, CUDA) by CMAKE_PREFIX_PATH or Torch_DIR. Its CMake package
# sets compiler flags and variables of its own accord, so it is read inside a function, where they end with the call;
# only glimpse_torch leaves it, and only the room that names glimpse_torch gets its headers (as system headers).
function(glimpse_find_torch)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "GLIMPSE_TRAIN needs libtorch: run `tools/setup --tests`, which installs Debian's libtorch-dev; "
                        "or unpack libtorch somewhere and configure with -DCMAKE_PREFIX_PATH=…/libtorch; "
                        "or build without training: -DGLIMPSE_TRAIN=OFF")
  endif()
  if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "${Torch_DIR}: this libtorch was built for the old C++ ABI, the rest of glimpse is not: "
                        "take the package that is marked cxx11-abi")
  endif()
  message(STATUS "libtorch ${Torch_VERSION} for training: ${TORCH_LIBRARY}")
  add_library(glimpse_torch INTERFACE)
  target_include_directories(glimpse_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(glimpse_torch INTERFACE ${TORCH_LIBRARIES})
  glimpse_protobuf_first()
endfunction()

# libsentencepiece exports the small protobuf that it carries, and Debian's libtorch needs the real one: whichever a program
# loads first serves both. The real one refuses sentencepiece's calls with an error that says so; the small one crashes
# libtorch before main. So the real one comes first, ahead of every other library of a program that links glimpse_torch.
function(glimpse_protobuf_first)
  if(TARGET protobuf::libprotobuf)
    target_link_options(glimpse_torch INTERFACE "LINKER:--push-state,--no-as-needed,${Protobuf_LIBRARY},--pop-state")
  endif()
endfunction()

glimpse_find_torch()
