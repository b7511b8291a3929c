#include "cli/local/records.h"

#include <nlohmann/json.hpp>

#include "cli/json_util.h"
#include "controlplane/private_files.h"

namespace vr::cli {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// Null for anything that is not an object.
Json ReadObject(const fs::path& path) {
  const auto text = controlplane::ReadFile(path);
  if (!text || !*text) return {};
  Json document = Json::parse(**text, nullptr, false);
  return document.is_object() ? document : Json();
}

template <class T>
T NumberAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<T>() : T{};
}

bool IsTrueAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

ProcessId ProcessIn(const Json& object) {
  return {NumberAt<pid_t>(object, "pid"), NumberAt<uint64_t>(object, "start")};
}

Status Write(const fs::path& path, const Json& object) {
  return controlplane::WritePrivateFile(path, object.dump() + "\n");
}

}  // namespace

std::optional<UpRecord> ReadUpRecord(const fs::path& path) {
  const Json object = ReadObject(path);
  if (object.is_null()) return std::nullopt;
  return UpRecord{.process = ProcessIn(object),
                  .url = TextAt(object, "/url"),
                  .since = TextAt(object, "/since"),
                  .manager = IsTrueAt(object, "manager"),
                  .ready = IsTrueAt(object, "ready")};
}

Status WriteUpRecord(const fs::path& path, const UpRecord& record) {
  return Write(path, {{"pid", record.process.pid},
                      {"start", record.process.start},
                      {"url", record.url},
                      {"since", record.since},
                      {"manager", record.manager},
                      {"ready", record.ready}});
}

std::optional<ManagerRecord> ReadManagerRecord(const fs::path& path) {
  const Json object = ReadObject(path);
  if (object.is_null()) return std::nullopt;
  return ManagerRecord{.process = ProcessIn(object),
                       .program = TextAt(object, "/program"),
                       .since = TextAt(object, "/since"),
                       .restarts = NumberAt<int>(object, "restarts")};
}

Status WriteManagerRecord(const fs::path& path, const ManagerRecord& record) {
  return Write(path, {{"pid", record.process.pid},
                      {"start", record.process.start},
                      {"program", record.program.string()},
                      {"since", record.since},
                      {"restarts", record.restarts}});
}

std::optional<ReadyRecord> ReadReadyRecord(const fs::path& path) {
  const Json object = ReadObject(path);
  if (object.is_null()) return std::nullopt;
  return ReadyRecord{NumberAt<pid_t>(object, "pid"), TextAt(object, "/operations")};
}

}  // namespace vr::cli
