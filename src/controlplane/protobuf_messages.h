// The messages of Kubernetes' protobuf bodies that are understood here, as tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace vr::controlplane {

enum class ProtobufType {
  kText,
  kBytes,
  kInteger,
  kNumber,  // an integer that a client always sends, and whose zero means that there is none
  kBoolean,
  kTime,
  kMicroTime,
  kMessage,
  kTextMap,
  kBytesMap,
  kQuantityMap
};

struct ProtobufMember {
  const char* name;  // in JSON
  ProtobufType type;
  const char* message = nullptr;  // of kMessage
  bool repeated = false;
};
using ProtobufMessage = std::map<uint64_t, ProtobufMember>;  // by field number

// By name: the served kinds, with their group where two have the kind, and what they are made of.
// Source: generated.proto of the API groups.
const std::map<std::string, ProtobufMessage, std::less<>>& ProtobufMessages();

}  // namespace vr::controlplane
