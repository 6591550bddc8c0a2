# gale_embed(TARGET SYMBOL DIR file...)
#   puts the files (relative to DIR) into TARGET as the array SYMBOL of struct embedded
#   (base/embed.h), ended by an empty row, in the order given.
function(gale_embed target symbol dir)
	set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
	set(externs "")
	set(blobs "")
	set(rows "")
	set(paths "")
	set(i 0)
	foreach(file ${ARGN})
		string(APPEND externs "extern const char ${symbol}_${i}[], ${symbol}_${i}_end[];\n")
		string(APPEND blobs
			"\t\".balign 16\\n${symbol}_${i}: .incbin \\\"${dir}/${file}\\\"\\n\"\n"
			"\t\"${symbol}_${i}_end: .byte 0\\n\"\n")
		string(APPEND rows "\t{ \"${file}\", ${symbol}_${i}, ${symbol}_${i}_end },\n")
		list(APPEND paths ${dir}/${file})
		math(EXPR i "${i} + 1")
	endforeach()
	if(blobs)
		set(blobs "__asm__(\".pushsection .rodata\\n\"\n${blobs}\t\".popsection\\n\");\n")
	endif()
	file(CONFIGURE OUTPUT ${source} @ONLY CONTENT
"#include \"base/embed.h\"

extern const struct embedded ${symbol}[];
${externs}
${blobs}
const struct embedded ${symbol}[] = {
${rows}\t{ 0 },
};
")
	set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${paths}")
	target_sources(${target} PRIVATE ${source})
endfunction()
