#include "harness/sandbox/interpreter_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "runtime/base/file.h"

namespace jangwon::harness {
namespace fs = std::filesystem;
namespace {

uint64_t little_endian(std::string_view bytes, size_t offset, int size) {
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[offset + static_cast<size_t>(i)]);
  return value;
}

// The path in PT_INTERP of a 64-bit little-endian ELF program; empty when it is something else.
Result<std::string> elf_loader(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(FileReader file, FileReader::open(path));
  std::string head(4096, '\0');
  JANGWON_ASSIGN_OR_RETURN(const size_t got, file.read(head.data(), head.size()));
  head.resize(got);
  if (head.size() < 64 || !head.starts_with("\x7f"
                                            "ELF\x02\x01"))
    return std::string();
  const uint64_t table = little_endian(head, 32, 8);
  const uint64_t entry_size = little_endian(head, 54, 2);
  const uint64_t num_entries = little_endian(head, 56, 2);
  for (uint64_t i = 0;
       i < num_entries && table + (i + 1) * entry_size <= head.size() && entry_size >= 56; ++i) {
    const size_t entry = table + i * entry_size;
    if (little_endian(head, entry, 4) != 3) continue;  // PT_INTERP
    const uint64_t offset = little_endian(head, entry + 8, 8);
    const uint64_t size = little_endian(head, entry + 32, 8);
    if (size == 0 || size > 256 || offset + size > head.size()) return std::string();
    return head.substr(offset, size - 1);
  }
  return std::string();
}

void add_if_present(const std::string& path, std::vector<std::string>* list) {
  std::error_code error;
  if (fs::exists(path, error)) list->push_back(path);
}

}  // namespace

Result<ConfinementFiles> find_interpreter_files(const std::string& python) {
  std::error_code error;
  const fs::path real = fs::canonical(python, error);
  if (error)
    return not_found(
        "no Python interpreter at {python}; install python3 and python3-numpy, or name another one",
        {{"python", python}});
  ConfinementFiles files;
  files.python = real.string();
  JANGWON_ASSIGN_OR_RETURN(files.loader, elf_loader(files.python));
  if (files.loader.empty()) {
    return unsupported(
        "{python} is not a program of this machine (a shim or a script?); name the interpreter "
        "itself, such as "
        "/usr/bin/python3",
        {{"python", files.python}});
  }
  const fs::path prefix = real.parent_path().parent_path();
  const std::string name = real.filename().string();  // python3.11
  const fs::path library = prefix / "lib" / name;
  if (!fs::exists(library, error))
    return not_found("{python} has no standard library at {library}; name a complete installation",
                     {{"python", files.python}, {"library", library.string()}});
  if (prefix == "/usr") {
    files.folders.push_back(library.string());
    add_if_present("/usr/lib/python3", &files.folders);
    add_if_present("/usr/local/lib/" + name, &files.folders);
  } else {
    files.folders.push_back((prefix / "lib").string());
  }
  const fs::path real_loader = fs::canonical(files.loader, error);
  if (error)
    return not_found("{python} needs {loader}, which is not there",
                     {{"python", files.python}, {"loader", files.loader}});
  files.folders.push_back(
      // /usr/lib/x86_64-linux-gnu: the libraries stand beside it
      real_loader.parent_path().string());
  add_if_present("/usr/share/zoneinfo", &files.folders);
  add_if_present("/etc/alternatives", &files.folders);  // numpy's BLAS is one
  files.files.push_back(files.python);
  add_if_present("/etc/ld.so.cache", &files.files);
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/urandom"})
    add_if_present(device, &files.devices);
  // The loader's name as programs write it, /lib64/…, through the same links as on this machine.
  const fs::path loader_folder = fs::path(files.loader).parent_path();
  for (const char* top : {"/lib", "/lib64", "/bin"}) {
    if (fs::is_symlink(top, error))
      files.symlinks.emplace_back(fs::read_symlink(top, error).string(), top);
  }
  const fs::path loader_home = fs::canonical(loader_folder, error);
  if (loader_home != real_loader.parent_path())
    files.symlinks.emplace_back(real_loader.string(),
                                (loader_home / fs::path(files.loader).filename()).string());
  if (real.parent_path() / "python3" != real)
    files.symlinks.emplace_back(name, (real.parent_path() / "python3").string());
  files.loader = real_loader.string();
  // No -I: it would ignore PYTHONHASHSEED.
  files.argv = {files.python, "-s", "-B", "-c"};
  files.environment = {"PATH=/usr/bin",     "LANG=C.UTF-8",          "TZ=UTC",
                       "HOME=/tmp",         "PYTHONHASHSEED=0",      "PYTHONDONTWRITEBYTECODE=1",
                       "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1"};
  return files;
}

}  // namespace jangwon::harness
