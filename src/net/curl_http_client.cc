#include "net/curl_http_client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include "base/text.h"
#include "net/url.h"

namespace vr::net {
namespace {

constexpr std::chrono::milliseconds kLongestPoll(1000);  // a context's clock may be a fake one

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, ListDeleter>;

// What libcurl reads until the transfer has ended.
struct Lists {
  CurlList headers;
  CurlList connect_to;
};

// One easy handle with the multi handle that keeps its connections. Used by one call at a time.
struct Session {
  std::unique_ptr<CURLM, MultiDeleter> multi{curl_multi_init()};
  std::unique_ptr<CURL, EasyDeleter> easy{curl_easy_init()};  // destroyed before multi
};

// What the callbacks collect while libcurl runs.
struct Transfer {
  HttpResponse response;
  std::string pending;  // body bytes not yet handed on
  TransferLimits limits;
  int64_t received = 0;
  std::array<char, CURL_ERROR_SIZE> error{};
};

size_t OnBody(char* data, size_t size, size_t count, void* transfer) {
  static_cast<Transfer*>(transfer)->pending.append(data, size * count);
  return size * count;
}

size_t OnHeader(char* data, size_t size, size_t count, void* transfer) {
  auto& response = static_cast<Transfer*>(transfer)->response;
  const std::string_view line(data, size * count);
  if (line.substr(0, 5) == "HTTP/") {
    response.headers.clear();  // the head before was "100 Continue" or a proxy's
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    response.headers.emplace(line.substr(0, colon), Trimmed(line.substr(colon + 1)));
  }
  return size * count;
}

ErrorKind KindOf(CURLcode code, std::string_view detail) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return ErrorKind::kUnauthorized;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorKind::kInvalidSpec;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_FAILED_INIT:
      return ErrorKind::kInternal;
    default:  // the server refused our certificate: OpenSSL reports its TLS alert as text only
      return detail.find("alert") != std::string_view::npos ? ErrorKind::kUnauthorized
                                                            : ErrorKind::kUnavailable;
  }
}

void SetBlob(CURL* easy, CURLoption option, const std::string& data) {
  curl_blob blob{const_cast<char*>(data.data()), data.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy, option, &blob);
}

class CurlHttpClient final : public HttpClient {
 public:
  CurlHttpClient(ClientTlsOptions tls, ClientOptions options)
      : tls_(std::move(tls)), options_(std::move(options)) {}

  Result<HttpResponse> Do(const Context& ctx, const HttpRequest& request) override {
    return Perform(ctx, request, nullptr);
  }
  Result<HttpResponse> Stream(const Context& ctx, const HttpRequest& request,
                              const ChunkHandler& on_chunk) override {
    return Perform(ctx, request, &on_chunk);
  }

 private:
  Result<HttpResponse> Perform(const Context& ctx, const HttpRequest& request,
                               const ChunkHandler* on_chunk) {
    const std::string what =
        request.method + " " + request.url.substr(0, request.url.find_first_of("?#"));
    VR_RETURN_IF_ERROR(ctx.Check(what));
    auto session = Take();
    if (!session->easy || !session->multi) {
      return Error{ErrorKind::kInternal, what + ": libcurl has no memory", {}};
    }
    Transfer transfer;
    transfer.limits = request.limits;
    const Lists lists = Prepare(session->easy.get(), request, transfer);
    curl_multi_add_handle(session->multi.get(), session->easy.get());
    const Status status = Run(ctx, *session, transfer, on_chunk, what);
    curl_multi_remove_handle(session->multi.get(), session->easy.get());
    curl_easy_reset(session->easy.get());
    GiveBack(std::move(session));
    if (!status) return status.error();
    return std::move(transfer.response);
  }

