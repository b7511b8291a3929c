#include "testing/fake_hypervisor.h"

#include <cstdio>
#include <cstdlib>

namespace vr::testing {

FakeHypervisor::FakeHypervisor(const Options& options, const Clock& clock)
    : tasks_(std::make_unique<sdk::TaskRunner>(sdk::TaskRunner::Options{}, clock)),
      provider_(std::make_unique<mock::MockProvider>(
          mock::MockOptions{.state_file = options.state_file, .delay_scale = options.delay_scale},
          mock::MockProvider::Deps{*tasks_, hub_, clock})),
      client_(
          std::make_unique<InProcessProvider>(InProcessProvider::Deps{*provider_, *tasks_, hub_})) {
  const Status started = provider_->Start({});
  if (started) return;
  std::fprintf(stderr, "FakeHypervisor: %s\n", started.error().message.c_str());
  std::abort();  // a test that goes on would only tell less
}

FakeHypervisor::~FakeHypervisor() { tasks_.reset(); }

void FakeHypervisor::FailNext(mock::Operation operation, const Error& error, size_t times) {
  provider_->failures().FailNext(operation, error, times);
}

void FakeHypervisor::FailNextTask(mock::Operation operation, const Error& error, size_t times) {
  provider_->failures().FailNextTask(operation, error, times);
}

void FakeHypervisor::StopFailing() { provider_->failures().Clear(); }
void FakeHypervisor::HoldTasks() { provider_->gate().Hold(); }
void FakeHypervisor::ReleaseTasks() { provider_->gate().Release(); }

bool FakeHypervisor::FinishTasks() {
  ReleaseTasks();
  return WaitForTasks();
}

void FakeHypervisor::SetHealthy(bool healthy, const std::string& message) {
  hub_.PublishHealth(healthy, message);
}

bool FakeHypervisor::DeleteBehindOurBack(const std::string& id) {
  const bool there = provider_->vms().Find(id).has_value();
  return provider_->vms().Remove(id).ok() && there;
}

bool FakeHypervisor::PowerBehindOurBack(const std::string& id, sdk::PowerOp op) {
  return provider_->SwitchPower(id, op).ok();
}

bool FakeHypervisor::ResizeBehindOurBack(const std::string& id, int32_t cpus, int64_t memory_mib) {
  return provider_->vms()
      .Change(id,
              [&](mock::VmRecord& record) {
                record.vm.cpus = cpus;
                record.vm.memory_mib = memory_mib;
                return Status();
              })
      .ok();
}

std::string FakeHypervisor::AddForeignVm(const std::string& name) {
  mock::VmRecord record;
  record.vm.id = "foreign-" + name;
  record.vm.name = name;
  record.vm.power = sdk::PowerState::kOff;
  record.vm.cpus = 1;
  record.vm.memory_mib = 1024;
  return provider_->vms().FindOrAdd(record).ok() ? record.id() : "";
}

std::vector<sdk::VmState> FakeHypervisor::Vms() const {
  std::vector<sdk::VmState> vms;
  for (const mock::VmRecord& record : provider_->vms().All()) vms.push_back(mock::View(record));
  return vms;
}

std::optional<sdk::VmState> FakeHypervisor::VmOf(const std::string& owner_uid) const {
  for (sdk::VmState& vm : Vms()) {
    if (vm.owner_uid == owner_uid) return std::move(vm);
  }
  return std::nullopt;
}

int FakeHypervisor::CountVms(const std::string& owner_uid) const {
  int count = 0;
  for (const sdk::VmState& vm : Vms()) count += vm.owner_uid == owner_uid ? 1 : 0;
  return count;
}

}  // namespace vr::testing
