// Eventually: waits for what another thread is about to do.
#pragma once

#include <chrono>
#include <thread>

namespace vr::testing {

// True as soon as `ready` is; false after ten real seconds.
template <class Ready>
bool Eventually(Ready ready) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!ready()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace vr::testing
