set(LLAMA_BUILD_COMMON OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options("SHELL:-include \"${CMAKE_CURRENT_LIST_DIR}/amx.h\"")
endif()
