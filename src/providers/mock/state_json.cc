#include "providers/mock/state_json.h"

#include <nlohmann/json.hpp>

namespace vr::mock {
namespace {

using Json = nlohmann::json;

Json DisksJson(const std::vector<sdk::DiskState>& disks) {
  Json out = Json::array();
  for (const sdk::DiskState& disk : disks) {
    out.push_back({{"id", disk.id},
                   {"path", disk.path},
                   {"format", disk.format},
                   {"sizeBytes", disk.size_bytes}});
  }
  return out;
}

std::vector<sdk::DiskState> ReadDisks(const Json& in) {
  std::vector<sdk::DiskState> disks;
  for (const Json& disk : in)
    disks.push_back({disk.at("id"), disk.at("path"), disk.at("format"), disk.at("sizeBytes")});
  return disks;
}

Json SnapshotJson(const SnapshotRecord& snapshot) {
  return {{"id", snapshot.id},
          {"name", snapshot.name},
          {"description", snapshot.description},
          {"created", snapshot.created},
          {"memory", snapshot.memory},
          {"cpus", snapshot.cpus},
          {"memoryMiB", snapshot.memory_mib},
          {"disks", DisksJson(snapshot.disks)}};
}

SnapshotRecord ReadSnapshot(const Json& in) {
  return {.id = in.at("id"),
          .name = in.at("name"),
          .description = in.at("description"),
          .created = in.at("created"),
          .memory = in.at("memory"),
          .cpus = in.at("cpus"),
          .memory_mib = in.at("memoryMiB"),
          .disks = ReadDisks(in.at("disks"))};
}

VmRecord ReadVm(const Json& in) {
  VmRecord out;
  sdk::VmState& vm = out.vm;
  vm.id = in.at("id");
  vm.name = in.at("name");
  vm.owner_uid = in.at("ownerUid");
  vm.power = ParsePowerState(in.at("power").get<std::string>()).value_or(sdk::PowerState::kUnknown);
  vm.host = in.at("host");
  vm.cpus = in.at("cpus");
  vm.memory_mib = in.at("memoryMiB");
  vm.guest_os = in.at("guestOs");
  for (const Json& nic : in.at("nics"))
    vm.nics.push_back({nic.at("name"), nic.at("mac"), nic.at("network"), nic.at("ips")});
  vm.disks = ReadDisks(in.at("disks"));
  vm.raw = in.at("raw").get<std::map<std::string, std::string>>();
  out.creating = in.at("creating");
  out.booted = in.at("booted");
  out.boots = in.at("boots");
  for (const Json& snapshot : in.at("snapshots")) out.snapshots.push_back(ReadSnapshot(snapshot));
  return out;
}

}  // namespace

std::string ToJson(const VmRecord& record) {
  const sdk::VmState& vm = record.vm;
  Json nics = Json::array();
  for (const sdk::NicState& nic : vm.nics) {
    nics.push_back(
        {{"name", nic.name}, {"mac", nic.mac}, {"network", nic.network}, {"ips", nic.ips}});
  }
  Json snapshots = Json::array();
  for (const SnapshotRecord& snapshot : record.snapshots)
    snapshots.push_back(SnapshotJson(snapshot));
  const Json out = {{"id", vm.id},
                    {"name", vm.name},
                    {"ownerUid", vm.owner_uid},
                    {"power", ToString(vm.power)},
                    {"host", vm.host},
                    {"cpus", vm.cpus},
                    {"memoryMiB", vm.memory_mib},
                    {"guestOs", vm.guest_os},
                    {"nics", std::move(nics)},
                    {"disks", DisksJson(vm.disks)},
                    {"raw", vm.raw},
                    {"creating", record.creating},
                    {"booted", record.booted},
                    {"boots", record.boots},
                    {"snapshots", std::move(snapshots)}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ToJson(const ImageRecord& image) {
  return Json{{"id", image.id}, {"path", image.path}}.dump(-1, ' ', false,
                                                           Json::error_handler_t::replace);
}

std::string JsonString(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<HypervisorState> ParseState(std::string_view text) {
  try {
    const Json in = Json::parse(text);
    HypervisorState state;
    state.next_number = in.at("nextNumber");
    for (const auto& [id, vm] : in.at("vms").items()) state.vms[id] = ReadVm(vm);
    for (const auto& [id, image] : in.at("images").items())
      state.images[id] = {.id = image.at("id"), .path = image.at("path")};
    return state;
  } catch (const Json::exception& e) {
    return Error{ErrorKind::kInvalidSpec, std::string("not a state file: ") + e.what(), {}};
  }
}

}  // namespace vr::mock
