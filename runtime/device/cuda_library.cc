#include "runtime/device/cuda_library.h"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include <op_layout.h>
#include "runtime/base/install_paths.h"

namespace jangwon::runtime {
namespace {

constexpr const char* kName = "libjangwon_cuda.so";

// BUILD/jangwon and BUILD/tests/x_test of a build folder; PREFIX/bin/jangwon of an
// installed program.
Result<std::string> find_library() {
  const std::filesystem::path folder = std::filesystem::path(own_path()).parent_path();
  for (const std::filesystem::path& place : {folder / kName, folder.parent_path() / kName,
                                             folder.parent_path() / "lib" / "jangwon" / kName}) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return place.string();
  }
  return not_found(
      "this program was built without GPU kernels: libjangwon_cuda.so is not beside it; run "
      "./setup.sh --cuda and "
      "build "
      "again, or use --device cpu");
}

Result<const OpLibrary*> load_with_devices() {
  const Result<std::string> path = find_library();
  if (!path.ok()) return path.status();
  Result<const OpLibrary*> library = load_op_library(path.value());
  if (!library.ok()) return library;
  std::string why_none;
  // The first GPU is the one that is used.
  if (library.value()->count_devices(&why_none) > 0) why_none = library.value()->check_device(0);
  if (!why_none.empty())
    return unavailable("this machine has no GPU that can be used: {why_none}; use --device cpu",
                       {{"why_none", why_none}});
  return library;
}

}  // namespace

Result<const OpLibrary*> load_op_library(const std::string& path) {
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return unavailable("the GPU kernels cannot be loaded: {reason}", {{"reason", dlerror()}});
  const auto symbol = reinterpret_cast<OpLibrarySymbol>(dlsym(handle, kOpLibrarySymbol));
  const OpLibrary* library = symbol == nullptr ? nullptr : symbol();
  if (library == nullptr || std::strcmp(library->layout, JANGWON_OP_LAYOUT) != 0) {
    dlclose(handle);
    return unavailable("{path} belongs to another build of this program; build again",
                       {{"path", path}});
  }
  return library;
}

const Result<const OpLibrary*>& cuda_library() {
  static const Result<const OpLibrary*> library = load_with_devices();
  return library;
}

}  // namespace jangwon::runtime
