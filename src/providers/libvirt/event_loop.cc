#include "providers/libvirt/event_loop.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <signal.h>

#include <mutex>

namespace vr::libvirt {
namespace {

void Ignore(void*, virErrorPtr) {}

// libvirt keeps its event implementation and error function per process.
void RegisterOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    // libvirt writes to its sockets without MSG_NOSIGNAL: a daemon that is killed must not end us.
    signal(SIGPIPE, SIG_IGN);
    virInitialize();
    virSetErrorFunc(nullptr, Ignore);  // errors are returned; libvirt would also print them
    virEventRegisterDefaultImpl();
  });
}

}  // namespace

EventLoop::EventLoop() {
  RegisterOnce();
  wake_up_ = virEventAddTimeout(
      -1, [](int timer, void*) { virEventUpdateTimeout(timer, -1); }, nullptr, nullptr);
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "libvirt-events");
}

EventLoop::~EventLoop() {
  stopping_ = true;
  virEventUpdateTimeout(wake_up_, 0);
  thread_.join();
  virEventRemoveTimeout(wake_up_);
}

void EventLoop::Run() {
  while (!stopping_) virEventRunDefaultImpl();
}

}  // namespace vr::libvirt
