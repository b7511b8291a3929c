// The field tables, built into the program from fields/*.tsv.
#pragma once

#include <string_view>

namespace vr::api {

// The text of fields/<kind>.tsv; empty for an unknown kind.
std::string_view TableText(std::string_view kind);

}  // namespace vr::api
