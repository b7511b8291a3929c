// A manager for the tests of `vrtg up`: it becomes ready and ends on SIGTERM, unless
// FAKE_MANAGER_MODE says die (at once, exit code 3), refuse (the same with 2, and when asked for
// its version), stubborn (ignores SIGTERM), slow (never ready) or hang (takes connections and never
// answers).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
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

// On a free port of loopback.
int Listen(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  listen(fd, 16);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

// Says "ok" to whatever is asked.
void Answer(int listener) {
  static const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const int peer = accept(listener, nullptr, nullptr);
  char request[4096];
  const bool asked = read(peer, request, sizeof request) > 0;
  if (asked && write(peer, ok.data(), ok.size()) < 0) std::cerr << "nobody listens" << std::endl;
  close(peer);
}

// Serves until SIGTERM, and for ever if it is stubborn.
void Serve(const std::string& mode, const sigset_t& signals, int listener) {
  const int stop = signalfd(-1, &signals, SFD_CLOEXEC);
  while (true) {
    pollfd items[] = {{stop, POLLIN, 0}, {mode == "hang" ? -1 : listener, POLLIN, 0}};
    poll(items, 2, -1);
    if (items[1].revents != 0) Answer(listener);
    if (items[0].revents == 0) continue;
    signalfd_siginfo info{};
    if (read(stop, &info, sizeof info) > 0 && mode != "stubborn") {
      std::cout << "fake manager ends on signal " << info.ssi_signo << std::endl;
      return;
    }
  }
}

void WriteReady(const std::string& path, int port) {
  const std::string part = path + ".part";
  std::ofstream(part) << "{\"pid\": " << getpid() << ", \"operations\": \"http://127.0.0.1:" << port
                      << "\"}\n";
  std::filesystem::rename(part, path);
}

int Refuse() {
  std::cerr << "fake manager: LOG_LEVEL is 'banana'" << std::endl;
  return 2;
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
    if (std::string(argv[i]) == "--version") return mode == "refuse" ? Refuse() : 0;
  }
  std::cout << std::endl;
  if (mode == "die") {
    std::cerr << "cannot go on" << std::endl;
    return 3;
  }
  if (mode == "refuse") return Refuse();
  int port = 0;
  const int listener = Listen(port);
  if (mode != "slow") WriteReady(ready, port);
  Serve(mode, signals, listener);
  return 0;
}
