#include "controllers/virtual_machine/guest_data.h"

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "api/constants.h"
#include "controllers/secret.h"
#include "controllers/virtual_machine/text_template.h"

namespace vr::controllers {
namespace {

constexpr std::array<const char*, 4> kUserDataKeys = {"userdata", "user-data", "cloud-init",
                                                      "cloud-config"};
constexpr std::array<const char*, 3> kMetaDataKeys = {"metadata", "meta-data", "meta_data"};
constexpr std::array<const char*, 3> kIgnitionKeys = {"ignition", "config.ign", "userdata"};

Result<std::string> FromSecret(const Context& ctx, const kube::Client& client, const kube::Key& key,
                               std::span<const char* const> names, const std::string& field) {
  const auto secret = ReadSecret(ctx, client, key);
  if (!secret) return secret.error().Wrap(field);
  std::string listed;
  for (const char* name : names) {
    if (const auto it = secret->find(name); it != secret->end()) return it->second;
    listed += std::string(listed.empty() ? "" : ", ") + name;
  }
  return Error{ErrorKind::kInvalidSpec,
               field + ": Secret " + key.ToString() + " has none of the keys " + listed,
               {}};
}

// What cloud-init takes a part of this text for.
const char* PartType(const std::string& text) {
  if (text.starts_with("#!")) return "text/x-shellscript";
  if (text.starts_with("#include")) return "text/x-include-url";
  if (text.starts_with("#cloud-boothook")) return "text/cloud-boothook";
  return "text/cloud-config";
}

std::string Multipart(const std::string& first, const std::string& second) {
  std::string boundary = "virtrigaud-part";
  while (first.find(boundary) != std::string::npos || second.find(boundary) != std::string::npos)
    boundary += "-x";
  std::string out =
      "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\nMIME-Version: 1.0\n\n";
  for (const std::string* part : {&first, &second}) {
    out += "--" + boundary + "\nContent-Type: " + PartType(*part) +
           "; charset=\"utf-8\"\nMIME-Version: 1.0\n\n" + *part + "\n";
  }
  return out + "--" + boundary + "--\n";
}

struct Parts {
  std::string in_place, from_secret;
};

Result<Parts> Resolve(const Context& ctx, const kube::Client& client, const std::string& ns,
                      const api::TextSource& source, std::span<const char* const> names,
                      const std::string& field) {
  Parts parts{.in_place = source.inline_text, .from_secret = {}};
  if (!source.secret_name.empty()) {
    VR_ASSIGN_OR_RETURN(parts.from_secret, FromSecret(ctx, client, {ns, source.secret_name}, names,
                                                      field + ".secretRef"));
  }
  return parts;
}

std::string Joined(const Parts& parts) {
  if (parts.in_place.empty()) return parts.from_secret;
  if (parts.from_secret.empty()) return parts.in_place;
  return parts.in_place + "\n" + parts.from_secret;
}

Result<std::string> FromTemplate(const api::VirtualMachine& vm, const api::VmImage& image) {
  std::map<std::string_view, std::string> values = {{"Name", vm.meta.name},
                                                    {"Namespace", vm.meta.ns}};
  const auto key = vm.meta.annotations.find(api::kSshPublicKeyAnnotation);
  if (key != vm.meta.annotations.end()) values["SSHPublicKey"] = key->second;
  auto filled = FillIn(image.spec.user_data_template, values,
                       "VMImage " + image.meta.name + ": spec.cloudInit.userDataTemplate");
  if (filled || key != vm.meta.annotations.end()) return filled;
  Error error = filled.error();
  error.message += "; the annotation " + std::string(api::kSshPublicKeyAnnotation) +
                   " of the VirtualMachine gives {{ .SSHPublicKey }}";
  return error;
}

}  // namespace

Result<GuestData> ResolveGuestData(const Context& ctx, const kube::Client& client,
                                   const api::VirtualMachine& vm, const api::VmImage* image) {
  GuestData out;
  const std::string& ns = vm.meta.ns;
  if (!vm.spec.ignition.empty() && !vm.spec.user_data.empty()) {
    return Error{ErrorKind::kInvalidSpec,
                 "spec.userData.cloudInit and spec.userData.ignition exclude each other: keep one",
                 {}};
  }
  if (!vm.spec.ignition.empty()) {
    VR_ASSIGN_OR_RETURN(const Parts parts, Resolve(ctx, client, ns, vm.spec.ignition, kIgnitionKeys,
                                                   "spec.userData.ignition"));
    out.user_data_kind = "ignition";
    out.user_data = parts.in_place.empty() ? parts.from_secret : parts.in_place;
  } else if (vm.spec.user_data.empty() && image != nullptr) {
    VR_ASSIGN_OR_RETURN(out.user_data, FromTemplate(vm, *image));
  } else {
    VR_ASSIGN_OR_RETURN(const Parts parts, Resolve(ctx, client, ns, vm.spec.user_data,
                                                   kUserDataKeys, "spec.userData.cloudInit"));
    out.user_data = !parts.in_place.empty() && !parts.from_secret.empty()
                        ? Multipart(parts.in_place, parts.from_secret)
                        : Joined(parts);
  }
  VR_ASSIGN_OR_RETURN(const Parts meta, Resolve(ctx, client, ns, vm.spec.meta_data, kMetaDataKeys,
                                                "spec.metaData.cloudInit"));
  out.meta_data = Joined(meta);
  return out;
}

}  // namespace vr::controllers
