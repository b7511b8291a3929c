// Certificates in a folder, as Kubernetes mounts a TLS secret, followed when they are renewed.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/result.h"

namespace vr::net {

// The PEM texts of the certificate, its key and, if there, the CA.
struct TlsFileSet {
  std::string cert_pem;
  std::string key_pem;
  std::string ca_pem;

  friend bool operator==(const TlsFileSet&, const TlsFileSet&) = default;
};

struct TlsFileNames {
  std::string cert = "tls.crt";
  std::string key = "tls.key";
  std::string ca = "ca.crt";
};

// kNotFound for a missing file, kInvalidSpec for a key that does not belong to the certificate
// (a renewal that is half written).
Result<TlsFileSet> ReadTlsFiles(const std::filesystem::path& folder,
                                const TlsFileNames& names = {});

// Reads the folder again and again on a thread of its own and tells of sound changes; an unsound
// set is logged and the one before stays. Thread-safe.
class TlsFileWatcher {
 public:
  using OnChange = std::function<void(const TlsFileSet&)>;  // on the watcher's thread

  struct Options {
    std::filesystem::path folder;
    TlsFileNames names = {};
    Duration interval = std::chrono::seconds(10);
    OnChange on_change = {};
  };

  // Fails if the folder holds no sound set yet. `clock` outlives the watcher.
  static Result<std::unique_ptr<TlsFileWatcher>> Start(Options options, const Clock& clock);

  std::shared_ptr<const TlsFileSet> Current() const;

 private:
  TlsFileWatcher(Options options, const Clock& clock, TlsFileSet first);
  void Loop(const std::stop_token& stop);

  const Options options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const TlsFileSet> current_;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace vr::net
