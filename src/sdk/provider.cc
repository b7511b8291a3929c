#include "sdk/provider.h"

namespace vr::sdk {
namespace {

Error NotServed(const char* what) {
  return {ErrorKind::kNotSupported, std::string("this provider does not support ") + what, {}};
}

}  // namespace

std::string IdentityOf(const VmSpec& spec) {
  return spec.owner_uid.empty() ? "name " + spec.name : spec.owner_uid;
}

Result<TaskRef> Provider::Reconfigure(const Context&, const ReconfigureRequest&) {
  return NotServed("changing a VM that exists");
}
Result<ImagePrepareResult> Provider::ImagePrepare(const Context&, const ImagePrepareRequest&) {
  return NotServed("preparing images ahead of use");
}
Result<SnapshotCreateResult> Provider::SnapshotCreate(const Context&,
                                                      const SnapshotCreateRequest&) {
  return NotServed("snapshots");
}
Result<TaskRef> Provider::SnapshotDelete(const Context&, const SnapshotRequest&) {
  return NotServed("snapshots");
}
Result<TaskRef> Provider::SnapshotRevert(const Context&, const SnapshotRequest&) {
  return NotServed("snapshots");
}
Result<CreateResult> Provider::Clone(const Context&, const CloneRequest&) {
  return NotServed("clones");
}

}  // namespace vr::sdk
