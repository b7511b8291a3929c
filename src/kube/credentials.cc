#include "kube/credentials.h"

#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace vr::kube {
namespace {

class TokenFile {
 public:
  TokenFile(std::filesystem::path path, Duration max_age)
      : path_(std::move(path)), max_age_(max_age) {}

  Result<std::string> Get(const Context& ctx) {
    const std::lock_guard lock(mutex_);
    const TimePoint now = ctx.clock().Now();
    if (!token_.empty() && now - read_ < max_age_) return token_;
    std::ifstream in(path_);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::string token(Trimmed(text));
    if (!token.empty()) {
      token_ = token;
    } else if (token_.empty()) {
      return Error{ErrorKind::kUnauthorized,
                   "token file '" + path_.string() + "' " +
                       (in.is_open() ? "is empty" : "cannot be read") +
                       "; whoever renews it must write it where we may read it",
                   {}};
    } else {
      LogWarn(ctx, "Token file cannot be read, using its last token", {{"file", path_.string()}});
    }
    read_ = now;
    return token_;
  }

 private:
  const std::filesystem::path path_;
  const Duration max_age_;
  std::mutex mutex_;  // guards all below
  std::string token_;
  TimePoint read_;
};

class ExecHttpClient final : public net::HttpClient {
 public:
  ExecHttpClient(std::shared_ptr<ExecPlugin> plugin, net::ClientTlsOptions tls,
                 net::ClientOptions options)
      : plugin_(std::move(plugin)), tls_(std::move(tls)), options_(std::move(options)) {}

  Result<net::HttpResponse> Do(const Context& ctx, const net::HttpRequest& request) override {
    return Send(ctx, request, [&](net::HttpClient& client, const net::HttpRequest& with_token) {
      return client.Do(ctx, with_token);
    });
  }
  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest& request,
                                   const net::ChunkHandler& on_chunk) override {
    return Send(ctx, request, [&](net::HttpClient& client, const net::HttpRequest& with_token) {
      return client.Stream(ctx, with_token, on_chunk);
    });
  }

 private:
  template <class Call>
  Result<net::HttpResponse> Send(const Context& ctx, net::HttpRequest request, const Call& call) {
    VR_ASSIGN_OR_RETURN(const ExecCredential credential, plugin_->Get(ctx));
    VR_ASSIGN_OR_RETURN(const std::shared_ptr<net::HttpClient> client, ClientFor(credential));
    if (!credential.token.empty())
      request.headers.emplace("Authorization", "Bearer " + credential.token);
    Result<net::HttpResponse> response = call(*client, request);
    if (response && response->status == 401) plugin_->Refuse(credential);
    return response;
  }

  // A new certificate needs new connections; calls under way keep the old client.
  Result<std::shared_ptr<net::HttpClient>> ClientFor(const ExecCredential& credential) {
    const std::lock_guard lock(mutex_);
    if (client_ && tls_.cert_data == credential.cert_pem && tls_.key_data == credential.key_pem)
      return client_;
    tls_.cert_data = credential.cert_pem;
    tls_.key_data = credential.key_pem;
    VR_ASSIGN_OR_RETURN(client_, net::MakeCurlHttpClient(tls_, options_));
    return client_;
  }

  const std::shared_ptr<ExecPlugin> plugin_;
  std::mutex mutex_;  // guards tls_ and client_
  net::ClientTlsOptions tls_;
  const net::ClientOptions options_;
  std::shared_ptr<net::HttpClient> client_;
};

}  // namespace

TokenFunction TokenFromFile(const std::filesystem::path& path, Duration max_age) {
  return [file = std::make_shared<TokenFile>(path, max_age)](const Context& ctx) {
    return file->Get(ctx);
  };
}

std::shared_ptr<net::HttpClient> MakeExecHttpClient(std::shared_ptr<ExecPlugin> plugin,
                                                    const net::ClientTlsOptions& tls,
                                                    const net::ClientOptions& options) {
  return std::make_shared<ExecHttpClient>(std::move(plugin), tls, options);
}

}  // namespace vr::kube
