# The version comes from the installed header, so it is written down once.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../../include/dmerp.h" _dmerp_lines REGEX "^#define DMERP_VERSION_[A-Z]+ [0-9]+$")
string(REGEX REPLACE "[^0-9;]" "" _dmerp_numbers "${_dmerp_lines}")
string(REPLACE ";" "." PACKAGE_VERSION "${_dmerp_numbers}")

set(PACKAGE_VERSION_COMPATIBLE FALSE)
set(PACKAGE_VERSION_EXACT FALSE)
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()

unset(_dmerp_lines)
unset(_dmerp_numbers)
