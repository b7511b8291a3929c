// Where the API server serves things.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/object.h"

namespace vr::kube {

// Percent-encodes everything but RFC 3986 unreserved characters.
std::string PercentEncode(std::string_view text);

// "/apis/GROUP/VERSION[/namespaces/NS]/PLURAL[/NAME][/SUBRESOURCE]"
std::string ResourcePath(const ResourceType& type, const std::string& ns,
                         const std::string& name = "", const std::string& subresource = "");

// "?a=b&c=d" without the pairs that have an empty value; "" if none is left.
std::string QueryString(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace vr::kube
