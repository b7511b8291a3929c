#include "sdk/task_runner.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <future>

#include "testing/fake_clock.h"

namespace vr::sdk {
namespace {

class TaskRunnerTest : public ::testing::Test {
 protected:
  // Waits until the task is done, for ten seconds at most.
  rpc::TaskState Finish(const std::string& id) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return done_.contains(id); });
    const auto it = done_.find(id);
    return it == done_.end() ? rpc::TaskState{} : it->second;
  }
  void Listen(TaskRunner& runner) {
    runner.OnChange([this](const std::string& id, const rpc::TaskState& state) {
      const std::lock_guard lock(mutex_);
      if (state.done) done_[id] = state;
      changed_.notify_all();
    });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, rpc::TaskState> done_;
  testing::FakeClock clock_;
};

TEST_F(TaskRunnerTest, GivesTheResultAndTheErrorOfTasks) {
  TaskRunner runner({}, clock_);
  Listen(runner);
  const auto good = runner.Start("vm-1", "", [](const Context&, TaskProgress& progress) {
    progress.Report(50, "half");
    return Result<std::string>("made-1");
  });
  const auto bad = runner.Start("vm-2", "", [](const Context&, TaskProgress&) {
    return Result<std::string>(Error{ErrorKind::kQuotaExceeded, "full", {}});
  });
  ASSERT_TRUE(good.ok() && bad.ok());
  EXPECT_EQ(Finish(good->id).result_id, "made-1");
  EXPECT_EQ(Finish(bad->id).error->kind, ErrorKind::kQuotaExceeded);
  EXPECT_TRUE(runner.State(good->id)->done);
}

TEST_F(TaskRunnerTest, RunsTasksOnThreadsWithNames) {
  TaskRunner runner({.threads = 1}, clock_);
  Listen(runner);
  const auto task = runner.Start("vm-1", "", [](const Context&, TaskProgress&) {
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    return Result<std::string>(name);
  });
  ASSERT_TRUE(task.ok());
  EXPECT_EQ(Finish(task->id).result_id, "task-0");
}

TEST_F(TaskRunnerTest, RunsOneTaskOfAVmAtATime) {
  TaskRunner runner({.threads = 4}, clock_);
  Listen(runner);
  std::promise<void> entered, release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<bool> overlapped = false, inside = false;
  const auto first = runner.Start("vm-1", "", [&](const Context&, TaskProgress&) {
    inside = true;
    entered.set_value();
    released.wait();
    inside = false;
    return Result<std::string>("");
  });
  entered.get_future().wait();
  const auto second = runner.Start("vm-1", "", [&](const Context&, TaskProgress&) {
    overlapped = inside.load();
    return Result<std::string>("");
  });
  const auto other = runner.Start(
      "vm-2", "", [](const Context&, TaskProgress&) { return Result<std::string>("other"); });
  EXPECT_EQ(Finish(other->id).result_id, "other");
  EXPECT_FALSE(runner.State(second->id)->done);
  release.set_value();
  EXPECT_TRUE(Finish(second->id).done);
  EXPECT_FALSE(overlapped);
}

TEST_F(TaskRunnerTest, KeepsThreadsForShortTasksHoweverManyLongOnesThereAre) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> running = 0;
  TaskRunner runner({.threads = 3, .kept_for_short = 1}, clock_);
  Listen(runner);
  std::vector<std::string> creates;
  for (int i = 0; i < 5; ++i) {
    creates.push_back(runner
                          .Start(
                              "vm-" + std::to_string(i), "",
                              [&](const Context&, TaskProgress&) {
                                ++running;
                                released.wait();
                                return Result<std::string>("");
                              },
                              TaskLength::kLong)
                          ->id);
  }
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>("gone"); };
  EXPECT_EQ(Finish(runner.Start("vm-9", "", quick)->id).result_id, "gone");
  const auto behind = runner.Start("vm-4", "", quick);  // its creation waits, and comes first
  EXPECT_EQ(Finish(runner.Start("vm-8", "", quick)->id).result_id, "gone");
  EXPECT_FALSE(runner.State(behind->id)->done);
  EXPECT_LE(running, 2);
  release.set_value();
  for (const std::string& id : creates) EXPECT_TRUE(Finish(id).done);
  EXPECT_EQ(Finish(behind->id).result_id, "gone");
}

TEST_F(TaskRunnerTest, RunsLongTasksOnASingleThread) {
  TaskRunner runner({.threads = 1}, clock_);
  Listen(runner);
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>(""); };
  EXPECT_TRUE(Finish(runner.Start("vm-1", "", quick, TaskLength::kLong)->id).done);
  EXPECT_TRUE(Finish(runner.Start("vm-2", "", quick, TaskLength::kLong)->id).done);
}

TEST_F(TaskRunnerTest, RepeatsTheFirstAnswerForTheSameKeyButRunsAFailedOneAgain) {
  TaskRunner runner({}, clock_);
  Listen(runner);
  std::atomic<int> runs = 0;
  const auto start = [&](bool fail) {
    return runner.Start("vm-1", "key-1", [&runs, fail](const Context&, TaskProgress&) {
      ++runs;
      if (fail) return Result<std::string>(Error{ErrorKind::kRetryable, "no", {}});
      return Result<std::string>("ok");
    });
  };
  const auto failed = start(true);
  EXPECT_TRUE(Finish(failed->id).error.has_value());
  const auto again = start(false);
  EXPECT_NE(again->id, failed->id);
  EXPECT_EQ(Finish(again->id).result_id, "ok");
  EXPECT_EQ(start(false)->id, again->id);
  EXPECT_EQ(runs, 2);
}

