#include "controlplane/openapi_protobuf.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>

#include "openapi/v2/openapi.pb.h"

namespace vr::controlplane {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Json = nlohmann::json;

Status Fill(const Json& json, Message& message);

// A list of pairs stands for a JSON object.
bool IsPairs(const FieldDescriptor& field) {
  return field.is_repeated() && field.message_type() != nullptr &&
         field.message_type()->name().starts_with("Named");
}

// Where a member of a JSON object goes, or nullptr.
const FieldDescriptor* FieldFor(const Descriptor& message, const std::string& key) {
  const FieldDescriptor* pairs = nullptr;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!IsPairs(field)) {
      if (field.json_name() == key) return &field;
    } else if (field.name() != "vendor_extension" || key.starts_with("x-")) {
      pairs = &field;
    }
  }
  return pairs;
}

const FieldDescriptor* ChoiceFor(const Descriptor& message, const Json& json);

bool Fits(const Descriptor& message, const Json& json) {
  if (!json.is_object()) return false;
  if (message.oneof_decl_count() > 0) return ChoiceFor(message, json) != nullptr;
  for (const auto& [key, value] : json.items()) {
    if (FieldFor(message, key) == nullptr) return false;
    // Parameters are told apart by where they stand: "query" is a QueryParameter.
    if (key != "in") continue;
    std::string name = value.get<std::string>();
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    if (!message.name().starts_with(name)) return false;
  }
  return true;
}

// The one of a message's alternatives that the JSON is, or nullptr.
const FieldDescriptor* ChoiceFor(const Descriptor& message, const Json& json) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const Descriptor* type = field.message_type();
    if (type == nullptr ? json.is_boolean() : Fits(*type, json)) return &field;
  }
  return nullptr;
}

Status SetPlain(const FieldDescriptor& field, const Json& json, Message& message) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.SetString(&message, &field, json.get<std::string>());
      return {};
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, json.get<bool>());
      return {};
    case FieldDescriptor::CPPTYPE_INT64:
      reflection.SetInt64(&message, &field, json.get<int64_t>());
      return {};
    case FieldDescriptor::CPPTYPE_DOUBLE:
      reflection.SetDouble(&message, &field, json.get<double>());
      return {};
    default:
      return Error{ErrorKind::kInternal, "openapi: no JSON fits " + field.full_name(), {}};
  }
}

Status AddItem(const FieldDescriptor& field, const Json& json, Message& message) {
  const auto& reflection = *message.GetReflection();
  if (field.message_type() != nullptr) return Fill(json, *reflection.AddMessage(&message, &field));
  reflection.AddString(&message, &field, json.get<std::string>());
  return {};
}

Status AddPair(const FieldDescriptor& field, const std::string& name, const Json& json,
               Message& message) {
  Message& pair = *message.GetReflection()->AddMessage(&message, &field);
  const Descriptor& type = *pair.GetDescriptor();
  const auto& reflection = *pair.GetReflection();
  reflection.SetString(&pair, type.FindFieldByName("name"), name);
  return Fill(json, *reflection.MutableMessage(&pair, type.FindFieldByName("value")));
}

Status SetField(const FieldDescriptor& field, const Json& json, Message& message) {
  if (field.is_repeated()) {
    for (const Json& item : json.is_array() ? json : Json::array({json}))
      VR_RETURN_IF_ERROR(AddItem(field, item, message));
    return {};
  }
  if (field.message_type() == nullptr) return SetPlain(field, json, message);
  return Fill(json, *message.GetReflection()->MutableMessage(&message, &field));
}

Status Fill(const Json& json, Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  if (type.name() == "Any") return SetPlain(*type.FindFieldByName("yaml"), json.dump(), message);
  if (type.oneof_decl_count() > 0) {
    const FieldDescriptor* choice = ChoiceFor(type, json);
    if (choice != nullptr) return SetField(*choice, json, message);
    return Error{ErrorKind::kInternal, "openapi: no " + type.name() + " is " + json.dump(), {}};
  }
  const bool list = type.field_count() == 1 && type.field(0)->is_repeated();
  if (list && !IsPairs(*type.field(0))) return SetField(*type.field(0), json, message);
  for (const auto& [key, value] : json.items()) {
    const FieldDescriptor* field = FieldFor(type, key);
    if (field == nullptr)
      return Error{ErrorKind::kInternal, "openapi: " + type.name() + " has no " + key, {}};
    VR_RETURN_IF_ERROR(IsPairs(*field) ? AddPair(*field, key, value, message)
                                       : SetField(*field, value, message));
  }
  return {};
}

}  // namespace

Result<std::string> EncodeOpenApiV2(const Json& document) {
  virtrigaud::openapi::v2::Document message;
  VR_RETURN_IF_ERROR(Fill(document, message));
  return message.SerializeAsString();
}

}  // namespace vr::controlplane
