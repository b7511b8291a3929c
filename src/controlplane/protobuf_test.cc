#include "controlplane/protobuf.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace vr::controlplane {
namespace {

using Json = nlohmann::json;

std::string Field(int number, const std::string& value) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(value.size())} + value;
}

std::string Envelope(const std::string& kind, const std::string& raw,
                     const std::string& version = "v1") {
  return std::string("k8s\0", 4) + Field(1, Field(1, version) + Field(2, kind)) + Field(2, raw);
}

TEST(Protobuf, ReadsASecret) {
  const std::string meta = Field(1, "s") + Field(11, Field(1, "app") + Field(2, "web"));
  const std::string secret = Field(1, meta) + Field(2, Field(1, "user") + Field(2, "admin")) +
                             Field(3, "Opaque") + std::string("\x28\x01", 2);
  const auto object = DecodeProtobuf(Envelope("Secret", secret));
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ(*object, Json::parse(R"({"apiVersion":"v1","kind":"Secret","type":"Opaque",
      "metadata":{"name":"s","labels":{"app":"web"}},"data":{"user":"YWRtaW4="},
      "immutable":true})"));
}

TEST(Protobuf, ReadsTimesAndSkipsWhatItDoesNotKnow) {
  const std::string time = std::string("\x08\x80\xd2\x93\xad\x06", 6);  // seconds
  const std::string unknown = Field(99 % 16, "x");
  const auto object =
      DecodeProtobuf(Envelope("Event", Field(6, time) + unknown + Field(4, "it runs")));
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ((*object)["message"], "it runs");
  EXPECT_EQ((*object)["firstTimestamp"], "2024-01-15T08:12:48Z");
}

TEST(Protobuf, KeepsAZeroOnlyWhereItMeansMoreThanNothing) {
  const std::string meta = Field(1, "ns") + std::string("\x38\x00\x50\x00", 4);
  const auto object = DecodeProtobuf(Envelope("Namespace", Field(1, meta)));
  ASSERT_TRUE(object.ok()) << object.error().message;
  EXPECT_EQ((*object)["metadata"], Json::parse(R"({"name":"ns","deletionGracePeriodSeconds":0})"))
      << "and no generation";
}

TEST(Protobuf, ReadsEventsOfBothVersions) {
  const std::string series = std::string("\x08\x03", 2);  // count
  const auto core = DecodeProtobuf(Envelope("Event", Field(4, "it runs") + Field(11, series)));
  ASSERT_TRUE(core.ok()) << core.error().message;
  EXPECT_EQ((*core)["message"], "it runs");
  EXPECT_EQ((*core)["series"]["count"], 3);
  const auto event = DecodeProtobuf(Envelope(
      "Event", Field(4, "me") + Field(8, Field(3, "web")) + Field(3, series), "events.k8s.io/v1"));
  ASSERT_TRUE(event.ok()) << event.error().message;
  EXPECT_EQ((*event)["reportingController"], "me");
  EXPECT_EQ((*event)["regarding"]["name"], "web");
  EXPECT_EQ((*event)["series"]["count"], 3);
}

TEST(Protobuf, RefusesDamageAndOtherKinds) {
  const std::string whole = Envelope("ConfigMap", Field(1, Field(1, "c")));
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto cut = DecodeProtobuf(whole.substr(0, size));
    EXPECT_FALSE(cut.ok() && cut->contains("metadata")) << size;
  }
  EXPECT_FALSE(DecodeProtobuf(Envelope("Pod", "")).ok());
  EXPECT_FALSE(DecodeProtobuf(Envelope("ConfigMap", Field(1, Field(1, "\xff")))).ok());
  EXPECT_FALSE(DecodeProtobuf("{}").ok());
}

}  // namespace
}  // namespace vr::controlplane
