# `cmake --install` and the Debian package: the program, the data it looks for below share/jangwon (the same folders as in the
# source tree, see runtime/base/install_paths.h), the manual page and the completions.

include(GNUInstallDirs)
set(data_dir ${CMAKE_INSTALL_DATADIR}/jangwon)

install(TARGETS jangwon RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET jangwon_cuda)
  install(TARGETS jangwon_cuda LIBRARY DESTINATION lib/jangwon OPTIONAL)  # where runtime/device/cuda_library.cc looks
endif()
install(DIRECTORY tasks DESTINATION ${data_dir})
install(DIRECTORY datasets/manifests DESTINATION ${data_dir}/datasets)
install(DIRECTORY datasets/bundled DESTINATION ${data_dir}/datasets FILES_MATCHING PATTERN "*.jsonl" PATTERN "solutions" EXCLUDE)
install(FILES datasets/fetch/sources.yaml DESTINATION ${data_dir}/datasets/fetch OPTIONAL)
foreach(stand_in standin-axk1 standin-k-exaone standin-solar-open)
  install(DIRECTORY runtime/stand_ins/${stand_in} DESTINATION ${data_dir}/runtime/stand_ins)
endforeach()
install(DIRECTORY reports/registry reports/assets DESTINATION ${data_dir}/reports)
install(DIRECTORY reports/gate/docs DESTINATION ${data_dir}/reports/gate)
configure_file(docs/jangwon.1 ${CMAKE_BINARY_DIR}/man/jangwon.1 @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/man/jangwon.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES README.md CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS)

# The scripts are printed by the program itself when it is installed.
foreach(script "bash-completion/completions/jangwon|bash" "zsh/vendor-completions/_jangwon|zsh"
               "fish/vendor_completions.d/jangwon.fish|fish")
  string(REPLACE "|" ";" parts ${script})
  list(GET parts 0 path)
  list(GET parts 1 shell)
  set(made ${CMAKE_BINARY_DIR}/completions/${path})
  install(CODE "
    execute_process(COMMAND \"$<TARGET_FILE:jangwon>\" --lang en completion ${shell} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    file(WRITE \"${made}\" \"\${text}\")")
  get_filename_component(folder ${path} DIRECTORY)
  install(FILES ${made} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME jangwon)
set(CPACK_PACKAGE_CONTACT "Jangwon maintainers <jangwon@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "evaluates Korean large language models")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/jangwon_package_check.cmake)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-numpy, ca-certificates, libcurl4 | libcurl4t64")
include(CPack)
