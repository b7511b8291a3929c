// The commands as a user types them, against an API server.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/exit_code.h"
#include "cli/resources.h"
#include "cli/vrtg/app.h"
#include "testing/fake_clock.h"
#include "testing/in_memory_control_plane.h"
#include "testing/temp_folder.h"

namespace vr::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    env_.home = folder_.path();
    env_.connect = [this](const Env&) -> Result<Connection> {
      return Connection{.client = {std::shared_ptr<void>(), &plane_.client()}};
    };
  }

  int Run(std::vector<std::string> words) {
    out_.str("");
    err_.str("");
    return RunVrtg(env_, std::move(words));
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    return (folder_.path() / name).string();
  }
  void MakeVm(const std::string& name, const Json& more = Json::object()) {
    Json vm = {{"apiVersion", "infra.virtrigaud.io/v1beta1"},
               {"kind", "VirtualMachine"},
               {"metadata", {{"name", name}, {"labels", {{"app", "web"}}}}},
               {"spec",
                {{"providerRef", {{"name", "lab"}}},
                 {"classRef", {{"name", "small"}}},
                 {"imageRef", {{"name", "tiny"}}}}}};
    vm.merge_patch(more);
    const auto made = plane_.Create(vm);
    ASSERT_TRUE(made.ok()) << made.error().message;
  }
  Json Vm(const std::string& name) {
    const auto vm = plane_.Get(VirtualMachineType(), {"default", name});
    return vm ? *vm : Json();
  }
  std::vector<std::string> Create(std::vector<std::string> more) const {
    std::vector<std::string> words = {"vm", "create", "d1", "--class", "small", "--image", "tiny"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  vr::testing::TempFolder folder_;
  vr::testing::FakeClock clock_;
  vr::testing::InMemoryControlPlane plane_{clock_};
  std::istringstream in_;
  std::ostringstream out_, err_;
  std::stop_source stop_;
  Env env_{.in = in_, .out = out_, .err = err_, .stop = stop_.get_token(), .clock = clock_};
};

TEST_F(CommandsTest, CreateRefusesUserDataThatIsNoText) {
  const std::string binary = Write("binary",
                                   "\x7f"
                                   "ELF\xff");
  EXPECT_EQ(Run(Create({"--provider", "lab", "--user-data", binary})), 3);
  EXPECT_EQ(err_.str(), "error: --user-data " + binary + ": not text (UTF-8)\n");
  EXPECT_EQ(Run(Create({"--provider", "lab", "--user-data", folder_.path().string()})), 3);
  EXPECT_THAT(err_.str(), HasSubstr("a folder"));
  EXPECT_EQ(Run(Create({"--provider", "lab", "--user-data", "/nope"})), 4);
  EXPECT_THAT(err_.str(), Not(HasSubstr("namespace")));
}

TEST_F(CommandsTest, CreateRefusesNamesAndLabelsThatAreNoText) {
  EXPECT_EQ(Run({"vm", "create", "a\xff", "--class", "s", "--provider", "lab"}), 3);
  EXPECT_THAT(err_.str(), HasSubstr("metadata.name is not text (UTF-8)"));
  EXPECT_EQ(Run(Create({"--provider", "lab", "-l", "app=\xff"})), 3);
  EXPECT_THAT(err_.str(), HasSubstr("metadata.labels.app is not text (UTF-8)"));
}

TEST_F(CommandsTest, CreateKnowsAWrongCommandLine) {
  EXPECT_EQ(Run(Create({})), kExitUsage);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("--provider is missing"), HasSubstr("'vrtg vm create --help'")));
  EXPECT_EQ(Run(Create({"--provider", "lab", "--disk", "x"})), kExitUsage);
  EXPECT_EQ(Run({"vm", "create", "", "--class", "s", "--provider", "lab"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("must not be empty"));
  EXPECT_EQ(Run(Create({"--provider", "lab", "--power", "OffGraceful"})), 0) << err_.str();
  EXPECT_EQ(Vm("d1")["spec"]["powerState"], "OffGraceful");
}

TEST_F(CommandsTest, ListKnowsAWrongCommandLine) {
  EXPECT_EQ(Run({"vm", "list", "-o", "foo"}), kExitUsage);
  EXPECT_EQ(Run({"vm", "list", "--timeout", "abc"}), kExitUsage);
  EXPECT_EQ(Run({"vm", "list", "--sort-by", "foo"}), kExitUsage);
  EXPECT_EQ(Run({"vm", "list", "--field-selector", "spec.powerstate=On"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean 'powerState'"));
  EXPECT_EQ(Run({"vm", "list", "--field-selector", "spec.powerState=On"}), 0) << err_.str();
}

TEST_F(CommandsTest, ApplyHelpsWithAFieldThatDoesNotFit) {
  const std::string head =
      "apiVersion: infra.virtrigaud.io/v1beta1\nkind: VirtualMachine\nmetadata: {name: web}\nspec: "
      "{providerRef: {name: lab}, classRef: {name: small}, ";
  for (const char* wrong : {"powerstate: On", "networks: {name: x}", "disks: [{sizeGiB: x}]"}) {
    const std::string file = Write("vm.yaml", head + wrong + "}\n");
    EXPECT_EQ(Run({"apply", "-f", file}), 3) << wrong << err_.str();
    EXPECT_THAT(err_.str(), AllOf(HasSubstr("hint: 'kubectl explain virtualmachine.spec"),
                                  Not(HasSubstr("defect"))));
  }
}

TEST_F(CommandsTest, ApplyNamesTheOwnerOfAFieldInConflict) {
  const std::string text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: default}\ndata: {x: ";
  kube::WriteOptions other;
  other.field_manager = "gitops";
  const kube::ResourceType maps{"", "v1", "ConfigMap", "configmaps", true};
  ASSERT_TRUE(plane_.client()
                  .Apply(Context({}, clock_), maps,
                         {{"apiVersion", "v1"},
                          {"kind", "ConfigMap"},
                          {"metadata", {{"name", "m"}, {"namespace", "default"}}},
                          {"data", {{"x", "1"}}}},
                         other)
                  .ok());
  const std::string file = Write("map.yaml", text + "\"2\"}\n");
  EXPECT_EQ(Run({"apply", "-f", file}), ExitCode(ErrorKind::kConflict));
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("hint: 'gitops' owns"), HasSubstr("--force-conflicts"),
                                Not(HasSubstr("run the command again"))));
  EXPECT_EQ(Run({"apply", "-f", file, "--force-conflicts"}), 0) << err_.str();
}

TEST_F(CommandsTest, ApplyGoesOnAfterABadObject) {
  const std::string file =
      Write("all.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n---\n"
            "apiVersion: infra.virtrigaud.io/v1beta1\nkind: VMClass\nmetadata: {name: bad}\n"
            "spec: {cpu: x}\n---\n"
            "apiVersion: v1\nkind: Nonsense\nmetadata: {name: what}\n---\n"
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: last}\n");
  EXPECT_EQ(Run({"apply", "-f", file}), 3) << "the first error's";
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("first created"), HasSubstr("last created")));
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("/bad: "), HasSubstr("Nonsense"),
                                HasSubstr("2 of 4 objects were not applied")));
}

