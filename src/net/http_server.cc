#include "net/http_server.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "net/listener.h"

namespace vr::net {
namespace {

constexpr size_t kRefusers = 16;  // connections beyond the limit that are told so at the same time

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler, Listener listener,
       std::shared_ptr<const ServerTlsContext> tls)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        listener_(std::move(listener)),
        deps_{handler_, options_.limits, monitor_, stop_streams_.get_token(),
              stop_requests_.get_token()},
        tls_(std::move(tls)) {
    acceptor_ = std::jthread([this] { AcceptLoop(); });
    ::pthread_setname_np(acceptor_.native_handle(), "http-accept");
  }

  ~Impl() { Stop(Duration::zero()); }

  const std::string& address() const { return listener_.address(); }

  Status SetTls(const ServerTls& tls) {
    VR_ASSIGN_OR_RETURN(auto context, MakeServerTlsContext(tls));
    const std::lock_guard lock(mutex_);
    if (!tls_) return Error{ErrorKind::kInvalidSpec, "this server speaks plain HTTP", {}};
    tls_ = std::move(context);
    return {};
  }

  void Stop(Duration grace) {
    const std::lock_guard one_at_a_time(stop_mutex_);
    stop_reading_.Set();
    if (acceptor_.joinable()) acceptor_.join();
    listener_.Close();
    stop_streams_.request_stop();
    {
      std::unique_lock lock(mutex_);
      SystemClock().WaitUntil(lock, idle_, {}, Context().WithTimeout(grace).deadline(),
                              [this] { return active_ == 0; });
    }
    stop_requests_.request_stop();
    stop_writing_.Set();
    connections_.clear();  // joins; nobody adds any more
  }

 private:
  struct Connection {
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  void AcceptLoop() {
    while (auto accepted = listener_.Accept(stop_reading_)) {
      connections_.remove_if([](const Connection& connection) { return connection.done.load(); });
      size_t active = 0;
      {
        const std::lock_guard lock(mutex_);
        active = active_;
        if (active < options_.max_connections + kRefusers) ++active_;
      }
      if (active >= options_.max_connections + kRefusers) {
        ::close(accepted->fd);
        continue;
      }
      Connection& connection = connections_.emplace_back();
      const bool full = active >= options_.max_connections;
      const int fd = accepted->fd;
      try {
        connection.thread = std::jthread([this, &connection, full, socket = std::move(*accepted)] {
          Run(connection, socket, full);
        });
        ::pthread_setname_np(connection.thread.native_handle(), "http-conn");
      } catch (const std::system_error& error) {  // no more threads for this process
        LogWarn(Context(), "Connection refused", {{"error", error.what()}});
        ::close(fd);
        Forget(connection);
      }
    }
  }

  void Run(Connection& connection, const Accepted& accepted, bool full) {
    PeerIdentity peer{
        .address = accepted.peer, .common_name = {}, .organizations = {}, .dns_names = {}};
    if (auto transport = Open(accepted.fd, peer)) {
      if (full) {
        RefuseConnection(**transport, deps_);
      } else {
        ServeConnection(**transport, peer, deps_);
      }
    } else {
      LogDebug(Context(), "TLS handshake failed",
               {{"peer", peer.address}, {"error", transport.error().message}});
    }
    Forget(connection);
  }

  void Forget(Connection& connection) {
    const std::lock_guard lock(mutex_);
    --active_;
    connection.done = true;
    idle_.notify_all();
  }

  Result<std::unique_ptr<Transport>> Open(int fd, PeerIdentity& peer) {
    auto socket = MakeSocketTransport(fd, {&stop_reading_, &stop_writing_});
    std::shared_ptr<const ServerTlsContext> tls;
    {
      const std::lock_guard lock(mutex_);
      tls = tls_;
    }
    if (!tls) return socket;
    const TimePoint deadline = SystemClock().Now() + options_.limits.header_timeout;
    return tls->Accept(std::move(socket), peer, deadline);
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  Listener listener_;  // of the accept thread; of Stop once that has ended
  WakeEvent stop_reading_;
  WakeEvent stop_writing_;
  std::stop_source stop_streams_;
  std::stop_source stop_requests_;
  HangupMonitor monitor_;
  const ConnectionDeps deps_;

  std::mutex stop_mutex_;  // one Stop at a time; the only lock held with mutex_
  std::mutex mutex_;       // guards active_ and tls_
  std::condition_variable_any idle_;
  size_t active_ = 0;
  std::shared_ptr<const ServerTlsContext> tls_;
  std::list<Connection> connections_;  // of the accept thread; of Stop once that has ended
  std::jthread acceptor_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      HttpHandler handler) {
  std::shared_ptr<const ServerTlsContext> tls;
  if (options.tls) {
    VR_ASSIGN_OR_RETURN(tls, MakeServerTlsContext(*options.tls));
  }
  VR_ASSIGN_OR_RETURN(auto listener, Listener::Open(options.address));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), std::move(listener),
                                     std::move(tls));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

const std::string& HttpServer::address() const { return impl_->address(); }
Status HttpServer::SetTls(const ServerTls& tls) { return impl_->SetTls(tls); }
void HttpServer::Stop(Duration grace) { impl_->Stop(grace); }

}  // namespace vr::net
