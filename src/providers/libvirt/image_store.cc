#include "providers/libvirt/image_store.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/duration.h"
#include "base/redact.h"
#include "net/url.h"
#include "providers/libvirt/image_writer.h"

namespace vr::libvirt {
namespace {

constexpr char kReady[] = ".ready";
constexpr int kMaxRedirects = 5;
constexpr int64_t kSlowestDownload = 1024;  // bytes per second
constexpr auto kLongestDownload = std::chrono::hours(6);

// Holds one key of a set until it goes out of scope.
class BusyKey {
 public:
  BusyKey(std::mutex& mutex, std::condition_variable_any& changed, std::set<std::string>& busy,
          std::string key)
      : mutex_(mutex), changed_(changed), busy_(busy), key_(std::move(key)) {}
  BusyKey(const BusyKey&) = delete;
  BusyKey& operator=(const BusyKey&) = delete;
  ~BusyKey() {
    const std::lock_guard lock(mutex_);
    busy_.erase(key_);
    changed_.notify_all();
  }

 private:
  std::mutex& mutex_;
  std::condition_variable_any& changed_;
  std::set<std::string>& busy_;
  const std::string key_;
};

std::string LocalPath(const sdk::ImageSource& source) {
  constexpr std::string_view kScheme = "file://";
  if (source.url.starts_with(kScheme)) return source.url.substr(kScheme.size());
  return source.url.empty() ? source.path : "";
}

void Report(sdk::TaskProgress& progress, int64_t received, int64_t total) {
  const int percent = total > 0 ? static_cast<int>(received * 100 / total) : -1;
  progress.Report(percent, "fetching the image: " + std::to_string(received >> 20) + " MiB");
}

Error HttpFailure(int status) {
  const bool gone = status == 404 || status == 410;
  const bool later = status >= 500 || status == 408 || status == 429;
  return Error{gone    ? ErrorKind::kNotFound
               : later ? ErrorKind::kRetryable
                       : ErrorKind::kInvalidSpec,
               "HTTP status " + std::to_string(status),
               {}};
}

// spec.source.http.timeout of the VMImage where the URL stands beside it.
Duration DownloadTimeout(const sdk::ImageSource& source) {
  const auto spec = nlohmann::json::parse(source.spec_json, nullptr, false);
  const nlohmann::json::json_pointer http("/source/http");
  if (!spec.is_object() || !spec.contains(http)) return kLongestDownload;
  const nlohmann::json& asked = spec.at(http);
  if (!asked.contains("timeout") || !asked.at("timeout").is_string()) return kLongestDownload;
  const auto timeout = ParseDuration(asked.at("timeout").get<std::string>());
  return timeout && *timeout > Duration::zero() ? *timeout : Duration(kLongestDownload);
}

// Adds what the user can do about it.
Error Advise(Error error, const PoolInfo& pool) {
  if (error.kind == ErrorKind::kTimeout) {
    error.message +=
        "; check the server and the network, or raise spec.source.http.timeout of the VMImage";
  } else if (error.kind == ErrorKind::kQuotaExceeded) {
    error.message += (error.message.empty() ? "" : "; ") + std::string("storage pool ") +
                     pool.name + " has " + std::to_string(pool.available_bytes >> 20) +
                     " MiB free: free space there, or name another pool in the VMImage";
  }
  return error;
}

// Points the request at where it was sent on to. The user's headers may hold a secret that is meant
// for one host: they do not follow to another one, nor from https to http.
Status Redirect(net::HttpRequest& request, const std::string& location) {
  VR_ASSIGN_OR_RETURN(const net::Url from, net::ParseUrl(request.url));
  std::string target = location;
  if (location.starts_with("//")) {
    target = from.scheme + ":" + location;
  } else if (location.starts_with("/")) {
    target = from.scheme + "://" + from.Authority() + location;
  }
  VR_ASSIGN_OR_RETURN(const net::Url to, net::ParseUrl(target));
  if (from.scheme == "https" && to.scheme != "https") {
    return Error{ErrorKind::kInvalidSpec, "the server redirects from https to " + to.scheme, {}};
  }
  if (to.Authority() != from.Authority()) request.headers.clear();
  request.url = to.ToString();
  return {};
}

}  // namespace

// A file that is replaced is another image; behind a URL only the declared checksum tells.
Result<std::string> ImageStore::CacheKey(const sdk::ImageSource& source) const {
  const std::string path = LocalPath(source);
  if (path.empty() && source.url.empty()) {
    return Error{ErrorKind::kInvalidSpec, "image " + source.name + " names no path and no URL", {}};
  }
  std::string key = source.url + "|" + source.path + "|" + source.storage_pool + "|" +
                    source.checksum + "|" + source.format;
  if (!path.empty() && connection_.IsLocal()) {
    std::error_code ignored;
    const auto changed = std::filesystem::last_write_time(path, ignored);
    if (!ignored) key += "|" + std::to_string(changed.time_since_epoch().count());
  }
  return "vrtg-image-" + ShortHash(key);
}

Result<CachedImage> ImageStore::Ensure(const Context& ctx, const sdk::ImageSource& source,
                                       const PoolInfo& pool, sdk::TaskProgress& progress) {
  VR_ASSIGN_OR_RETURN(const std::string name, CacheKey(source));
  const std::string key = pool.name + "/" + name;
  {
    std::unique_lock lock(mutex_);
    if (!ctx.clock().WaitUntil(lock, changed_, ctx.stop(), ctx.deadline(),
                               [&] { return busy_.count(key) == 0; })) {
      VR_RETURN_IF_ERROR(ctx.Check("wait for another task that fetches the image"));
    }
    busy_.insert(key);
  }
  const BusyKey busy(mutex_, changed_, busy_, key);
  auto image = EnsureAlone(ctx, source, {pool.name, name}, progress);
  if (!image) return image.error().Wrap("image " + source.name);
  return image;
}

Result<CachedImage> ImageStore::EnsureAlone(const Context& ctx, const sdk::ImageSource& source,
                                            const VolumeRef& target, sdk::TaskProgress& progress) {
  const VolumeRef marker{target.pool, target.name + kReady};
  VR_ASSIGN_OR_RETURN(const auto ready, storage_.Find(ctx, marker));
  if (!ready) {
    VR_RETURN_IF_ERROR(storage_.Delete(ctx, target));  // what a cut-off transfer left
    const Status fetched = Fetch(ctx, source, target, progress);
    if (!fetched) {
      const Context cleanup = Context({}, ctx.clock()).WithTimeout(std::chrono::seconds(30));
      const Status removed = storage_.Delete(cleanup, target);
      if (!removed) return fetched.error().Wrap(removed.error().message);
      return fetched.error();
    }
    VR_RETURN_IF_ERROR(storage_.Refresh(ctx, target.pool));
  }
  VR_ASSIGN_OR_RETURN(const auto info, storage_.Find(ctx, target));
  if (!info) {
    VR_RETURN_IF_ERROR(storage_.Delete(ctx, marker));
    return Error{ErrorKind::kRetryable, "its volume " + target.name + " was deleted", {}};
  }
  if (!ready) {
    VR_RETURN_IF_ERROR(storage_.Create(ctx, {.ref = marker,
                                             .format = "raw",
                                             .capacity_bytes = 1,
                                             .backing_path = "",
                                             .backing_format = ""}));
  }
  return CachedImage{target, *info};
}

Status ImageStore::Fetch(const Context& ctx, const sdk::ImageSource& source,
                         const VolumeRef& target, sdk::TaskProgress& progress) {
  const std::string path = LocalPath(source);
  if (path.empty()) return FetchUrl(ctx, source, target, progress);
  if (path.find('/') == std::string::npos) {  // the name of a volume
    return CopyVolume(ctx, {source.storage_pool.empty() ? target.pool : source.storage_pool, path},
                      target);
  }
  if (connection_.IsLocal()) return FetchFile(ctx, source, target, progress);
  VR_ASSIGN_OR_RETURN(const auto volume, storage_.FindByPath(ctx, path));
  if (volume) return CopyVolume(ctx, *volume, target);
  return Error{ErrorKind::kNotFound,
               "no storage pool of the host has a volume at " + path +
                   "; put the file into a pool, or give a URL",
               {}};
}

Status ImageStore::CopyVolume(const Context& ctx, const VolumeRef& from, const VolumeRef& target) {
  VR_ASSIGN_OR_RETURN(const auto info, storage_.Find(ctx, from));
  if (!info) {
    return Error{
        ErrorKind::kNotFound, "there is no volume " + from.name + " in pool " + from.pool, {}};
  }
  return storage_.CreateCopy(ctx,
                             {.ref = target,
                              .format = info->format.empty() ? "raw" : info->format,
                              .capacity_bytes = info->capacity_bytes,
                              .backing_path = "",
                              .backing_format = ""},
                             from);
}

Status ImageStore::FetchFile(const Context& ctx, const sdk::ImageSource& source,
                             const VolumeRef& target, sdk::TaskProgress& progress) {
  constexpr size_t kPiece = 1024UL * 1024;
  const std::string path = LocalPath(source);
  std::error_code ignored;
  const auto size = std::filesystem::file_size(path, ignored);
  std::ifstream file(path, std::ios::binary);
  if (!file || ignored) {
    return Error{ErrorKind::kNotFound, "cannot read the file " + path, {}};
  }
  ImageWriter writer(storage_, target, source);
  std::string piece(kPiece, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(kPiece)) || file.gcount() > 0) {
    VR_RETURN_IF_ERROR(
        writer.Write(ctx, std::string_view(piece.data(), static_cast<size_t>(file.gcount()))));
    Report(progress, writer.received(), static_cast<int64_t>(size));
  }
  if (file.bad()) return Error{ErrorKind::kRetryable, "reading " + path + " failed", {}};
  return writer.Finish(ctx);
}

