#include "providers/mock/failure_plan.h"

#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"

namespace vr::mock {
namespace {

constexpr double kAlways = 1.0;

Error Invalid(std::string message) { return {ErrorKind::kInvalidSpec, std::move(message), {}}; }

std::string NamesOfAll() {
  std::string names = "all";
  for (const Operation operation : AllOperations())
    names += ", " + std::string(ToString(operation));
  return names;
}

std::string_view NextItem(std::string_view& list) {
  const size_t comma = list.find(',');
  const std::string_view item = list.substr(0, comma);
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return item;
}

}  // namespace

Result<double> ParseFactor(std::string_view name, std::string_view text, double max) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (problem == std::errc() && stopped == end && value >= 0 && value <= max) return value;
  return Invalid(std::string(name) + ": '" + std::string(text) + "' is not a number from 0 to " +
                 std::to_string(static_cast<int64_t>(max)));
}

Result<std::map<Operation, double>> ParseFailureMode(std::string_view mode, double rate) {
  std::map<Operation, double> rates;
  while (!mode.empty()) {
    std::string_view item = Trimmed(NextItem(mode));
    if (item.empty()) continue;
    double own = rate;
    const size_t equals = item.find('=');
    if (equals != std::string_view::npos) {
      VR_ASSIGN_OR_RETURN(own, ParseFactor(item, item.substr(equals + 1), kAlways));
      item = item.substr(0, equals);
    }
    if (item == "all") {
      for (const Operation operation : AllOperations()) rates.try_emplace(operation, own);
      continue;
    }
    const auto operation = ParseOperation(item);
    if (!operation) {
      return Invalid("MOCK_FAILURE_MODE: there is no operation '" + std::string(item) + "'; use " +
                     NamesOfAll());
    }
    rates[*operation] = own;
  }
  return rates;
}

FailurePlan::FailurePlan(FailureOptions options, uint64_t seed)
    : options_(std::move(options)), random_(seed) {}

void FailurePlan::FailNext(Operation operation, const Error& error, size_t times) {
  const std::lock_guard lock(mutex_);
  calls_[operation].insert(calls_[operation].end(), times, error);
}

void FailurePlan::FailNextTask(Operation operation, const Error& error, size_t times) {
  const std::lock_guard lock(mutex_);
  tasks_[operation].insert(tasks_[operation].end(), times, error);
}

void FailurePlan::Clear() {
  const std::lock_guard lock(mutex_);
  options_.rates.clear();
  calls_.clear();
  tasks_.clear();
}

Status FailurePlan::Take(Planned& planned, Operation operation) {
  std::deque<Error>& errors = planned[operation];
  if (errors.empty()) return {};
  Error error = std::move(errors.front());
  errors.pop_front();
  return error;
}

Status FailurePlan::ByChance(Operation operation, std::string_view what) {
  const auto rate = options_.rates.find(operation);
  if (rate == options_.rates.end()) return {};
  if (std::uniform_real_distribution(0.0, 1.0)(random_) >= rate->second) return {};
  return Error{options_.kind,
               std::string(what) +
                   " fails as MOCK_FAILURE_MODE=" + std::string(ToString(operation)) + " asks for",
               {}};
}

Status FailurePlan::AtCall(Operation operation) {
  const std::lock_guard lock(mutex_);
  VR_RETURN_IF_ERROR(Take(calls_, operation));
  return ByChance(operation, ToString(operation));
}

Status FailurePlan::AtTask(Operation operation) {
  const std::lock_guard lock(mutex_);
  VR_RETURN_IF_ERROR(Take(tasks_, operation));
  VR_RETURN_IF_ERROR(Take(tasks_, Operation::kTaskStatus));
  return ByChance(Operation::kTaskStatus, "the task of " + std::string(ToString(operation)));
}

Duration FailurePlan::CallDelay() {
  const std::lock_guard lock(mutex_);
  if (!options_.slow) return Duration::zero();
  return std::chrono::milliseconds(std::uniform_int_distribution(100, 600)(random_));
}

}  // namespace vr::mock
