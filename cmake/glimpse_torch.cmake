# libtorch, for training alone: the interface target glimpse_torch.
#
# Debian's libtorch-dev is found by itself; another one (2.x, CUDA) by CMAKE_PREFIX_PATH or Torch_DIR. Its CMake package
# sets compiler flags and variables of its own accord, so it is read inside a function, where they end with the call;
# only glimpse_torch leaves it, and of the targets behind it nothing but what is linked.
function(glimpse_find_torch)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "GLIMPSE_TRAIN needs libtorch: run `tools/setup --train`, which installs Debian's libtorch-dev; "
                        "or unpack libtorch somewhere and configure with -DCMAKE_PREFIX_PATH=…/libtorch; "
                        "or build without training: -DGLIMPSE_TRAIN=OFF")
  endif()
  if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "${Torch_DIR}: this libtorch was built for the old C++ ABI, the rest of glimpse is not: "
                        "take the package that is marked cxx11-abi")
  endif()
  message(STATUS "libtorch ${Torch_VERSION} for training: ${TORCH_LIBRARY}")
  add_library(glimpse_torch INTERFACE)
  glimpse_add_torch_headers(glimpse_torch "${TORCH_INCLUDE_DIRS}")
  foreach(library IN LISTS TORCH_LIBRARIES)
    target_link_libraries(glimpse_torch INTERFACE "$<LINK_ONLY:${library}>")
  endforeach()
endfunction()

# libtorch 2 carries other projects' headers beside its own, an fmt among them that is not ours: only its own are let in.
function(glimpse_add_torch_headers target directories)
  set(own "${CMAKE_BINARY_DIR}/torch_headers")
  file(REMOVE_RECURSE "${own}")
  file(MAKE_DIRECTORY "${own}")
  foreach(directory IN LISTS directories)
    if(EXISTS "${directory}/ATen")
      foreach(part ATen c10 caffe2 torch)
        file(CREATE_LINK "${directory}/${part}" "${own}/${part}" SYMBOLIC)
      endforeach()
    else()
      target_include_directories(${target} SYSTEM INTERFACE "${directory}")
    endif()
  endforeach()
  target_include_directories(${target} SYSTEM BEFORE INTERFACE "${own}")
endfunction()

glimpse_find_torch()
