// Images that VMs are built on: fetched once per source, kept as volumes.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "base/context.h"
#include "base/result.h"
#include "net/http.h"
#include "providers/libvirt/storage.h"
#include "sdk/provider.h"
#include "sdk/task_runner.h"

namespace vr::libvirt {

struct CachedImage {
  VolumeRef volume;
  VolumeInfo info;
};

// Thread-safe. An image is kept as volume "vrtg-image-<hash of its source>"; a second volume with
// ".ready" behind the name is made after the last byte has arrived and been verified, so a transfer
// that was cut off is never used. Images are not deleted here: VMs are built on them.
class ImageStore {
 public:
  // `http` may be null: then URLs are refused.
  ImageStore(Connection& connection, Storage& storage, net::HttpClient* http)
      : connection_(connection), storage_(storage), http_(http) {}

  // The image in `pool`. Waits while another task fetches the same one.
  Result<CachedImage> Ensure(const Context& ctx, const sdk::ImageSource& source,
                             const PoolInfo& pool, sdk::TaskProgress& progress);

 private:
  Result<std::string> CacheKey(const sdk::ImageSource& source) const;
  Status Fetch(const Context& ctx, const sdk::ImageSource& source, const VolumeRef& target,
               sdk::TaskProgress& progress);
  Status FetchUrl(const Context& ctx, const sdk::ImageSource& source, const VolumeRef& target,
                  sdk::TaskProgress& progress);
  Status Download(const Context& ctx, net::HttpRequest& request, const sdk::ImageSource& source,
                  const VolumeRef& target, sdk::TaskProgress& progress);
  Status FetchFile(const Context& ctx, const sdk::ImageSource& source, const VolumeRef& target,
                   sdk::TaskProgress& progress);
  Status CopyVolume(const Context& ctx, const VolumeRef& from, const VolumeRef& target);
  Result<CachedImage> EnsureAlone(const Context& ctx, const sdk::ImageSource& source,
                                  const VolumeRef& target, sdk::TaskProgress& progress);

  Connection& connection_;
  Storage& storage_;
  net::HttpClient* const http_;
  std::mutex mutex_;  // guards busy_
  std::condition_variable_any changed_;
  std::set<std::string> busy_;  // "pool/name" of the images being fetched
};

}  // namespace vr::libvirt
