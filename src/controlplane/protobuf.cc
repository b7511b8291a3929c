#include "controlplane/protobuf.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/base64.h"
#include "base/timestamp.h"
#include "controlplane/protobuf_messages.h"

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;
using Type = ProtobufType;
using Member = ProtobufMember;

// Reads one message's fields from wire format.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool AtEnd() const { return bytes_.empty(); }

  std::optional<uint64_t> Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> Chunk() {
    const auto size = Varint();
    return size ? Take(*size) : std::nullopt;
  }

  // Steps over a value of a wire type; false for one that does not exist.
  bool Skip(uint64_t wire_type) {
    switch (wire_type) {
      case 0:
        return Varint().has_value();
      case 1:
        return Take(8).has_value();
      case 2:
        return Chunk().has_value();
      case 5:
        return Take(4).has_value();
      default:
        return false;
    }
  }

 private:
  std::optional<std::string_view> Take(uint64_t size) {
    if (size > bytes_.size()) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

constexpr uint64_t kVarintWire = 0;
constexpr uint64_t kChunkWire = 2;
constexpr int kMaxDepth = 8;  // of messages in messages; the deepest known kind needs four

Error Damaged() {
  return Error{ErrorKind::kInvalidSpec, "the protobuf body is damaged or cut short", {}};
}

// The two fields of a small message: a map entry's key and value, a time's seconds and nanoseconds.
struct Pair {
  std::string first, second;
  int64_t first_number = 0, second_number = 0;
};

std::optional<Pair> DecodePair(std::string_view bytes) {
  Pair pair;
  Reader reader(bytes);
  while (!reader.AtEnd()) {
    const auto tag = reader.Varint();
    if (!tag) return std::nullopt;
    const bool first = *tag >> 3U == 1;
    if ((*tag & 7U) == kChunkWire) {
      const auto chunk = reader.Chunk();
      if (!chunk) return std::nullopt;
      (first ? pair.first : pair.second) = *chunk;
    } else if ((*tag & 7U) == kVarintWire) {
      const auto number = reader.Varint();
      if (!number) return std::nullopt;
      (first ? pair.first_number : pair.second_number) = static_cast<int64_t>(*number);
    } else if (!reader.Skip(*tag & 7U)) {
      return std::nullopt;
    }
  }
  return pair;
}

Json TimeOf(const Pair& pair, bool micro) {
  if (pair.first_number == 0 && pair.second_number == 0) return nullptr;
  constexpr int64_t kLimit = 9000000000;  // what a WallTime can hold: the years 1684 to 2255
  const WallTime time{std::chrono::seconds(std::clamp(pair.first_number, -kLimit, kLimit))};
  if (!micro) return FormatTimestamp(time);
  const int64_t nanos = std::clamp<int64_t>(pair.second_number, 0, 999999999);
  return FormatMicroTimestamp(time + std::chrono::microseconds(nanos / 1000));
}

bool IsVarint(Type type) {
  return type == Type::kInteger || type == Type::kNumber || type == Type::kBoolean;
}

Result<Json> Decode(const std::string& name, std::string_view bytes, int depth);

// The value of a length-delimited field.
Result<Json> DecodeChunk(const Member& member, std::string_view chunk, int depth) {
  switch (member.type) {
    case Type::kText:
      return Json(std::string(chunk));
    case Type::kBytes:
      return Json(EncodeBase64(chunk));
    case Type::kMessage:
      return Decode(member.message, chunk, depth + 1);
    case Type::kTime:
    case Type::kMicroTime: {
      const auto pair = DecodePair(chunk);
      if (!pair) return Damaged();
      return TimeOf(*pair, member.type == Type::kMicroTime);
    }
    default:
      return Damaged();
  }
}

void Store(Json& out, const Member& member, Json value) {
  if (member.repeated) {
    out[member.name].push_back(std::move(value));
  } else if (!value.is_null() && value != "") {
    out[member.name] = std::move(value);
  }
}

// One entry of a map; false for a damaged one. A quantity is a message with a text in it.
bool DecodeEntry(Type type, const Pair& pair, Json& map) {
  if (type == Type::kQuantityMap) {
    const auto quantity = DecodePair(pair.second);
    if (!quantity) return false;
    map[pair.first] = quantity->first;
    return true;
  }
  map[pair.first] = type == Type::kBytesMap ? EncodeBase64(pair.second) : pair.second;
  return true;
}

Result<Json> Decode(const std::string& name, std::string_view bytes, int depth) {
  const auto message = ProtobufMessages().find(name);
  if (message == ProtobufMessages().end() || depth > kMaxDepth) return Damaged();
  Json out = Json::object();
  Reader reader(bytes);
  while (!reader.AtEnd()) {
    const auto tag = reader.Varint();
    if (!tag) return Damaged();
    const auto member = message->second.find(*tag >> 3U);
    const uint64_t wire = *tag & 7U;
    if (member == message->second.end()) {
      if (!reader.Skip(wire)) return Damaged();
      continue;
    }
    const Type type = member->second.type;
    if (wire == kVarintWire && IsVarint(type)) {
      const auto number = reader.Varint();
      if (!number) return Damaged();
      if (type == Type::kNumber && *number == 0) continue;
      out[member->second.name] =
          type == Type::kBoolean ? Json(*number != 0) : Json(static_cast<int64_t>(*number));
      continue;
    }
    const auto chunk = wire == kChunkWire ? reader.Chunk() : std::nullopt;
    if (!chunk) return Damaged();
    if (type == Type::kTextMap || type == Type::kBytesMap || type == Type::kQuantityMap) {
      const auto pair = DecodePair(*chunk);
      if (!pair || !DecodeEntry(type, *pair, out[member->second.name])) return Damaged();
      continue;
    }
    VR_ASSIGN_OR_RETURN(Json value, DecodeChunk(member->second, *chunk, depth));
    Store(out, member->second, std::move(value));
  }
  return out;
}

}  // namespace

Result<Json> DecodeProtobuf(std::string_view body) {
  constexpr std::string_view kMagic("k8s\0", 4);
  if (!body.starts_with(kMagic)) return Damaged();
  Reader envelope(body.substr(kMagic.size()));
  Pair type;  // apiVersion, kind
  std::string_view raw;
  while (!envelope.AtEnd()) {
    const auto tag = envelope.Varint();
    const auto chunk = tag && (*tag & 7U) == kChunkWire ? envelope.Chunk() : std::nullopt;
    if (!chunk) return Damaged();
    if (*tag >> 3U == 1) {
      const auto pair = DecodePair(*chunk);
      if (!pair) return Damaged();
      type = *pair;
    } else if (*tag >> 3U == 2) {
      raw = *chunk;
    }
  }
  const bool is_new = type.second == "Event" && type.first.starts_with("events.k8s.io/");
  const std::string message = is_new ? "events.k8s.io/Event" : std::string(type.second);
  if (!ProtobufMessages().contains(message)) {
    return Error{ErrorKind::kInvalidSpec,
                 "a " + type.second + " is understood as JSON only; send application/json",
                 {}};
  }
  VR_ASSIGN_OR_RETURN(Json object, Decode(message, raw, 0));
  object["apiVersion"] = type.first;
  object["kind"] = type.second;
  // Whatever text is not UTF-8 could not be written as JSON later.
  try {
    (void)object.dump();
  } catch (const Json::exception&) {
    return Error{ErrorKind::kInvalidSpec, "a text in the protobuf body is not UTF-8", {}};
  }
  return object;
}

}  // namespace vr::controlplane