  // Drives the transfer to its end. A stop wakes the poll.
  Status Run(const Context& ctx, const Session& session, Transfer& transfer,
             const ChunkHandler* on_chunk, const std::string& what) const {
    CURLM* multi = session.multi.get();
    const std::stop_callback wake(ctx.stop(), [multi] { curl_multi_wakeup(multi); });
    for (int running = 1;;) {
      if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK) {
        return Error{ErrorKind::kInternal, what + ": " + curl_multi_strerror(code), {}};
      }
      VR_RETURN_IF_ERROR(HandOn(session.easy.get(), transfer, on_chunk, what));
      if (running == 0) return Outcome(session, transfer, what);
      VR_RETURN_IF_ERROR(ctx.Check(what));
      const auto wait = std::clamp<Duration>(ctx.Remaining(), std::chrono::milliseconds(1),
                                             Duration(kLongestPoll));
      const auto ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
      curl_multi_poll(multi, nullptr, 0, static_cast<int>(ms), nullptr);
    }
  }

  // Passes on the body bytes that came in, on the caller's thread and outside libcurl.
  Status HandOn(CURL* easy, Transfer& transfer, const ChunkHandler* on_chunk,
                const std::string& what) const {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    if (transfer.pending.empty()) return {};
    const std::string chunk = std::exchange(transfer.pending, {});
    transfer.received += static_cast<int64_t>(chunk.size());
    if (transfer.limits.max_bytes > 0 && transfer.received > transfer.limits.max_bytes) {
      return TooLarge(transfer, what);
    }
    if (on_chunk && status < 300) return (*on_chunk)(chunk);
    if (transfer.response.body.size() + chunk.size() > options_.max_response_bytes) {
      return Error{ErrorKind::kUnavailable, what + ": the answer is larger than allowed", {}};
    }
    transfer.response.body += chunk;
    return {};
  }

  static Error TooLarge(const Transfer& transfer, const std::string& what) {
    return Error{ErrorKind::kQuotaExceeded,
                 what + ": the answer is larger than the " +
                     std::to_string(transfer.limits.max_bytes) + " bytes that there is room for",
                 {}};
  }

  static Status Outcome(const Session& session, const Transfer& transfer, const std::string& what) {
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(session.multi.get(), &left);
    if (message == nullptr || message->msg != CURLMSG_DONE) {
      return Error{ErrorKind::kInternal, what + ": libcurl gave no result", {}};
    }
    const CURLcode code = message->data.result;
    if (code == CURLE_OK) return {};
    if (code == CURLE_FILESIZE_EXCEEDED) return TooLarge(transfer, what);
    curl_off_t connected = 0;  // before that, a time-out means that nobody answers
    curl_easy_getinfo(session.easy.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (code == CURLE_OPERATION_TIMEDOUT && connected > 0) {
      return Error{ErrorKind::kTimeout,
                   what + ": less than " + std::to_string(transfer.limits.min_bytes_per_second) +
                       " bytes per second came in for " +
                       std::to_string(transfer.limits.patience.count()) + " seconds",
                   {}};
    }
    const std::string detail =
        transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    return Error{KindOf(code, detail), what + ": " + detail, {}};
  }

  Lists Prepare(CURL* easy, const HttpRequest& request, Transfer& transfer) const {
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());
    curl_easy_setopt(
        easy, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(
            std::chrono::ceil<std::chrono::milliseconds>(options_.connect_timeout).count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
    PrepareLimits(easy, request.limits);
    PrepareMethod(easy, request);
    PrepareTls(easy);
    Lists lists;
    CurlList& list = lists.headers;
    list.reset(curl_slist_append(nullptr, "Expect:"));  // no round trip before a body
    for (const auto& [name, value] : request.headers) {
      const std::string line = value.empty() ? name + ";" : name + ": " + value;
      list.reset(curl_slist_append(list.release(), line.c_str()));
    }
    if (!tls_.server_name.empty()) PrepareServerName(easy, request, lists);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
    return lists;
  }

  // libcurl verifies the name in the URL. So the URL gets the name that the certificate has, and
  // the connection goes to the URL's own host, which also stays in the Host header.
  void PrepareServerName(CURL* easy, const HttpRequest& request, Lists& lists) const {
    const Result<Url> url = ParseUrl(request.url);
    if (!url || url->scheme != "https") return;
    Url named = *url;
    named.host = tls_.server_name;
    curl_easy_setopt(easy, CURLOPT_URL, named.ToString().c_str());
    lists.connect_to.reset(curl_slist_append(nullptr, ("::" + url->Authority()).c_str()));
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, lists.connect_to.get());
    if (request.headers.contains("Host")) return;
    const std::string host = "Host: " + url->Authority();
    lists.headers.reset(curl_slist_append(lists.headers.release(), host.c_str()));
  }

  static void PrepareLimits(CURL* easy, const TransferLimits& limits) {
    if (limits.min_bytes_per_second > 0) {
      curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT,
                       static_cast<long>(limits.min_bytes_per_second));
      curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.patience.count()));
    }
    // By Content-Length; what comes without one is counted by HandOn.
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_bytes));
  }

  static void PrepareMethod(CURL* easy, const HttpRequest& request) {
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
      return;
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  void PrepareTls(CURL* easy) const {
    if (tls_.insecure_skip_verify) {
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!tls_.ca_data.empty()) {
      SetBlob(easy, CURLOPT_CAINFO_BLOB, tls_.ca_data);
    } else if (!tls_.ca_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAINFO, tls_.ca_file.c_str());
    }
    if (!tls_.cert_data.empty()) {
      SetBlob(easy, CURLOPT_SSLCERT_BLOB, tls_.cert_data);
    } else if (!tls_.cert_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_SSLCERT, tls_.cert_file.c_str());
    }
    if (!tls_.key_data.empty()) {
      SetBlob(easy, CURLOPT_SSLKEY_BLOB, tls_.key_data);
    } else if (!tls_.key_file.empty()) {
      curl_easy_setopt(easy, CURLOPT_SSLKEY, tls_.key_file.c_str());
    }
  }

  std::unique_ptr<Session> Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Session>();
    auto session = std::move(idle_.back());  // the last one used: its connection is the freshest
    idle_.pop_back();
    return session;
  }

  void GiveBack(std::unique_ptr<Session> session) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < options_.max_idle_sessions) idle_.push_back(std::move(session));
  }

  const ClientTlsOptions tls_;
  const ClientOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;  // guarded by mutex_
};

