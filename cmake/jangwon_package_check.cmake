# Run by CPack before it packs. Without this program CPack makes a package that depends on no library, and says so in
# passing only.
find_program(shlibdeps dpkg-shlibdeps)
if(NOT shlibdeps)
  message(FATAL_ERROR "the Debian package needs dpkg-shlibdeps to name the libraries that it depends on; install dpkg-dev")
endif()
