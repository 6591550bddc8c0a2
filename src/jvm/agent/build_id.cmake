# cmake -DOUT=FILE "-DSOURCES=a;b" -P build_id.cmake: writes the digest of the sources as JVM_BUILD.
set(digests "")
foreach(source ${SOURCES})
	file(SHA256 ${source} digest)
	string(APPEND digests ${digest})
endforeach()
string(SHA256 digest "${digests}")
string(SUBSTRING ${digest} 0 12 id)
file(WRITE ${OUT} "#define JVM_BUILD \"${id}\"\n")
