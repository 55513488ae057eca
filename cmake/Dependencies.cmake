# What funnelsim builds on. Every library is a Debian package; README lists them by name.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(GSL REQUIRED)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(ZLIB REQUIRED)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(MD REQUIRED IMPORTED_TARGET libmd)
find_library(ISAL_LIBRARY isal)             # no pkg-config file in Debian's libisal-dev
find_path(ISAL_INCLUDE_DIR isa-l/igzip_lib.h)

# Flags shared by the library, the program and the tests.
add_library(fsim_flags INTERFACE)
target_include_directories(fsim_flags INTERFACE ${PROJECT_SOURCE_DIR} ${HDF5_C_INCLUDE_DIRS})
target_compile_definitions(fsim_flags INTERFACE
  _GNU_SOURCE ${HDF5_C_DEFINITIONS} FSIM_VERSION="${PROJECT_VERSION}")
target_compile_options(fsim_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wvla -Werror
  -ffp-contract=off                         # the same bits on every machine (DESIGN: one key, one draw)
  $<$<CONFIG:Release>:-O3>)
target_link_libraries(fsim_flags INTERFACE
  OpenMP::OpenMP_C GSL::gsl ${HDF5_C_LIBRARIES} ZLIB::ZLIB
  PkgConfig::FYAML PkgConfig::JANSSON PkgConfig::MD m)
if(ISAL_LIBRARY AND ISAL_INCLUDE_DIR)
  target_compile_definitions(fsim_flags INTERFACE FSIM_HAVE_ISAL)
  target_include_directories(fsim_flags INTERFACE ${ISAL_INCLUDE_DIR})
  target_link_libraries(fsim_flags INTERFACE ${ISAL_LIBRARY})
endif()
