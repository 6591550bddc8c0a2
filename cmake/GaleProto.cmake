# gale_proto(TARGET NAME.proto...)
#   has protoc-c make NAME.pb-c.c, which becomes part of TARGET, and NAME.pb-c.h, which sources
#   include by their own folder's name: #include "grpc/health.pb-c.h".
find_program(PROTOC_C protoc-c REQUIRED)
include_directories(${CMAKE_BINARY_DIR}/src)

function(gale_proto target)
	foreach(proto ${ARGN})
		get_filename_component(name ${proto} NAME_WE)
		set(made ${CMAKE_CURRENT_BINARY_DIR}/${name}.pb-c)
		add_custom_command(
			OUTPUT ${made}.c ${made}.h
			COMMAND ${PROTOC_C} --c_out=${CMAKE_CURRENT_BINARY_DIR}
				-I ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${proto}
			DEPENDS ${proto} VERBATIM)
		set_source_files_properties(${made}.c PROPERTIES COMPILE_OPTIONS "-w")
		target_sources(${target} PRIVATE ${made}.c)
		# Whoever includes the header, tests and harnesses too, is built after it was made.
		add_custom_target(${target}_${name}_proto DEPENDS ${made}.h)
		add_dependencies(${target} ${target}_${name}_proto)
	endforeach()
endfunction()
