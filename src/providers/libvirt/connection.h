// The connections to one libvirt daemon: kept alive, reopened when lost, never overloaded.
#pragma once

#include <libvirt/libvirt.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/context.h"
#include "base/result.h"
#include "providers/libvirt/event_loop.h"

namespace vr::libvirt {

struct ConnectionOptions {
  std::string uri = "qemu:///system";
  std::string username;  // for connections that ask (SASL); may be empty
  std::string password;
  int keepalive_seconds = 5;
  unsigned keepalive_count = 3;
  int max_calls = 5;       // at a time; a connection is opened for each
  int max_bulk_calls = 2;  // of these; see CallBulk
  BackoffPolicy backoff = {};
};

// Thread-safe. One thread of its own opens and reopens the connections.
//
// Every call has a connection to itself. On a shared one the client library (seen with 9.0) may
// keep a second call unsent for as long as the first one takes, up to the next keepalive: whoever
// asks about a VM would wait for another one whose QEMU hangs.
class Connection {
 public:
  using ConnectedHook = std::function<Status(virConnectPtr)>;
  using LostHook = std::function<void(const Error&)>;

  Connection(EventLoop& loop, ConnectionOptions options, const Clock& clock);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins to connect. The hooks run on the connection's thread: after each successful opening,
  // with a connection that no call uses before the hook returns (an error of it closes all again),
  // and when a connection is lost or cannot be opened.
  void Start(ConnectedHook on_connected, LostHook on_lost);
  void Stop();

  const std::string& uri() const { return options_.uri; }
  bool IsLocal() const;  // the daemon runs on this machine

  // Runs `call` with a connection, when one is free. kUnavailable while there is none; only the
  // first attempt to connect is waited for. `call` does not wait for anything but libvirt.
  template <class F>
  std::invoke_result_t<F, virConnectPtr> Call(const Context& ctx, F&& call) {
    return CallWith(ctx, Weight::kLight, std::forward<F>(call));
  }
  // The same for calls that take minutes because they go through whole images or pools. Only some
  // of the connections are for them: all other calls go on meanwhile.
  template <class F>
  std::invoke_result_t<F, virConnectPtr> CallBulk(const Context& ctx, F&& call) {
    return CallWith(ctx, Weight::kBulk, std::forward<F>(call));
  }

  // One more connection, for a stream that its owner feeds over many calls. kUnavailable while the
  // others are lost. Waits for a daemon that takes connections and does not answer, however long.
  Result<std::shared_ptr<virConnect>> OpenAnother();

 private:
  enum class Weight { kLight, kBulk };
  class Lease {
   public:
    Lease(Connection& owner, Weight weight, std::shared_ptr<virConnect> connect,
          uint64_t generation)
        : owner_(&owner), weight_(weight), connect_(std::move(connect)), generation_(generation) {}
    Lease(Lease&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)),
          weight_(other.weight_),
          connect_(std::move(other.connect_)),
          generation_(other.generation_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    virConnectPtr get() const { return connect_.get(); }

   private:
    Connection* owner_;
    Weight weight_;
    std::shared_ptr<virConnect> connect_;
    uint64_t generation_;
  };
  // What libvirt's close callback may touch after this object is gone.
  struct Shared {
    std::mutex mutex;  // guards all below
    std::condition_variable_any changed;
    bool connected = false;
    std::vector<std::shared_ptr<virConnect>> idle;  // those that no call uses
    uint64_t generation = 0;          // of the opened connections; a call may return an older one
    std::optional<Error> last_error;  // of the last attempt; empty before the first has ended
    bool broken = false;
    int free_bulk_slots = 0;
  };

  static void OnClosed(virConnectPtr, int reason, void* opaque);
  template <class F>
  std::invoke_result_t<F, virConnectPtr> CallWith(const Context& ctx, Weight weight, F&& call) {
    VR_ASSIGN_OR_RETURN(const Lease lease, Acquire(ctx, weight));
    return call(lease.get());
  }
  Result<Lease> Acquire(const Context& ctx, Weight weight);
  void Run(std::stop_token stop);
  Result<std::shared_ptr<virConnect>> Open();
  Result<std::vector<std::shared_ptr<virConnect>>> OpenAll();
  void Lend(std::vector<std::shared_ptr<virConnect>> more);
  Error Serve(const Context& ctx, const std::stop_token& stop, bool& was_up);
  void WaitUntilBroken(std::stop_token stop);
  void Drop(const Error& error);

  const ConnectionOptions options_;
  const Clock& clock_;
  const std::shared_ptr<Shared> shared_;
  ConnectedHook on_connected_;
  LostHook on_lost_;
  std::jthread thread_;
};

}  // namespace vr::libvirt
