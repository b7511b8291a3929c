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
  const bool alive = virConnectIsAlive(connect_.get()) == 1;
  Shared& shared = *owner_->shared_;
  const std::lock_guard lock(shared.mutex);
  if (weight_ == Weight::kBulk) ++shared.free_bulk_slots;
  if (generation_ == shared.generation && shared.connected) {
    shared.idle.push_back(connect_);
    shared.broken = shared.broken || !alive;
  }
  shared.changed.notify_all();
}

Result<Connection::Lease> Connection::Acquire(const Context& ctx, Weight weight) {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  const auto ready = [&] {
    if (!shared.connected) return shared.last_error.has_value();
    return !shared.idle.empty() && (weight == Weight::kLight || shared.free_bulk_slots > 0);
  };
  if (!clock_.WaitUntil(lock, shared.changed, ctx.stop(), ctx.deadline(), ready)) {
    VR_RETURN_IF_ERROR(ctx.Check("wait for the connection to " + options_.uri));
  }
  if (!shared.connected) {
    return shared.last_error ? *shared.last_error
                             : Error{ErrorKind::kUnavailable, "not connected to libvirt", {}};
  }
  if (weight == Weight::kBulk) --shared.free_bulk_slots;
  Lease lease(*this, weight, std::move(shared.idle.back()), shared.generation);
  shared.idle.pop_back();
  return lease;
}

Result<std::shared_ptr<virConnect>> Connection::OpenAnother() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->connected && shared_->last_error) return *shared_->last_error;
  }
  return Open();
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
  return connect;
}

Result<std::vector<std::shared_ptr<virConnect>>> Connection::OpenAll() {
  std::vector<std::shared_ptr<virConnect>> all;
  for (int i = 0; i < options_.max_calls; ++i) {
    VR_ASSIGN_OR_RETURN(auto connect, Open());
    all.push_back(std::move(connect));
  }
  return all;
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

// Gives the connections up; calls that hold one end on their own.
void Connection::Drop(const Error& error) {
  std::vector<std::shared_ptr<virConnect>> old;  // closed when the mutex is free again
  const std::lock_guard lock(shared_->mutex);
  shared_->connected = false;
  ++shared_->generation;
  old.swap(shared_->idle);
  shared_->last_error = error;
  shared_->changed.notify_all();
}

void Connection::Lend(std::vector<std::shared_ptr<virConnect>> more) {
  const std::lock_guard lock(shared_->mutex);
  std::vector<std::shared_ptr<virConnect>>& idle = shared_->idle;
  idle.insert(idle.begin(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
  shared_->connected = true;
  shared_->changed.notify_all();
}

// Opens the connections and lends them to calls until one breaks; says why that is over.
// `was_up` becomes true when all of it had begun well.
Error Connection::Serve(const Context& ctx, const std::stop_token& stop, bool& was_up) {
  VR_ASSIGN_OR_RETURN(std::vector<std::shared_ptr<virConnect>> rest, OpenAll());
  const std::shared_ptr<virConnect> first = std::move(rest.back());
  rest.pop_back();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->broken = false;
  }
  // Not freed by libvirt: it says yes, and forgets the callback, where a driver has no such thing.
  virConnectRegisterCloseCallback(first.get(), OnClosed, shared_.get(), nullptr);
  Lend(std::move(rest));
  const Status begun = on_connected_(first.get());
  if (begun) {
    was_up = true;
    LogInfo(ctx, "connected to libvirt");
    Lend({first});
    WaitUntilBroken(stop);
  }
  virConnectUnregisterCloseCallback(first.get(), OnClosed);
  if (!begun) return begun.error();
  return Error{ErrorKind::kUnavailable,
               "connection to " + options_.uri +
                   (stop.stop_requested() ? " is closed" : " was lost: reconnecting"),
               {}};
}

void Connection::Run(std::stop_token stop) {
  const Context ctx = Context(stop, clock_).WithField("uri", options_.uri);
  const RandomUnit random = MakeRandomUnit();
  for (int failures = 0; !stop.stop_requested();) {
    bool was_up = false;
    const Error error = Serve(ctx, stop, was_up);
    if (was_up) failures = 0;
    Drop(error);
    if (stop.stop_requested()) return;
    on_lost_(error);
    LogWarn(ctx, "no connection to libvirt", {{"error", error.message}});
    clock_.Sleep(stop, BackoffDelay(options_.backoff, ++failures, random));
  }
}

}  // namespace vr::libvirt
