# What `cmake --install` leaves behind: the program, the engine for find_package(faltung) and
# pkg-config, the runnable configs and the shell completion.
include(CMakePackageConfigHelpers)
set(faltung_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/faltung)

install(TARGETS faltung RUNTIME)
install(TARGETS faltung_engine EXPORT faltung ARCHIVE)
install(DIRECTORY engine DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/faltung
  FILES_MATCHING PATTERN "*.h")
install(EXPORT faltung NAMESPACE faltung:: FILE faltungTargets.cmake DESTINATION ${faltung_cmake_dir})

configure_package_config_file(engine/faltungConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/faltungConfig.cmake INSTALL_DESTINATION ${faltung_cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/faltungConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/faltungConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/faltungConfigVersion.cmake DESTINATION ${faltung_cmake_dir})

# A static library only: whoever links it needs the same libraries, with or without --static.
list(JOIN faltung_modules " " faltung_required_modules)
file(RELATIVE_PATH faltung_prefix_from_pc
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" faltung_prefix_from_pc ${faltung_prefix_from_pc})
configure_file(engine/faltung.pc.in ${CMAKE_CURRENT_BINARY_DIR}/faltung.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/faltung.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/faltung)
install(FILES apps/faltung/bench/bench_peers.py DESTINATION ${CMAKE_INSTALL_DATADIR}/faltung)
install(FILES apps/faltung/completion.bash RENAME faltung
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
