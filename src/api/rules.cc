#include "api/rules.h"

#include <nlohmann/json.hpp>
#include <set>

#include "api/kinds.h"
#include "base/quantity.h"

namespace vr::api {
namespace {

const Json& At(const Json& object, const char* pointer) {
  static const Json none;
  const nlohmann::json::json_pointer path(pointer);
  return object.contains(path) ? object.at(path) : none;
}

class Rules {
 public:
  Rules(const Json* old_object, const Json& object, AdmissionResult& result)
      : old_(old_object), object_(object), result_(result) {}

  void VirtualMachine() {
    Require("/spec/classRef/name", "spec.classRef", "name the VMClass that gives CPU and memory");
    const bool image = !At(object_, "/spec/imageRef").is_null();
    const bool disk = !At(object_, "/spec/importedDisk").is_null();
    if (image && disk)
      Add(FieldErrorType::kForbidden, "spec.importedDisk", Json(),
          "may not be used together with spec.imageRef; keep one of them");
    if (!image && !disk)
      Add(FieldErrorType::kRequired, "spec.imageRef", Json(),
          "name a VMImage, or use spec.importedDisk");
    Immutable("/spec/providerRef", "spec.providerRef",
              "a VM cannot change its provider in place; use a VMMigration");
    Immutable("/spec/imageRef", "spec.imageRef",
              "the root disk was made from it; create a new VM instead");
    UniqueNames("/spec/disks", "spec.disks");
    UniqueNames("/spec/networks", "spec.networks");
    Disks();
  }

  void VmClass() {
    Require("/spec/cpu", "spec.cpu", "number of virtual CPUs");
    Require("/spec/memory", "spec.memory", "for example 2Gi");
    const Json& memory = At(object_, "/spec/memory");
    if (memory.is_null()) return;
    const auto quantity =
        Quantity::Parse(memory.is_string() ? memory.get<std::string>() : memory.dump());
    constexpr int64_t kLeast = 16;
    if (quantity && quantity->Mebibytes() < kLeast) {
      Add(FieldErrorType::kInvalid, "spec.memory", memory,
          "must be at least 16Mi; without a suffix the number means bytes");
    }
  }

  void VmImage() {
    const Json& source = At(object_, "/spec/source");
    if (source.is_null())
      Add(FieldErrorType::kRequired, "spec.source", Json(),
          "say where the image comes from, for example source.libvirt.url");
  }

  void VmNetworkAttachment() {
    Require("/spec/network", "spec.network",
            "say what to connect to, for example network.libvirt.networkName");
  }

  void Provider() {
    const std::string type = At(object_, "/spec/type").get<std::string>();
    const Json& endpoint = At(object_, "/spec/endpoint");
    if (endpoint.is_null() && type != "mock")
      Add(FieldErrorType::kRequired, "spec.endpoint", Json(),
          "say where the hypervisor is, for example qemu:///system");
    Immutable("/spec/type", "spec.type", "create a new Provider instead");
  }

 private:
  void Add(FieldErrorType type, const std::string& path, const Json& value, std::string detail) {
    result_.errors.push_back({type, path, value.is_null() ? "" : value.dump(), std::move(detail)});
  }

  void Require(const char* pointer, const char* path, const char* what) {
    if (At(object_, pointer).is_null()) Add(FieldErrorType::kRequired, path, Json(), what);
  }

  void Immutable(const char* pointer, const char* path, const char* what) {
    if (old_ == nullptr) return;
    const Json& before = At(*old_, pointer);
    if (!before.is_null() && before != At(object_, pointer)) {
      Add(FieldErrorType::kForbidden, path, Json(),
          std::string("may not be changed after creation: ") + what);
    }
  }

  void UniqueNames(const char* pointer, const std::string& path) {
    std::set<std::string> seen;
    size_t index = 0;
    const Json& list = At(object_, pointer);
    if (!list.is_array()) return;
    for (const Json& item : list) {
      if (!seen.insert(item.value("name", "")).second) {
        Add(FieldErrorType::kDuplicate, path + "[" + std::to_string(index) + "].name", item["name"],
            "");
      }
      ++index;
    }
  }

  // A disk needs a size, and never shrinks.
  void Disks() {
    const Json& disks = At(object_, "/spec/disks");
    if (!disks.is_array()) return;
    size_t index = 0;
    for (const Json& disk : disks) {
      const std::string path = "spec.disks[" + std::to_string(index++) + "]";
      if (!disk.contains("sizeGiB")) {
        Add(FieldErrorType::kRequired, path + ".sizeGiB", Json(), "size of the disk in GiB");
        continue;
      }
      const Json& before = old_ == nullptr ? Json() : At(*old_, "/spec/disks");
      if (!before.is_array()) continue;
      for (const Json& other : before) {
        if (other.value("name", "") == disk.value("name", "") && other.contains("sizeGiB") &&
            other["sizeGiB"] > disk["sizeGiB"]) {
          Add(FieldErrorType::kForbidden, path + ".sizeGiB", Json(),
              "a disk cannot shrink: it is " + other["sizeGiB"].dump() + " GiB");
        }
      }
    }
  }

  const Json* old_;
  const Json& object_;
  AdmissionResult& result_;
};

}  // namespace

void CheckRules(const KindInfo& kind, const Json* old_object, const Json& canonical,
                AdmissionResult& result) {
  if (canonical.contains("metadata") && canonical["metadata"].contains("deletionTimestamp"))
    return;  // let finalizers go
  AdmissionResult ignored;
  const Json old = old_object == nullptr ? Json() : Canonical(kind, *old_object, ignored);
  Rules rules(old_object == nullptr ? nullptr : &old, canonical, result);
  if (!canonical.contains("spec")) {
    result.errors.push_back({FieldErrorType::kRequired, "spec", "", ""});
    return;
  }
  if (kind.type.kind == "VirtualMachine") rules.VirtualMachine();
  if (kind.type.kind == "VMClass") rules.VmClass();
  if (kind.type.kind == "VMImage") rules.VmImage();
  if (kind.type.kind == "VMNetworkAttachment") rules.VmNetworkAttachment();
  if (kind.type.kind == "Provider") rules.Provider();
}

}  // namespace vr::api