Status CheckReadable(std::string_view what, const std::string& file, const std::string& data) {
  if (file.empty() || !data.empty() || ::access(file.c_str(), R_OK) == 0) return {};
  return Error{ErrorKind::kInvalidSpec, std::string(what) + " '" + file + "' cannot be read", {}};
}

Status InitCurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code == CURLE_OK) return {};
  return Error{ErrorKind::kInternal, std::string("start libcurl: ") + curl_easy_strerror(code), {}};
}

}  // namespace

Result<std::shared_ptr<HttpClient>> MakeCurlHttpClient(const ClientTlsOptions& tls) {
  return MakeCurlHttpClient(tls, ClientOptions{});
}

Result<std::shared_ptr<HttpClient>> MakeCurlHttpClient(const ClientTlsOptions& tls,
                                                       const ClientOptions& options) {
  VR_RETURN_IF_ERROR(InitCurl());
  const bool has_cert = !tls.cert_data.empty() || !tls.cert_file.empty();
  const bool has_key = !tls.key_data.empty() || !tls.key_file.empty();
  if (has_cert != has_key) {
    return Error{
        ErrorKind::kInvalidSpec, "a client certificate and its key must be given together", {}};
  }
  VR_RETURN_IF_ERROR(CheckReadable("CA file", tls.ca_file, tls.ca_data));
  VR_RETURN_IF_ERROR(CheckReadable("client certificate file", tls.cert_file, tls.cert_data));
  VR_RETURN_IF_ERROR(CheckReadable("client key file", tls.key_file, tls.key_data));
  return std::shared_ptr<HttpClient>(std::make_shared<CurlHttpClient>(tls, options));
}

}  // namespace vr::net