Status ImageStore::FetchUrl(const Context& ctx, const sdk::ImageSource& source,
                            const VolumeRef& target, sdk::TaskProgress& progress) {
  if (http_ == nullptr) {
    return Error{ErrorKind::kNotSupported, "this provider cannot download images", {}};
  }
  VR_ASSIGN_OR_RETURN(const PoolInfo pool, storage_.EnsurePool(ctx, target.pool, ""));
  if (pool.available_bytes == 0) return Advise({ErrorKind::kQuotaExceeded, "", {}}, pool);
  net::HttpRequest request;
  request.url = source.url;
  for (const auto& [name, value] : source.headers) request.headers.emplace(name, value);
  request.limits.min_bytes_per_second = kSlowestDownload;
  request.limits.max_bytes = std::max<int64_t>(pool.available_bytes, 0);
  const Context bounded = ctx.WithTimeout(DownloadTimeout(source));
  const Status fetched = Download(bounded, request, source, target, progress);
  if (fetched) return {};
  // What stands behind a question mark may be a key.
  const std::string shown = Redact(source.url.substr(0, source.url.find_first_of("?#")));
  return Advise(fetched.error(), pool).Wrap("download " + shown);
}

Status ImageStore::Download(const Context& ctx, net::HttpRequest& request,
                            const sdk::ImageSource& source, const VolumeRef& target,
                            sdk::TaskProgress& progress) {
  ImageWriter writer(storage_, target, source);
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    const auto response = http_->Stream(ctx, request, [&](std::string_view chunk) -> Status {
      VR_RETURN_IF_ERROR(writer.Write(ctx, chunk));
      Report(progress, writer.received(), 0);
      return {};
    });
    if (!response) return response.error();
    if (response->status < 300) return writer.Finish(ctx);
    if (response->status >= 400) return HttpFailure(response->status);
    VR_RETURN_IF_ERROR(Redirect(request, net::HeaderOr(response->headers, "Location")));
  }
  return Error{ErrorKind::kInvalidSpec, "too many redirects", {}};
}

}  // namespace vr::libvirt
