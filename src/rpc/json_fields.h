// JSON objects written and read field by field, by one description of a structure:
//
//   template <class V> void Fields(V& v, Point& point) { v("X", point.x); v("Y", point.y); }
//
// with V = JsonWriter or JsonReader. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace vr::rpc {

enum class JsonUnit : int64_t { kMebi = int64_t{1} << 20, kGibi = int64_t{1} << 30 };

// Leaves out what is zero or empty. Valid as long as its document.
class JsonWriter {
 public:
  explicit JsonWriter(nlohmann::json& out) : out_(&out) {}

  void operator()(const char* key, const std::string& value);
  void operator()(const char* key, bool value);
  void operator()(const char* key, int32_t value);
  void operator()(const char* key, int64_t value);
  void operator()(const char* key, const std::vector<std::string>& value);
  void operator()(const char* key, const std::map<std::string, std::string>& value);
  // As a Kubernetes quantity; `value` counts units.
  void Quantity(const char* key, int64_t value, JsonUnit unit);

  template <class Function>
  void Object(const char* key, Function fields) {
    JsonWriter inner(Enter(key));
    fields(inner);
    DropIfEmpty(key);
  }
  template <class T>
  void List(const char* key, std::vector<T>& items) {
    JsonWriter(Enter(key)).Items(items);
    DropIfEmpty(key);
  }
  template <class T>
  void Items(std::vector<T>& items) {
    for (T& item : items) {
      JsonWriter inner(Append());
      Fields(inner, item);
    }
  }

 private:
  nlohmann::json& Enter(const char* key);
  nlohmann::json& Append();
  void DropIfEmpty(const char* key);

  nlohmann::json* out_;
};

// Leaves alone what is absent or null; the first thing of a wrong type goes to `status`, with its
// path and without its value, and ends the reading. Numbers are whole and not negative. Valid as
// long as its document and the status.
class JsonReader {
 public:
  JsonReader(const nlohmann::json& in, std::string path, Status& status);

  void operator()(const char* key, std::string& value);
  void operator()(const char* key, bool& value);
  void operator()(const char* key, int32_t& value);
  void operator()(const char* key, int64_t& value);
  void operator()(const char* key, std::vector<std::string>& value);
  void operator()(const char* key, std::map<std::string, std::string>& value);
  // False, with an error, for anything but an object.
  bool NeedObject();
  // A Kubernetes quantity, rounded up to units.
  void Quantity(const char* key, int64_t& value, JsonUnit unit);

  template <class Function>
  void Object(const char* key, Function fields) {
    const nlohmann::json* found = Find(key);
    if (found == nullptr) return;
    JsonReader inner(*found, PathOf(key), *status_);
    if (inner.NeedObject()) fields(inner);
  }
  template <class T>
  void List(const char* key, std::vector<T>& items) {
    if (const nlohmann::json* found = Find(key))
      JsonReader(*found, PathOf(key), *status_).Items(items);
  }
  template <class T>
  void Items(std::vector<T>& items) {
    for (size_t i = 0; i < Size(); ++i) {
      JsonReader inner = At(i);
      if (!inner.NeedObject()) return;
      Fields(inner, items.emplace_back());
    }
  }

 private:
  std::string PathOf(const char* key) const { return path_ + ": " + key; }
  const nlohmann::json* Find(const char* key) const;
  size_t Size();  // of a list; 0 with an error for anything else
  JsonReader At(size_t index) const;
  void Fail(const std::string& path, const std::string& needed);

  const nlohmann::json* in_;
  std::string path_;
  Status* status_;
};

// Owns what writers fill and readers look at. Movable.
class JsonDocument {
 public:
  JsonDocument();
  explicit JsonDocument(const std::map<std::string, std::string>& texts);
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  // kInvalidSpec names `where` and quotes nothing.
  static Result<JsonDocument> Parse(const std::string& text, const std::string& where);

  JsonWriter writer() { return JsonWriter(*root_); }
  JsonReader reader(const std::string& where, Status& status) const {
    return {*root_, where, status};
  }
  bool IsNull() const;
  // The members of an object: strings as they are, anything else as JSON.
  std::map<std::string, std::string> Texts() const;
  // "{}" for an object without members.
  std::string ToString() const;

 private:
  std::unique_ptr<nlohmann::json> root_;
};

}  // namespace vr::rpc
