// The base contract's untyped half: the *_json strings and power-state words that a manager or
// provider without our typed messages speaks. The only file that knows JSON.
//
// Filled next to the typed messages, and read where those are absent. Keys that are not known here
// are left alone, as protobuf does with fields; null is absent. What the dialect has no key for is
// lost: of networks mode and mtu, of disks storage class and expand policy, of the class root-disk
// IOPS, storage class and provider options, of the image name, headers and storage pool (but for
// ImagePrepare, where all of VMImage.spec travels), of the placement storage pool, resource pool
// and datacenter.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "provider/v1/provider.pb.h"
#include "rpc/messages.h"

namespace vr::rpc {

namespace pb = ::provider::v1;

// Every field of the base contract that says what the VM shall be.
void FillLegacy(const VmSpec& vm, pb::CreateRequest& out);
void FillLegacy(const VmSpec& desired, pb::ReconfigureRequest& out);
// Without placement_json: it would have to name a policy object, and we know the place itself.
void FillLegacy(const VmSpec& target, pb::CloneRequest& out);
void FillLegacy(const ImageSource& image, pb::ImagePrepareRequest& out);
void FillLegacy(const VmState& vm, pb::DescribeResponse& out);

// kInvalidSpec names message, field and key ("CreateRequest.class_json: CPU ...") and never quotes
// values. The VM's owner_uid stays empty: the base contract knows VMs by their name.
Result<VmSpec> ReadLegacy(const pb::CreateRequest& in);
Result<VmSpec> ReadLegacy(const pb::ReconfigureRequest& in);
// What the target leaves out is as in the source. kNotSupported for a placement policy, which a
// provider cannot look up.
Result<VmSpec> ReadLegacy(const pb::CloneRequest& in);
Result<ImageSource> ReadLegacy(const pb::ImagePrepareRequest& in);
// Text that is no JSON object becomes an entry that says so: the rest of the answer is still good.
VmState ReadLegacy(const std::string& id, const pb::DescribeResponse& in);

// "On" or "Off", the words that the base contract's status takes: a suspended VM does not run, so
// it is "Off"; empty if unknown.
std::string_view LegacyPowerState(PowerState state);
// Those and what hypervisors call them, in any case.
PowerState ReadPowerState(std::string_view text);

}  // namespace vr::rpc
