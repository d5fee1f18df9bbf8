# find_package(dmerp) defines the target dmerp::dmerp: the shared library, and the folder of its headers.

if(TARGET dmerp::dmerp)
  return()
endif()

# From <prefix>/share/dmerp/cmake, so an installed tree can be moved.
get_filename_component(_dmerp_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

find_path(dmerp_INCLUDE_DIR dmerp.h PATHS "${_dmerp_prefix}/include" NO_DEFAULT_PATH)
find_library(dmerp_LIBRARY NAMES dmerp dmerp.dll
  PATHS "${_dmerp_prefix}/lib" "${_dmerp_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}" "${_dmerp_prefix}/lib64"
  NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(dmerp REQUIRED_VARS dmerp_LIBRARY dmerp_INCLUDE_DIR)

if(dmerp_FOUND)
  add_library(dmerp::dmerp UNKNOWN IMPORTED)
  set_target_properties(dmerp::dmerp PROPERTIES
    IMPORTED_LOCATION "${dmerp_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${dmerp_INCLUDE_DIR}")
endif()

mark_as_advanced(dmerp_INCLUDE_DIR dmerp_LIBRARY)
unset(_dmerp_prefix)
