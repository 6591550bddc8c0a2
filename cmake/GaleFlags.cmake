# Compiler and linker flags for every target of the project.
add_compile_definitions(_GNU_SOURCE GALE_VERSION="${PROJECT_VERSION}")
add_compile_options(
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
	-Wwrite-strings -Wno-missing-field-initializers
	-fno-common -fstack-protector-strong)
if(GALE_WERROR)
	add_compile_options(-Werror)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel")
	# The optimiser cannot see that err_set() is negative, and takes outputs for unset behind it.
	add_compile_options(-Wno-maybe-uninitialized)
endif()
if(GALE_SANITIZE)
	add_compile_options(-fsanitize=${GALE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${GALE_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
	add_compile_definitions(_FORTIFY_SOURCE=2)
	add_compile_options(-fstack-clash-protection)
	add_link_options(-Wl,-z,relro,-z,now)
endif()
if(GALE_ANALYZE)
	# It knows neither that err_set() is negative nor the cleanup attribute nor sys/queue.h: what
	# rests on these is left to the sanitizers.
	add_compile_options(-fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-null-dereference
		-Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-double-free
		-Wno-analyzer-use-after-free)
endif()
if(GALE_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
include_directories(${CMAKE_SOURCE_DIR}/src)
