// messages.h from and to the typed messages; legacy_json.h has what stands in for them.
#pragma once

#include "base/result.h"
#include "provider/v1/provider.pb.h"
#include "rpc/messages.h"

namespace vr::rpc {

namespace pb = ::provider::v1;

pb::VmSpec ToProto(const VmSpec& spec);
VmSpec FromProto(const pb::VmSpec& spec);

pb::ImageSource ToProto(const ImageSource& image);
ImageSource FromProto(const pb::ImageSource& image);

// The typed state; FillDescribe and FillListed fill the fields of the base contract too.
pb::VmState ToProto(const VmState& vm);
VmState FromProto(const pb::VmState& vm);

void FillDescribe(const DescribeResult& result, pb::DescribeResponse& response);
DescribeResult FromProto(const std::string& id, const pb::DescribeResponse& response);
void FillListed(const VmState& vm, pb::VMInfo& info);
VmState FromProto(const pb::VMInfo& info);

pb::TaskStatusResponse ToProto(const TaskState& task);
TaskState FromProto(const pb::TaskStatusResponse& task);

pb::GetCapabilitiesResponse ToProto(const Capabilities& capabilities);
Capabilities FromProto(const pb::GetCapabilitiesResponse& capabilities);

pb::PowerOp ToProto(PowerOp op);
// kInvalidSpec for an operation that this version does not know.
Result<PowerOp> FromProto(pb::PowerOp op);

pb::WatchEvent ToProto(const WatchUpdate& update);
// Nothing for an event of a later version.
std::optional<WatchUpdate> FromProto(const pb::WatchEvent& event);

}  // namespace vr::rpc
