# What is installed and where, and the packages (cpack -G DEB, cpack -G TGZ) made of it.
include(GNUInstallDirs)

install(TARGETS gale gale-agent gale-box gale-dns gale-operator RUNTIME)
install(FILES ${CMAKE_BINARY_DIR}/jvm/libgale-jvm.so DESTINATION lib/gale) # for java -agentpath
install(FILES LICENSE NEWS.md README.md README.zh.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY deploy/kubernetes DESTINATION ${CMAKE_INSTALL_DATADIR}/gale)
install(DIRECTORY deploy/systemd/ DESTINATION lib/systemd/system OPTIONAL FILES_MATCHING PATTERN "*.service")

set(CPACK_PACKAGE_NAME gale)
set(CPACK_PACKAGE_VENDOR "the Gale project")
set(CPACK_PACKAGE_CONTACT "the Gale maintainers <maintainers@gale.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "chaos engineering: faults that always come off again")
set(CPACK_PACKAGE_DESCRIPTION "A command line, an agent and a web console that inject real faults into
hosts and processes, measure that they bite, and always take them back.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
if(NOT GALE_STATIC) # static programs need nothing
	set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
