#include "controllers/virtual_machine/text_template.h"

#include "base/text.h"

namespace vr::controllers {
namespace {

constexpr std::string_view kOpen = "{{", kClose = "}}";

Error Unknown(std::string_view key, const std::map<std::string_view, std::string>& values,
              std::string_view field) {
  std::string known;
  for (const auto& [name, value] : values)
    known += (known.empty() ? "{{ ." : ", {{ .") + std::string(name) + " }}";
  return {ErrorKind::kInvalidSpec,
          std::string(field) + ": {{ ." + std::string(key) + " }} has no value here; there are " +
              known,
          {}};
}

}  // namespace

Result<std::string> FillIn(std::string_view text,
                           const std::map<std::string_view, std::string>& values,
                           std::string_view field) {
  std::string out;
  while (true) {
    const size_t open = text.find(kOpen);
    const size_t close = open == std::string_view::npos ? open : text.find(kClose, open);
    if (close == std::string_view::npos) return out.append(text);
    const size_t inside = open + kOpen.size();
    const std::string_view name = Trimmed(text.substr(inside, close - inside));
    if (!name.starts_with('.')) {  // not ours; a placeholder may begin inside of it
      out.append(text.substr(0, inside));
      text.remove_prefix(inside);
      continue;
    }
    const auto value = values.find(name.substr(1));
    if (value == values.end()) return Unknown(name.substr(1), values, field);
    out.append(text.substr(0, open)).append(value->second);
    text.remove_prefix(close + kClose.size());
  }
}

}  // namespace vr::controllers
