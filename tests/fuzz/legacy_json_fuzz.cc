// The base contract's JSON: whatever is read is written so that it reads the same again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "rpc/convert.h"
#include "rpc/legacy_json.h"

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    R"({"CPU":2,"MemoryMiB":2048,"DiskDefaults":{"Type":"thin","SizeGiB":4},"ExtraConfig":{"a":"b"}})",
    R"({"cpu":2,"memory":"1.5Gi","diskDefaults":{"size":"20Gi"},"resourceLimits":{"memoryLimit":7}})",
    R"({"TemplateName":"t","Format":"template","Checksum":"sha256:00","ChecksumType":"md5"})",
    R"({"source":{"libvirt":{"path":"/a","format":"raw"},"proxmox":{"templateID":9000}}})",
    R"([{"Name":"a","StaticIP":"10.0.0.1","Prefix":24,"DNS":["1.1.1.1"],"VLAN":4}])",
    R"([{"SizeGiB":3,"Type":"thin","Name":"data"},null])",
    R"({"Name":"w","Class":{"CPU":1},"Networks":[{"Name":"x"}],"UserData":{"CloudInitData":"#"}})"};

namespace {

namespace pb = vr::rpc::pb;

template <class In>
void ReadWriteRead(const In& in) {
  const auto first = vr::rpc::ReadLegacy(in);
  if (!first) return;
  In again = in;
  vr::rpc::FillLegacy(*first, again);
  const auto second = vr::rpc::ReadLegacy(again);
  if (!second || vr::rpc::ToProto(*first).SerializeAsString() !=
                     vr::rpc::ToProto(*second).SerializeAsString()) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  pb::CreateRequest create;
  create.set_name("vm");
  create.set_class_json(text);
  ReadWriteRead(create);
  create.set_class_json(R"({"CPU":1,"MemoryMiB":1})");
  for (std::string* field : {create.mutable_image_json(), create.mutable_networks_json(),
                             create.mutable_disks_json(), create.mutable_placement_json()}) {
    *field = text;
    ReadWriteRead(create);
    field->clear();
  }
  pb::ReconfigureRequest reconfigure;
  reconfigure.set_desired_json(text);
  ReadWriteRead(reconfigure);
  pb::CloneRequest clone;
  clone.set_target_name("vm");
  clone.set_class_json(text);
  (void)vr::rpc::ReadLegacy(clone);
  pb::ImagePrepareRequest prepare;
  prepare.set_image_json(text);
  ReadWriteRead(prepare);
  pb::DescribeResponse describe;
  describe.set_provider_raw_json(text);
  (void)vr::rpc::ReadLegacy("id", describe);
  return 0;
}
