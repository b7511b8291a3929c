// The records as JSON: what stands in the state file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "providers/mock/vm_record.h"

namespace vr::mock {

struct HypervisorState {
  std::map<std::string, VmRecord> vms;  // by id
  std::map<std::string, ImageRecord> images;
  int64_t next_number = 1;  // for the addresses of the next NIC
};

std::string ToJson(const VmRecord& record);
std::string ToJson(const ImageRecord& image);
std::string JsonString(std::string_view text);  // quoted

// kInvalidSpec for what is not a state file.
Result<HypervisorState> ParseState(std::string_view text);

}  // namespace vr::mock
