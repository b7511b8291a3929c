#include "rpc/json_fields.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/quantity.h"

namespace vr::rpc {
namespace {

using Json = nlohmann::json;

bool IsString(const Json& item) { return item.is_string(); }

template <class T>
void Put(Json& out, const char* key, const T& value) {
  if (value != T()) out[key] = value;
}

}  // namespace

void JsonWriter::operator()(const char* key, const std::string& value) { Put(*out_, key, value); }
void JsonWriter::operator()(const char* key, bool value) { Put(*out_, key, value); }
void JsonWriter::operator()(const char* key, int32_t value) { Put(*out_, key, value); }
void JsonWriter::operator()(const char* key, int64_t value) { Put(*out_, key, value); }
void JsonWriter::operator()(const char* key, const std::vector<std::string>& value) {
  Put(*out_, key, value);
}
void JsonWriter::operator()(const char* key, const std::map<std::string, std::string>& value) {
  Put(*out_, key, value);
}

void JsonWriter::Quantity(const char* key, int64_t value, JsonUnit unit) {
  const auto size = static_cast<int64_t>(unit);
  const int64_t most = std::numeric_limits<int64_t>::max() / size;
  if (value > 0) (*out_)[key] = vr::Quantity::FromBytes(std::min(value, most) * size).text();
}

Json& JsonWriter::Enter(const char* key) { return (*out_)[key]; }

Json& JsonWriter::Append() {
  out_->push_back(Json::object());
  return out_->back();
}

void JsonWriter::DropIfEmpty(const char* key) {
  if ((*out_)[key].empty()) out_->erase(key);
}

JsonReader::JsonReader(const Json& in, std::string path, Status& status)
    : in_(&in), path_(std::move(path)), status_(&status) {}

const Json* JsonReader::Find(const char* key) const {
  if (!*status_ || !in_->is_object()) return nullptr;
  const auto it = in_->find(key);
  return it == in_->end() || it->is_null() ? nullptr : &*it;
}

void JsonReader::Fail(const std::string& path, const std::string& needed) {
  if (*status_) *status_ = Error{ErrorKind::kInvalidSpec, path + ": " + needed + " is needed", {}};
}

bool JsonReader::NeedObject() {
  if (!in_->is_object()) Fail(path_, "an object");
  return status_->ok();
}

size_t JsonReader::Size() {
  if (in_->is_array()) return in_->size();
  if (!in_->is_null()) Fail(path_, "a list");
  return 0;
}

JsonReader JsonReader::At(size_t index) const {
  return {(*in_)[index], path_ + "[" + std::to_string(index) + "]", *status_};
}

void JsonReader::operator()(const char* key, std::string& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_string()) return Fail(PathOf(key), "a string");
  value = found->get<std::string>();
}

void JsonReader::operator()(const char* key, bool& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_boolean()) return Fail(PathOf(key), "true or false");
  value = found->get<bool>();
}

void JsonReader::operator()(const char* key, int32_t& value) {
  int64_t wide = value;
  (*this)(key, wide);
  if (wide > std::numeric_limits<int32_t>::max()) return Fail(PathOf(key), "a smaller number");
  value = static_cast<int32_t>(wide);
}

void JsonReader::operator()(const char* key, int64_t& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  constexpr auto kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  // What is not negative is unsigned to the parser.
  if (!found->is_number_unsigned() || found->get<uint64_t>() > kMost)
    return Fail(PathOf(key), "a whole number of at least 0");
  value = found->get<int64_t>();
}

void JsonReader::operator()(const char* key, std::vector<std::string>& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_array() || !std::all_of(found->begin(), found->end(), IsString))
    return Fail(PathOf(key), "a list of strings");
  value = found->get<std::vector<std::string>>();
}

void JsonReader::operator()(const char* key, std::map<std::string, std::string>& value) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_object() || !std::all_of(found->begin(), found->end(), IsString))
    return Fail(PathOf(key), "an object of strings");
  value = found->get<std::map<std::string, std::string>>();
}

void JsonReader::Quantity(const char* key, int64_t& value, JsonUnit unit) {
  const Json* found = Find(key);
  if (found == nullptr) return;
  const std::string text = found->is_string()            ? found->get<std::string>()
                           : found->is_number_unsigned() ? found->dump()
                                                         : "";
  const auto read = vr::Quantity::Parse(text);
  if (!read || read->Value() < 0) return Fail(PathOf(key), "a quantity such as 4Gi");
  const auto size = static_cast<int64_t>(unit);
  value = read->Value() / size + (read->Value() % size == 0 ? 0 : 1);
}

JsonDocument::JsonDocument() : root_(std::make_unique<Json>()) {}
JsonDocument::JsonDocument(const std::map<std::string, std::string>& texts)
    : root_(std::make_unique<Json>(texts)) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

Result<JsonDocument> JsonDocument::Parse(const std::string& text, const std::string& where) {
  JsonDocument out;
  *out.root_ = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (out.root_->is_discarded()) return Error{ErrorKind::kInvalidSpec, where + " is not JSON", {}};
  return out;
}

bool JsonDocument::IsNull() const { return root_->is_null(); }

std::map<std::string, std::string> JsonDocument::Texts() const {
  if (!root_->is_object()) return {};
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : root_->items())
    out[key] = value.is_string() ? value.get<std::string>() : value.dump();
  return out;
}

std::string JsonDocument::ToString() const {
  if (root_->is_null()) return "{}";
  return root_->dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace vr::rpc
