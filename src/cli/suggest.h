// "did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vr::cli {

// The known word that `word` is most likely a typo of; empty if none is near.
std::string NearestOf(std::string_view word, const std::vector<std::string>& known);

// "; did you mean 'list'?", or "" without a near one.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace vr::cli
