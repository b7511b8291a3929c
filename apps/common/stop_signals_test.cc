#include "common/stop_signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace vr::apps {
namespace {

// Exit code of a process of its own, which stops all on its own or by a signal (then 128 + its
// number).
int InProcess(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body());
  }
  int state = 0;
  waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

void WaitFor(const std::stop_token& token) {
  std::atomic<bool> asked = false;
  const std::stop_callback callback(token, [&] {
    asked = true;
    asked.notify_all();
  });
  asked.wait(false);
}

TEST(StopSignals, TurnsASignalIntoAStop) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EQ(InProcess([number] {
                const StopSignals signals(StopSignals::Second::kIsIgnored);
                kill(getpid(), number);
                WaitFor(signals.token());
                return 7;
              }),
              7);
  }
}

TEST(StopSignals, EndsTheProcessAtTheSecondSignalWhereAsked) {
  EXPECT_EQ(InProcess([] {
              const StopSignals signals(StopSignals::Second::kEndsTheProcess);
              kill(getpid(), SIGINT);
              WaitFor(signals.token());
              kill(getpid(), SIGINT);
              while (true) pause();
              return 0;
            }),
            130);
}

TEST(StopSignals, LeavesAHangUpIgnoredThatWasIgnored) {
  EXPECT_EQ(InProcess([] {
              signal(SIGHUP, SIG_IGN);
              const StopSignals signals(StopSignals::Second::kIsIgnored);
              kill(getpid(), SIGHUP);
              return signals.token().stop_requested() ? 1 : 0;
            }),
            0);
}

TEST(StopSignals, MakesAGoneReaderAnErrorOfTheWrite) {
  EXPECT_EQ(InProcess([] {
              const StopSignals signals(StopSignals::Second::kIsIgnored);
              int ends[2];
              if (pipe(ends) != 0) return 1;
              close(ends[0]);
              return write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2;
            }),
            0);
}

TEST(StopSignals, EndsWithoutASignal) {
  EXPECT_EQ(InProcess([] {
              const StopSignals signals(StopSignals::Second::kIsIgnored);
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace vr::apps