TEST_F(CommandsTest, GetShowsWhatThereIsAndMissesTheRest) {
  MakeVm("hello");
  EXPECT_EQ(Run({"vm", "get", "nope", "hello"}), 4);
  EXPECT_THAT(out_.str(), HasSubstr("hello"));
  EXPECT_THAT(err_.str(), HasSubstr("nope"));
  EXPECT_EQ(Run({"vm", "get", "-l", "app=web", "-o", "name"}), 0);
  EXPECT_EQ(out_.str(), "virtualmachine.infra.virtrigaud.io/hello\n");
  EXPECT_EQ(Run({"vm", "get"}), kExitUsage);
}

TEST_F(CommandsTest, WatchSaysAtOnceThatThereIsNoSuchMachine) {
  EXPECT_EQ(Run({"vm", "watch", "nope", "--timeout", "2s"}), 4);
  EXPECT_EQ(Run({"vm", "get", "nope", "--watch", "--timeout", "2s"}), 4);
}

TEST_F(CommandsTest, WatchEndsWellWhenItsTimeIsOver) {
  MakeVm("web");
  std::jthread time([&](std::stop_token stop) {
    while (!stop.stop_requested()) clock_.AdvanceToNextDeadline();  // only what it waits for passes
  });
  EXPECT_EQ(Run({"vm", "watch", "web", "--timeout", "5s"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("web"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandsTest, WatchThatIsStoppedEndsLikeEveryCommand) {
  MakeVm("web");
  stop_.request_stop();
  EXPECT_EQ(Run({"vm", "watch"}), 130);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CommandsTest, StartRefusesAMachineThatIsBeingDeleted) {
  MakeVm("web", {{"metadata", {{"finalizers", {"infra.virtrigaud.io/vm"}}}}});
  ASSERT_TRUE(plane_.Delete(VirtualMachineType(), {"default", "web"}).ok());
  const Json generation = Vm("web")["metadata"]["generation"];
  EXPECT_EQ(Run({"vm", "start", "web"}), ExitCode(ErrorKind::kConflict));
  EXPECT_THAT(err_.str(), HasSubstr("is being deleted"));
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Vm("web")["metadata"]["generation"], generation);
}

TEST_F(CommandsTest, PowerChangesAllMachinesOfALabelAndNamesThem) {
  MakeVm("one");
  MakeVm("two");
  MakeVm("other", {{"metadata", {{"labels", {{"app", "db"}}}}}});
  EXPECT_EQ(Run({"vm", "stop", "-l", "app=web"}), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "virtualmachine.infra.virtrigaud.io/one stopped (requested)\n"
            "virtualmachine.infra.virtrigaud.io/two stopped (requested)\n");
  EXPECT_EQ(Vm("two")["spec"]["powerState"], "OffGraceful");
  EXPECT_NE(Vm("other")["spec"].value("powerState", ""), "OffGraceful");
  EXPECT_EQ(Run({"vm", "stop", "-l", "app=none"}), 0);
  EXPECT_THAT(err_.str(), HasSubstr("No virtual machines with app=none"));
  EXPECT_EQ(Run({"vm", "stop"}), kExitUsage) << "never all of them by mistake";
  EXPECT_EQ(Run({"vm", "stop", "one", "-l", "app=web"}), kExitUsage);
}

TEST_F(CommandsTest, DeleteSaysDeletedOnceTheMachineIsGone) {
  MakeVm("web");
  MakeVm("held", {{"metadata", {{"finalizers", {"infra.virtrigaud.io/vm"}}}}});
  EXPECT_EQ(Run({"vm", "delete", "web", "nope"}), 4);
  EXPECT_THAT(out_.str(), HasSubstr("/web deleted\n"));
  EXPECT_EQ(Run({"vm", "delete", "held", "--no-wait"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("/held is being deleted\n"));
  EXPECT_TRUE(Vm("web").is_null());
}

TEST_F(CommandsTest, ConsoleUrlSaysWhyThereIsNone) {
  MakeVm("web");
  const auto say = [this](const Json& status) {
    EXPECT_TRUE(
        plane_.Patch(VirtualMachineType(), {"default", "web"}, {{"status", status}}, "status")
            .ok());
    return Run({"vm", "console-url", "web"});
  };
  EXPECT_EQ(say({{"phase", "Running"}, {"powerState", "Off"}}), 4);
  EXPECT_THAT(err_.str(), HasSubstr("'vrtg vm start web'"));
  EXPECT_EQ(say({{"phase", "Running"}, {"powerState", "On"}}), 4);
  EXPECT_THAT(err_.str(), Not(HasSubstr("once it runs")));
  EXPECT_EQ(say({{"phase", "Running"}, {"consoleURL", "vnc://x"}}), 0);
  EXPECT_EQ(out_.str(), "vnc://x\n");
}

TEST_F(CommandsTest, EventsOfAllNamespacesNameTheMachine) {
  const auto made = plane_.Create(
      {{"apiVersion", "v1"},
       {"kind", "Event"},
       {"metadata", {{"name", "e1"}, {"namespace", "default"}}},
       {"involvedObject", {{"kind", "VirtualMachine"}, {"name", "web"}, {"namespace", "default"}}},
       {"type", "Warning"},
       {"reason", "Broke"},
       {"message", "it broke"}});
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(Run({"vm", "events", "-A"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("NAMESPACE"), HasSubstr("web"), HasSubstr("it broke")));
  EXPECT_EQ(Run({"vm", "events", "web", "-A"}), kExitUsage);
}

}  // namespace
}  // namespace vr::cli
