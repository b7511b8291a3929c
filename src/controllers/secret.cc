#include "controllers/secret.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace vr::controllers {

Result<std::map<std::string, std::string>> ReadSecret(const Context& ctx,
                                                      const kube::Client& client,
                                                      const kube::Key& key) {
  static const kube::ResourceType type{"", "v1", "Secret", "secrets", true};
  const auto json = client.Get(ctx, type, key);
  if (!json) {
    if (json.error().kind != ErrorKind::kNotFound) return json.error();
    return Error{ErrorKind::kNotFound, "Secret " + key.ToString() + " not found: create it", {}};
  }
  std::map<std::string, std::string> out;
  const auto data = json->find("data");
  if (data == json->end() || !data->is_object()) return out;
  for (const auto& [name, value] : data->items()) {
    auto decoded = DecodeBase64(value.is_string() ? value.get<std::string>() : "");
    if (!decoded) return decoded.error().Wrap("Secret " + key.ToString() + ", key " + name);
    out.emplace(name, *std::move(decoded));
  }
  return out;
}

}  // namespace vr::controllers
