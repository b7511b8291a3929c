// Reviews of strangers: whatever the text, there is an answer, and it is a review or a 400.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/webhook/review.h"

namespace {

std::string Admission(const std::string& kind, const std::string& spec) {
  const std::string object = R"({"metadata":{"name":"a"},"spec":)" + spec + "}";
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",)"
         R"("operation":"UPDATE","kind":{"group":"infra.virtrigaud.io","version":"v1beta1","kind":")" +
         kind + R"("},"object":)" + object + R"(,"oldObject":)" + object + "}}";
}

}  // namespace

extern const std::vector<std::string> kSeedInputs;
const std::vector<std::string> kSeedInputs = {
    Admission("VirtualMachine",
              R"({"providerRef":{"name":"p"},"vmClassRef":"c","imageRef":{"name":"i"},)"
              R"("powerState":true,"disks":[{"name":"d","size":"5Gi"}],"networks":[)"
              R"({"name":"n","staticIP":"192.0.2.1/24"}],"lifecycle":{},"tags":["a"]})"),
    Admission("VMClass", R"({"cpus":2,"memoryMiB":64,"firmware":"uefi"})"),
    Admission("VMImage", R"({"source":"9000"})"),
    Admission("VMNetworkAttachment", R"({"network":{"libvirt":{"networkName":"n"}}})"),
    Admission("Provider", R"({"type":"mock","endpoint":"qemu:///system"})"),
    R"({"kind":"ConversionReview","apiVersion":"apiextensions.k8s.io/v1","request":{"uid":"u",)"
    R"("desiredAPIVersion":"infra.virtrigaud.io/v1beta1","objects":[{"apiVersion":)"
    R"("infra.virtrigaud.io/v1beta1","kind":"VMClass","metadata":{"name":"c"}}]}})"};

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const vr::controllers::ReviewAnswer& answer :
       {vr::controllers::ValidateReview(text, {}), vr::controllers::MutateReview(text),
        vr::controllers::ConvertReview(text)}) {
    if (answer.status == 400 && !answer.body.empty()) continue;
    if (answer.status != 200 || !nlohmann::json::parse(answer.body).contains("response"))
      std::abort();
  }
  return 0;
}
