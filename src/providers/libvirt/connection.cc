#include "providers/libvirt/connection.h"

#include <pthread.h>

#include <array>
#include <cstring>

#include "base/log.h"
#include "providers/libvirt/error_map.h"

namespace vr::libvirt {
namespace {

// libvirt asks for what the transport needs; an answer is a malloc'ed copy that it frees.
int AnswerCredentials(virConnectCredentialPtr asked, unsigned count, void* opaque) {
  const auto& options = *static_cast<const ConnectionOptions*>(opaque);
  for (unsigned i = 0; i < count; ++i) {
    const bool name = asked[i].type == VIR_CRED_AUTHNAME || asked[i].type == VIR_CRED_USERNAME;
    const std::string& answer = name ? options.username : options.password;
    if (answer.empty()) return -1;
    asked[i].result = strdup(answer.c_str());
    asked[i].resultlen = static_cast<unsigned>(answer.size());
  }
  return 0;
}

}  // namespace

Connection::Connection(EventLoop&, ConnectionOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), shared_(std::make_shared<Shared>()) {
  shared_->free_slots = options_.max_calls;
  shared_->free_bulk_slots = options_.max_bulk_calls;
}

Connection::~Connection() { Stop(); }

void Connection::Start(ConnectedHook on_connected, LostHook on_lost) {
  on_connected_ = std::move(on_connected);
  on_lost_ = std::move(on_lost);
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
  pthread_setname_np(thread_.native_handle(), "libvirt-connect");
}

void Connection::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

bool Connection::IsLocal() const {
  const size_t authority = options_.uri.find("://");
  if (authority == std::string::npos) return false;
  return options_.uri.compare(authority + 3, 1, "/") == 0;  // no host in the URI
}

Connection::Lease::~Lease() {
  if (owner_ == nullptr) return;
  const std::lock_guard lock(owner_->shared_->mutex);
  ++owner_->shared_->free_slots;
  if (weight_ == Weight::kBulk) ++owner_->shared_->free_bulk_slots;
  owner_->shared_->changed.notify_all();
}

Result<Connection::Lease> Connection::Acquire(const Context& ctx, Weight weight) {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  const auto ready = [&] {
    if (!shared.connect) return shared.last_error.has_value();
    return shared.free_slots > 0 && (weight == Weight::kLight || shared.free_bulk_slots > 0);
  };
  if (!clock_.WaitUntil(lock, shared.changed, ctx.stop(), ctx.deadline(), ready)) {
    VR_RETURN_IF_ERROR(ctx.Check("wait for the connection to " + options_.uri));
  }
  if (!shared.connect) {
    return shared.last_error ? *shared.last_error
                             : Error{ErrorKind::kUnavailable, "not connected to libvirt", {}};
  }
  --shared.free_slots;
  if (weight == Weight::kBulk) --shared.free_bulk_slots;
  return Lease(*this, weight, shared.connect);
}

void Connection::CheckAlive(virConnectPtr connect) {
  if (virConnectIsAlive(connect) == 1) return;
  const std::lock_guard lock(shared_->mutex);
  if (shared_->connect.get() != connect) return;  // already replaced
  shared_->broken = true;
  shared_->changed.notify_all();
}

Result<std::shared_ptr<virConnect>> Connection::Open() {
  std::array<int, 4> types = {VIR_CRED_AUTHNAME, VIR_CRED_USERNAME, VIR_CRED_PASSPHRASE,
                              VIR_CRED_NOECHOPROMPT};
  virConnectAuth auth{types.data(), types.size(), AnswerCredentials,
                      const_cast<ConnectionOptions*>(&options_)};
  std::shared_ptr<virConnect> connect(virConnectOpenAuth(options_.uri.c_str(), &auth, 0),
                                      [shared = shared_](virConnectPtr c) {
                                        // `shared` is what the close callback refers to.
                                        if (c != nullptr) virConnectClose(c);
                                      });
  if (!connect) {
    Error error = LastError("connect to " + options_.uri);
    // Whatever the reason, the hypervisor could not be asked.
    if (error.kind != ErrorKind::kUnauthorized && error.kind != ErrorKind::kInvalidSpec) {
      error.kind = ErrorKind::kUnavailable;
    }
    return error;
  }
  // Drivers without a daemon behind them (test:///) have no keepalive and need none.
  virConnectSetKeepAlive(connect.get(), options_.keepalive_seconds, options_.keepalive_count);
  // Not freed by libvirt: it says yes, and forgets the callback, where a driver has no such thing.
  virConnectRegisterCloseCallback(connect.get(), OnClosed, shared_.get(), nullptr);
  return connect;
}

// Runs on the event loop's thread.
void Connection::OnClosed(virConnectPtr, int, void* opaque) {
  Shared& shared = *static_cast<Shared*>(opaque);
  const std::lock_guard lock(shared.mutex);
  shared.broken = true;
  shared.changed.notify_all();
}

void Connection::WaitUntilBroken(std::stop_token stop) {
  std::unique_lock lock(shared_->mutex);
  clock_.WaitUntil(lock, shared_->changed, std::move(stop), TimePoint::max(),
                   [&] { return shared_->broken; });
}

// Gives the connection up; calls that hold it end on their own.
Error Connection::Drop(std::stop_token stop) {
  const Error error{ErrorKind::kUnavailable,
                    "connection to " + options_.uri +
                        (stop.stop_requested() ? " is closed" : " was lost: reconnecting"),
                    {}};
  std::shared_ptr<virConnect> old;
  {
    const std::lock_guard lock(shared_->mutex);
    old = std::exchange(shared_->connect, nullptr);
    shared_->last_error = error;
    shared_->changed.notify_all();
  }
  if (old) virConnectUnregisterCloseCallback(old.get(), OnClosed);
  return error;
}

void Connection::Run(std::stop_token stop) {
  const Context ctx = Context(stop, clock_).WithField("uri", options_.uri);
  const RandomUnit random = MakeRandomUnit();
  for (int failures = 0; !stop.stop_requested();) {
    auto opened = Open();
    Status ready = opened.status();
    if (opened) {
      {
        const std::lock_guard lock(shared_->mutex);
        shared_->connect = *opened;
        shared_->broken = false;
        shared_->changed.notify_all();
      }
      ready = on_connected_(opened->get());
      opened->reset();
      if (ready) {
        failures = 0;
        LogInfo(ctx, "connected to libvirt");
        WaitUntilBroken(stop);
      }
      Error lost = Drop(stop);
      if (ready) ready = std::move(lost);
    } else {
      const std::lock_guard lock(shared_->mutex);
      shared_->last_error = opened.error();
      shared_->changed.notify_all();
    }
    if (stop.stop_requested()) return;
    on_lost_(ready.error());
    LogWarn(ctx, "no connection to libvirt", {{"error", ready.error().message}});
    clock_.Sleep(stop, BackoffDelay(options_.backoff, ++failures, random));
  }
}

}  // namespace vr::libvirt
