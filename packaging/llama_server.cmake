# llama-server is linked to the libraries that llama-cpp-python has built: a third of what it is made of.
foreach(name ggml-base ggml-cpu ggml llama)
  find_library(BUILT_${name} ${name} PATHS "${LECTERN_LIBRARIES}" NO_DEFAULT_PATH REQUIRED)
  add_library(${name} SHARED IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION "${BUILT_${name}}"
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR}/include;${CMAKE_CURRENT_SOURCE_DIR}/ggml/include")
endforeach()
target_link_libraries(llama INTERFACE ggml ggml-base ggml-cpu)

# llama.cpp leaves ggml out where the target is there already, but not its own library.
macro(add_subdirectory folder)
  if(NOT "${folder}" STREQUAL "src")
    _add_subdirectory(${ARGV})
  endif()
endmacro()

# What is imported cannot be installed, and nothing is.
macro(install)
endmacro()
