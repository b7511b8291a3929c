#include "controllers/provider/output_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vr::controllers {

Result<std::unique_ptr<OutputPump>> OutputPump::Start(const std::filesystem::path& log,
                                                      const std::string& name) {
  VR_ASSIGN_OR_RETURN(std::unique_ptr<RotatingLog> file, RotatingLog::Open(log));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Error{ErrorKind::kUnavailable, std::string("make a pipe: ") + std::strerror(errno), {}};
  std::unique_ptr<OutputPump> pump(new OutputPump(std::move(file), ends[0], ends[1]));
  (void)::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // our end alone; the child's blocks
  pump->thread_ = std::jthread([pump = pump.get(), name] {
    pthread_setname_np(pthread_self(), ("log-" + name).substr(0, 15).c_str());
    pump->Copy();
  });
  return pump;
}

OutputPump::~OutputPump() {
  CloseInput();
  Finish();
  ::close(output_);
}

void OutputPump::CloseInput() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

void OutputPump::Finish() {
  finish_.Set();
  if (thread_.joinable()) thread_.join();
}

void OutputPump::Copy() {
  while (true) {
    pollfd ready[] = {{output_, POLLIN, 0}, {finish_.fd(), POLLIN, 0}};
    ::poll(ready, 2, -1);
    const bool last = finish_.is_set();  // asked first: what was written before is copied
    if (!Drain() || last) return;
  }
}

bool OutputPump::Drain() {
  char buffer[16 << 10];
  // Bounded, so that somebody who prints without end cannot keep us from finishing.
  for (int rounds = 0; rounds < 64; ++rounds) {
    const ssize_t size = ::read(output_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    log_->Write({buffer, static_cast<size_t>(size)});
  }
  return true;
}

}  // namespace vr::controllers
