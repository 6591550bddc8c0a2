# gale_layer(NAME SOURCES a.c b.c LINKS gale_base lib_jansson)
#   makes the archive gale_NAME, one unit test for each NAME_test.c beside the sources, and, with
#   GALE_FUZZ, one harness for each NAME_fuzz.c. Tests and harnesses are found by wildcard.
function(gale_layer name)
	cmake_parse_arguments(L "" "" "SOURCES;LINKS" ${ARGN})
	add_library(gale_${name} STATIC ${L_SOURCES})
	target_link_libraries(gale_${name} PUBLIC ${L_LINKS})

	if(GALE_STATIC) # what is shipped, and only that: the test library has no archive
		return()
	endif()
	file(GLOB tests CONFIGURE_DEPENDS *_test.c)
	foreach(source ${tests})
		get_filename_component(test ${source} NAME_WE)
		set(target ${name}_${test})
		add_executable(${target} ${source})
		set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
		target_link_libraries(${target} gale_${name} lib_cmocka)
		add_test(NAME unit/${name}/${test} COMMAND ${target})
	endforeach()

	if(GALE_FUZZ)
		file(GLOB harnesses CONFIGURE_DEPENDS *_fuzz.c)
		foreach(source ${harnesses})
			get_filename_component(harness ${source} NAME_WE)
			add_executable(${name}_${harness} ${source})
			set_target_properties(${name}_${harness} PROPERTIES
				RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
			target_link_libraries(${name}_${harness} gale_${name})
			target_link_options(${name}_${harness} PRIVATE -fsanitize=fuzzer)
		endforeach()
	endif()
endfunction()

# gale_man(PROGRAM): its manual page, printed by itself from its table of settings, and installed.
function(gale_man program)
	include(GNUInstallDirs)
	set(page ${CMAKE_BINARY_DIR}/printed/${program}.1)
	add_custom_command(
		OUTPUT ${page}
		COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/printed
		COMMAND ${program} --print-man > ${page}
		DEPENDS ${program} VERBATIM)
	add_custom_target(${program}_man ALL DEPENDS ${page})
	install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()
