# SPDX-License-Identifier: Apache-2.0
# libfmt as an archive, for the tools and for the programs of the tests; fmt.cc tells why.
add_library(fmt-archive STATIC "${CMAKE_CURRENT_LIST_DIR}/fmt.cc")
# Where the headers are, without the macro that makes everything inline.
target_include_directories(
  fmt-archive SYSTEM
  PUBLIC $<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>)
