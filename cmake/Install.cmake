# Everything an administrator needs, in its place, by `cmake --install` and in the Debian package.
# Programs are installed where they are made, in src/.
include(GNUInstallDirs)

# Below the prefix, where systemd looks for /usr and for /usr/local.
install(FILES samples/systemd/external.service DESTINATION lib/systemd/system)
install(FILES samples/systemd/sysusers.d/external.conf DESTINATION lib/sysusers.d)
install(FILES samples/systemd/tmpfiles.d/external.conf DESTINATION lib/tmpfiles.d)

install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/external)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/external FILES_MATCHING PATTERN "*.md")
install(DIRECTORY samples/clinic samples/dovecot samples/exim samples/hub samples/postfix samples/systemd samples/uucp
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/external/samples)

# Settings are the administrator's as soon as they are there: External looks for them in /etc, whatever the prefix.
configure_file(cmake/install_settings.cmake.in install_settings.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/install_settings.cmake)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME external)
set(CPACK_PACKAGE_CONTACT "External's administrators <postmaster@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "store-and-forward mail over modems, serial cables, radio and TCP")
set(CPACK_PACKAGE_DESCRIPTION
"Mail waits in a durable queue until a call is due, both directions move in one
call, and a broken call costs nothing but the bytes in flight.")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Neither starts anything; systemd, which has both, need not run.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-sysusers, systemd | systemd-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(script conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/debian/${script})
endforeach()
include(CPack)
