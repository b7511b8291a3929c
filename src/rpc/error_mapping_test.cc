#include "rpc/error_mapping.h"

#include <gtest/gtest.h>

namespace vr::rpc {
namespace {

TEST(ErrorMapping, EveryKindSurvivesTheWire) {
  for (const ErrorKind kind : AllErrorKinds()) {
    const Error sent{kind, "disk is full", std::chrono::milliseconds(1500)};
    const grpc::Status wire = ToGrpc(sent);
    EXPECT_NE(wire.error_code(), grpc::StatusCode::OK);
    EXPECT_NE(wire.error_code(), grpc::StatusCode::UNKNOWN);
    const Status got = FromGrpc(wire, "create");
    ASSERT_FALSE(got.ok());
    Error expected = sent.Wrap("create");
    if (kind == ErrorKind::kRateLimit) expected.kind = ErrorKind::kQuotaExceeded;
    EXPECT_EQ(got.error(), expected);
  }
}

TEST(ErrorMapping, TakesTheCodeWhereAnotherImplementationSendsNoDetail) {
  const Status got = FromGrpc({grpc::StatusCode::NOT_FOUND, "no such VM"}, "describe vm-1");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(got.error().message, "describe vm-1: no such VM");
}

TEST(ErrorMapping, AProviderWithoutRoomIsNoBoundOfOurOwn) {
  const Status got =
      FromGrpc({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many requests"}, "create");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, ErrorKind::kQuotaExceeded);
}

TEST(ErrorMapping, IgnoresDetailsThatAreNoMessage) {
  const Status got = FromGrpc({grpc::StatusCode::UNAVAILABLE, "gone", "\xff\xff garbage"}, "ask");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace vr::rpc
