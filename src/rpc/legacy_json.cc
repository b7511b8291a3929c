#include "rpc/legacy_json.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "rpc/json_fields.h"
#include "rpc/legacy_fields.h"

namespace vr::rpc {
namespace {

// As the manager reads the same object.
ImageSource Merge(const ServedImage& served) {
  const bool by_libvirt = !served.libvirt.path.empty() || !served.libvirt.url.empty();
  ImageSource out = by_libvirt                 ? served.libvirt
                    : !served.http.url.empty() ? served.http
                                               : served.vsphere;
  if (!out.path.empty()) out.format.clear();  // a reference: the file itself tells
  out.template_name = served.vsphere.template_name;
  if (out.template_name.empty() && served.template_id > 0)
    out.template_name = std::to_string(served.template_id);
  if (out.template_name.empty()) out.template_name = served.proxmox.template_name;
  return out;
}

ServedImage Split(const ImageSource& image) {
  ServedImage out;
  for (ImageSource* part : {&out.libvirt, &out.http, &out.vsphere, &out.proxmox})
    part->checksum_type.clear();
  const bool from_web = !image.headers.empty();  // only the http source has headers
  if (!image.path.empty() || !image.url.empty()) (from_web ? out.http : out.libvirt) = image;
  out.vsphere.template_name = image.template_name;
  out.proxmox.template_name = image.template_name;
  return out;
}

// "sha256:<hex>" gives the type too; "template" says only that there is a template.
void Normalise(ImageSource& image) {
  if (image.format == "template") image.format.clear();
  const size_t colon = image.checksum.rfind(':');
  if (colon == std::string::npos) return;
  image.checksum_type = image.checksum.substr(0, colon);
  image.checksum.erase(0, colon + 1);
}

Error Invalid(const std::string& where, const std::string& needed) {
  return {ErrorKind::kInvalidSpec, where + ": " + needed + " is needed", {}};
}

Status Normalise(std::vector<NetworkAttachment>& networks, const std::string& where) {
  for (size_t i = 0; i < networks.size(); ++i) {
    NetworkAttachment& nic = networks[i];
    if (nic.ip_policy.empty()) nic.ip_policy = nic.static_ip.empty() ? "dhcp" : "static";
    if (!nic.static_ip.empty() && nic.prefix == 0)
      return Invalid(where + "[" + std::to_string(i) + "]: Prefix", "the network's prefix length");
  }
  return {};
}

template <class T>
std::string Write(T value) {
  JsonDocument document;
  JsonWriter writer = document.writer();
  Fields(writer, value);
  return document.ToString();
}

template <class T>
std::string WriteList(std::vector<T> items) {
  JsonDocument document;
  document.writer().Items(items);
  return items.empty() ? "" : document.ToString();
}

// Empty text is nothing to read.
template <class T>
Status Read(const std::string& text, const std::string& where, T& value) {
  if (text.empty()) return {};
  VR_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(text, where));
  Status status;
  JsonReader reader = document.reader(where, status);
  if (!document.IsNull() && reader.NeedObject()) Fields(reader, value);
  return status;
}

template <class T>
Status ReadList(const std::string& text, const std::string& where, std::vector<T>& items) {
  if (text.empty()) return {};
  VR_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(text, where));
  Status status;
  document.reader(where, status).Items(items);
  return status;
}

ImageSource WithFormat(ImageSource image) {
  if (image.format.empty() && !image.template_name.empty()) image.format = "template";
  return image;
}

}  // namespace

void FillLegacy(const VmSpec& vm, pb::CreateRequest& out) {
  out.set_name(vm.name);
  out.set_user_data(vm.user_data);
  out.set_meta_data(vm.meta_data);
  out.set_class_json(Write(vm.vm_class));
  out.set_image_json(Write(WithFormat(vm.image)));
  out.set_networks_json(WriteList(vm.networks));
  out.set_disks_json(WriteList(vm.disks));
  out.set_placement_json(Write(vm.placement));
  out.mutable_tags()->Assign(vm.tags.begin(), vm.tags.end());
}

void FillLegacy(const VmSpec& desired, pb::ReconfigureRequest& out) {
  VmSpec copy = desired;
  copy.image = WithFormat(std::move(copy.image));
  out.set_desired_json(Write(std::move(copy)));
}

void FillLegacy(const VmSpec& target, pb::CloneRequest& out) {
  out.set_target_name(target.name);
  VmClassSpec vm_class = target.vm_class;
  // A class that says nothing is no class: it would overrule the source's.
  if (vm_class.cpus > 0 || vm_class.memory_mib > 0)
    out.set_class_json(Write(ServedClass{vm_class}));
}

void FillLegacy(const ImageSource& image, pb::ImagePrepareRequest& out) {
  out.set_image_json(image.spec_json.empty() ? Write(Split(image)) : image.spec_json);
}

