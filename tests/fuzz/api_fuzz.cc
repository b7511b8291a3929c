// Objects as they come over the wire: validation and decoding of every kind, whatever is in them.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/admission.h"
#include "api/kinds.h"
#include "api/v1beta1.h"

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    R"({"metadata":{"name":"a"},"spec":{"providerRef":{"name":"p"},"vmClassRef":"c","imageRef":{"name":"i"},"powerState":true,"disks":[{"name":"d","size":"5Gi"}],"networks":[{"name":"n","staticIP":{"address":"192.0.2.5/24","dns":["1.1.1.1"]}}],"lifecycle":{"gracefulShutdownTimeout":"2m"}},"status":{"id":"7","ips":["192.0.2.1"]}})",
    R"({"metadata":{"name":"a"},"spec":{"cpus":2,"memoryMiB":512,"firmware":"efi","spec":{"cpu":{"mode":"host-model","coresPerSocket":2},"machine":"q35","numa":{"cells":[{"id":0,"cpus":"0-1","memory":"1"}]}}}})",
    R"({"metadata":{"name":"a"},"spec":{"source":"9000","libvirt":{"qcow2URL":"https://h/i","checksum":"sha256:ab"}}})",
    R"({"metadata":{"name":"a"},"spec":{"vmRef":{"name":"v"},"schedule":"0 2 * * 0","retention":{"maxAge":"7d"},"nameHint":"a b"}})",
    R"({"metadata":{"name":"a"},"spec":{"sourceRef":{"name":"v"},"linked":true,"target":{"name":"t","disks":[{"name":"d","sizeGiB":1}]}}})",
    R"({"metadata":{"name":"a"},"spec":{"replicas":3,"template":{"metadata":{"labels":{"a":"b"}},"spec":{"providerRef":{"name":"p"}}},"updateStrategy":{"rollingUpdate":{"maxSurge":"25%"}}}})",
    R"({"metadata":{"name":"a"},"spec":{"nodeSelector":["h"],"antiAffinity":[{"key":"k","operator":"In","values":["v"]}],"constraints":{"maxVMsPerNode":3,"minFreeMemory":"4Gi"}}})",
    R"({"metadata":{"name":"a"},"spec":{"source":{"vmRef":{"name":"v"}},"target":{"name":"t","providerRef":{"name":"q"}},"storage":{"type":"nfs","nfs":{"server":"s","export":"/e"}}}})",
    R"({"metadata":{"name":"a"},"spec":{"type":"libvirt","endpoint":"qemu:///system","sourceVM":"v","networks":[{}],"network":{"libvirt":{"networkName":"n"}}}})"};

namespace {

using vr::api::Json;

// What was decoded and written once stays the same.
template <class T>
void TryDecode(Json object) {
  using Traits = vr::kube::ResourceTraits<T>;
  const auto typed = Traits::Decode(object);
  if (!typed) {
    if (typed.error().message.empty()) std::abort();
    return;
  }
  const Json status = Traits::EncodeStatus(*typed);
  object["status"] = status;
  const auto again = Traits::Decode(object);
  if (!again || Traits::EncodeStatus(*again) != status) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Json object = Json::parse(text, nullptr, false);
  if (object.is_discarded() || !object.is_object()) return 0;
  for (const vr::api::KindInfo& kind : vr::api::AllKinds()) {
    Json pruned = object;
    (void)vr::api::PruneUnknown(kind, pruned);
    vr::api::ApplyDefaults(kind, pruned);
    (void)vr::api::Validate(kind, nullptr, pruned);
    (void)vr::api::Validate(kind, &object, pruned);
  }
  TryDecode<vr::api::VirtualMachine>(object);
  TryDecode<vr::api::VmClass>(object);
  TryDecode<vr::api::VmImage>(object);
  TryDecode<vr::api::VmNetworkAttachment>(object);
  TryDecode<vr::api::Provider>(object);
  TryDecode<vr::api::VmSnapshot>(object);
  TryDecode<vr::api::VmClone>(object);
  TryDecode<vr::api::VmSet>(object);
  TryDecode<vr::api::VmPlacementPolicy>(object);
  TryDecode<vr::api::VmMigration>(object);
  TryDecode<vr::api::VmTemplate>(object);
  return 0;
}
