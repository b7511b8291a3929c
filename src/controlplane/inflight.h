// InflightLimiter: how many requests run at once, and how many of them are one user's.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace vr::controlplane {

enum class RequestClass { kRead, kWrite, kWatch };

// Thread-safe.
class InflightLimiter {
 public:
  struct Limits {
    size_t reads = 100;
    size_t writes = 100;
    size_t watches = 300;
    // Of each class, in percent, for one user: a client that runs wild leaves room for others.
    size_t share = 60;
  };
  explicit InflightLimiter(Limits limits) : limits_(limits) {}
  InflightLimiter(const InflightLimiter&) = delete;
  InflightLimiter& operator=(const InflightLimiter&) = delete;

  // A place among the running requests, given back on destruction.
  class Slot {
   public:
    Slot(InflightLimiter& limiter, RequestClass of, std::string user)
        : limiter_(&limiter), class_(of), user_(std::move(user)) {}
    Slot(Slot&& other) noexcept
        : limiter_(std::exchange(other.limiter_, nullptr)),
          class_(other.class_),
          user_(std::move(other.user_)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (limiter_ != nullptr) limiter_->Release(class_, user_);
    }

   private:
    InflightLimiter* limiter_;
    RequestClass class_;
    std::string user_;
  };

  // Nothing if there is no place: the client has to try again later.
  std::optional<Slot> Enter(RequestClass of, const std::string& user);

 private:
  struct Class {
    size_t all = 0;
    std::map<std::string, size_t> by_user;  // users without requests are not in it
  };
  size_t Limit(RequestClass of) const;
  void Release(RequestClass of, const std::string& user);

  const Limits limits_;
  std::mutex mutex_;
  std::map<RequestClass, Class> classes_;
};

}  // namespace vr::controlplane
