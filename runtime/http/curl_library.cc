#include "runtime/http/curl_library.h"

#include <dlfcn.h>

#include <string>

namespace jangwon {

namespace {

constexpr const char* kFile = "libcurl.so.4";

struct Loaded {
  CurlLibrary library{};
  Status status;
};

template <typename Function>
void find_symbol(void* handle, const char* name, Function& function, Status& status) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  if (function == nullptr && status.ok()) {
    status = unavailable("libcurl.so.4 has no function {name}; install libcurl 7.85 or later",
                         {{"name", name}});
  }
}

Loaded load() {
  Loaded loaded;
  void* handle = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    loaded.status = unavailable(
        "speaking HTTP needs libcurl: {reason}; install it (Debian: libcurl4, Ubuntu 24.04: "
        "libcurl4t64)",
        {{"reason", dlerror()}});
    return loaded;
  }
  CurlLibrary& curl = loaded.library;
  find_symbol(handle, "curl_global_init", curl.global_init, loaded.status);
  find_symbol(handle, "curl_version_info", curl.version_info, loaded.status);
  find_symbol(handle, "curl_easy_init", curl.easy_init, loaded.status);
  find_symbol(handle, "curl_easy_setopt", curl.easy_setopt, loaded.status);
  find_symbol(handle, "curl_easy_getinfo", curl.easy_getinfo, loaded.status);
  find_symbol(handle, "curl_easy_strerror", curl.easy_strerror, loaded.status);
  find_symbol(handle, "curl_easy_reset", curl.easy_reset, loaded.status);
  find_symbol(handle, "curl_easy_cleanup", curl.easy_cleanup, loaded.status);
  find_symbol(handle, "curl_slist_append", curl.slist_append, loaded.status);
  find_symbol(handle, "curl_slist_free_all", curl.slist_free_all, loaded.status);
  find_symbol(handle, "curl_multi_init", curl.multi_init, loaded.status);
  find_symbol(handle, "curl_multi_setopt", curl.multi_setopt, loaded.status);
  find_symbol(handle, "curl_multi_add_handle", curl.multi_add_handle, loaded.status);
  find_symbol(handle, "curl_multi_remove_handle", curl.multi_remove_handle, loaded.status);
  find_symbol(handle, "curl_multi_socket_action", curl.multi_socket_action, loaded.status);
  find_symbol(handle, "curl_multi_info_read", curl.multi_info_read, loaded.status);
  find_symbol(handle, "curl_multi_cleanup", curl.multi_cleanup, loaded.status);
  if (loaded.status.ok() && curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    loaded.status = unavailable("libcurl cannot be initialised");
  }
  return loaded;
}

}  // namespace

Result<const CurlLibrary*> load_curl() {
  static const Loaded loaded = load();
  if (!loaded.status.ok()) return loaded.status;
  return &loaded.library;
}

}  // namespace jangwon
