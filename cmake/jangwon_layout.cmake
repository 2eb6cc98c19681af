# Writes OUTPUT, a header with the digest of FILES, when it has changed: what a shared library and the program that loads it
# must have in common.
string(REPLACE "|" ";" FILES "${FILES}")
set(text "")
foreach(file ${FILES})
  file(SHA256 ${file} digest)
  string(APPEND text "${digest}\n")
endforeach()
string(SHA256 digest "${text}")
file(WRITE ${OUTPUT} "#pragma once\n\n#define JANGWON_OP_LAYOUT \"${digest}\"\n")
