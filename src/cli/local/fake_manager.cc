// A manager for the tests of `vrtg up`: it becomes ready and ends on SIGTERM, unless
// FAKE_MANAGER_MODE says die (at once, exit code 3), stubborn (ignores SIGTERM) or slow (never
// ready).
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void WriteReady(const std::string& path) {
  const std::string part = path + ".part";
  std::ofstream(part) << "{\"pid\": " << getpid()
                      << ", \"operations\": \"http://127.0.0.1:4711\"}\n";
  std::filesystem::rename(part, path);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = Variable("FAKE_MANAGER_MODE");
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::string ready;
  std::cout << "fake manager, parent " << Variable("VIRTRIGAUD_PARENT_PID") << ", arguments:";
  for (int i = 1; i < argc; ++i) {
    std::cout << " " << argv[i];
    if (std::string(argv[i]) == "--ready-file" && i + 1 < argc) ready = argv[i + 1];
  }
  std::cout << std::endl;
  if (mode == "die") {
    std::cerr << "cannot go on" << std::endl;
    return 3;
  }
  if (mode != "slow") WriteReady(ready);
  int number = 0;
  do {
    sigwait(&signals, &number);
  } while (mode == "stubborn");
  std::cout << "fake manager ends on signal " << number << std::endl;
  return 0;
}