Result<VmSpec> ReadLegacy(const pb::CreateRequest& in) {
  const std::string message = "CreateRequest.";
  if (in.name().empty()) return Invalid(message + "name", "a name");
  VmSpec out;
  out.name = in.name();
  out.user_data = in.user_data();
  out.meta_data = in.meta_data();
  VR_RETURN_IF_ERROR(Read(in.class_json(), message + "class_json", out.vm_class));
  if (out.vm_class.cpus == 0) return Invalid(message + "class_json: CPU", "a number above 0");
  if (out.vm_class.memory_mib == 0)
    return Invalid(message + "class_json: MemoryMiB", "a number above 0");
  VR_RETURN_IF_ERROR(Read(in.image_json(), message + "image_json", out.image));
  Normalise(out.image);
  VR_RETURN_IF_ERROR(ReadList(in.networks_json(), message + "networks_json", out.networks));
  VR_RETURN_IF_ERROR(Normalise(out.networks, message + "networks_json"));
  VR_RETURN_IF_ERROR(ReadList(in.disks_json(), message + "disks_json", out.disks));
  VR_RETURN_IF_ERROR(Read(in.placement_json(), message + "placement_json", out.placement));
  out.tags = {in.tags().begin(), in.tags().end()};
  return out;
}

Result<VmSpec> ReadLegacy(const pb::ReconfigureRequest& in) {
  const std::string where = "ReconfigureRequest.desired_json";
  if (in.desired_json().empty()) return Invalid(where, "what the VM shall be");
  VmSpec out;
  out.vm_class.firmware.clear();  // left out: as it is
  VR_RETURN_IF_ERROR(Read(in.desired_json(), where, out));
  if (out.user_data.empty()) out.user_data_kind = VmSpec().user_data_kind;
  Normalise(out.image);
  VR_RETURN_IF_ERROR(Normalise(out.networks, where + ": Networks"));
  return out;
}

Result<VmSpec> ReadLegacy(const pb::CloneRequest& in) {
  const std::string message = "CloneRequest.";
  if (in.target_name().empty()) return Invalid(message + "target_name", "a name");
  VmSpec out;
  out.name = in.target_name();
  out.vm_class.firmware.clear();  // left out: as in the source
  ServedClass served{out.vm_class};
  VR_RETURN_IF_ERROR(Read(in.class_json(), message + "class_json", served));
  PlacementPolicy policy{out.placement, ""};
  VR_RETURN_IF_ERROR(Read(in.placement_json(), message + "placement_json", policy));
  if (policy.name.empty()) return out;
  return Error{ErrorKind::kNotSupported,
               message + "placement_json names the placement policy " + policy.name +
                   ", which a provider cannot look up: leave spec.target.placementRef out",
               {}};
}

Result<ImageSource> ReadLegacy(const pb::ImagePrepareRequest& in) {
  const std::string where = "ImagePrepareRequest.image_json";
  if (in.image_json().empty()) return Invalid(where, "the image's spec");
  ServedImage served;
  VR_RETURN_IF_ERROR(Read(in.image_json(), where, served));
  ImageSource out = Merge(served);
  Normalise(out);
  out.name = in.target_name();
  out.spec_json = in.image_json();
  return out;
}

void FillLegacy(const VmState& vm, pb::DescribeResponse& out) {
  out.set_power_state(std::string(LegacyPowerState(vm.power)));
  out.mutable_ips()->Assign(vm.ips.begin(), vm.ips.end());
  out.set_console_url(vm.console_url);
  if (!vm.raw.empty()) out.set_provider_raw_json(JsonDocument(vm.raw).ToString());
}

VmState ReadLegacy(const std::string& id, const pb::DescribeResponse& in) {
  VmState out;
  out.id = id;
  out.power = ReadPowerState(in.power_state());
  out.ips = {in.ips().begin(), in.ips().end()};
  out.console_url = in.console_url();
  if (in.provider_raw_json().empty()) return out;
  const auto raw =
      JsonDocument::Parse(in.provider_raw_json(), "DescribeResponse.provider_raw_json");
  if (raw) {
    out.raw = raw->Texts();
  } else {
    out.raw = {{"unreadable", raw.error().message}};
  }
  return out;
}

std::string_view LegacyPowerState(PowerState state) {
  switch (state) {
    case PowerState::kOn:
      return "On";
    case PowerState::kOff:
    case PowerState::kSuspended:
      return "Off";
    case PowerState::kUnknown:
      return "";
  }
  return "";
}

PowerState ReadPowerState(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, PowerState>, 13> kWords{
      {{"on", PowerState::kOn},
       {"poweredon", PowerState::kOn},
       {"running", PowerState::kOn},
       {"off", PowerState::kOff},
       {"poweredoff", PowerState::kOff},
       {"stopped", PowerState::kOff},
       {"shutoff", PowerState::kOff},
       {"crashed", PowerState::kOff},
       {"suspended", PowerState::kSuspended},
       {"paused", PowerState::kSuspended},
       {"pmsuspended", PowerState::kSuspended},
       {"standby", PowerState::kSuspended},
       {"hibernated", PowerState::kSuspended}}};
  std::string word;
  for (const char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0)
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto* const found = std::find_if(kWords.begin(), kWords.end(),
                                         [&](const auto& known) { return known.first == word; });
  return found == kWords.end() ? PowerState::kUnknown : found->second;
}

}  // namespace vr::rpc
