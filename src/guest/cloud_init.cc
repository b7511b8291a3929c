#include "guest/cloud_init.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "guest/iso_image.h"

namespace vr::guest {
namespace {

constexpr size_t kMaxUserData = 1024UL * 1024;
constexpr size_t kMaxMetaData = 64UL * 1024;
constexpr size_t kMaxHostname = 63;

// What cloud-init recognises at the start of user-data; the last is gzip's magic number.
constexpr std::array<std::string_view, 10> kHeaders = {
    "#cloud-config",  "#!",           "#include",     "#cloud-boothook", "#part-handler",
    "## template: j", "Content-Type", "MIME-Version", "#upstart-job",    "\x1f\x8b"};

Error TooLarge(std::string_view what, size_t size, size_t limit) {
  return Error{ErrorKind::kInvalidSpec,
               std::string(what) + " has " + std::to_string(size) + " bytes; at most " +
                   std::to_string(limit) + " are allowed",
               {}};
}

Status CheckUserData(std::string_view data) {
  if (data.size() > kMaxUserData) return TooLarge("user-data", data.size(), kMaxUserData);
  if (data.empty()) return {};
  const bool known = std::any_of(kHeaders.begin(), kHeaders.end(),
                                 [&](std::string_view header) { return data.starts_with(header); });
  if (known) return {};
  return Error{ErrorKind::kInvalidSpec,
               "user-data must begin with a header that cloud-init knows (#cloud-config, #!, "
               "#include, Content-Type: multipart/..., ...): otherwise the guest would ignore it",
               {}};
}

// Only the position is repeated: meta-data may hold secrets.
Result<YAML::Node> ParseMap(const std::string& text) {
  try {
    YAML::Node node = YAML::Load(text);
    if (node.IsMap() || node.IsNull()) return node;
  } catch (const YAML::Exception& e) {
    return Error{ErrorKind::kInvalidSpec,
                 "meta-data is not valid YAML near line " + std::to_string(e.mark.line + 1),
                 {}};
  }
  return Error{ErrorKind::kInvalidSpec, "meta-data must be a YAML map", {}};
}

Result<std::string> RenderMetaData(const SeedInput& input) {
  if (input.meta_data.size() > kMaxMetaData) {
    return TooLarge("meta-data", input.meta_data.size(), kMaxMetaData);
  }
  VR_ASSIGN_OR_RETURN(const YAML::Node user, ParseMap(input.meta_data));
  YAML::Emitter out;
  out << YAML::BeginMap;
  if (!user["instance-id"]) {
    out << YAML::Key << "instance-id" << YAML::Value << input.instance_id;
  }
  if (!user["local-hostname"]) {
    out << YAML::Key << "local-hostname" << YAML::Value << HostnameFrom(input.name);
  }
  for (const auto& entry : user) out << YAML::Key << entry.first << YAML::Value << entry.second;
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace

std::string HostnameFrom(std::string_view name) {
  std::string host;
  for (const char c : name.substr(0, kMaxHostname)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      host += static_cast<char>(std::tolower(byte));
    } else if (!host.empty() && host.back() != '-') {
      host += '-';
    }
  }
  while (!host.empty() && host.back() == '-') host.pop_back();
  return host.empty() ? "vm" : host;
}

Result<Seed> BuildSeed(const SeedInput& input) {
  VR_RETURN_IF_ERROR(CheckUserData(input.user_data));
  Seed seed;
  seed.user_data = input.user_data;
  VR_ASSIGN_OR_RETURN(seed.meta_data, RenderMetaData(input));
  const bool has_static =
      std::any_of(input.nics.begin(), input.nics.end(),
                  [](const GuestNic& nic) { return !nic.dhcp || !nic.address.empty(); });
  if (has_static) {
    VR_ASSIGN_OR_RETURN(seed.network_config, RenderNetworkConfig(input.nics));
  }
  return seed;
}

Result<std::string> SeedImage(const Seed& seed) {
  std::vector<IsoFile> files = {{"meta-data", seed.meta_data}, {"user-data", seed.user_data}};
  if (!seed.network_config.empty()) files.push_back({"network-config", seed.network_config});
  return MakeIsoImage("cidata", files);
}

}  // namespace vr::guest
