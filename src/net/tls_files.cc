#include "net/tls_files.h"

#include <pthread.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "net/local_ca.h"

namespace vr::net {
namespace {

Result<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorKind::kNotFound, "cannot read " + path.string(), {}};
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

Result<TlsFileSet> ReadTlsFiles(const std::filesystem::path& folder, const TlsFileNames& names) {
  TlsFileSet set;
  VR_ASSIGN_OR_RETURN(set.cert_pem, ReadFile(folder / names.cert));
  VR_ASSIGN_OR_RETURN(set.key_pem, ReadFile(folder / names.key));
  set.ca_pem = ReadFile(folder / names.ca).value_or(std::string());
  if (const Status fits = CheckKeyPair({set.cert_pem, set.key_pem}); !fits) {
    return fits.error().Wrap("TLS files in " + folder.string());
  }
  return set;
}

Result<std::unique_ptr<TlsFileWatcher>> TlsFileWatcher::Start(Options options, const Clock& clock) {
  VR_ASSIGN_OR_RETURN(TlsFileSet first, ReadTlsFiles(options.folder, options.names));
  return std::unique_ptr<TlsFileWatcher>(
      new TlsFileWatcher(std::move(options), clock, std::move(first)));
}

TlsFileWatcher::TlsFileWatcher(Options options, const Clock& clock, TlsFileSet first)
    : options_(std::move(options)),
      clock_(clock),
      current_(std::make_shared<const TlsFileSet>(std::move(first))) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
  ::pthread_setname_np(thread_.native_handle(), "tls-files");
}

std::shared_ptr<const TlsFileSet> TlsFileWatcher::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void TlsFileWatcher::Loop(const std::stop_token& stop) {
  const Context ctx(stop, clock_);
  while (clock_.Sleep(stop, options_.interval)) {
    auto set = ReadTlsFiles(options_.folder, options_.names);
    if (!set) {
      LogWarn(ctx, "TLS files are not usable; keeping the ones before",
              {{"reason", set.error().message}});
      continue;
    }
    if (*set == *Current()) continue;
    const auto changed = std::make_shared<const TlsFileSet>(std::move(set).value());
    {
      const std::lock_guard lock(mutex_);
      current_ = changed;
    }
    LogInfo(ctx, "TLS files changed", {{"folder", options_.folder.string()}});
    if (options_.on_change) options_.on_change(*changed);
  }
}

}  // namespace vr::net