TEST_F(TaskRunnerTest, RunsARepeatedKeyAgainWhenALaterTaskOfTheVmCameBetween) {
  TaskRunner runner({}, clock_);
  Listen(runner);
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>(""); };
  const auto created = runner.Start("vm-1", "create-1", quick);
  Finish(created->id);
  Finish(runner.Start("vm-2", "", quick)->id);
  EXPECT_EQ(runner.Start("vm-1", "create-1", quick)->id, created->id);
  Finish(runner.Start("vm-1", "delete-1", quick)->id);
  const auto again = runner.Start("vm-1", "create-1", quick);
  EXPECT_NE(again->id, created->id);
  EXPECT_EQ(runner.Start("vm-1", "create-1", quick)->id, again->id);
}

TEST_F(TaskRunnerTest, ForgettingAnOldFailedTaskKeepsTheKeyOfItsRepetition) {
  TaskRunner runner({}, clock_);
  Listen(runner);
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>(""); };
  const auto failed = runner.Start("vm-1", "key-1", [](const Context&, TaskProgress&) {
    return Result<std::string>(Error{ErrorKind::kRetryable, "no", {}});
  });
  Finish(failed->id);
  clock_.Advance(std::chrono::minutes(30));
  const auto again = runner.Start("vm-1", "key-1", quick);
  Finish(again->id);
  clock_.Advance(std::chrono::minutes(31));  // the failed one is forgotten, the other is not
  EXPECT_EQ(runner.Start("vm-1", "key-1", quick)->id, again->id);
  EXPECT_EQ(runner.State(failed->id).error().kind, ErrorKind::kNotFound);
}

TEST_F(TaskRunnerTest, CancelStopsTheContextOfARunningTask) {
  TaskRunner runner({}, SystemClock());
  Listen(runner);
  const auto task = runner.Start("vm-1", "", [](const Context& ctx, TaskProgress&) {
    const Status slept = ctx.Sleep(std::chrono::hours(1));
    return Result<std::string>(slept.error());
  });
  ASSERT_TRUE(runner.Cancel(task->id).ok());
  EXPECT_EQ(Finish(task->id).error->kind, ErrorKind::kCancelled);
  EXPECT_EQ(runner.Cancel("nope").error().kind, ErrorKind::kNotFound);
}

TEST_F(TaskRunnerTest, RemembersATaskFromTheMomentThatItIsDone) {
  TaskRunner runner({}, clock_);
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>("made"); };
  // The listener runs between the end of the task and the worker's last look at it.
  runner.OnChange([&](const std::string&, const rpc::TaskState& state) {
    if (state.done && state.result_id == "made")
      (void)runner.Start(
          "", "", [](const Context&, TaskProgress&) { return Result<std::string>("follower"); });
  });
  Listen(runner);
  const auto task = runner.Start("vm-1", "", quick);
  EXPECT_TRUE(Finish(task->id).done);
  EXPECT_EQ(runner.State(task->id)->result_id, "made");
}

TEST_F(TaskRunnerTest, SaysThatATaskOfAnEarlierRunWasInterrupted) {
  std::string id;
  {
    TaskRunner runner({}, clock_);
    id = runner
             .Start("vm-1", "",
                    [](const Context&, TaskProgress&) { return Result<std::string>(""); })
             ->id;
  }
  TaskRunner next({}, clock_);
  const auto state = next.State(id);
  ASSERT_TRUE(state.ok());
  EXPECT_TRUE(state->done);
  EXPECT_EQ(state->error->kind, ErrorKind::kRetryable);
  EXPECT_EQ(next.State("nonsense").error().kind, ErrorKind::kNotFound);
}

TEST_F(TaskRunnerTest, ForgetsFinishedTasksAfterAnHour) {
  TaskRunner runner({}, clock_);
  Listen(runner);
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>(""); };
  const auto old = runner.Start("vm-1", "", quick);
  Finish(old->id);
  clock_.Advance(std::chrono::hours(2));
  const auto next = runner.Start("vm-1", "", quick);  // waits behind the first one's last words
  Finish(next->id);
  const auto last = runner.Start("vm-1", "", quick);
  Finish(last->id);
  EXPECT_TRUE(runner.State(last->id).ok());
}

TEST_F(TaskRunnerTest, RefusesMoreThanItCanQueue) {
  TaskRunner runner({.threads = 0, .max_queued = 1}, clock_);
  const auto quick = [](const Context&, TaskProgress&) { return Result<std::string>(""); };
  EXPECT_TRUE(runner.Start("vm-1", "", quick).ok());
  EXPECT_EQ(runner.Start("vm-2", "", quick).error().kind, ErrorKind::kQuotaExceeded);
}

TEST_F(TaskRunnerTest, ATaskThatThrowsFailsAlone) {
  TaskRunner runner({}, clock_);
  Listen(runner);
  const auto task =
      runner.Start("vm-1", "", [](const Context&, TaskProgress&) -> Result<std::string> {
        throw std::runtime_error("boom");
      });
  EXPECT_EQ(Finish(task->id).error->kind, ErrorKind::kInternal);
}

}  // namespace
}  // namespace vr::sdk
