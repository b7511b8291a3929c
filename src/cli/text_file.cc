#include "cli/text_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/utf8.h"
#include "cli/report.h"

namespace vr::cli {
namespace {

constexpr size_t kLimit = size_t{16} << 20;

// The message says it all: a remedy about objects and namespaces would lead astray.
Error Refuse(ErrorKind kind, const std::string& message) {
  return WithHint(Error{kind, message, {}}, "");
}

Result<std::string> ReadAll(std::istream& in, const std::string& name) {
  std::string text;
  char buffer[64 << 10];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<size_t>(in.gcount()));
    if (text.size() > kLimit) return Refuse(ErrorKind::kInvalidSpec, name + ": larger than 16 MiB");
  }
  if (in.bad()) return Refuse(ErrorKind::kInvalidSpec, name + ": reading failed");
  if (!IsUtf8(text)) return Refuse(ErrorKind::kInvalidSpec, name + ": not text (UTF-8)");
  return text;
}

}  // namespace

Result<std::string> ReadText(std::istream& standard_input, const std::string& path) {
  if (path == "-") return ReadAll(standard_input, "standard input");
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec))
    return Refuse(ErrorKind::kInvalidSpec, path + ": a folder, not a file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (in) return ReadAll(in, path);
  const int code = errno;
  const bool absent = code == ENOENT || code == ENOTDIR;
  return Refuse(absent ? ErrorKind::kNotFound : ErrorKind::kInvalidSpec,
                "cannot read " + path + ": " + std::strerror(code));
}

}  // namespace vr::cli
